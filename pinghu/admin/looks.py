"""Looks at a record through a page of its own beside its form: a verb's question, a move, an upload."""

from typing import Any

from django.http import HttpRequest

from pinghu.ledger.access import log_read
from pinghu.ledger.models import Door
from pinghu.records import Record


def log_look(request: HttpRequest, record: Any, page: str) -> None:
    """Append a line for a look (GET) at what is confidential, as the record's own page does."""
    if request.method == "GET" and isinstance(record, Record):
        log_read(record, by=request.user, door=Door.ADMIN, page=page)
