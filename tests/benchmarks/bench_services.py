"""What the pages of "1+3+N" and its runs cost with N cases: queries, p50, p95; a due time in microseconds.

    python -m tests.benchmarks.bench_services --cases 1000 50000 500000

One case in ten is open unless `--open` says how many. Everything goes through Django's test client, warm; "own" is this
process's own time (median). `DATABASE_URL` chooses the engine.
"""

import argparse
import datetime
import random
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from tests.benchmarks.database import milliseconds, own_database, percentile, set_up

ROUNDS = 10
UNITS, PEOPLE, ENTERPRISES, PIECE = 12, 60, 2_000, 2_000
DAY = datetime.timedelta(days=1)
OPEN_STATES = (
    ("submitted",) * 2 + ("accepted",) * 2 + ("assigned",) * 4 + ("in_progress",) * 8 + ("waiting",) * 2
    + ("replied",) * 2
)  # fmt: skip


def people() -> None:
    """Service officers in twelve units, a coordinator, a leader; enterprises that the officers look after."""
    from directory.models import Enterprise
    from pinghu.accounts.models import Department, Membership, User
    from pinghu.accounts.roles import Role
    from pinghu.ledger.saving import save_record
    from promotion.models import LiaisonAssignment

    if User.objects.filter(username="coordinator").exists():
        return
    everybody = [(f"officer-{number}", Role.SERVICE_OFFICER) for number in range(PEOPLE)]
    everybody += [("coordinator", Role.SERVICE_COORDINATOR), ("leader", Role.LEADER)]
    units = [
        save_record(Department(code=f"unit-{number}", name=f"服务{number}科"), by=None, door="command")
        for number in range(UNITS)
    ]
    officers = []
    for place, (name, role) in enumerate(everybody):
        user = User.objects.create_user(username=name, is_staff=True)
        save_record(Membership(user=user, department=units[place % UNITS], role=role), by=None, door="command")
        officers += [user] if role == Role.SERVICE_OFFICER else []
    firms = [
        Enterprise(short_name=f"基准企业{number}", relation="registered_and_operating") for number in range(ENTERPRISES)
    ]
    firms = Enterprise.objects.bulk_create(firms, batch_size=500)
    LiaisonAssignment.objects.bulk_create(
        [
            LiaisonAssignment(
                enterprise=firm, person=officers[place % PEOPLE], unit=units[place % UNITS], starts_on="2024-01-01"
            )
            for place, firm in enumerate(firms)
        ],
        batch_size=500,
    )  # fmt: skip


def load(cases: int, open_: int) -> None:
    """Bring the tables to so many cases, the open ones first."""
    from django.db import connection, transaction

    from promotion.models import ServiceCase

    people()
    known = ServiceCase.objects.count()
    rows = islice(_cases(known, open_), max(cases - known, 0))
    while piece := list(islice(rows, PIECE)):
        with transaction.atomic():
            for model in dict.fromkeys(type(row) for of_case in piece for row in of_case):
                found = [row for of_case in piece for row in of_case if type(row) is model]
                for row in found:
                    if model is not ServiceCase:
                        row.case_id = row.case.pk
                model._base_manager.bulk_create(found, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _cases(first: int, open_: int) -> Iterator[list[Any]]:
    """One case after another, each with its clock, handler, events and perhaps rating."""
    from django.utils import timezone

    from directory.models import Enterprise
    from pinghu.accounts.models import User
    from promotion.calendar import office_calendar
    from promotion.models import CaseEvent, CaseHandler, CaseKind, CaseRating, ClockSegment, ServiceCase, ServicePillar
    from promotion.rules.working_time import Amount

    source, now, calendar = random.Random(first), timezone.now(), office_calendar()
    officers = list(User.objects.filter(username__startswith="officer-").order_by("pk"))
    units = {user.pk: user.memberships.get().department_id for user in officers}
    firms = list(Enterprise.objects.order_by("pk").values_list("pk", flat=True)[:ENTERPRISES])
    kinds = list(CaseKind.objects.order_by("pk").values_list("pk", flat=True))
    pillars = list(ServicePillar.objects.order_by("pk"))
    mechanisms = [pillar.pk for pillar in pillars if pillar.layer == "mechanism"]
    platforms = [pillar.pk for pillar in pillars if pillar.layer == "platform"]
    words = ("停电", "用工", "班车", "审批", "道路", "融资", "排水", "宿舍")
    number = first
    while True:
        is_open = number < open_
        number += 1
        owner = source.choice(officers)
        state = source.choice(OPEN_STATES) if is_open else "closed"
        # Of the open ones two in five are late.
        age = source.uniform(10, 60) if is_open and source.random() < 0.4 else source.uniform(0, 5)
        opened = now - (age if is_open else source.uniform(10, 1_000)) * DAY
        due, yellow = calendar.add_working(opened, Amount(5, "days")), calendar.add_working(opened, Amount(4, "days"))
        answered = opened + source.uniform(0.1, 9) * DAY if state in ("closed", "replied") else None
        answered = min(answered, now) if answered is not None else None
        is_given = state not in ("submitted", "accepted")
        case = ServiceCase(
            number=f"X{number}", title=f"{source.choice(words)}{number}", text="车间经常停电，请协调。" * 3,
            kind_id=source.choice(kinds), state=state, enterprise_id=source.choice(firms), opened_at=opened,
            resolve_days=5, due_at=None if state == "waiting" else due, yellow_at=None if state == "waiting" else yellow,
            first_due_at=due, accept_due_at=calendar.add_working(opened, Amount(1, "days")),
            accepted_at=opened + DAY / 4 if state != "submitted" else None, replied_at=answered,
            closed_at=answered if state == "closed" else None, reply="已协调解决。" if answered else "",
            handled_minutes=source.randrange(60, 3_000) if answered else None,
            mechanism_id=source.choice(mechanisms), platform_id=source.choice(platforms),
            confidentiality=source.choice(("internal",) * 9 + ("restricted",)), owner=owner if is_given else None,
            unit_id=units[owner.pk], is_demo=True,
        )  # fmt: skip
        ends = answered or (opened + DAY if state == "waiting" else None)
        shared = {"case": case, "is_demo": True}
        rows = [case, ClockSegment(kind="running", since=opened, until=ends, **shared)]
        if state == "waiting":
            rows.append(ClockSegment(kind="paused", since=ends, reason="等企业", **shared))
        if is_given:
            rows.append(
                CaseHandler(
                    unit_id=units[owner.pk], person=owner, limit_days=5, assigned_at=opened, due_at=due,
                    replied_at=answered, **shared,
                )
            )  # fmt: skip
        verbs = ("submitted", "dispatched", "closed") if state == "closed" else ("submitted",)
        rows += [CaseEvent(verb=verb, text="办理", at=opened, door="admin", **shared) for verb in verbs]
        if state == "closed" and source.random() < 0.6:
            rows.append(CaseRating(grade=source.choice((5, 5, 5, 4, 4, 3, 2)), at=answered, is_solved=True, **shared))
        yield rows


class Bench:
    """One database, read as three people."""

    def __init__(self, rounds: int) -> None:
        from django.test import Client

        from pinghu.accounts.models import User

        self.rounds = rounds
        self.clients: dict[str, Any] = {}
        for name in ("officer-1", "coordinator", "leader"):
            self.clients[name] = Client(headers={"host": "localhost"})
            user = User.objects.get(username=name)
            self.clients[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def page(self, label: str, who: str, address: str) -> None:
        def ask() -> None:
            answer = self.clients[who].get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        self.report(label, ask)

    def report(self, label: str, act: Callable[[], Any]) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        act()
        with CaptureQueriesContext(connection) as queries:
            act()
        count = len(queries)
        times, working = [], []
        for _round in range(self.rounds):
            begun = time.process_time()
            times.append(milliseconds(act))
            working.append((time.process_time() - begun) * 1000)
        print(
            f"  {label:32} {count:3} queries  p50 {statistics.median(times):8.1f}  p95 {percentile(times, 0.95):8.1f} ms"
            f"  own {statistics.median(working):8.1f} ms",
            flush=True,
        )


def measure(bench: Bench) -> None:
    from django.urls import reverse

    from directory.models import Enterprise
    from promotion.models import ServiceCase

    desk, owner = reverse("admin:case_desk"), ServiceCase.objects.filter(owner__username="officer-1")
    bench.page("my desk", "officer-1", f"{desk}?desk=mine")
    bench.page("my units' desk", "officer-1", f"{desk}?desk=unit")
    bench.page("coordinator's desk", "coordinator", f"{desk}?desk=coordinator")
    bench.page("my day, officer", "officer-1", reverse("admin:my_day"))
    bench.page("my day, coordinator", "coordinator", reverse("admin:my_day"))
    bench.page("overview, coordinator", "coordinator", reverse("admin:index"))
    bench.page("list of cases", "coordinator", reverse("admin:promotion_servicecase_changelist"))
    case = owner.filter(state="in_progress").order_by("-pk")[0]
    bench.page("case detail", "officer-1", reverse("admin:promotion_servicecase_change", args=[case.pk]))
    figures = reverse("admin:service_statistics")
    for period in ("month", "year"):
        bench.page(f"statistics, {period}", "leader", f"{figures}?period={period}")
    bench.report("statistics, year, its own", _statistics)
    enterprise = Enterprise.objects.get(pk=case.enterprise_id)
    bench.page("one enterprise, one file", "leader", reverse("admin:enterprise_file", args=[enterprise.public_id]))


def _statistics() -> None:
    from django.utils import timezone

    from pinghu.accounts.models import User
    from promotion.rules.periods import period_of
    from promotion.rules.working_time import local_day
    from promotion.scopes import zone
    from promotion.service_statistics import in_force, statistics, versions

    now = timezone.now()
    leader = User.objects.get(username="leader")
    version = in_force(versions(leader), local_day(now))
    assert version is not None
    statistics(leader, zone(), version, period_of("year", local_day(now)), at=now)


def measure_runs(moment: datetime.datetime) -> None:
    """The escalation: all that is late climbs at once, then nothing is due, then what a working day brought."""
    from django.db import connection

    from pinghu.inbox.models import Notification
    from promotion.calendar import office_calendar
    from promotion.models import ServiceCase
    from promotion.rules.working_time import ONE_DAY
    from promotion.services.case_escalation import escalate_overdue

    open_ = ServiceCase.objects.open().count()
    print(f"  escalation over {open_:,} open cases, {ServiceCase.objects.overdue(moment).count():,} of them overdue")
    for label, at in (
        ("all that is late", moment),
        ("again", moment),
        ("a working day later", office_calendar().add_working(moment, ONE_DAY)),
    ):
        told, begun, own = Notification.objects.count(), time.perf_counter(), time.process_time()
        queries: list[None] = []

        def count(execute: Any, *args: Any, counted: list[None] = queries) -> Any:
            counted.append(None)
            return execute(*args)

        with connection.execute_wrapper(count):  # cheaper than Django's log, which quotes every value
            steps = escalate_overdue(by=None, door="task", at=at)
        spent, own = time.perf_counter() - begun, time.process_time() - own
        told = Notification.objects.count() - told
        print(
            f"    {label:20} {steps:7,} steps  {told:7,} told  {len(queries):6,} queries  {spent:6.1f} s  own {own:6.1f} s",
            flush=True,
        )


def measure_clock() -> None:
    """A due time a year away, and one over a clock that stood still ten times."""
    from promotion.calendar import office_calendar
    from promotion.rules.sla import PAUSED, RUNNING, Segment, due_at
    from promotion.rules.working_time import Amount

    calendar, rounds = office_calendar(), 20_000
    start = datetime.datetime(2026, 3, 2, 1, tzinfo=datetime.UTC)
    segments = [
        Segment(
            (RUNNING, PAUSED)[place % 2], start + place * DAY, None if place == 20 else start + (place + 1) * DAY, "x"
        )
        for place in range(21)
    ]
    for label, act in {
        "a due time a year away": lambda: calendar.add_working(start, Amount(250, "days")),
        "the same over ten pauses": lambda: due_at(calendar, segments, Amount(250, "days")),
    }.items():
        begun = time.process_time()
        for _round in range(rounds):
            act()
        print(f"  {label:32} {(time.process_time() - begun) / rounds * 1e6:6.1f} µs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[1_000, 50_000])
    parser.add_argument("--open", type=int, default=0, help="so many of them open; 0: one in ten")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_services")
    import logging

    from django.utils import timezone

    logging.disable(logging.INFO)
    with own_database(keep=options.keep) as vendor:
        measure_clock()
        for cases in sorted(options.cases):
            begun = time.perf_counter()
            load(cases, options.open or max(cases // 10, 300))
            print(f"{vendor}, {cases:,} cases ({time.perf_counter() - begun:.0f} s to load)", flush=True)
            measure(Bench(options.rounds))
        # Last: it changes what it finds.
        measure_runs(timezone.now())


if __name__ == "__main__":
    main()
