"""What people are told: once, as they chose, in their language, with a number and a link and nothing else."""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import lazy
from django_tasks_db.models import DBTaskResult

from pinghu.accounts.models import Membership, User
from pinghu.accounts.roles import Role
from pinghu.admin.agenda import waiting_for
from pinghu.inbox import kinds as registry
from pinghu.inbox import senders
from pinghu.inbox.admin import unread_notices
from pinghu.inbox.jobs import KEEP_READ, forget_read_notices, inbox_digest
from pinghu.inbox.kinds import kinds, notice_kind
from pinghu.inbox.mailing import INBOX_PATH, MAX_LINES, mail_at_once, mail_waiting, post_to_group
from pinghu.inbox.models import Mail, Notification, Subscription
from pinghu.inbox.rules import AT_ONCE, DIGEST, NEVER, is_safe_path, mail_for
from pinghu.inbox.senders import GroupChatSender, MailSender, Message, NotConfigured, NotSent, SmsSender
from pinghu.inbox.services import Choice, choices_of, choose, forget_read, mark_read, notify
from pinghu.jobs.schedule import jobs
from pinghu.ledger.models import Change, Door
from tests.kernel.races import at_once

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
PATH = "/admin/somewhere/7/change/"
_spoken = lazy(lambda words: words.get(translation.get_language(), words["en"]), str)


def words(en: str, zh: str) -> Any:
    """A text in two languages without a catalogue."""
    return _spoken({"en": en, "zh-hans": zh})


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds, in a registry of their own."""
    monkeypatch.setattr(registry, "_kinds", {})
    notice_kind(
        "due",
        title=words("Due", "到期"),
        text=words("Lead %(number)s is due.", "线索%(number)s到期。"),
        detail=words("%(days)s days late", "已逾期%(days)s天"),
    )
    notice_kind("asked", title="Asked", text=words("%(number)s asks.", "%(number)s提出申请。"), default_mail=AT_ONCE)


@pytest.fixture
def officer(person: Callable[..., User]) -> User:
    return person(Role.PROMOTION_OFFICER, email="officer@example.cn", language="en")


@pytest.fixture
def manager(person: Callable[..., User]) -> User:
    return person(Role.PROMOTION_MANAGER, email="manager@example.cn")


def tell(*people: User, kind: str = "due", number: str = "L-1", **values: Any) -> int:
    values.setdefault("params", {"days": 3})
    return notify(people, kind, number=number, path=PATH, **{"at": NOW, **values})


def wants(person: User, kind: str = "due", *, by_inbox: bool = True, mail: str = DIGEST) -> None:
    choose(person, {kind: Choice(by_inbox, mail)}, by=person, door=Door.ADMIN)


def enqueued(task: Any) -> list[Any]:
    rows = DBTaskResult.objects.filter(task_path=task.module_path).order_by("enqueued_at")
    return [row.args_kwargs["args"] for row in rows]


class RefusingBackend(EmailBackend):
    """A mail server that hangs up for some addresses."""

    refused: ClassVar[set[str]] = set()

    def send_messages(self, messages: Any) -> int:
        if any(address in self.refused for one in messages for address in one.to):
            raise SMTPServerDisconnected("Connection unexpectedly closed")
        return super().send_messages(messages)


class SlowBackend(EmailBackend):
    """A mail server that takes its time, so that somebody else may come along meanwhile."""

    def send_messages(self, messages: Any) -> int:
        time.sleep(0.3)
        return super().send_messages(messages)


@pytest.fixture
def refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Addresses that the mail server refuses just now."""
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    monkeypatch.setattr(RefusingBackend, "refused", set())
    return RefusingBackend.refused


# --- rules and kinds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "urgent", "has_address", "mailed"),
    [
        (DIGEST, False, True, DIGEST),
        (DIGEST, True, True, AT_ONCE),
        (AT_ONCE, False, True, AT_ONCE),
        (NEVER, True, True, NEVER),
        (AT_ONCE, True, False, NEVER),
    ],
)
def test_urgency_hurries_a_mail_and_sends_none_that_is_not_wanted(
    chosen: str, urgent: bool, has_address: bool, mailed: str
) -> None:
    assert mail_for(chosen, urgent=urgent, has_address=has_address) == mailed


@pytest.mark.parametrize("path", ["/", "/admin/promotion/lead/7/change/?q=%E7%BA%BF#top", "/admin/a//b/"])
def test_path_of_this_site_is_safe(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    ["", "admin/", "//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "\\/evil",
     "/\t/evil.example", "/a\nb", "/a b"],
)  # fmt: skip
def test_path_that_leaves_the_site_is_unsafe(path: str) -> None:
    assert not is_safe_path(path)


def test_mailed_text_may_hold_the_number_alone() -> None:
    with pytest.raises(ValueError, match="number alone"):
        notice_kind("leak", title="x", text="%(number)s of %(investor)s")
    assert "leak" not in {kind.code for kind in kinds()}


def test_code_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="two kinds"):
        notice_kind("due", title="x", text="%(number)s")


def test_notice_of_a_kind_that_is_gone_keeps_its_number(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(officer)
    monkeypatch.setattr(registry, "_kinds", {})

    notice = Notification.objects.get()
    assert (notice.text, notice.detail) == ("L-1", "")


# --- telling ---------------------------------------------------------------------------------------------------------


def test_job_that_runs_twice_tells_once(officer: User, manager: User) -> None:
    assert tell(officer, dedup_key="2026-11-23") == 1
    assert tell(officer, manager, dedup_key="2026-11-23") == 1

    assert list(Notification.objects.order_by("pk").values_list("person", flat=True)) == [officer.pk, manager.pk]


def test_same_key_of_another_day_or_kind_tells_again(officer: User) -> None:
    tell(officer, dedup_key="2026-11-23")

    assert tell(officer, dedup_key="2026-11-24") == 1
    assert tell(officer, dedup_key="2026-11-23", kind="asked") == 1
    assert tell(officer) == tell(officer) == 1  # without a key, each is its own


def test_two_rows_of_one_key_are_refused_by_the_database(officer: User) -> None:
    tell(officer, dedup_key="once")
    row = Notification.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_only_active_staff_is_told(officer: User, cast: Any, superuser: User) -> None:
    gone = cast[Role.LEADER]
    gone.is_active = False
    gone.save()

    assert tell(officer, officer, gone, cast[Role.ENTERPRISE_MEMBER], cast[Role.AUDITOR], superuser) == 1
    assert Notification.objects.get().person == officer


def test_person_in_two_roles_is_told_once(officer: User, department: Any) -> None:
    Membership.objects.bulk_create([Membership(user=officer, department=department, role=Role.LEADER)])

    assert tell(officer) == 1


def test_person_who_wants_nothing_of_a_kind_is_not_told(officer: User, manager: User) -> None:
    wants(officer, by_inbox=False, mail=NEVER)

    assert tell(officer, manager, urgent=True) == 1
    assert Notification.objects.get().person == manager


def test_urgent_notice_is_mailed_at_once_in_the_same_transaction(officer: User) -> None:
    tell(officer)
    assert enqueued(mail_at_once) == []

    tell(officer, urgent=True)
    assert enqueued(mail_at_once) == [[officer.pk]]


def test_rolled_back_transaction_tells_nobody_and_mails_nothing(officer: User) -> None:
    with transaction.atomic():
        tell(officer, urgent=True)
        transaction.set_rollback(True)

    assert not Notification.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_person_without_an_address_is_told_in_the_inbox(cast: Any) -> None:
    tell(cast[Role.LEADER], urgent=True)

    assert Notification.objects.get().mail == NEVER
    assert enqueued(mail_at_once) == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"kind": "unknown"}, "no app declares"),
        ({"number": "L" * 21}, "number"),
        ({"number": "L-1\nBcc: x"}, "number"),
        ({"number": ""}, "number"),
        ({"path": "https://evil.example/"}, "address of this site"),
        ({"path": "//evil.example/"}, "address of this site"),
        ({"params": {}}, "days"),
        ({"params": {"days": 1, "why": "x" * 61}}, "why"),
        ({"params": {"days": [1]}}, "days"),
    ],
)
def test_notice_that_carries_too_much_is_refused(officer: User, values: dict[str, Any], reason: str) -> None:
    given: dict[str, Any] = {"kind": "due", "number": "L-1", "path": PATH, "params": {"days": 1}, **values}

    with pytest.raises(ValueError, match=reason):
        notify([officer], given.pop("kind"), at=NOW, **given)
    assert not Notification.objects.exists()


def test_database_keeps_no_address_of_another_host(officer: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.create(person=officer, kind="due", number="1", path="//evil.example/", created_at=NOW)


# --- choosing --------------------------------------------------------------------------------------------------------


def test_choice_is_kept_with_its_history(officer: User) -> None:
    wants(officer, mail=AT_ONCE)
    wants(officer, mail=NEVER)

    row = Subscription.objects.get()
    assert (row.mail, row.version, row.history.count()) == (NEVER, 2, 2)
    assert choices_of(officer) == {"due": Choice(True, NEVER), "asked": Choice(True, AT_ONCE)}


def test_choice_that_changes_nothing_writes_nothing(officer: User) -> None:
    wants(officer, mail=DIGEST)

    assert not Subscription.objects.exists()
    assert not Change.objects.filter(by=officer).exists()


def test_person_who_stops_mail_gets_none_of_what_waited(officer: User) -> None:
    tell(officer)
    wants(officer, mail=NEVER)

    inbox_digest()
    assert mail.outbox == []
    assert Notification.objects.in_inbox().unread().count() == 1


# --- mail ------------------------------------------------------------------------------------------------------------


def test_mail_holds_sentence_and_links_and_nothing_else(officer: User, settings: Any) -> None:
    settings.SITE_URL = "https://office.example.cn/"
    tell(officer, params={"days": 3, "investor": "Acme & Sons"})
    key = Notification.objects.get().pk

    inbox_digest()

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["officer@example.cn"], "Lead L-1 is due.")
    assert sent.body == (
        f"Lead L-1 is due.\nhttps://office.example.cn/admin/inbox/{key}/open/\n\n"
        "Choose here what is mailed to you, and when:\nhttps://office.example.cn/admin/inbox/settings/\n"
    )
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert sent.content_subtype == "plain"


def test_mail_speaks_the_persons_language(officer: User, manager: User) -> None:
    tell(officer, manager)

    with translation.override("en"):
        inbox_digest()

    subjects = {one.to[0]: one.subject for one in mail.outbox}
    assert subjects == {"officer@example.cn": "Lead L-1 is due.", "manager@example.cn": "线索L-1到期。"}


def test_digest_is_one_mail_a_person_even_if_run_twice(officer: User, manager: User) -> None:
    for number in ("L-1", "L-2"):
        tell(officer, manager, number=number)

    assert inbox_digest() == "2 mails"
    assert not Notification.objects.to_mail(at=timezone.now() + timedelta(days=1)).exists()
    assert inbox_digest() == "0 mails"

    assert len(mail.outbox) == 2
    assert all("L-1" in one.body and "L-2" in one.body for one in mail.outbox)


def test_digest_leaves_out_what_was_read(officer: User) -> None:
    tell(officer)
    mark_read(officer, at=NOW)

    inbox_digest()
    assert mail.outbox == []


def test_mail_that_failed_is_sent_by_the_next_run(officer: User, manager: User, refused: set[str]) -> None:
    tell(officer, manager)
    refused.add(officer.email)

    with pytest.raises(NotSent, match="1 of 2"):
        inbox_digest()
    assert [one.to for one in mail.outbox] == [[manager.email]]  # one deaf address holds nobody up
    assert Notification.objects.visible_to(officer).in_inbox().unread().count() == 1

    refused.clear()
    assert inbox_digest() == "1 mails"
    assert [one.to for one in mail.outbox] == [[manager.email], [officer.email]]


def test_urgent_mail_that_failed_comes_with_the_digest(officer: User, refused: set[str]) -> None:
    tell(officer, urgent=True)
    refused.add(officer.email)
    with pytest.raises(SMTPServerDisconnected):
        mail_at_once.call(officer.pk)

    refused.clear()
    inbox_digest()
    assert [one.subject for one in mail.outbox] == ["Urgent: Lead L-1 is due."]


def test_mail_at_once_takes_what_is_urgent_and_leaves_the_digest_alone(officer: User) -> None:
    tell(officer, number="L-1")
    tell(officer, number="L-2", urgent=True)
    tell(officer, number="L-3", kind="asked")

    assert mail_at_once.call(officer.pk) == "2"
    assert mail_at_once.call(officer.pk) == "0"

    [sent] = mail.outbox
    assert re.findall(r"L-\d", sent.body) == ["L-2", "L-3"]


def test_notices_of_a_mail_under_way_are_left_to_it_for_half_a_lease(officer: User, settings: Any) -> None:
    settings.TASK_LEASE_SECONDS = 300
    tell(officer)
    Notification.objects.update(mail_claimed_at=NOW)  # another worker, which then died

    assert mail_waiting(officer.pk, at=NOW + timedelta(seconds=149)) == 0
    assert mail_waiting(officer.pk, at=NOW + timedelta(seconds=150)) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_person_who_left_is_mailed_nothing(officer: User, change: dict[str, Any]) -> None:
    tell(officer)
    User.objects.filter(pk=officer.pk).update(**change)

    assert inbox_digest() == "0 mails"
    assert mail.outbox == []


def test_person_without_a_role_any_more_is_mailed_nothing(officer: User) -> None:
    tell(officer)
    Membership.objects.filter(user=officer)._raw_delete("default")

    assert mail_waiting(officer.pk, at=NOW) == 0


def test_notice_for_mail_alone_is_mailed_and_stands_in_no_inbox(officer: User, client_as: Any) -> None:
    wants(officer, by_inbox=False)
    tell(officer)

    inbox_digest()
    assert len(mail.outbox) == 1
    assert "L-1" not in client_as(officer).get("/admin/inbox/").content.decode()


def test_long_digest_ends_with_how_many_more(officer: User) -> None:
    for number in range(MAX_LINES + 2):
        tell(officer, number=f"L-{number}")

    inbox_digest()
    [sent] = mail.outbox
    assert sent.body.count("/open/") == MAX_LINES
    assert "2 more" in sent.body
    assert inbox_digest() == "0 mails"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_moment_send_one_mail(officer: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"
    tell(officer)

    told = at_once(*[lambda: mail_waiting(officer.pk, at=timezone.now())] * 4)

    assert sorted(told) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_one_moment_tell_once(officer: User) -> None:
    line = threading.Barrier(4)

    def work() -> int:
        with transaction.atomic():
            Subscription.objects.count()  # connected before the start
            line.wait(timeout=30)
            return tell(officer, dedup_key="once")

    told = at_once(*[work] * 4)

    assert sorted(told) == [0, 0, 0, 1]
    assert Notification.objects.count() == 1


# --- other ways out --------------------------------------------------------------------------------------------------


class Answer:
    """What a chat answers."""

    def __init__(self, body: Any) -> None:
        self.body = json.dumps(body).encode()

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def read(self, limit: int) -> bytes:
        return self.body[:limit]


@pytest.fixture
def chat(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A group chat that takes everything; the requests it got."""
    got: list[Any] = []

    def answer(request: Any, timeout: float) -> Answer:
        got.append(request)
        return Answer({"errcode": 0, "code": 0})

    settings.CHAT_WEBHOOK, settings.CHAT_FAMILY = "https://chat.example.cn/robot?key=hidden", "dingtalk"
    monkeypatch.setattr(senders, "urlopen", answer)
    monkeypatch.setattr(senders, "time", SimpleNamespace(time=lambda: 1_790_000_000.5))
    return got


def test_urgent_notice_goes_to_the_group_once_whoever_is_told(officer: User, manager: User, chat: list[Any]) -> None:
    tell(officer, manager)
    tell(officer, manager, urgent=True, dedup_key="x")
    tell(officer, manager, urgent=True, dedup_key="x")

    assert enqueued(post_to_group) == [["due", "L-1", PATH]]


def test_what_not_everybody_may_know_of_stays_out_of_the_group(officer: User, chat: list[Any]) -> None:
    assert tell(officer, urgent=True, is_private=True) == 1

    assert enqueued(post_to_group) == []


def test_group_gets_number_and_link(chat: list[Any], settings: Any) -> None:
    settings.SITE_URL = "https://office.example.cn"

    post_to_group.call("due", "L-1", PATH)

    [request] = chat
    content = json.loads(request.data)["text"]["content"]
    assert "线索L-1到期。" in content
    assert content.endswith(f"\nhttps://office.example.cn{PATH}")


def test_no_chat_is_configured_unless_a_setting_names_its_address(officer: User, settings: Any) -> None:
    assert settings.CHAT_WEBHOOK == ""
    tell(officer, urgent=True)

    assert enqueued(post_to_group) == []
    with pytest.raises(NotConfigured):
        GroupChatSender().send(Message("x", "x"))


@pytest.mark.parametrize(
    ("family", "payload"),
    [
        ("dingtalk", {"msgtype": "text", "text": {"content": "words"}}),
        ("wecom", {"msgtype": "text", "text": {"content": "words"}}),
        ("feishu", {"msg_type": "text", "content": {"text": "words"}}),
    ],
)
def test_each_chat_is_spoken_to_in_its_own_way(chat: list[Any], settings: Any, family: str, payload: Any) -> None:
    settings.CHAT_FAMILY = family

    GroupChatSender().send(Message("x", "words"))
    assert json.loads(chat[0].data) == payload
    assert chat[0].full_url == settings.CHAT_WEBHOOK


def test_secret_signs_for_dingtalk_in_the_address(chat: list[Any], settings: Any) -> None:
    settings.CHAT_SECRET = "SEC1"

    GroupChatSender().send(Message("x", "words"))

    query = parse_qs(urlsplit(chat[0].full_url).query)
    wanted = hmac.new(b"SEC1", b"1790000000500\nSEC1", hashlib.sha256).digest()
    assert query["timestamp"] == ["1790000000500"]
    assert base64.b64decode(query["sign"][0]) == wanted


def test_secret_signs_for_feishu_in_the_body(chat: list[Any], settings: Any) -> None:
    settings.CHAT_FAMILY, settings.CHAT_SECRET = "feishu", "SEC1"

    GroupChatSender().send(Message("x", "words"))

    body = json.loads(chat[0].data)
    assert body["timestamp"] == "1790000000"
    assert base64.b64decode(body["sign"]) == hmac.new(b"1790000000\nSEC1", b"", hashlib.sha256).digest()


@pytest.mark.parametrize(("name", "value"), [("CHAT_FAMILY", "irc"), ("CHAT_WEBHOOK", "http://chat.example.cn/")])
def test_chat_set_up_wrongly_says_which_setting(chat: list[Any], settings: Any, name: str, value: str) -> None:
    setattr(settings, name, value)

    with pytest.raises(NotConfigured, match=f"PINGHU_{name}"):
        GroupChatSender().send(Message("x", "words"))
    assert chat == []


def test_refusal_by_the_chat_is_an_error(chat: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "urlopen", lambda request, timeout: Answer({"errcode": 310000}))

    with pytest.raises(NotSent, match="refused"):
        GroupChatSender().send(Message("x", "words"))


def test_error_of_the_chat_does_not_tell_its_key(chat: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(request: Any, timeout: float) -> Answer:
        raise URLError(f"no route to {request.full_url}")

    monkeypatch.setattr(senders, "urlopen", fail)

    with pytest.raises(NotSent) as caught:
        GroupChatSender().send(Message("x", "words"))
    assert "hidden" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_text_messages_say_that_they_are_not_configured() -> None:
    assert not SmsSender().is_configured
    with pytest.raises(NotConfigured, match="not configured"):
        SmsSender().send(Message("x", "x"), to="13800000000")


def test_console_counts_as_no_mail_server(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.EMAIL_BACKEND = senders.CONSOLE

    MailSender().send(Message("subject", "words"), to="officer@example.cn")
    assert "words" in capsys.readouterr().out
    assert not MailSender().is_configured


# --- pages -----------------------------------------------------------------------------------------------------------


def test_links_of_mails_are_the_pages_addresses() -> None:
    assert reverse("admin:inbox") == INBOX_PATH
    assert reverse("admin:inbox_open", args=[7]) == f"{INBOX_PATH}7/open/"
    assert reverse("admin:inbox_settings") == f"{INBOX_PATH}settings/"


def test_page_shows_ones_own_notices_alone(officer: User, manager: User, client_as: Any) -> None:
    tell(officer, number="MINE-1")
    tell(manager, number="THEIRS-1")

    page = client_as(officer).get("/admin/inbox/").content.decode()
    assert "Lead MINE-1 is due." in page
    assert "3 days late" in page
    assert "THEIRS-1" not in page


def test_page_shows_unread_first_and_groups_by_local_day(officer: User, client_as: Any) -> None:
    tell(officer, number="READ-1", at=NOW)
    mark_read(officer, at=NOW)
    tell(officer, number="OLD-1", at=NOW - timedelta(days=1))
    tell(officer, number="LATE-1", at=datetime(2026, 11, 22, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    tell(officer, number="NEXT-1", at=datetime(2026, 11, 22, 16, 1, tzinfo=UTC))  # 00:01

    answer = client_as(officer).get("/admin/inbox/")

    days = [(str(day.on), [notice.number for notice in day.notices]) for day in answer.context["unread"]]
    assert days == [("2026-11-23", ["NEXT-1"]), ("2026-11-22", ["LATE-1", "OLD-1"])]
    assert [notice.number for notice in answer.context["earlier"][0].notices] == ["READ-1"]


def test_bell_of_every_page_leads_to_the_inbox_and_asks_for_its_own_count(
    officer: User, manager: User, person: Any, client_as: Any
) -> None:
    tell(officer, number="A-1")
    tell(officer, number="A-2")
    tell(manager, number="B-1")
    mark_read(officer, at=NOW, only=[Notification.objects.get(number="A-1").pk])

    page = client_as(officer).get("/admin/").content.decode()
    assert 'class="inbox-bell" href="/admin/inbox/"' in page
    assert client_as(officer).get("/admin/inbox/count/").json() == {"unread": 1}
    auditor = client_as(person(Role.AUDITOR))
    assert "inbox-bell" not in auditor.get("/admin/").content.decode()
    assert auditor.get("/admin/inbox/count/").status_code == 403


def test_empty_inbox_says_what_will_come(officer: User, client_as: Any) -> None:
    assert "Nothing here yet" in client_as(officer).get("/admin/inbox/").content.decode()


def test_opening_reads_and_leads_to_the_record(officer: User, client_as: Any) -> None:
    tell(officer)
    notice = Notification.objects.get()

    answer = client_as(officer).get(f"/admin/inbox/{notice.pk}/open/")

    assert (answer.status_code, answer["Location"]) == (302, PATH)
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_foreign_notice_is_not_there_and_stays_unread(officer: User, manager: User, client_as: Any) -> None:
    tell(manager)
    notice = Notification.objects.get()
    client = client_as(officer)

    assert client.get(f"/admin/inbox/{notice.pk}/open/").status_code == 404
    client.post("/admin/inbox/read/", {"notice": notice.pk})
    client.post("/admin/inbox/read/", {"up_to": notice.pk})

    notice.refresh_from_db()
    assert notice.read_at is None


def test_stored_path_that_is_unsafe_leads_to_the_inbox(officer: User, client_as: Any) -> None:
    tell(officer)
    Notification.objects.update(path="/\\evil.example")

    answer = client_as(officer).get(f"/admin/inbox/{Notification.objects.get().pk}/open/")
    assert answer["Location"] == "/admin/inbox/"


def test_one_is_marked_read(officer: User, client_as: Any) -> None:
    tell(officer, number="L-1")
    tell(officer, number="L-2")

    answer = client_as(officer).post("/admin/inbox/read/", {"notice": Notification.objects.get(number="L-1").pk})

    assert answer["Location"] == "/admin/inbox/"
    assert [notice.number for notice in Notification.objects.unread()] == ["L-2"]


def test_marking_all_leaves_what_came_since_the_page_was_made(officer: User, client_as: Any) -> None:
    tell(officer, number="L-1")
    client = client_as(officer)
    newest = client.get("/admin/inbox/").context["newest"]
    tell(officer, number="L-2")

    client.post("/admin/inbox/read/", {"up_to": newest})
    assert [notice.number for notice in Notification.objects.unread()] == ["L-2"]


@pytest.mark.parametrize("data", [{}, {"notice": "x"}, {"up_to": "-1"}, {"notice": "9" * 30}])
def test_mark_without_a_key_marks_nothing(officer: User, client_as: Any, data: dict[str, str]) -> None:
    tell(officer)

    assert client_as(officer).post("/admin/inbox/read/", data).status_code == 302
    assert Notification.objects.unread().count() == 1


def test_marking_needs_a_post(officer: User, client_as: Any) -> None:
    assert client_as(officer).get("/admin/inbox/read/").status_code == 405


@pytest.mark.parametrize("path", ["/admin/inbox/", "/admin/inbox/settings/", "/admin/inbox/read/"])
def test_inbox_is_for_staff(path: str, client_as: Any, superuser: User) -> None:
    for who in (Role.AUDITOR, Role.ADMINISTRATOR, superuser):
        assert client_as(who).get(path).status_code == 403


def test_settings_page_keeps_what_was_chosen(officer: User, client_as: Any) -> None:
    client = client_as(officer)
    page = client.get("/admin/inbox/settings/").content.decode()
    assert "Due" in page
    assert "Text message" in page

    answer = client.post("/admin/inbox/settings/", {"due-mail": NEVER, "asked-by_inbox": "on", "asked-mail": AT_ONCE})

    assert answer.status_code == 302
    assert choices_of(officer) == {"due": Choice(False, NEVER), "asked": Choice(True, AT_ONCE)}
    assert Subscription.objects.count() == 1  # what stays at its default needs no row


def test_settings_page_refuses_a_way_that_does_not_exist(officer: User, client_as: Any) -> None:
    data = {"due-mail": "pigeon", "asked-by_inbox": "on", "asked-mail": NEVER}

    assert client_as(officer).post("/admin/inbox/settings/", data).status_code == 200
    assert not Subscription.objects.exists()


def test_settings_page_says_that_the_address_is_missing(cast: Any, client_as: Any) -> None:
    User.objects.filter(pk=cast[Role.LEADER].pk).update(language="en")

    assert "no mail address" in client_as(Role.LEADER).get("/admin/inbox/settings/").content.decode()


def test_overview_counts_the_unread_in_one_query(officer: User, django_assert_num_queries: Any) -> None:
    tell(officer)
    tell(officer)
    request = HttpRequest()
    request.user = User.objects.get(pk=officer.pk)
    assert request.user.has_staff_role  # kept on the person

    with django_assert_num_queries(1):
        [found] = list(unread_notices(request))
    assert (found.count, found.url) == (2, "/admin/inbox/")
    assert found in waiting_for(request)


def test_overview_asks_nothing_for_who_has_no_inbox(cast: Any) -> None:
    request = HttpRequest()
    request.user = cast[Role.AUDITOR]

    assert list(unread_notices(request)) == []


@pytest.mark.parametrize("path", ["/admin/inbox/", "/admin/inbox/settings/"])
def test_page_costs_the_same_for_many_notices_and_choices(officer: User, client_as: Any, path: str) -> None:
    client = client_as(officer)

    def cost() -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        return len(queries)

    tell(officer)
    few = cost()
    for number in range(20):
        notice_kind(f"more_{number}", title="x", text="%(number)s")
        tell(officer, kind=f"more_{number}")
        wants(officer, f"more_{number}", mail=AT_ONCE)
    mark_read(officer, at=NOW, only=list(Notification.objects.values_list("pk", flat=True)[:10]))

    assert cost() == few


def test_digest_costs_the_same_for_many_notices(officer: User, manager: User) -> None:
    def cost(person: User) -> int:
        with CaptureQueriesContext(connection) as queries:
            mail_waiting(person.pk, at=NOW)
        return len(queries)

    tell(officer)
    for number in range(20):
        tell(manager, number=f"L-{number}")

    assert cost(officer) == cost(manager)


# --- what goes -------------------------------------------------------------------------------------------------------


def test_read_notices_go_after_half_a_year_and_unread_ones_stay(officer: User) -> None:
    for number in ("READ-OLD", "READ-NEW", "UNREAD"):
        tell(officer, number=number, at=NOW - KEEP_READ * 2)
    mark_read(officer, at=NOW - KEEP_READ - timedelta(days=1), only=[Notification.objects.get(number="READ-OLD").pk])
    mark_read(officer, at=NOW - KEEP_READ, only=[Notification.objects.get(number="READ-NEW").pk])

    assert forget_read(before=NOW - KEEP_READ) == 1
    assert set(Notification.objects.values_list("number", flat=True)) == {"READ-NEW", "UNREAD"}


def test_notice_for_mail_alone_goes_too(officer: User) -> None:
    wants(officer, by_inbox=False)
    tell(officer, at=NOW - KEEP_READ - timedelta(days=1))

    assert forget_read(before=NOW - KEEP_READ) == 1


def test_clean_up_and_digest_are_scheduled() -> None:
    scheduled = {job.name: job for job in jobs()}

    assert str(scheduled["inbox_digest"].at) == "07:30:00"
    assert scheduled["forget_read_notices"].function is forget_read_notices


def test_ways_of_mailing_are_those_of_the_rules() -> None:
    assert set(Mail.values) == {NEVER, DIGEST, AT_ONCE}
