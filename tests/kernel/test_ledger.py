"""The one sequence: no gap, no repeat, nothing a reader could miss, whoever writes and whatever is rolled back."""

import threading
from typing import Any

import pytest
from django.db import transaction

from pinghu.accounts.models import Department
from pinghu.ledger.access import log_access
from pinghu.ledger.context import change, request_id
from pinghu.ledger.events import append_events, event_for, sequence_pending
from pinghu.ledger.models import AccessLog, Event, LedgerHead
from pinghu.ledger.saving import save_record
from tests.kernel.races import at_once


def write(count: int, record: Any) -> None:
    with change(by=None, verb="updated", door="task") as act:
        append_events([event_for(record, f"verb-{number}", change=act.row) for number in range(count)])


def numbers() -> list[int | None]:
    return list(Event.objects.order_by("seq").values_list("seq", flat=True))


def settle() -> int:
    """Number what others left; the last number given out."""
    while sequence_pending():
        pass
    return LedgerHead.objects.get(pk=1).last


@pytest.mark.django_db
def test_pending_events_are_numbered_in_the_order_they_were_written(department: Department) -> None:
    start = settle()
    write(7, department)

    assert sequence_pending(limit=5) == 5
    assert sequence_pending(limit=5) == 2
    assert sequence_pending() == 0

    rows = list(Event.objects.filter(seq__gt=start).order_by("seq").values_list("seq", "verb"))
    assert rows == [(start + 1 + number, f"verb-{number}") for number in range(7)]
    assert LedgerHead.objects.get(pk=1).last == start + 7


@pytest.mark.django_db
def test_numbers_are_not_given_again_after_the_newest_were_removed(department: Department) -> None:
    write(3, department)
    last = settle()
    Event.objects.filter(seq=last).delete()

    write(1, department)
    settle()

    assert Event.objects.latest("id").seq == last + 1


@pytest.mark.django_db
def test_nothing_pending_takes_no_lock(django_assert_num_queries: Any) -> None:
    settle()

    with django_assert_num_queries(1):
        assert sequence_pending() == 0


@pytest.mark.django_db(transaction=True)
def test_numbering_inside_a_transaction_is_refused() -> None:
    """Its lock would be held to the end of that transaction."""
    row = save_record(Department(code="x", name="X"), by=None, door="task")

    write(1, row)

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        sequence_pending()


@pytest.mark.django_db(transaction=True)
def test_rolled_back_event_leaves_no_gap() -> None:
    row = save_record(Department(code="x", name="X"), by=None, door="task")
    start = settle()

    write(1, row)
    with transaction.atomic():
        write(3, row)
        transaction.set_rollback(True)
    write(1, row)
    settle()

    assert numbers()[-2:] == [start + 1, start + 2]


@pytest.mark.django_db(transaction=True)
def test_reader_beside_four_writers_with_rollbacks_misses_nothing() -> None:
    row = save_record(Department(code="x", name="X"), by=None, door="task")
    start = settle()
    done = threading.Event()
    running = [4]

    def writer() -> int:
        written = 0
        try:
            for turn in range(25):
                refused = turn % 10 == 3
                with transaction.atomic():
                    write(2, row)
                    transaction.set_rollback(refused)
                written += 0 if refused else 2
        finally:
            running[0] -= 1
            if running[0] == 0:
                done.set()
        return written

    def reader() -> list[int]:
        """Follows the numbers as the feed does: what appears below the last one seen is lost."""
        seen: list[int] = []
        while True:
            last_round = done.is_set()
            sequence_pending()
            after = seen[-1] if seen else start
            seen += Event.objects.filter(seq__gt=after).order_by("seq").values_list("seq", flat=True)
            if last_round:
                return seen

    written = at_once(writer, writer, writer, writer, reader, reader)

    expected = list(range(start + 1, start + 1 + sum(written[:4])))
    assert written[:4] == [44] * 4
    assert written[4] == expected
    assert written[5] == expected


@pytest.mark.django_db
def test_access_is_logged_with_who_what_and_request(department: Department, superuser: Any) -> None:
    token = request_id.set("req-9")
    log_access(by=superuser, kind=AccessLog.Kind.EXPORT, door="admin", subject=department, rows=12, format="xlsx")
    request_id.reset(token)

    line = AccessLog.objects.get()
    assert (line.by, line.kind, line.rows, line.detail) == (superuser, "export", 12, {"format": "xlsx"})
    assert (line.subject_type, line.subject_id, line.request_id) == ("department", department.public_id, "req-9")
