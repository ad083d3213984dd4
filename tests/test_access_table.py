"""Every URL × every role. A URL that is missing here fails; so does one that is here and nowhere else.

What a role gets is one of four words: `ok` (the page, or what stands there instead of a record that does not exist),
`denied` (403), `login` (sent to sign in), `missing` (404: the address does not exist for this reader).
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, set_urlconf

from directory.models import IndustryChain, Park, PublishedFigure
from pinghu.accounts.roles import Role
from tests.factories import a_chain, a_park, an_enterprise, made

pytestmark = pytest.mark.django_db

ANONYMOUS, MEMBER, COLLEAGUE, SUPERUSER = "anonymous", "member", "colleague", "superuser"
OFFICER, MANAGER, STEWARD, LEADER = "officer", "manager", "steward", "leader"
CARRIER, AUDITOR, ADMINISTRATOR = "carrier_manager", "auditor", "administrator"
COLUMNS = (ANONYMOUS, MEMBER, OFFICER, COLLEAGUE, MANAGER, STEWARD, CARRIER, LEADER, AUDITOR, ADMINISTRATOR, SUPERUSER)
ROLE_OF = {
    MEMBER: Role.ENTERPRISE_MEMBER,
    OFFICER: Role.PROMOTION_OFFICER,
    MANAGER: Role.PROMOTION_MANAGER,
    STEWARD: Role.DATA_STEWARD,
    CARRIER: Role.CARRIER_MANAGER,
    LEADER: Role.LEADER,
    AUDITOR: Role.AUDITOR,
    ADMINISTRATOR: Role.ADMINISTRATOR,
}

EVERYBODY = frozenset(COLUMNS)
NOBODY: frozenset[str] = frozenset()
STAFF = frozenset({OFFICER, COLLEAGUE, MANAGER, STEWARD, CARRIER, LEADER})
#: Who comes into the admin at all. A superuser without a role runs the system.
INSIDE = STAFF | {AUDITOR, ADMINISTRATOR, SUPERUSER}
STEWARDS = frozenset({STEWARD, SUPERUSER})
READERS = STAFF | {SUPERUSER}
RESTRICTED = frozenset({STEWARD, MANAGER, LEADER, SUPERUSER})
CHAIN_EDITORS = frozenset({STEWARD, MANAGER, SUPERUSER})
SPACE_EDITORS = frozenset({STEWARD, CARRIER, SUPERUSER})
ADMINS = frozenset({ADMINISTRATOR, SUPERUSER})

# --- the public site, the API, operators: open to everybody ----------------------------------------------------------

OPEN = {
    "livez", "readyz", "robots", "problems", "problem",
    "api:docs", "api:openapi", "api:enterprise_list", "api:enterprise_suggest", "api:enterprise_detail",
    "api:chain_list", "api:chain_detail", "api:park_list", "api:park_detail", "api:group_list", "api:group_detail",
    "api:figure_list",
    "directory:home", "directory:about", "directory:enterprise_list", "directory:enterprise_suggest",
    "directory:enterprise_compare", "directory:enterprise_export", "directory:enterprise_detail",
    "directory:chain_list", "directory:chain_detail", "directory:park_list", "directory:park_detail",
    "directory:group_detail", "directory:figure_list", "directory:figure_detail",
}  # fmt: skip
#: A JSON 404 for everybody: the last route under /api/.
NOWHERE = {"api:unknown"}

# --- signing in: allauth's own pages; what they do is tested in tests/kernel/test_sign_in.py --------------------------

ACCOUNT_PREFIXES = ("account_", "mfa_")
OTHERS = {"set_language"}

# --- the admin: (who looks, who adds, who changes, who deletes) -------------------------------------------------------

Row = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]
FACT: Row = (READERS, STEWARDS, STEWARDS, STEWARDS)
CHAIN: Row = (READERS, CHAIN_EDITORS, CHAIN_EDITORS, STEWARDS)
SPACE: Row = (READERS, SPACE_EDITORS, SPACE_EDITORS, STEWARDS)
SECRET: Row = (RESTRICTED, STEWARDS, STEWARDS, STEWARDS)
MODELS: dict[str, Row] = {
    **dict.fromkeys(
        ["enterprise", "corporategroup", "rankinglist", "rankingentry", "listing", "qualificationtype", "qualification",
         "abovescalerecord", "industrysystem", "chainleadership", "zoneprofile", "milestone", "publishedfigure",
         "honour", "cluster", "claim", "locationadvantage", "amenity", "zoneplace", "datasource", "industryclass",
         "registrationtype", "sizethreshold", "exchange", "exchangerate", "workcalendar", "notduplicate", "correction",
         "statuscheck"],
        FACT,
    ),
    **dict.fromkeys(["industrychain", "chainsegment", "chainposition"], CHAIN),
    **dict.fromkeys(["park", "carrier", "tenancy"], SPACE),
    **dict.fromkeys(["annualfigures", "legalrepresentative"], SECRET),
}  # fmt: skip
VERBS = ("changelist", "add", "change", "delete", "history", "export")


# --- what there is --------------------------------------------------------------------------------------------------


def patterns(resolver: Any, spaces: tuple[str, ...] = (), path: str = "") -> Iterator[tuple[str, str]]:
    """(name with its namespaces, pattern) of every URL; an unnamed one has its pattern for a name."""
    for one in resolver.url_patterns:
        here = path + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, spaces + ((one.namespace,) if one.namespace else ()), here)
        elif isinstance(one, URLPattern):
            yield (":".join([*spaces, one.name]) if one.name else here), here
