"""The State Council's calendar as shipped, with the lunch break; property tests share a busy machine."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import settings

from promotion.rules.working_time import SHANGHAI, WorkCalendar

settings.register_profile("rules", deadline=None, max_examples=60)
settings.load_profile("rules")

CALENDAR_FILE = Path(__file__).parents[3] / "fixtures" / "reference" / "work_calendar.json"
ROWS = json.loads(CALENDAR_FILE.read_text(encoding="utf-8"))
CALENDAR = WorkCalendar(
    {date.fromisoformat(row["on"]): row["is_working"] for row in ROWS},
    ((time(8, 30), time(12)), (time(13, 30), time(17))),
    last_year=2026,
)


def at(text: str) -> datetime:
    """A moment as people in Shanghai say it: ``2025-09-30 16:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def calendar() -> WorkCalendar:
    return CALENDAR
