"""Promotion in the admin, a module for each subject."""

from promotion.admin import (
    board,
    capital,
    claims,
    dashboard,
    evidence,
    follow_ups,
    leads,
    meeting,
    moving,
    my_day,
    parties,
    projects,
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
    "follow_ups",
    "leads",
    "meeting",
    "moving",
    "my_day",
    "parties",
    "projects",
    "quick_add",
    "reference",
    "reviews",
    "space",
]
