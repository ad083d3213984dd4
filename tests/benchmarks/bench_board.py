"""What the board, its fragments, a move and the dashboard cost among many projects: queries, p50 and p95.

    python -m tests.benchmarks.bench_board --projects 5000 --leads 50000

Through the client, as a promotion manager asks: the whole page, template and all.
"""

import argparse
import datetime
import random
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.database import milliseconds, own_database, set_up, summary

ROUNDS = 20
FIRST_KEY = 70_000_000
YEAR = 2026


def fill(projects: int, leads: int) -> None:
    """Projects at every stage with their moves, milestones and capital; leads; in twenty units with sixty people."""
    from django.utils import timezone

    from directory.models import Enterprise, ExchangeRate
    from pinghu.accounts.models import Department, Membership, User
    from pinghu.accounts.roles import Role
    from pinghu.ledger.context import change
    from pinghu.ledger.saving import save_record
    from promotion.models import CapitalRecord, InvestmentProject, Lead, PromotionTarget, StageChange
    from promotion.rules.stages import STAGES, TRACKS

    if InvestmentProject.objects.filter(pk=FIRST_KEY).exists():
        return
    source, now = random.Random(7), timezone.now()
    with change(by=None, verb="bench", door="command"):
        root = Department.objects.create(code="root", name="招商局")
        units = [
            Department.objects.create(code=f"u{number}", name=f"招商{number}科", parent=root) for number in range(20)
        ]
        people = []
        for number in range(60):
            person = User.objects.create(username=f"officer-{number}", is_staff=True)
            membership = Membership(user=person, department=units[number % 20], role=Role.PROMOTION_OFFICER)
            save_record(membership, by=None, door="command")
            people.append(person)
        boss = User.objects.create(username="boss", is_staff=True)
        save_record(Membership(user=boss, department=root, role=Role.PROMOTION_MANAGER), by=None, door="command")
        rates = {"USD": "7.1", "EUR": "7.7", "JPY": "0.048"}
        for month in range(1, 13):
            for currency, cny in rates.items():
                ExchangeRate.objects.create(
                    currency=currency, on=datetime.date(YEAR, month, 1), cny=cny, source="bench"
                )
        for indicator in PromotionTarget.Indicator.values:
            PromotionTarget.objects.create(year=YEAR, indicator=indicator, value=1000)
            for unit in units:
                PromotionTarget.objects.create(year=YEAR, indicator=indicator, unit=unit, value=50)
    rows, moves, records = [], [], []
    enterprise = Enterprise.objects.bulk_create([Enterprise(short_name="基准企业", relation="outside")])[0]
    for number in range(projects):
        place = min(int(source.expovariate(0.5)), len(STAGES) - 1)
        owner = source.choice(people)
        began = now - datetime.timedelta(days=source.randrange(30, 600))
        days: dict[str, Any] = dict.fromkeys(("signed_on", "started_on"))
        if place >= 2:
            days["signed_on"] = (began + datetime.timedelta(days=20)).date()
        if place >= 4:
            days["started_on"] = (began + datetime.timedelta(days=40)).date()
        key = FIRST_KEY + number
        rows.append(
            InvestmentProject(
                pk=key, number=f"P-{number}", name=f"基准项目{number}", track=source.choice(TRACKS), stage=STAGES[place],
                stage_since=began + datetime.timedelta(days=10 * place),
                age_since=began + datetime.timedelta(days=10 * place), negotiating_since=began.date(), owner=owner,
                unit=units[people.index(owner) % 20], total_investment=source.randrange(10**6, 10**10),
                currency=source.choice(["CNY", "CNY", "CNY", "USD", "EUR"]),
                confidentiality=source.choice(["internal", "internal", "internal", "restricted"]), **days,
            )
        )  # fmt: skip
        moves.append(StageChange(project_id=key, kind="created", to_stage=STAGES[0], at=began, door="command"))
        moves += [
            StageChange(
                project_id=key, kind="forward", from_stage=STAGES[step], to_stage=STAGES[step + 1],
                at=began + datetime.timedelta(days=10 * (step + 1)), door="command",
            )
            for step in range(place)
        ]  # fmt: skip
        if days["signed_on"]:
            records.append(
                CapitalRecord(
                    enterprise=enterprise, project_id=key, kind=source.choice(["contracted", "actual"]),
                    on=days["signed_on"], amount=source.randrange(1, 10**7), currency=source.choice(["USD", "EUR"]),
                )
            )  # fmt: skip
    InvestmentProject.objects.bulk_create(rows, batch_size=500)
    StageChange.objects.bulk_create(moves, batch_size=500)
    CapitalRecord.objects.bulk_create(records, batch_size=500)
    Lead.objects.bulk_create(
        [
            Lead(
                number=f"L-{number}", name=f"基准线索{number}", status=source.choice(Lead.Status.values),
                owner=source.choice(people), unit=source.choice(units), next_on=now.date(),
            )
            for number in range(leads)
        ],
        batch_size=500,
    )  # fmt: skip


def measure(label: str, ask: Callable[[], Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        size = len(ask().content)
    count = len(queries)
    begun = time.process_time()
    times = [milliseconds(ask) for _round in range(ROUNDS)]
    # What this process computed itself: on a busy machine the steadier figure.
    own = (time.process_time() - begun) / ROUNDS * 1000
    print(f"  {label:32} {count:3} queries {size / 1024:5.0f} KB  {summary(times)}  own {own:6.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=5000)
    parser.add_argument("--leads", type=int, default=50_000)
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_board")
    import logging

    from django.test import Client
    from django.test.utils import setup_test_environment

    from pinghu.accounts.models import User

    logging.disable(logging.INFO)
    setup_test_environment()  # responses keep their context
    with own_database(keep=options.keep) as vendor:
        fill(options.projects, options.leads)
        client = Client()
        client.force_login(User.objects.get(username="boss"), backend="django.contrib.auth.backends.ModelBackend")
        print(f"{vendor}, {options.projects:,} projects, {options.leads:,} leads")
        page = client.get("/admin/board/")
        more = next(column.more for column in page.context["columns"] if column.more)
        for label, address in {
            "board": "/admin/board/",
            "board, a unit's": "/admin/board/?scope=units&side=running",
            "next cards of a column": f"{more}&_fragment=1",
            "what a move changed": f"/admin/board/?_fragment=1&card={FIRST_KEY}",
            "dashboard of the zone": f"/admin/dashboard/?scope=&year={YEAR}",
            "dashboard of the units": f"/admin/dashboard/?scope=units&year={YEAR}",
            "overview with the first screen": "/admin/",
            "list behind a figure": f"/admin/promotion/investmentproject/?figure=signed-{YEAR}",
        }.items():
            measure(label, lambda address=address: client.get(address))  # type: ignore[misc]


if __name__ == "__main__":
    main()
