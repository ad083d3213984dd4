"""N fictitious leads and a tenth as many projects with what hangs on them, straight into the tables, for one seed.

Sixty people in twelve units; most leads are internal, some restricted, few confidential; half of them are closed. A
larger corpus adds to a smaller one. Every row is a demo row.
"""

import datetime
import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from directory.models import Enterprise
from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.ledger.saving import save_record
from promotion.matching import name_key
from promotion.models import (
    ActionItem,
    CapitalRecord,
    Commitment,
    Contact,
    Counterpart,
    Evidence,
    Interaction,
    InvestmentProject,
    Lead,
    LeadChannel,
    LeadClaim,
    LeadMember,
    NumberSeries,
    ProgressNote,
    ProjectMember,
    ProjectMilestone,
    ProjectReview,
    StageChange,
)
from promotion.rules import stages
from promotion.rules.working_time import local_day
from tests.benchmarks.corpus import FIRST, SEED, TRADES, Skewed
from tests.benchmarks.corpus import load as load_enterprises

UNITS, PEOPLE = 12, 60
LEVELS = ("internal",) * 80 + ("restricted",) * 12 + ("public",) * 5 + ("confidential",) * 3
STATUSES = ("closed",) * 50 + ("new",) * 25 + ("screened",) * 15 + ("converted",) * 10
#: A lead in so many becomes a project.
_PROJECTS = 10
_BATCH = 2_000


def people() -> list[User]:
    """Officers, the first of each unit a manager, and one leader; found again on a second call."""
    known = list(User.objects.filter(username__startswith="bench-").order_by("pk"))
    if known:
        return known
    made = []
    for number in range(UNITS):
        unit = save_record(Department(code=f"bench-{number}", name=f"招商{number}科"), by=None, door="command")
        for place in range(PEOPLE // UNITS):
            user = User.objects.create_user(username=f"bench-{number}-{place}", is_staff=True)
            role = Role.PROMOTION_OFFICER if place else Role.PROMOTION_MANAGER
            save_record(Membership(user=user, department=unit, role=role), by=None, door="command")
            made.append(user)
    leader = User.objects.create_user(username="bench-leader", is_staff=True)
    save_record(Membership(user=leader, department=unit, role=Role.LEADER), by=None, door="command")
    return [*made, leader]


def load(leads: int, *, seed: int = SEED) -> None:
    """Bring the tables to so many leads and a tenth as many projects."""
    if not Enterprise.objects.exists():
        load_enterprises(2_000)
    there = Lead._base_manager.count()
    made = _rows(people(), seed)
    for _skipped in islice(made, there):
        pass
    todo = leads - there
    while todo > 0:
        part = list(islice(made, min(todo, _BATCH)))
        _write(part)
        todo -= len(part)
    _keep_numbers(leads)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _rows(staff: list[User], seed: int) -> Iterator[list[Any]]:
    """One lead after another, each with what hangs on it, in the order in which it is written; an endless row."""
    source = random.Random(seed)
    officers = [user for user in staff if user.username != "bench-leader"]
    units = dict(Membership.objects.filter(user__in=officers).values_list("user", "department"))
    channels = list(LeadChannel.objects.order_by("pk").values_list("pk", flat=True))
    firms = list(Enterprise.objects.order_by("pk").values_list("pk", flat=True)[:2_000])
    trades, now = Skewed(TRADES), timezone.now()
    number = 0
    while True:
        number += 1
        yield _one(source, number, source.choice(officers), units, channels, firms, trades, now)


def _one(
    source: random.Random,
    number: int,
    owner: User,
    units: dict[int, int],
    channels: list[int],
    firms: list[int],
    trades: Skewed,
    now: datetime.datetime,
) -> list[Any]:
    brand = "".join(source.sample(FIRST, source.choice((2, 2, 3))))
    name = f"{brand}{trades.draw(source)}"
    age = datetime.timedelta(days=source.randint(1, 1500))
    is_project = number % _PROJECTS == 0
    status = "converted" if is_project else source.choice(STATUSES)
    status = "closed" if status == "converted" and not is_project else status
    today = local_day(now)
    next_on = today + datetime.timedelta(days=source.randint(-40, 60)) if source.random() < 0.6 else None
    shared = {
        "confidentiality": source.choice(LEVELS),
        "owner_id": owner.pk,
        "unit_id": units[owner.pk],
        "last_contact_at": now - datetime.timedelta(days=source.randint(0, 200)),
        "next_step": "回访" if next_on else "",
        "next_on": next_on,
        "is_demo": True,
    }
    counterpart = None
    if number % 5 == 0:
        counterpart = Counterpart(
            number=f"K{number}", name=f"{brand}商会", name_key=name_key(f"{brand}商会"), owner_id=owner.pk, is_demo=True
        )
    lead = Lead(
        number=f"L{number}",
        name=name,
        name_key=name_key(name),
        origin="上海",
        business=trades.draw(source),
        status=status,
        channel_id=source.choice(channels),
        counterpart=counterpart,
        enterprise_id=source.choice(firms) if source.random() < 0.1 else None,
        intended_investment=Decimal(source.randint(1, 90_000) * 10_000),
        closed_on=today - age / 2 if status == "closed" else None,
        complete_at=now - age,
        **shared,
    )
    rows: list[Any] = [*([counterpart] if counterpart else []), lead]
    rows.append(
        LeadClaim(
            lead=lead, unit_id=units[owner.pk], reporter_id=owner.pk, reported_at=now - age, complete_at=now - age,
            reminded_at=now if source.random() < 0.02 else None, is_demo=True,
        )
    )  # fmt: skip
    project = _project(source, number, lead, shared, today, firms) if is_project else None
    if project is not None:
        rows.append(project)
    rows.append(Contact(name=f"联系人{number}", job_title="总经理", lead=lead, project=project, is_demo=True))
    for talk in range(2):
        rows.append(
            Interaction(
                at=now - age / (talk + 1), by_id=owner.pk, happened="谈了合作", none_because="等对方", lead=lead,
                project=project, is_demo=True,
            )
        )  # fmt: skip
    if source.random() < 0.1:
        rows.append(LeadMember(lead=lead, person_id=source.choice(list(units)), part="team"))
    return rows + (list(_below(source, project, owner, units, today, now, firms)) if project is not None else [])


def _project(
    source: random.Random, number: int, lead: Lead, shared: dict[str, Any], today: datetime.date, firms: list[int]
) -> InvestmentProject:
    stage = source.choice(stages.STAGES)
    dates = {
        InvestmentProject.STAGE_DATES[each]: today - datetime.timedelta(days=900 - 100 * place)
        for place, each in enumerate(stages.STAGES[: stages.stage_index(stage) + 1])
    }
    since = timezone.now() - datetime.timedelta(days=source.randint(1, 400))
    return InvestmentProject(
        number=f"P{number}",
        name=lead.name,
        name_key=lead.name_key,
        track="lease",
        stage=stage,
        side_state=source.choice(("", "", "", "", "", "", "", "paused", "lost", "terminated")),
        stage_since=since,
        age_since=since,
        lead=lead,
        counterpart=lead.counterpart,
        enterprise_id=source.choice(firms) if stages.stage_index(stage) > 2 else None,
        investor=lead.name,
        total_investment=lead.intended_investment,
        fixed_assets=lead.intended_investment,
        foreign_capital=Decimal(source.randint(0, 9_000) * 10_000),
        floor_m2=Decimal(source.randint(500, 20_000)),
        **shared,
        **dates,
    )


def _below(
    source: random.Random,
    project: InvestmentProject,
    owner: User,
    units: dict[int, int],
    today: datetime.date,
    now: datetime.datetime,
    firms: list[int],
) -> Iterator[Any]:
    common = {"project": project, "is_demo": True}
    for place in range(stages.stage_index(project.stage) + 1):
        yield StageChange(
            kind="forward" if place else "created", from_stage=stages.STAGES[place - 1] if place else "",
            to_stage=stages.STAGES[place], at=now - datetime.timedelta(days=900 - 100 * place), by_id=owner.pk,
            door="admin", **common,
        )  # fmt: skip
    for person in source.sample(list(units), 3):
        yield ProjectMember(project=project, person_id=person, part="team")
    yield ProjectMilestone(kind="started", planned_on=today, **common)
    yield ProjectReview(kind="admission", outcome="passed", decided_on=today, **common)
    yield Commitment(side="investor", text="三年内投产", due_on=today, fair_competition="passed", **common)
    yield Evidence(
        kind="agreement", file=f"evidence/{project.number}", file_name="协议.pdf", content_type="application/pdf",
        size=1, sha256=project.number, **common,
    )  # fmt: skip
    monday = today - datetime.timedelta(days=today.weekday())
    yield ProgressNote(week=monday, progress="有进展", next_step="下周再谈", by_id=owner.pk, **common)
    if source.random() < 0.3:
        yield ActionItem(text="请跟进", person_id=owner.pk, due_on=today, project=project, is_demo=True)
    if project.enterprise_id is not None:
        for kind in ("contracted", "actual"):
            amount = Decimal(source.randint(1, 5_000) * 10_000)
            yield CapitalRecord(enterprise_id=project.enterprise_id, kind=kind, on=today, amount=amount, **common)


def _write(part: list[list[Any]]) -> None:
    """One kind after the other, in the order of their keys' needs."""
    order = (
        Counterpart, Lead, InvestmentProject, LeadClaim, Contact, Interaction, LeadMember, StageChange, ProjectMember,
        ProjectMilestone, ProjectReview, Commitment, Evidence, ProgressNote, ActionItem, CapitalRecord,
    )  # fmt: skip
    rows = [row for each in part for row in each]
    with transaction.atomic():
        for model in order:
            found = [row for row in rows if type(row) is model]
            for row in found:  # the keys of what was just written
                for column in model._meta.concrete_fields:
                    if (
                        column.is_relation
                        and (parent := row.__dict__["_state"].fields_cache.get(column.name)) is not None
                    ):
                        setattr(row, column.attname, parent.pk)
            model._base_manager.bulk_create(found, batch_size=500)


def _keep_numbers(leads: int) -> None:
    """Numbers given out from now on come after those of the corpus."""
    year = local_day(timezone.now()).year
    for code in ("L", "P", "K"):
        series, _made = NumberSeries.objects.get_or_create(code=code, year=year)
        series.last = max(series.last, 10 * leads)
        series.save()
