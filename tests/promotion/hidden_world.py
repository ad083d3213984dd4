"""A small zone for the table of surfaces: rows that a person sees, and beside them, later, rows that they must not.

Every word of a hidden row begins with `MARK`, every code name with `CODE`. What hangs on a hidden row hangs on visible
ones as well (an enterprise, a carrier, an activity, a counterpart), so that their pages could betray it.
"""

import datetime
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from directory.models import Carrier, ChainSegment, Park, Tenancy
from pinghu.accounts.models import Membership, User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.inbox.models import Notification
from promotion.matching import name_key
from promotion.models import (
    ActionItem,
    CapitalRecord,
    ClaimDispute,
    Commitment,
    Contact,
    Counterpart,
    CounterpartMember,
    CreditShare,
    Evidence,
    Interaction,
    InvestmentProject,
    JoinRequest,
    Lead,
    LeadChannel,
    LeadClaim,
    LeadMember,
    Level,
    Part,
    ProgressNote,
    ProjectMember,
    ProjectMilestone,
    ProjectReview,
    PromotionActivity,
    Reservation,
    SpaceIntent,
    StageChange,
)
from promotion.models.base import viewer_of
from promotion.rules.confidentiality import FULL, Guarded, sight
from tests.factories import a_chain, a_group, a_park, an_enterprise, made
from tests.promotion.factories import NOW, a_person, a_unit

MARK, CODE = "Zqx", "Kodename"
#: The name that the hidden ones share, as somebody would type it to look for them.
TYPED = f"{MARK}hidden"
#: How somebody stands to a record who is not named on it.
ELSEWHERE, UNIT, TEAM = "elsewhere", "unit", "team"
PLACES = (ELSEWHERE, UNIT, TEAM)
TODAY = datetime.date(2026, 6, 1)

#: The kinds of guarded records, each with the model that says who else belongs to it.
MEMBERS = {"lead": LeadMember, "project": ProjectMember, "counterpart": CounterpartMember}


@dataclass
class World:
    """One reader and what there is; `seen` and `hidden` are one record of each kind, by the model's name."""

    viewer: User
    insider: User
    colleague: User
    directory: dict[str, Any]
    seen: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    number: int = 0

    def add_hidden(self) -> dict[tuple[str, str], str]:
        """Add all that the viewer may not see whole; returns what the rule shows of each, by level and place."""
        sights = {pair: self.sight_of(*pair) for pair in product(Level.values, PLACES)}
        hidden = {pair: seen for pair, seen in sights.items() if seen != FULL}
        for level, place in hidden:
            self.hidden = self.add(level, place, MARK)
        return hidden

    def add_seen(self) -> None:
        """Add what everybody here sees, and what the viewer has in hand."""
        self.seen = self.add(Level.PUBLIC, ELSEWHERE, "Open")

    def sight_of(self, level: str, place: str) -> str:
        """What the rule says of a record at this level whose owner is the insider."""
        near = {
            UNIT: {"unit": self.directory["unit"].pk},
            TEAM: {"team": frozenset({self.viewer.pk})},
        }.get(place, {})
        return sight(viewer_of(self.viewer), Guarded(level=level, owner=self.insider.pk, **near))  # type: ignore[arg-type]

    def add(self, level: str, place: str, mark: str) -> dict[str, Any]:
        """One counterpart, lead and project with everything that hangs on them."""
        self.number += 1
        there, number, owner = self.directory, self.number, self.insider
        common = {
            "confidentiality": level,
            "code_name": f"{CODE}{number}",
            "owner": owner,
            "unit": there["unit"] if place == UNIT else there["elsewhere"],
        }
        word = f"{mark}hiddenword{number}"
        name = TYPED if mark == MARK else f"{mark} investor"
        key = name_key(name)
        due = {"next_step": word, "next_on": TODAY, "last_contact_at": NOW}
        counterpart = made(
            Counterpart(number=f"{mark}C{number}", name=name, name_key=key, group=there["group"], note=word, **common)
        )
        lead = made(
            Lead(
                number=f"{mark}L{number}",
                name=name,
                name_key=key,
                origin=word,
                business=word,
                channel=there["channel"],
                activity=there["activity"],
                referring_enterprise=there["enterprise"],
                counterpart=there["counterpart"] or counterpart,
                enterprise=there["enterprise"],
                group=there["group"],
                chain=there["chain"],
                segment=there["segment"],
                complete_at=NOW,
                intended_investment=number * 1000,
                **due,
                **common,
            )
        )
        project = made(
            InvestmentProject(
                number=f"{mark}P{number}",
                name=name,
                name_key=key,
                track="lease",
                stage_since=NOW,
                age_since=NOW,
                investor=word,
                counterpart=there["counterpart"] or counterpart,
                enterprise=there["enterprise"],
                group=there["group"],
                chain=there["chain"],
                segment=there["segment"],
                park=there["park"],
                total_investment=number * 1000,
                signed_on=TODAY,
                **due,
                **common,
            )
        )
        guarded = {"lead": lead, "project": project, "counterpart": counterpart}
        if place == TEAM:
            for kind, model in MEMBERS.items():
                made(model(person=self.viewer, part=Part.TEAM, **{kind: guarded[kind]}))
        evidence = made(
            Evidence(
                project=project,
                kind="other",
                title=word,
                file=f"evidence/{number}",
                file_name=f"{word}.pdf",
                content_type="application/pdf",
                size=1,
                sha256=str(number),
            )
        )
        claim = made(
            LeadClaim(
                lead=lead,
                unit=lead.unit,
                reporter=owner,
                reported_at=NOW,
                complete_at=NOW,
                reminded_at=NOW,
                manager_asked_at=NOW,
            )
        )
        #: What hangs on a visible record as well.
        beside = {"counterpart": there["counterpart"], "enterprise": there["enterprise"]}
        rows: dict[str, Any] = {
            "leadclaim": claim,
            "evidence": evidence,
            "contact": made(Contact(name=word, job_title=word, lead=lead, project=project, **beside)),
            "interaction": made(
                Interaction(
                    at=NOW,
                    by=owner,
                    happened=word,
                    next_step=word,
                    next_on=TODAY,
                    lead=lead,
                    project=project,
                    activity=there["activity"],
                    **beside,
                )
            ),
            "claimdispute": made(
                ClaimDispute(
                    lead=lead,
                    raised_by=self.colleague,
                    raised_at=NOW,
                    unit=there["elsewhere"] if place == UNIT else there["unit"],
                    reason=word,
                )
            ),
            "joinrequest": made(JoinRequest(lead=lead, by=self.colleague, reason=word)),
            # Given to the viewer: whoever may not see the record is not asked about it.
            "actionitem": made(
                ActionItem(text=word, person=self.viewer, due_on=TODAY, lead=lead, enterprise=there["enterprise"])
            ),
            "capitalrecord": made(
                CapitalRecord(
                    enterprise=there["enterprise"],
                    project=project,
                    kind="contracted",
                    on=TODAY,
                    amount=number * 1000,
                    evidence=evidence,
                    confirmation_no=word,
                    note=word,
                )
            ),
            "creditshare": made(CreditShare(lead=lead, unit=lead.unit, percent=100)),
            "projectmilestone": made(ProjectMilestone(project=project, kind="started", planned_on=TODAY, note=word)),
            "progressnote": made(ProgressNote(project=project, week=TODAY, progress=word, help_needed=word)),
            "projectreview": made(ProjectReview(project=project, kind="safety", conditions=word)),
            "commitment": made(Commitment(project=project, side="investor", text=word, due_on=TODAY)),
            "spaceintent": made(SpaceIntent(carrier=there["carrier"], lead=lead, project=project, note=word)),
            "stagechange": made(
                StageChange(project=project, kind="created", to_stage=project.stage, at=NOW, door="admin", why=word)
            ),
        }
        made(ActionItem(text=word, person=owner, due_on=TODAY, project=project))
        path = f"/admin/promotion/lead/{lead.pk}/change/"
        Notification.objects.create(
            person=owner, kind="person_anonymised", number=lead.number, path=path, created_at=NOW
        )
        if mark != MARK:  # what is held is no longer free, whoever it is held for
            rows["reservation"] = made(
                Reservation(carrier=there["carrier"], project=project, area_m2=1, starts_on=TODAY, part=word)
            )
        return {**there, **rows, "promotionactivity": there["activity"], "investmentproject": project, **guarded}


def a_world(role: str) -> World:
    """The zone as somebody in one role finds it, before anything is hidden from them."""
    unit, elsewhere = a_unit("viewers"), a_unit("elsewhere")
    viewer = a_person("viewer", role, unit)
    insider, colleague = an_insider("insider"), a_person("colleague", unit=elsewhere)
    chain, park = a_chain(), a_park()
    carrier = made(Carrier(park=park, code="C1", name="Hall", kind="floor", area_m2=1000))
    enterprise = an_enterprise("Open works")
    made(Tenancy(carrier=carrier, tenant=enterprise, area_m2=10, starts_on=TODAY))
    world = World(
        viewer,
        insider,
        colleague,
        {
            "unit": unit,
            "elsewhere": elsewhere,
            "insider": insider,
            "channel": LeadChannel.objects.first() or made(LeadChannel(code="fair", name="Fair")),
            "activity": made(
                PromotionActivity(name="Open fair", kind="fair", starts_on=TODAY, ends_on=TODAY, unit=unit)
            ),
            "enterprise": enterprise,
            "twin": an_enterprise("Open works twin"),
            "group": a_group("Open group"),
            "chain": chain,
            "segment": made(ChainSegment(chain=chain, code="s1", name="Segment", position="upstream")),
            "park": Park.objects.get(pk=park.pk),
            "carrier": carrier,
            "counterpart": None,
        },
    )
    world.add_seen()
    world.directory["counterpart"] = world.seen["counterpart"]
    return world


def an_insider(username: str) -> User:
    """Somebody who holds every staff role: whatever is theirs, they see."""
    unit = a_unit("elsewhere")
    person = a_person(username, Role.PROMOTION_OFFICER, unit)
    for role in STAFF_ROLES - {Role.PROMOTION_OFFICER}:
        made(Membership(user=person, department=unit, role=role))
    return User.objects.get(pk=person.pk)
