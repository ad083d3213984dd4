"""Structured logs: ours and the libraries' in one format, with the request's id and without personal data.

A record names people by `user_id` alone. Query strings, addresses and browsers are cut off, and tracebacks carry no
local variables: all of these hold what people typed.
"""

import logging
import logging.config
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: Never written, whoever bound them.
PERSONAL = ("ip", "user_agent", "username", "email", "password", "phone")
#: Asked every few seconds by machines; only a failure is worth a line.
PROBES = ("GET /livez", "GET /readyz", "HEAD /livez", "HEAD /readyz")


def without_personal_data(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop what names a person, and the query of a request line."""
    for key in PERSONAL:
        event.pop(key, None)
    if "?" in (request := str(event.get("request", ""))):
        event["request"] = request.partition("?")[0]
    return event


def without_probes(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop the line of a probe that found all well."""
    if event.get("event") == "request_finished" and event.get("code") == 200 and event.get("request") in PROBES:
        raise structlog.DropEvent
    return event


def with_request_id(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The id that the answer and the ledger carry, in place of the log library's own."""
    context = sys.modules.get("pinghu.ledger.context")  # its models cannot be imported before the apps are ready
    current = context.request_id.get() if context is not None else ""
    if current:
        event["request_id"] = current
    return event


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever is standard error at that moment: test runners and daemons replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def configure(*, json: bool, level: str) -> None:
    """Set up structlog and the standard library: JSON lines, or text for a person at a terminal."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        with_request_id,
        without_personal_data,
    ]
    rendering: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if json:
        rendering += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        rendering += [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
            )
        ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            without_probes,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": rendering,
                }
            },
            "handlers": {"stderr": {"()": StderrHandler, "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # The request middleware writes a line for every answer: 404s twice would be noise.
                "django.request": {"level": "ERROR"},
                # It says that it starts and that the queue is empty, every second.
                "django_tasks_db": {"level": "ERROR"},
                "django_tasks": {"level": "WARNING"},
            },
        }
    )
