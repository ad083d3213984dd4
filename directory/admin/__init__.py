"""The directory in the admin, a module for each subject."""

from django.utils.translation import gettext_lazy as _

from directory.admin import (
    agenda,
    chains,
    corrections,
    enterprises,
    groups,
    merging,
    parks,
    qualifications,
    reference,
    restricted,
    zone,
)
from pinghu.admin.history import VERB_LABELS

__all__ = [
    "agenda",
    "chains",
    "corrections",
    "enterprises",
    "groups",
    "merging",
    "parks",
    "qualifications",
    "reference",
    "restricted",
    "zone",
]

#: What the services of the directory call their acts, as the history says it.
VERB_LABELS.update(
    {
        "accepted": _("accepted"),
        "answered": _("answered"),
        "corrected": _("corrected on a suggestion"),
        "loaded": _("loaded from its source"),
        "merged": _("merged with another"),
        "merged_away": _("merged into another"),
        "refused": _("refused"),
        "suggested": _("suggested a correction"),
        "unmerged": _("merge undone"),
        "verified": _("verified"),
    }
)
