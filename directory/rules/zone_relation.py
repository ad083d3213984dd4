"""An enterprise's relation to the zone: what is counted in its figures and what the public sees.

Counted are enterprises registered and operating here, operating only, registered only, and those that the zone's
profile names; not branches, individual businesses and cooperatives, and none that has closed or moved away.
Published are all but those outside: a closed or moved enterprise stays reachable and says so.
"""

from __future__ import annotations

REGISTERED_AND_OPERATING = "registered_and_operating"
OPERATING_ONLY = "operating_only"
REGISTERED_ONLY = "registered_only"
ENCLAVE_TENANT = "enclave_tenant"
MOVED_OUT = "moved_out"
OUTSIDE = "outside"
UNVERIFIED = "unverified"

RELATIONS = (
    REGISTERED_AND_OPERATING,
    OPERATING_ONLY,
    REGISTERED_ONLY,
    ENCLAVE_TENANT,
    MOVED_OUT,
    OUTSIDE,
    UNVERIFIED,
)
LEGAL_FORMS = ("company", "partnership", "branch", "individual_business", "cooperative", "other")

COUNTED_RELATIONS = frozenset({REGISTERED_AND_OPERATING, OPERATING_ONLY, REGISTERED_ONLY})
UNCOUNTED_LEGAL_FORMS = frozenset({"branch", "individual_business", "cooperative"})
#: Operating statuses of an enterprise that is no longer there; ``suspended`` and ``unverified`` are not among them.
GONE_STATUSES = frozenset({"closed", "moved", "succeeded"})


def is_counted(relation: str, legal_form: str, status: str, *, named_in_profile: bool = False) -> bool:
    """Whether an enterprise is one of the zone's enterprises in figures.

    A name in the profile stands in for a relation that nobody verified yet, or for an enclave; it does not outweigh
    what was found out since (moved out, outside, closed).
    """
    if legal_form in UNCOUNTED_LEGAL_FORMS or status in GONE_STATUSES:
        return False
    if relation in COUNTED_RELATIONS:
        return True
    return named_in_profile and relation in {UNVERIFIED, ENCLAVE_TENANT}


def is_published(relation: str, published_flag: bool) -> bool:
    """Whether the public may see an enterprise: staff released it and it is not known to be outside the zone.

    An unverified relation does not hide it (the flag does that); a moved or closed one stays reachable.
    """
    return published_flag and relation != OUTSIDE
