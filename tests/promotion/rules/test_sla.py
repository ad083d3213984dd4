"""Clocks of cases: due times with pauses, colours, escalation, urging; exact to the minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.rules import sla
from promotion.rules.sla import PAUSED, RUNNING, Segment
from promotion.rules.working_time import DAYS, Amount

from .conftest import CALENDAR, at

Cut = tuple[str, str]


def clock(*cuts: Cut, end: str | None = None) -> tuple[Segment, ...]:
    """A clock from (kind, since) pairs, each lasting until the next."""
    moments = [at(since) for _, since in cuts] + [at(end) if end else None]
    return tuple(
        Segment(kind, since, until, "waiting_enterprise" if kind == PAUSED else "")
        for (kind, _), (since, until) in zip(cuts, pairwise(moments), strict=True)
        if since is not None
    )


@pytest.mark.parametrize(
    ("cuts", "limit", "due"),
    [
        # pause → resolve: 4 h run, 3 h left after the pause
        (((RUNNING, "2026-03-02 08:30"), (PAUSED, "2026-03-02 14:00"), (RUNNING, "2026-03-04 09:00")), Amount(1, DAYS),
         "2026-03-04 12:00"),
        # a pause over a weekend costs the working time of Friday's end and Monday's start, not 64 hours
        (((RUNNING, "2026-03-06 16:00"), (PAUSED, "2026-03-06 16:30"), (RUNNING, "2026-03-09 09:00")), Amount(60),
         "2026-03-09 09:30"),
        # overnight pause outside office hours moves nothing
        (((RUNNING, "2026-03-02 16:00"), (PAUSED, "2026-03-02 17:00"), (RUNNING, "2026-03-03 08:30")), Amount(90),
         "2026-03-03 09:00"),
        # opened on a holiday
        (((RUNNING, "2025-10-03 11:00"),), Amount(2, DAYS), "2025-10-10 17:00"),
        # opened before the make-up Saturday, which works
        (((RUNNING, "2025-10-10 10:00"),), Amount(1, DAYS), "2025-10-11 10:00"),
        # paused over the make-up Sunday and the holiday that follows
        (((RUNNING, "2026-02-13 16:00"), (PAUSED, "2026-02-13 16:30"), (RUNNING, "2026-02-14 16:45")), Amount(60),
         "2026-02-24 08:45"),
        # the year ends: 1 to 3 January off, Sunday the 4th works
        (((RUNNING, "2025-12-30 10:15"),), Amount(3, DAYS), "2026-01-05 10:15"),
        # two pauses
        (((RUNNING, "2026-03-02 08:30"), (PAUSED, "2026-03-02 09:30"), (RUNNING, "2026-03-02 10:30"),
          (PAUSED, "2026-03-02 11:00"), (RUNNING, "2026-03-03 08:30")), Amount(120), "2026-03-03 09:00"),
    ],
)  # fmt: skip
def test_due_time_of_a_clock(cuts: tuple[Cut, ...], limit: Amount, due: str) -> None:
    assert sla.due_at(CALENDAR, clock(*cuts), limit) == at(due)


def test_standing_clock_has_no_due_time_and_no_time_passes() -> None:
    standing = clock((RUNNING, "2026-03-02 08:30"), (PAUSED, "2026-03-02 10:30"))
    early, late = (
        sla.read(CALENDAR, standing, Amount(1, DAYS), at(when)) for when in ("2026-03-02 11:00", "2026-08-03 11:00")
    )

    assert early == late
    assert (late.state, late.due_at, late.colour) == (PAUSED, None, sla.GREEN)
    assert (late.elapsed, late.remaining) == (timedelta(hours=2), timedelta(hours=5))


def test_case_overdue_before_its_pause_stays_red() -> None:
    standing = clock((RUNNING, "2026-03-02 08:30"), (PAUSED, "2026-03-04 10:30"))
    assert sla.read(CALENDAR, standing, Amount(1, DAYS), at("2026-03-05 09:00")).is_overdue


def test_case_resolved_before_the_day_starts_used_no_time_of_that_day() -> None:
    resolved = clock((RUNNING, "2026-03-02 16:00"), end="2026-03-03 07:10")
    reading = sla.read(CALENDAR, resolved, Amount(60), at("2026-05-01 12:00"))

    assert (reading.state, reading.elapsed, reading.due_at) == (sla.STOPPED, timedelta(hours=1), at("2026-03-02 17:00"))
    assert reading.is_overdue  # the hour was over at 17:00; the answer came the next morning


def test_stopped_clock_says_for_ever_what_it_said_when_it_stopped() -> None:
    resolved = clock((RUNNING, "2026-03-02 08:30"), end="2026-03-02 11:00")
    reading = sla.read(CALENDAR, resolved, Amount(1, DAYS), at("2026-09-01 12:00"))

    assert (reading.colour, reading.due_at) == (sla.GREEN, at("2026-03-02 17:00"))
    assert sla.steps_due(CALENDAR, resolved, Amount(1, DAYS), at("2026-09-01 12:00")) == ()


@pytest.mark.parametrize(
    ("limit", "now", "colour"),
    [
        (Amount(5, DAYS), "2026-03-06 08:29", sla.GREEN),
        (Amount(5, DAYS), "2026-03-06 10:15", sla.YELLOW),  # 80 % and the day before are one moment
        (Amount(15, DAYS), "2026-03-18 10:15", sla.YELLOW),  # 80 % of 15 days comes first
        (Amount(15, DAYS), "2026-03-18 10:14", sla.GREEN),
        (Amount(2, DAYS), "2026-03-03 10:15", sla.YELLOW),  # the day before due comes first
        (Amount(2, DAYS), "2026-03-03 10:14", sla.GREEN),
        (Amount(1, DAYS), "2026-03-02 10:15", sla.GREEN),  # a day's limit is not yellow from its start
        (Amount(1, DAYS), "2026-03-03 08:51", sla.YELLOW),
        (Amount(1, DAYS), "2026-03-03 08:50", sla.GREEN),
        (Amount(1, DAYS), "2026-03-03 10:15", sla.YELLOW),  # at the due time it is in time
        (Amount(1, DAYS), "2026-03-03 10:16", sla.RED),
    ],
)
def test_colour_of_a_case_opened_on_monday_at_a_quarter_past_ten(limit: Amount, now: str, colour: str) -> None:
    assert sla.read(CALENDAR, clock((RUNNING, "2026-03-02 10:15")), limit, at(now)).colour == colour


def test_due_friday_evening_is_overdue_on_saturday() -> None:
    reading = sla.read(CALENDAR, clock((RUNNING, "2026-03-06 16:00")), Amount(60), at("2026-03-07 10:00"))
    assert (reading.due_at, reading.colour) == (at("2026-03-06 17:00"), sla.RED)


def test_due_time_beyond_the_calendar_is_unsure_and_the_first_promise_stays() -> None:
    running = clock((RUNNING, "2026-12-28 10:15"))
    assert not sla.read(CALENDAR, running, Amount(3, DAYS), at("2026-12-28 11:00")).is_unsure
    assert sla.read(CALENDAR, running, Amount(5, DAYS), at("2026-12-28 11:00")).is_unsure

    paused = clock((RUNNING, "2026-03-02 10:15"), (PAUSED, "2026-03-02 11:15"), (RUNNING, "2026-03-03 11:15"))
    assert sla.promised_at(CALENDAR, at("2026-03-02 10:15"), Amount(1, DAYS)) == at("2026-03-03 10:15")
    assert sla.due_at(CALENDAR, paused, Amount(1, DAYS)) == at("2026-03-04 10:15")


@pytest.mark.parametrize(
    ("segments", "problems"),
    [
        (clock((RUNNING, "2026-03-02 10:15"), (PAUSED, "2026-03-02 11:15")), ()),
        ((Segment("idle", at("2026-03-02 10:15")),), ("unknown_kind",)),
        ((Segment(PAUSED, at("2026-03-02 10:15")),), ("pause_without_reason",)),
        ((Segment(RUNNING, at("2026-03-02 10:15"), at("2026-03-01 10:15")),), ("ends_before_start",)),
        ((Segment(RUNNING, at("2026-03-02 10:15")), Segment(RUNNING, at("2026-03-03 10:15"))), ("open_in_between",)),
        (
            (
                Segment(RUNNING, at("2026-03-02 10:15"), at("2026-03-02 11:00")),
                Segment(RUNNING, at("2026-03-02 12:00")),
            ),
            ("gap_or_overlap",),
        ),
    ],
)
def test_segments_run_in_order_without_gap(segments: tuple[Segment, ...], problems: tuple[str, ...]) -> None:
    assert sla.segment_problems(segments) == problems


@pytest.mark.parametrize(
    ("now", "taken", "steps"),
    [
        ("2026-03-03 10:15", (), []),
        ("2026-03-06 10:14", (), []),
        ("2026-03-06 10:15", (), [3]),
        ("2026-03-10 10:15", (), [3, 5]),
        ("2026-03-10 10:15", (3,), [5]),
        ("2026-03-12 10:15", (3, 5), [7]),
        ("2026-03-30 10:15", (3, 5, 7), []),
    ],
)
def test_ladder_counts_working_days_after_the_due_time(now: str, taken: tuple[int, ...], steps: list[int]) -> None:
    running = clock((RUNNING, "2026-03-02 10:15"))
    due = sla.steps_due(CALENDAR, running, Amount(1, DAYS), at(now), taken=taken)
    assert [step.after_days for step in due] == steps


def test_ladder_stands_still_while_the_clock_does() -> None:
    standing = clock((RUNNING, "2026-03-02 10:15"), (PAUSED, "2026-03-04 10:15"))
    assert sla.steps_due(CALENDAR, standing, Amount(1, DAYS), at("2026-04-30 10:15")) == ()


def test_follow_up_without_pauses_climbs_the_same_ladder() -> None:
    due = CALENDAR.close_of(at("2026-02-13 00:00").date())
    segments = sla.overdue_segments(CALENDAR, due)
    # 14 February works, then Spring Festival until the 23rd: the third working day is 25 February.
    times = {step.after_days: moment for step, moment in sla.step_times(CALENDAR, segments, timedelta(0))}
    assert times[3] == at("2026-02-25 17:00")


@pytest.mark.parametrize(
    ("urged", "state", "refusal", "again"),
    [
        ((), RUNNING, None, None),
        ((), PAUSED, sla.NOT_RUNNING, None),
        (("2026-03-06 11:00",), RUNNING, sla.TOO_SOON, "2026-03-09 11:00"),
        (("2026-03-05 10:00",), RUNNING, None, None),
        (("2026-03-02 10:00", "2026-03-03 10:00", "2026-03-04 10:00"), RUNNING, sla.TOO_MANY, None),
    ],
)
def test_urging_is_limited(urged: tuple[str, ...], state: str, refusal: str | None, again: str | None) -> None:
    answer = sla.may_urge(CALENDAR, [at(when) for when in urged], state, at("2026-03-06 15:00"))
    assert answer == sla.UrgeAnswer(refusal, at(again) if again else None)


@pytest.mark.parametrize(
    ("now", "extended", "refusal"),
    [
        ("2026-03-02 11:00", 0, None),
        ("2026-03-02 11:00", 1, sla.ALREADY_EXTENDED),
        ("2026-03-05 10:15", 0, None),
        ("2026-03-05 10:16", 0, sla.TOO_LATE),  # less than a working day is left of five
        ("2026-03-09 10:15", 0, sla.TOO_LATE),
    ],
)
def test_extension_is_asked_for_once_and_in_time(now: str, extended: int, refusal: str | None) -> None:
    reading = sla.read(CALENDAR, clock((RUNNING, "2026-03-02 10:15")), Amount(4, DAYS), at(now))
    answer = sla.may_extend(reading, at(now), extended=extended, before_due=CALENDAR.day_length)
    assert answer == refusal


@st.composite
def clocks(draw: st.DrawFn) -> tuple[Segment, ...]:
    """A clock that runs, pauses and runs again, for minutes to weeks, over any time of the years loaded."""
    start = at("2020-01-01 00:00") + timedelta(minutes=draw(st.integers(0, 60 * 24 * 365 * 6)))
    lengths = draw(st.lists(st.integers(0, 60 * 24 * 20), max_size=5))
    moments: list[datetime | None] = [start]
    for length in lengths:
        start += timedelta(minutes=length)
        moments.append(start)
    moments.append(None)
    return tuple(
        Segment(RUNNING if number % 2 == 0 else PAUSED, since, until, "" if number % 2 == 0 else "waiting_enterprise")
        for number, (since, until) in enumerate(pairwise(moments))
        if since is not None
    )


limits = st.one_of(st.integers(1, 40).map(lambda n: Amount(n, DAYS)), st.integers(1, 5000).map(Amount))


@given(clocks(), limits)
def test_at_the_due_time_exactly_the_limit_has_passed(segments: tuple[Segment, ...], limit: Amount) -> None:
    due = sla.due_at(CALENDAR, segments, limit)
    if due is None:
        assert sla.state_of(segments) == PAUSED
        assert sla.elapsed(CALENDAR, segments, at("2100-01-01 00:00")) < CALENDAR.duration(limit)
    else:
        assert sla.elapsed(CALENDAR, segments, due) == CALENDAR.duration(limit)


@given(clocks(), limits)
def test_due_time_moves_by_the_working_time_of_the_pauses(segments: tuple[Segment, ...], limit: Amount) -> None:
    due = sla.due_at(CALENDAR, segments, limit)
    if due is None:
        return
    paused = sum(
        (
            CALENDAR.working_between(segment.since, min(segment.until or due, due))
            for segment in segments
            if segment.kind == PAUSED and segment.since < due
        ),
        start=timedelta(0),
    )
    assert CALENDAR.working_between(segments[0].since, due) == CALENDAR.duration(limit) + paused
    assert due >= sla.promised_at(CALENDAR, segments[0].since, limit)


@given(clocks(), limits, st.integers(0, 60 * 24 * 60), st.integers(0, 60 * 24 * 60))
def test_colours_only_get_worse_and_steps_only_more(
    segments: tuple[Segment, ...], limit: Amount, one: int, other: int
) -> None:
    start = segments[-1].since
    early, late = (start + timedelta(minutes=m) for m in sorted((one, other)))
    order = (sla.GREEN, sla.YELLOW, sla.RED)
    readings = [sla.read(CALENDAR, segments, limit, moment) for moment in (early, late)]

    assert order.index(readings[0].colour) <= order.index(readings[1].colour)
    assert set(sla.steps_due(CALENDAR, segments, limit, early)) <= set(sla.steps_due(CALENDAR, segments, limit, late))
