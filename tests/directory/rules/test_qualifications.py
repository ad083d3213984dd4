"""Validity, reminders and review cycles of qualifications."""

from __future__ import annotations

from datetime import date

import pytest

from directory.rules.qualifications import (
    QualificationTerms,
    end_of_validity,
    expires_on,
    is_valid_on,
    little_giant_batches_due,
    little_giant_review_years,
    reminder_due,
    reminders,
    status_on,
)

GRANTED = date(2023, 12, 8)
TERMS = QualificationTerms(GRANTED, months=36)


@pytest.mark.parametrize(
    ("recognised", "months", "last"),
    [
        (date(2023, 12, 8), 36, date(2026, 12, 7)),
        (date(2024, 2, 29), 36, date(2027, 2, 27)),
        (date(2024, 3, 31), 1, date(2024, 4, 29)),
        (date(2024, 1, 1), 12, date(2024, 12, 31)),
    ],
)
def test_validity_ends_the_day_before_the_anniversary(recognised: date, months: int, last: date) -> None:
    assert end_of_validity(recognised, months) == last


def test_date_on_the_certificate_wins_over_the_types_months() -> None:
    assert expires_on(QualificationTerms(GRANTED, date(2025, 6, 30), 36)) == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("terms", "at", "status", "counts"),
    [
        (TERMS, date(2023, 12, 7), "not_yet", False),
        (TERMS, date(2023, 12, 8), "valid", True),
        (TERMS, date(2026, 6, 10), "expiring", True),
        (TERMS, date(2026, 6, 9), "valid", True),
        (TERMS, date(2026, 12, 7), "expiring", True),
        (TERMS, date(2026, 12, 8), "expired", False),
        (QualificationTerms(GRANTED, months=36, under_review=True), date(2026, 12, 7), "under_review", True),
        (QualificationTerms(GRANTED, months=36, under_review=True), date(2026, 12, 8), "under_review", False),
        (QualificationTerms(GRANTED, months=36, revoked_on=date(2024, 5, 1)), date(2024, 4, 30), "valid", True),
        (QualificationTerms(GRANTED, months=36, revoked_on=date(2024, 5, 1)), date(2024, 5, 1), "revoked", False),
        (QualificationTerms(GRANTED, months=36, superseded=True), date(2024, 5, 1), "superseded", False),
        (QualificationTerms(GRANTED), date(2090, 1, 1), "valid", True),
        (QualificationTerms(), date(2024, 1, 1), "valid", True),
    ],
)
def test_status_and_validity_on_a_day(terms: QualificationTerms, at: date, status: str, counts: bool) -> None:
    assert (status_on(terms, at), is_valid_on(terms, at)) == (status, counts)


def test_reminders_fall_180_90_and_30_days_before_the_end() -> None:
    assert reminders(TERMS) == (date(2026, 6, 10), date(2026, 9, 8), date(2026, 11, 7))
    assert reminder_due(TERMS, date(2026, 9, 8)) == 90
    assert reminder_due(TERMS, date(2026, 9, 9)) is None


def test_void_or_endless_qualification_has_no_reminders() -> None:
    assert reminders(QualificationTerms(GRANTED)) == ()
    assert reminders(QualificationTerms(GRANTED, months=36, superseded=True)) == ()


@pytest.mark.parametrize(
    ("year", "batches"), [(2022, (1,)), (2025, (1, 4)), (2026, (2, 5)), (2027, (3, 6)), (2028, (1, 4, 7)), (2019, ())]
)
def test_little_giants_are_reviewed_by_batch_every_third_year(year: int, batches: tuple[int, ...]) -> None:
    assert little_giant_batches_due(year) == batches


def test_review_years_of_a_batch_agree_with_the_batches_due() -> None:
    assert little_giant_review_years(2, 2030) == (2023, 2026, 2029)
    assert all(2 in little_giant_batches_due(year) for year in little_giant_review_years(2, 2030))
