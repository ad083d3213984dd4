"""How long the meeting takes to read, to show and to write as a report, with many projects.

    python -m tests.benchmarks.bench_meeting --projects 5000 50000

Of the projects a tenth moved in the week, six in ten have a note in it and in the one before, one in twenty has an
action item; a hundredth is confidential. `DATABASE_URL` chooses the engine.
"""

import argparse
import datetime
import time
from typing import Any

from tests.benchmarks.database import milliseconds, own_database, set_up, summary

UNITS = 20
REPEATS = 10


def load(count: int, week: datetime.date) -> Any:
    """Projects of twenty units with what hangs on them; returns the manager of the first unit."""
    from pinghu.accounts.models import Department, User
    from promotion.models import ActionItem, InvestmentProject, ProgressNote, StageChange
    from promotion.rules.meeting import start_of
    from tests.promotion.factories import a_person, a_unit

    units: list[Department] = [a_unit(f"bench-{place}") for place in range(UNITS)]
    staff = {"bench-manager": ("promotion_manager", units[0])}
    staff |= {f"bench-{place}": ("promotion_officer", unit) for place, unit in enumerate(units)}
    manager, *people = (
        User.objects.filter(username=name).first() or a_person(name, role, unit) for name, (role, unit) in staff.items()
    )
    known = InvestmentProject.objects.count()
    since = start_of(week) - datetime.timedelta(days=100)
    moved_at = start_of(week) + datetime.timedelta(days=1)
    rows = [
        InvestmentProject(
            number=f"B{number:07}",
            name=f"示例项目{number}",
            track="lease",
            stage="signed" if number % 4 == 0 else "negotiating",
            stage_since=moved_at if number % 10 == 0 else since,
            age_since=moved_at if number % 10 == 0 else since,
            owner=people[number % UNITS],
            unit=units[number % UNITS],
            confidentiality="confidential" if number % 100 == 0 else "internal",
        )
        for number in range(known, count)
    ]
    InvestmentProject._base_manager.bulk_create(rows, batch_size=1000)
    changes, notes, items = [], [], []
    for place, project in enumerate(rows):
        common = {"project": project, "to_stage": project.stage, "door": "admin"}
        changes.append(StageChange(kind="created", at=since, **common))
        if place % 10 == 0:
            changes.append(StageChange(kind="forward", at=moved_at, by=project.owner, **common))
        if place % 10 < 6:
            for day in (week, week - datetime.timedelta(days=7)):
                notes.append(ProgressNote(project=project, week=day, progress="谈了一次", next_step="再谈一次"))
        if place % 20 == 0:
            items.append(ActionItem(project=project, person=project.owner, given_by=manager, due_on=week, text="报送"))
    StageChange._base_manager.bulk_create(changes, batch_size=1000)
    ProgressNote._base_manager.bulk_create(notes, batch_size=1000)
    ActionItem._base_manager.bulk_create(items, batch_size=1000)
    return manager


def measure(manager: Any, week: datetime.date) -> None:
    from django.test import Client

    from pinghu.accounts.models import Department

    client = Client(SERVER_NAME="localhost")
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    one = Department.objects.get(code="bench-0").public_id
    past = (week - datetime.timedelta(days=7)).isoformat()
    for name, path in {
        "page, one unit": f"/admin/meeting/?on={week}&unit={one}",
        "page, all units": f"/admin/meeting/?on={week}&unit=all",
        "page, a past week": f"/admin/meeting/?on={past}&unit=all",
        "page, a month": f"/admin/meeting/?period=month&on={week}&unit=all",
        "report, one unit": f"/admin/meeting/report.docx?on={week}&unit={one}",
        "report, all units": f"/admin/meeting/report.docx?on={week}&unit=all",
    }.items():
        assert client.get(path).status_code == 200
        print(f"  {name:20} {summary([milliseconds(lambda path=path: client.get(path)) for _ in range(REPEATS)])}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, nargs="+", default=[200, 5_000, 50_000])
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_meeting")
    from promotion.rules.meeting import monday_of

    week = monday_of(datetime.date.today())
    with own_database(keep=options.keep) as vendor:
        for count in sorted(options.projects):
            started = time.perf_counter()
            manager = load(count, week)
            print(f"{vendor}, {count:,} projects (loaded in {time.perf_counter() - started:.0f} s)")
            measure(manager, week)


if __name__ == "__main__":
    main()
