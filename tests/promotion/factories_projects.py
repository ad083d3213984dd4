"""Projects that stand where a test needs them: everything that the shipped gate asks, made through the services."""

import datetime
from typing import Any

from promotion.models import Evidence, Interaction, ProjectReview
from promotion.models.projects import InvestmentProject
from promotion.rules import stages
from promotion.services.projects import advance_stage
from promotion.services.vocabularies import load_promotion_vocabularies
from tests.factories import made
from tests.promotion.factories import NOW, a_project

#: The stage's own day, each after the one before.
DAYS = {
    stage: datetime.date(2026, 1, 5) + datetime.timedelta(days=10 * place) for place, stage in enumerate(stages.STAGES)
}
#: The credit code of no real firm: its check characters are right, its organisation code is made up.
CODE = "91330482MA0000007A"


def gate() -> None:
    """The gate as it ships."""
    load_promotion_vocabularies()


def values_for(stage: str) -> dict[str, Any]:
    """The fields that a stage asks of a lease project."""
    return {
        stages.REVIEWED: {"reviewed_on": DAYS[stages.REVIEWED], "yearly_output": 9, "yearly_tax": 1, "energy_tce": 2},
        stages.SIGNED: {
            "signed_on": DAYS[stages.SIGNED],
            "agreement_no": "A-1",
            "signed_amount": 1000,
            "foreign_share": 0,
        },
        stages.REGISTERED: {
            "registered_on": DAYS[stages.REGISTERED],
            "company_name": "示例精工（平湖）有限公司",
            "uscc": CODE,
            "registered_capital": 500,
            "filing_code": "2604-330482-04-01-000001",
            "filed_on": DAYS[stages.REGISTERED],
        },
        stages.STARTED: {"started_on": DAYS[stages.STARTED]},
        stages.COMPLETED: {"completed_on": DAYS[stages.COMPLETED]},
        stages.IN_PRODUCTION: {"first_output_on": DAYS[stages.IN_PRODUCTION]},
        stages.FULL_CAPACITY: {"full_capacity_on": DAYS[stages.FULL_CAPACITY]},
    }[stage]


def evidence(project: Any, kind: str) -> Evidence:
    row: Evidence = made(
        Evidence(
            project=project,
            kind=kind,
            file=f"evidence/{project.pk}-{kind}.pdf",
            file_name=f"{kind}.pdf",
            content_type="application/pdf",
            size=1,
            sha256=f"{project.pk}-{kind}",
        )
    )
    return row


def review(project: Any, kind: str, outcome: str = "passed", **values: Any) -> ProjectReview:
    values.setdefault("decided_on", DAYS[stages.REVIEWED])
    row: ProjectReview = made(ProjectReview(project=project, kind=kind, outcome=outcome, **values))
    return row


def hang_on(project: Any, stage: str) -> None:
    """The rows beside the project that a stage asks of a lease project."""
    if stage == stages.REVIEWED:
        made(Interaction(project=project, kind="meeting", at=NOW, by=project.owner, happened="first talk"))
        for kind in ("admission", "environment", "safety"):
            review(project, kind)
    for kind in {"reviewed": ["review"], "signed": ["agreement"], "registered": ["licence", "filing"]}.get(stage, []):
        evidence(project, kind)
    if stage == stages.STARTED:
        evidence(project, "photo")


def a_ready_project(stage: str = stages.REVIEWED, **values: Any) -> InvestmentProject:
    """A lease project just before a stage, with everything beside it that the stage asks but its own fields."""
    gate()
    values.setdefault("negotiating_since", DAYS[stages.NEGOTIATING])
    project = a_project(total_investment=1000, fixed_assets=800, floor_m2=2000, **values)
    for each in stages.STAGES[1 : stages.stage_index(stage)]:
        hang_on(project, each)
        project = advance_stage(project, each, by=project.owner, door="command", at=NOW, values=values_for(each))
    hang_on(project, stage)
    return project  # type: ignore[no-any-return]


def at_stage(stage: str, **values: Any) -> InvestmentProject:
    """A lease project that stands at a stage, moved there step by step."""
    if stage == stages.NEGOTIATING:
        gate()
        project = a_project(total_investment=1000, fixed_assets=800, floor_m2=2000, **values)
        return project  # type: ignore[no-any-return]
    project = a_ready_project(stage, **values)
    return advance_stage(project, stage, by=project.owner, door="command", at=NOW, values=values_for(stage))  # type: ignore[no-any-return]
