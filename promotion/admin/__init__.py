"""Promotion in the admin, a module for each subject."""

from directory.admin.parks import MORE_CARRIER_INLINES
from promotion.admin import (
    board,
    capital,
    claims,
    dashboard,
    evidence,
    find_space,
    follow_ups,
    leads,
    meeting,
    moving,
    my_day,
    parties,
    projects,
    promises,
    quick_add,
    reference,
    reviews,
    space,
)

__all__ = [
    "board",
    "capital",
    "claims",
    "dashboard",
    "evidence",
    "find_space",
    "follow_ups",
    "leads",
    "meeting",
    "moving",
    "my_day",
    "parties",
    "projects",
    "promises",
    "quick_add",
    "reference",
    "reviews",
    "space",
]

projects.MORE_INLINES += [
    reviews.ReviewInline,
    reviews.CommitmentInline,
    capital.CapitalInline,
    evidence.EvidenceInline,
    space.IntentInline,
    space.ReservationInline,
]
MORE_CARRIER_INLINES += [space.IntentOfCarrierInline, space.ReservationOfCarrierInline]
