"""Ways out of the house, one adapter each: mail, the group chat of DingTalk, WeCom or Feishu, text messages.

A sender takes words that were made for the open: a number and a link. Which of them work is a matter of settings.
"""

import base64
import hashlib
import hmac
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.error import URLError
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

#: Seconds; nobody looks at a clock, but a worker must not hang on a deaf host.
TIMEOUT = 10
CONSOLE = "django.core.mail.backends.console.EmailBackend"


class NotSent(RuntimeError):
    """The other side did not take the message."""


class NotConfigured(NotSent):
    """No setting says where to send."""


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text for outside: numbers and links, nothing that is confidential."""

    subject: str
    body: str


class Sender(ABC):
    """One way out."""

    title: ClassVar[Any]

    @property
    @abstractmethod
    def is_configured(self) -> bool:
        """Whether a message really reaches people."""

    @abstractmethod
    def send(self, message: Message, *, to: str = "") -> None:
        """Send it, or raise an error; nothing is queued here. `to` is an address where the way has addresses."""


class MailSender(Sender):
    """Mail, through whatever `PINGHU_MAIL_URL` names: an SMTP server, or the console, which prints it."""

    title = _("Mail")

    @property
    def is_configured(self) -> bool:
        return bool(settings.EMAIL_BACKEND != CONSOLE)

    def send(self, message: Message, *, to: str = "") -> None:
        mail = EmailMessage(
            subject=" ".join(message.subject.split()),
            body=message.body,
            to=[to],
            # No answering machine answers it (RFC 3834).
            headers={"Auto-Submitted": "auto-generated"},
        )
        if mail.send() != 1:
            raise NotSent("the mail server took no message")


Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Family:
    """How one chat's robots want to be spoken to."""

    payload: Callable[[str], Payload]
    #: (address, payload, secret, seconds since 1970) → the signed two.
    sign: Callable[[str, Payload, str, float], tuple[str, Payload]]
    succeeded: Callable[[Payload], bool]


def _text(content: str) -> Payload:
    return {"msgtype": "text", "text": {"content": content}}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def _sign_dingtalk(url: str, payload: Payload, secret: str, now: float) -> tuple[str, Payload]:
    stamp = str(int(now * 1000))
    sign = quote_plus(_hmac(secret, f"{stamp}\n{secret}"))
    return f"{url}&timestamp={stamp}&sign={sign}", payload


def _sign_feishu(url: str, payload: Payload, secret: str, now: float) -> tuple[str, Payload]:
    stamp = str(int(now))
    return url, {"timestamp": stamp, "sign": _hmac(f"{stamp}\n{secret}", ""), **payload}


FAMILIES = {
    "dingtalk": Family(_text, _sign_dingtalk, lambda answer: answer.get("errcode") == 0),
    # Its address holds the key; there is no signature.
    "wecom": Family(_text, lambda url, payload, secret, now: (url, payload), lambda answer: answer.get("errcode") == 0),
    "feishu": Family(
        lambda content: {"msg_type": "text", "content": {"text": content}},
        _sign_feishu,
        lambda answer: answer.get("code", answer.get("StatusCode")) == 0,
    ),
}


class GroupChatSender(Sender):
    """The robot of one group in DingTalk, WeCom or Feishu; off until `PINGHU_CHAT_WEBHOOK` names its address.

    The address holds the key, so neither errors nor logs may carry it.
    """

    title = _("Group chat")

    @property
    def is_configured(self) -> bool:
        return bool(settings.CHAT_WEBHOOK)

    def send(self, message: Message, *, to: str = "") -> None:
        if not self.is_configured:
            raise NotConfigured("PINGHU_CHAT_WEBHOOK names no address")
        family = FAMILIES.get(settings.CHAT_FAMILY)
        if family is None:
            raise NotConfigured(f"PINGHU_CHAT_FAMILY is none of {', '.join(FAMILIES)}")
        url, payload = settings.CHAT_WEBHOOK, family.payload(message.body)
        if not url.startswith("https://"):
            raise NotConfigured("PINGHU_CHAT_WEBHOOK must begin with https://")
        if settings.CHAT_SECRET:
            url, payload = family.sign(url, payload, settings.CHAT_SECRET, time.time())
        if not family.succeeded(_post(url, payload)):
            raise NotSent("the chat refused the message")


def _post(url: str, payload: Payload) -> Payload:
    request = Request(
        url, data=json.dumps(payload).encode(), headers={"Content-Type": "application/json; charset=utf-8"}
    )
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            found = json.loads(answer.read(65536))
    except (URLError, OSError, ValueError) as error:
        # Without its cause: some errors quote the address.
        raise NotSent(f"the chat did not answer: {type(error).__name__}") from None
    return found if isinstance(found, dict) else {}


class SmsSender(Sender):
    """Text messages. Every provider has its own interface, so one is written when the zone has chosen its own."""

    title = _("Text message")

    @property
    def is_configured(self) -> bool:
        return False

    def send(self, message: Message, *, to: str = "") -> None:
        raise NotConfigured("text messages are not configured")


def senders() -> list[Sender]:
    """Every way out, configured or not."""
    return [MailSender(), GroupChatSender(), SmsSender()]
