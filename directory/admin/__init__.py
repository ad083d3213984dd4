"""The directory in the admin, a module for each subject."""

from django.utils.translation import gettext_lazy as _

from directory.admin import (
    agenda,
    chains,
    corrections,
    enterprises,
    groups,
    imports,
    merging,
    parks,
    qualifications,
    reference,
    restricted,
    searching,
    zone,
)
from pinghu.admin.history import VERB_LABELS

__all__ = [
    "agenda",
    "chains",
    "corrections",
    "enterprises",
    "groups",
    "imports",
    "merging",
    "parks",
    "qualifications",
    "reference",
    "restricted",
    "searching",
    "zone",
]

#: What the services of the directory call their acts, as the history says it.
VERB_LABELS.update(
    {
        "accepted": _("accepted"),
        "answered": _("answered"),
        "demo_loaded": _("made up for the demo"),
        "industry_classes_loaded": _("loaded from the standard"),
        "vocabularies_loaded": _("loaded from a standard list"),
        "zone_loaded": _("loaded from the zone profile"),
        "corrected": _("corrected on a suggestion"),
        "import_reverted": _("import undone"),
        "imported": _("imported"),
        "loaded": _("loaded from its source"),
        "mapping_remembered": _("mapping remembered"),
        "merged": _("merged with another"),
        "merged_away": _("merged into another"),
        "refused": _("refused"),
        "status_check_proposed": _("status check proposed"),
        "suggested": _("suggested a correction"),
        "unmerged": _("merge undone"),
        "verified": _("verified"),
    }
)
