"""Every URL × every role. A URL that is missing here fails; so does one that is here and nowhere else.

What a role gets is one of three words: `ok` (the page, or what it leads to), `refused` (401, 403, or 404 where it must
not even be said that something is there), `login` (sent to sign in). Every address of a record is asked for a record that
exists, so that a 404 is a refusal and not an accident.
"""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, clear_url_caches, get_resolver
from django.utils import timezone

from directory import models
from directory.models import Enterprise
from directory.rules.uscc import make
from directory.services.zone import load_zone
from pinghu.accounts.models import Department
from pinghu.accounts.roles import Role
from pinghu.admin import site
from pinghu.jobs.models import ScheduledRun
from pinghu.ledger.access import log_access
from tests.factories import an_enterprise, made, qualification_type
from tests.promotion.factories import a_lead, a_project

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
#: Annual figures, legal representatives: by role alone, so a superuser without one reads no row.
RESTRICTED = frozenset({STEWARD, MANAGER, LEADER})
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

# --- the admin: (who looks at the list, who adds, who opens a record, who deletes one) --------------------------------
# Who may open a record may not therefore change it: what a form saves is tested with its service.

Row = tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]
FACT: Row = (READERS, STEWARDS, READERS, NOBODY)
CHAIN: Row = (READERS, CHAIN_EDITORS, READERS, NOBODY)
#: Working records: a superuser may run the list and finds nothing in it.
WORK: Row = (READERS, STEWARDS, STAFF, NOBODY)
STEWARDS_ONLY: Row = (STEWARDS, STEWARDS, frozenset({STEWARD}), frozenset({STEWARD}))
LEDGER: Row = (frozenset({AUDITOR, SUPERUSER}), NOBODY, frozenset({AUDITOR, SUPERUSER}), NOBODY)
MODELS: dict[str, Row] = {
    **dict.fromkeys(
        ["enterprise", "corporategroup", "rankinglist", "rankingentry", "listing", "qualificationtype", "qualification",
         "abovescalerecord", "industrysystem", "chainleadership", "zoneprofile", "milestone", "publishedfigure",
         "honour", "cluster", "claim", "locationadvantage", "amenity", "zoneplace", "industryclass",
         "registrationtype", "exchange", "workcalendar"],
        FACT,
    ),
    **dict.fromkeys(["industrychain", "chainsegment", "chainposition"], CHAIN),
    **dict.fromkeys(["park", "carrier"], (READERS, SPACE_EDITORS, READERS, NOBODY)),
    "tenancy": (READERS, SPACE_EDITORS, STAFF, NOBODY),
    "exchangerate": WORK,
    "sizethreshold": WORK,
    "datasource": WORK,
    "correction": (READERS, NOBODY, STAFF, NOBODY),
    "statuscheck": (READERS, NOBODY, STAFF, NOBODY),
    "notduplicate": (READERS, NOBODY, STAFF, frozenset({STEWARD})),
    "savedmapping": STEWARDS_ONLY,
    "importrun": (STEWARDS | {LEADER}, STEWARDS, frozenset({STEWARD, LEADER}), NOBODY),
    "mergerecord": (STEWARDS | {LEADER}, NOBODY, frozenset({STEWARD, LEADER}), NOBODY),
    **dict.fromkeys(["annualfigures", "legalrepresentative"], (RESTRICTED | {SUPERUSER}, STEWARDS, RESTRICTED, NOBODY)),
    "user": (ADMINS | {AUDITOR}, ADMINS, frozenset({ADMINISTRATOR, AUDITOR}), NOBODY),
    "department": (INSIDE, ADMINS, INSIDE - {SUPERUSER}, frozenset({ADMINISTRATOR})),
    **dict.fromkeys(["change", "event", "accesslog"], LEDGER),
    "scheduledrun": (ADMINS, NOBODY, ADMINS, NOBODY),
}  # fmt: skip
#: What shows rows and never writes them has no history page of its own.
WITHOUT_HISTORY = frozenset({"importrun", "mergerecord", "change", "event", "accesslog", "scheduledrun"})

#: Pages of the admin beyond the lists and forms.
PAGES: dict[str, frozenset[str]] = {
    "admin:index": INSIDE,
    "admin:search": INSIDE,
    "admin:choose_language": INSIDE,  # answers 405 to a GET
    "admin:jsi18n": INSIDE,
    "admin:password_change": INSIDE,
    "admin:password_change_done": INSIDE,
    "admin:app_list": READERS,  # asked for the directory's lists
    "admin:autocomplete": NOBODY,  # without a field that asks
    "admin:view_on_site": NOBODY,  # no record names an address of this kind
    "admin:accounts_user_sign_in_help": frozenset({ADMINISTRATOR}),
    "admin:chain_view": STAFF,
    "admin:chain_view_chain": STAFF,
    "admin:chain_view_lead": frozenset({OFFICER, COLLEAGUE, MANAGER}),  # answers 405 to a GET
    "admin:directory_enterprise_verify": STEWARDS,
    "admin:directory_enterprise_duplicates_page": READERS,
    "admin:directory_enterprise_merge_page": STEWARDS,
    "admin:directory_correction_accept": frozenset({STEWARD}),
    "admin:directory_correction_refuse": frozenset({STEWARD}),
    "admin:directory_statuscheck_answer_check": frozenset({STEWARD}),
    "admin:directory_mergerecord_undo": frozenset({STEWARD}),
    "admin:directory_importrun_mapping": frozenset({STEWARD}),
    "admin:directory_importrun_decide": frozenset({STEWARD}),
    "admin:directory_importrun_plan": frozenset({STEWARD}),
    "admin:directory_importrun_apply": frozenset({STEWARD}),
    "admin:directory_importrun_revert": frozenset({STEWARD}),
    "admin:directory_importrun_errors": frozenset({STEWARD, LEADER}),
}
#: Leads and projects through the API: by the session of the admin, for staff with a role. A GET of a verb answers 405.
STAFF_API: dict[str, frozenset[str]] = dict.fromkeys(
    ["api:lead_list", "api:lead_detail", "api:lead_convert", "api:project_list", "api:project_detail",
     "api:project_move", "api:project_moves"],
    STAFF,
)  # fmt: skip
#: Ways in and out, which answer everybody in their own manner (tests/kernel/test_access_admin_site.py).
DOORSTEPS = {"admin:login", "admin:logout"}


def expected(name: str) -> frozenset[str] | None:
    """Who gets the page of this name; None where it stands in no table."""
    if name in OPEN:
        return EVERYBODY
    if name in NOWHERE:
        return NOBODY
    if name in PAGES:
        return PAGES[name]
    if name in STAFF_API:
        return STAFF_API[name]
    if name == "admin/(?P<url>.*)$":
        return NOBODY
    if name.startswith("admin/") and name.endswith("/<path:object_id>/") and name.split("/")[2] in MODELS:
        return INSIDE  # Django's old address of a record leads to its form, which decides
    _app, _, rest = name.removeprefix("admin:").partition("_")
    model, _, verb = rest.partition("_")
    if not name.startswith("admin:") or model not in MODELS:
        return None
    looks, adds, opens, deletes = MODELS[model]
    history = NOBODY if model in WITHOUT_HISTORY else opens
    verbs = {"changelist": looks, "export": looks, "add": adds, "change": opens, "history": history, "delete": deletes}
    return verbs.get(verb)


def is_left_to_others(name: str) -> bool:
    return name.startswith(ACCOUNT_PREFIXES) or name in OTHERS or name in DOORSTEPS


# --- what there is --------------------------------------------------------------------------------------------------


def patterns(resolver: Any, spaces: tuple[str, ...] = (), path: str = "") -> Iterator[tuple[str, str]]:
    """(name with its namespaces, pattern) of every URL; an unnamed one has its pattern for a name."""
    for one in resolver.url_patterns:
        here = path + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, spaces + ((one.namespace,) if one.namespace else ()), here)
        elif isinstance(one, URLPattern):
            yield (":".join([*spaces, one.name]) if one.name else here), here


def all_urls() -> dict[str, str]:
    """Name → pattern of every URL of the whole product."""
    return dict(patterns(get_resolver("pinghu.urls")))


# --- one record of everything ---------------------------------------------------------------------------------------


@pytest.fixture
def samples(person: Any) -> dict[str, Any]:
    """A record of every model that the admin shows, by the model's name."""
    load_zone()
    today = datetime.date.today()
    first, second, third = (an_enterprise(f"示例{mark}") for mark in "甲乙丙")
    Enterprise.objects.filter(pk=first.pk).update(uscc=make("91330482MA2B8ABC"))
    source = models.DataSource.objects.get(code="bureau")
    park, chain = models.Park.objects.get(code="yingyuan"), models.IndustryChain.objects.get(code="green-food")
    plant = made(models.Carrier(park=park, code="P1", name="示例厂房", kind="floor", area_m2=500))
    for row in (
        models.Tenancy(carrier=plant, tenant=first, area_m2=10, starts_on=today),
        models.ChainSegment(chain=chain, code="a", name="示例段", position="upstream"),
        models.Qualification(enterprise=first, type=qualification_type(), recognised_on=today),
        models.AboveScaleRecord(enterprise=first, year=today.year),
        models.AnnualFigures(enterprise=first, year=2025, data_origin="tax"),
        models.LegalRepresentative(enterprise=first, name="示例姓名"),
        models.RankingEntry(
            ranking=models.RankingList.objects.get(code="fortune_global_500"), year=2026,
            group=models.CorporateGroup.objects.order_by("pk")[0],
        ),
        models.ExchangeRate(currency="USD", on=today, cny=7, source="示例"),
        models.WorkCalendar(on=today, is_working=True),
        models.NotDuplicate(first=first, second=second),
        models.Correction(enterprise=first, field="address", value="示例地址"),
    ):  # fmt: skip
        made(row)
    run = models.ImportRun.objects.create(kind="enterprises", source=source, file_name="示例.csv", file_sha256="0" * 64)
    made(models.SavedMapping(source=source, kind="enterprises", mapping={"企业名称": "registered_name"}))
    made(models.StatusCheck(enterprise=first, run=run))
    models.MergeRecord.objects.create(survivor=second, absorbed=third)
    ScheduledRun.objects.create(name="example", slot=timezone.now())
    log_access(by=None, kind="read", door="admin")
    somebody = person(Role.PROMOTION_OFFICER, username="somebody")
    a_lead("示例线索", owner=somebody)
    a_project("示例项目", owner=somebody)
    found = {model._meta.model_name: model._base_manager.order_by("pk").first() for model in site._registry}
    return found | {"enterprise": first, "department": Department.objects.order_by("pk").first()}


def address_of(pattern: str, samples: dict[str, Any]) -> str:
    """The pattern with a record's own key in each place."""
    parts = pattern.split("/")
    model = parts[2] if pattern.startswith("admin/") and len(parts) > 2 else ""
    enterprise = samples["enterprise"]
    for place, value in {
        "<path:content_type_id>/<path:object_id>": "1/1",
        "<path:object_id>": str(samples[model].pk) if model in samples else "",
        "<str:kind>": "csv",
        "^(?P<app_label>": "directory/|",
        "(?P<url>.*)$": "nowhere",
        "<str:identifier>": enterprise.public_id,
        "leads/<str:public_id>": f"leads/{samples['lead'].public_id}",
        "projects/<str:public_id>": f"projects/{samples['investmentproject'].public_id}",
        "groups/<str:public_id>": f"groups/{samples['corporategroup'].public_id}",
        "<str:public_id>": enterprise.public_id,
        "parks/<slug:code>": "parks/yingyuan",
        "parks/<str:code>": "parks/yingyuan",
        "<slug:code>": "green-food",
        "<str:code>": "green-food",
        "<slug:key>": "gdp",
        "<slug:slug>": "not-found",
    }.items():
        pattern = pattern.replace(place, value)
    return "/" + pattern.partition("|")[0]


# --- the table held to the URLs -------------------------------------------------------------------------------------


def test_every_url_stands_in_the_table() -> None:
    missing = [name for name in all_urls() if expected(name) is None and not is_left_to_others(name)]
    assert missing == []


def test_the_table_names_no_url_that_is_gone() -> None:
    names = set(all_urls())
    shown = {name.split("_")[1] for name in names if name.startswith("admin:") and name.endswith("_changelist")}
    assert {
        name for name in OPEN | NOWHERE | set(PAGES) | set(STAFF_API) | OTHERS | DOORSTEPS if name not in names
    } == set()
    assert set(MODELS) == shown


def test_every_model_of_the_admin_has_a_record_to_ask_for(samples: dict[str, Any]) -> None:
    assert [name for name, row in samples.items() if row is None] == []


@pytest.fixture
def reader(person: Any, superuser: Any, other_department: Department) -> Any:
    """`reader(column)`: a client as somebody of that column; it shows a defect as the 500 that it is."""

    def make_client(column: str) -> Client:
        client = Client(raise_request_exception=False)
        if column == SUPERUSER:
            user = superuser
        elif column == COLLEAGUE:
            user = person(Role.PROMOTION_OFFICER, username=column, department=other_department)
        elif column != ANONYMOUS:
            user = person(ROLE_OF[column], username=column)
        else:
            return client
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make_client


def word(answer: Any) -> str:
    if answer.streaming:
        b"".join(answer.streaming_content)  # a file that was answered stands open until it is read
    if answer.status_code in (401, 403, 404):
        return "refused"
    if answer.status_code == 302 and "/login/" in answer.headers["Location"]:
        return "login"
    return "ok" if answer.status_code < 500 else str(answer.status_code)


@pytest.mark.parametrize("column", COLUMNS)
def test_role_gets_what_the_table_says(column: str, samples: dict[str, Any], reader: Any) -> None:
    client = reader(column)
    wrong = {}
    for name, pattern in all_urls().items():
        allowed = expected(name)
        if allowed is None or is_left_to_others(name):
            continue
        outside = pattern.startswith("admin/") and column not in INSIDE
        wanted = "login" if outside else "ok" if column in allowed else "refused"
        address = address_of(pattern, samples)
        if (got := word(client.get(address))) != wanted:
            wrong[address] = f"{name}: {got} instead of {wanted}"
    assert wrong == {}


@pytest.mark.parametrize("path", ["/en/", "/en/enterprises/", "/en/figures/"])
def test_english_pages_are_as_open_as_the_chinese(path: str, samples: dict[str, Any], client: Client) -> None:
    assert client.get(path).status_code == 200


# --- doors ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`only("api")`: the URLs of a process that serves these doors; the whole product again afterwards."""
    import importlib

    from pinghu import urls

    def serve(*doors: str) -> None:
        monkeypatch.setattr(settings, "DOORS", list(doors))
        importlib.reload(urls)
        clear_url_caches()

    yield serve
    monkeypatch.undo()
    importlib.reload(urls)
    clear_url_caches()


DOORS = {"public": "/enterprises/", "api": "/api/v1/enterprises", "admin": "/admin/"}


@pytest.mark.parametrize("door", DOORS)
def test_process_serves_only_the_doors_it_is_given(door: str, only: Any, client: Client) -> None:
    only(door)
    for name, path in DOORS.items():
        assert (client.get(path).status_code != 404) == (name == door), name
    assert client.get("/livez").status_code == 200
    robots = client.get("/robots.txt").content.decode()
    assert ("Disallow: /\n" in robots) == (door != "public")
