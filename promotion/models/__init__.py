"""What we do: counterparts, leads, projects, and what belongs to them."""

from promotion.models.base import Level, NumberSeries, Part
from promotion.models.capital import CapitalRecord
from promotion.models.leads import (
    ClaimDispute,
    ClaimPolicy,
    CreditShare,
    JoinRequest,
    Lead,
    LeadClaim,
    LeadMember,
)
from promotion.models.parties import (
    Contact,
    Counterpart,
    CounterpartMember,
    Interaction,
    LeadChannel,
    PromotionActivity,
)
from promotion.models.projects import (
    ActionItem,
    Evidence,
    InvestmentProject,
    ProgressNote,
    ProjectMember,
    ProjectMilestone,
    SideState,
    Stage,
    StageChange,
    StageRequirement,
    Track,
)
from promotion.models.retention import RetentionPeriod
from promotion.models.reviews import AdmissionStandard, Commitment, Outcome, ProjectReview
from promotion.models.space import Reservation, SpaceIntent
from promotion.models.targets import PromotionTarget

__all__ = [
    "ActionItem",
    "AdmissionStandard",
    "CapitalRecord",
    "ClaimDispute",
    "ClaimPolicy",
    "Commitment",
    "Contact",
    "Counterpart",
    "CounterpartMember",
    "CreditShare",
    "Evidence",
    "Interaction",
    "InvestmentProject",
    "JoinRequest",
    "Lead",
    "LeadChannel",
    "LeadClaim",
    "LeadMember",
    "Level",
    "NumberSeries",
    "Outcome",
    "Part",
    "ProgressNote",
    "ProjectMember",
    "ProjectMilestone",
    "ProjectReview",
    "PromotionActivity",
    "PromotionTarget",
    "Reservation",
    "RetentionPeriod",
    "SideState",
    "SpaceIntent",
    "Stage",
    "StageChange",
    "StageRequirement",
    "Track",
]
