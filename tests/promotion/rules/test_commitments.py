"""What became of a promise."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from promotion.rules.commitments import DUE_SOON, IN_TIME, KEPT, NO_DEADLINE, OVERDUE, WARNING_DAYS, state_on

TODAY = date(2026, 6, 1)


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("promise", "state"),
    [
        ({"due_on": None}, NO_DEADLINE),
        ({"due_on": days(-1)}, OVERDUE),
        ({"due_on": days(0)}, DUE_SOON),
        ({"due_on": days(WARNING_DAYS)}, DUE_SOON),
        ({"due_on": days(WARNING_DAYS + 1)}, IN_TIME),
        ({"due_on": days(-1), "fulfilled_on": days(5)}, KEPT),
        ({"due_on": None, "fulfilled_on": days(-9)}, KEPT),
        ({"due_on": days(-1), "amount": Decimal(10), "fulfilled_on": days(-2)}, KEPT),
        (
            {"due_on": days(-1), "amount": Decimal(10), "fulfilled_on": days(-2), "fulfilled_amount": Decimal(9)},
            OVERDUE,
        ),
        (
            {"due_on": days(-1), "amount": Decimal(10), "fulfilled_on": days(-2), "fulfilled_amount": Decimal(10)},
            KEPT,
        ),
    ],
)
def test_promise_stands_where_its_day_and_its_amount_put_it(promise: dict[str, Any], state: str) -> None:
    assert state_on(TODAY, **promise) == state
