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
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, clear_url_caches, get_resolver
from django.utils import timezone

from directory import models
from directory.models import Enterprise
from directory.rules.uscc import make
from directory.services.zone import load_zone
from pinghu.accounts.models import Department, User
from pinghu.accounts.roles import Role
from pinghu.admin import site
from pinghu.inbox.models import Notification
from pinghu.jobs.models import ScheduledRun
from pinghu.ledger.access import log_access
from promotion import models as promotion
from promotion.admin.case_verbs import STEP_VERBS
from promotion.models import (
    ClosedPeriod,
    Commitment,
    InvestmentProject,
    ProjectReview,
    ReportSubmission,
    ReportTemplate,
    Reservation,
    SpaceIntent,
)
from promotion.services import portal
from promotion.services.case_files import add_case_file
from promotion.services.cases import raise_case
from promotion.services.evidence import add_evidence
from tests.factories import an_enterprise, made, qualification_type
from tests.promotion.factories import a_lead, a_project

pytestmark = pytest.mark.django_db

ANONYMOUS, MEMBER, COLLEAGUE, SUPERUSER = "anonymous", "member", "colleague", "superuser"
OFFICER, MANAGER, STEWARD, LEADER = "officer", "manager", "steward", "leader"
SERVICE, LIAISON, COORDINATOR = "service_officer", "subdistrict_liaison", "service_coordinator"
CARRIER, AUDITOR, ADMINISTRATOR = "carrier_manager", "auditor", "administrator"
COLUMNS = (
    ANONYMOUS, MEMBER, OFFICER, COLLEAGUE, MANAGER, SERVICE, COORDINATOR, LIAISON, STEWARD, CARRIER, LEADER, AUDITOR,
    ADMINISTRATOR, SUPERUSER,
)  # fmt: skip
ROLE_OF = {
    MEMBER: Role.ENTERPRISE_MEMBER,
    MANAGER: Role.PROMOTION_MANAGER,
    SERVICE: Role.SERVICE_OFFICER,
    LIAISON: Role.SUBDISTRICT_LIAISON,
    COORDINATOR: Role.SERVICE_COORDINATOR,
    STEWARD: Role.DATA_STEWARD,
    CARRIER: Role.CARRIER_MANAGER,
    LEADER: Role.LEADER,
    AUDITOR: Role.AUDITOR,
    ADMINISTRATOR: Role.ADMINISTRATOR,
}

EVERYBODY = frozenset(COLUMNS)
NOBODY: frozenset[str] = frozenset()
STAFF = frozenset({OFFICER, COLLEAGUE, MANAGER, SERVICE, COORDINATOR, LIAISON, STEWARD, CARRIER, LEADER})
#: Who comes into the admin at all. A superuser without a role runs the system.
INSIDE = STAFF | {AUDITOR, ADMINISTRATOR, SUPERUSER}
STEWARDS = frozenset({STEWARD, SUPERUSER})
READERS = STAFF | {SUPERUSER}
#: Annual figures, legal representatives: by role alone, so a superuser without one reads no row.
RESTRICTED = frozenset({STEWARD, MANAGER, LEADER})
CHAIN_EDITORS = frozenset({STEWARD, MANAGER, SUPERUSER})
SPACE_EDITORS = frozenset({STEWARD, CARRIER, SUPERUSER})
ADMINS = frozenset({ADMINISTRATOR, SUPERUSER})
#: The sample lead, project and counterpart are restricted and the officer's: see promotion/rules/confidentiality.py.
INSIDERS = frozenset({OFFICER, MANAGER, LEADER})
OFFICERS = frozenset({OFFICER, COLLEAGUE, MANAGER})
#: Who may work on leads: the promotion side, and those who hear of one while they look after enterprises.
LEAD_WORKERS = OFFICERS | {SERVICE, COORDINATOR, LIAISON}
#: The sample case, visit, engagement and signal are restricted and the officer's; the service officer is of its unit.
CASE_INSIDERS = frozenset({OFFICER, SERVICE, COORDINATOR, LEADER})
CASE_EDITORS = CASE_INSIDERS - {LEADER}
SERVICE_RULES_EDITORS = frozenset({COORDINATOR, STEWARD, SUPERUSER})
VOCABULARY_EDITORS = frozenset({MANAGER, STEWARD, SUPERUSER})
#: Who works on leads and projects.
PROMOTERS = frozenset({OFFICER, COLLEAGUE, MANAGER})

# --- the public site, the API, operators: open to everybody ----------------------------------------------------------

OPEN = {
    "livez", "readyz", "robots", "problems", "problem",
    "api:docs", "api:openapi", "api:enterprise_list", "api:enterprise_suggest", "api:enterprise_detail",
    "api:chain_list", "api:chain_detail", "api:park_list", "api:park_detail", "api:group_list", "api:group_detail",
    "api:figure_list",
    "directory:home", "directory:about", "directory:enterprise_list", "directory:enterprise_suggest",
    "directory:enterprise_compare", "directory:enterprise_export", "directory:enterprise_detail",
    "directory:chain_list", "directory:chain_detail", "directory:park_list", "directory:park_detail",
    "promotion:services", "promotion:request_new", "promotion:request_follow", "promotion:portal_join",
    "directory:group_detail", "directory:figure_list", "directory:figure_detail",
    "directory:carrier_list",
}  # fmt: skip
#: A JSON 404 for everybody: the last route under /api/. Requests that this browser has not opened by their secret.
NOWHERE = {"api:unknown", "promotion:request_detail"}
#: Answer 405 to a GET; what they do is tested in tests/promotion/test_service_pages.py.
POSTED = {"promotion:request_answer", "promotion:request_rate", "promotion:request_urge"}

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
    # Leads and contacts have runs too: whose they are is tested in tests/promotion/imports.
    "importrun": (STEWARDS | PROMOTERS | {LEADER}, STEWARDS | PROMOTERS, frozenset({STEWARD, LEADER}), NOBODY),
    "reporttemplate": (READERS, PROMOTERS | {SUPERUSER}, STAFF, NOBODY),
    "reportsubmission": (READERS, NOBODY, STAFF, NOBODY),
    "mergerecord": (STEWARDS | {LEADER}, NOBODY, frozenset({STEWARD, LEADER}), NOBODY),
    **dict.fromkeys(["annualfigures", "legalrepresentative"], (RESTRICTED | {SUPERUSER}, STEWARDS, RESTRICTED, NOBODY)),
    **dict.fromkeys(["counterpart", "investmentproject"], (READERS, OFFICERS | {SUPERUSER}, INSIDERS, NOBODY)),
    **dict.fromkeys(["lead", "contact"], (READERS, LEAD_WORKERS | {SUPERUSER}, INSIDERS, NOBODY)),
    "capitalrecord": (READERS, OFFICERS | {SUPERUSER}, INSIDERS, NOBODY),
    "actionitem": (READERS, OFFICERS | {LEADER, SUPERUSER}, INSIDERS, NOBODY),
    # Begun on pages of their own: an upload, a claim with its lead, a dispute, a request.
    **dict.fromkeys(["evidence", "leadclaim", "claimdispute"], (READERS, NOBODY, INSIDERS, NOBODY)),
    "interaction": (READERS, INSIDE, INSIDERS, NOBODY),  # adding leads to the page of follow-ups, which decides
    "joinrequest": (READERS, NOBODY, INSIDERS | {COLLEAGUE}, NOBODY),
    "promotionactivity": (READERS, OFFICERS | {STEWARD, SUPERUSER}, STAFF, NOBODY),
    **dict.fromkeys(
        ["leadchannel", "claimpolicy", "stagerequirement", "admissionstandard", "promotiontarget"],
        (READERS, VOCABULARY_EDITORS, STAFF, NOBODY),
    ),
    **dict.fromkeys(
        ["servicecase", "visit", "headquartersengagement", "engagementpromise", "intentsignal"],
        (READERS, LEAD_WORKERS | {SUPERUSER}, CASE_INSIDERS, NOBODY),
    ),
    **dict.fromkeys(
        ["capabilityoffer", "procurementneed", "liaisonassignment", "headquartersplan"],
        (READERS, LEAD_WORKERS | {SUPERUSER}, STAFF, NOBODY),
    ),
    "chainmatch": (READERS, NOBODY, STAFF, NOBODY),
    **dict.fromkeys(["enterprisemember", "portalinvitation", "joiningclaim"], (READERS, NOBODY, STAFF, NOBODY)),
    # Read on the public page of the services too.
    **dict.fromkeys(["servicesystem", "servicepillar", "casekind"], (READERS, SERVICE_RULES_EDITORS, READERS, NOBODY)),
    **dict.fromkeys(
        ["caselimit", "casepolicy", "officehours", "externalunit", "chaintaskforce", "replytemplate"],
        (READERS, SERVICE_RULES_EDITORS, STAFF, NOBODY),
    ),
    "user": (ADMINS | {AUDITOR}, ADMINS, frozenset({ADMINISTRATOR, AUDITOR}), NOBODY),
    "department": (INSIDE, ADMINS, INSIDE - {SUPERUSER}, frozenset({ADMINISTRATOR})),
    **dict.fromkeys(["change", "event", "accesslog"], LEDGER),
    "scheduledrun": (ADMINS, NOBODY, ADMINS, NOBODY),
    "stageagelimit": (READERS, CHAIN_EDITORS, STAFF, NOBODY),
    "retentionperiod": (READERS, NOBODY, STAFF, NOBODY),
    "progressnote": (READERS, frozenset({OFFICER, COLLEAGUE, MANAGER, SUPERUSER}), INSIDERS, NOBODY),
}  # fmt: skip
#: What shows rows and never writes them has no history page of its own.
WITHOUT_HISTORY = frozenset(
    {"reportsubmission", "importrun", "mergerecord", "change", "event", "accesslog", "scheduledrun"}
)

_VERBS_OF_A_LEAD = "log_follow_up screen convert close reopen set_level transfer_verb dispute_verb"
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
    "admin:meeting": STAFF,
    "admin:meeting_report": STAFF,
    "admin:meeting_decide": frozenset({OFFICER, COLLEAGUE, MANAGER, LEADER}),  # answers 405 to a GET
    "admin:give_action_item": frozenset({OFFICER, COLLEAGUE, MANAGER, LEADER}),
    "admin:my_notes": frozenset({OFFICER, COLLEAGUE, MANAGER, SERVICE, COORDINATOR, LIAISON}),
    "admin:chain_view": STAFF,
    "admin:chain_view_chain": STAFF,
    "admin:chain_view_lead": frozenset({OFFICER, COLLEAGUE, MANAGER, SERVICE, COORDINATOR, LIAISON}),  # a GET: 405
    "admin:directory_enterprise_verify": STEWARDS,
    "admin:directory_enterprise_duplicates_page": READERS,
    "admin:directory_enterprise_merge_page": STEWARDS,
    "admin:directory_correction_accept": frozenset({STEWARD}),
    "admin:directory_correction_refuse": frozenset({STEWARD}),
    "admin:directory_statuscheck_answer_check": frozenset({STEWARD}),
    "admin:directory_mergerecord_undo": frozenset({STEWARD}),
    "admin:reports": PROMOTERS | {LEADER},
    "admin:report_new": PROMOTERS,
    "admin:report_upload": PROMOTERS,
    "admin:report_columns": PROMOTERS,
    "admin:report_template_file": PROMOTERS | {LEADER},
    "admin:report_fill": PROMOTERS | {LEADER},
    "admin:report_fill_file": PROMOTERS | {LEADER},
    "admin:report_submission": STAFF,
    "admin:report_submission_file": STAFF,
    "admin:directory_importrun_mapping": frozenset({STEWARD}),
    "admin:directory_importrun_decide": frozenset({STEWARD}),
    "admin:directory_importrun_plan": frozenset({STEWARD}),
    "admin:directory_importrun_apply": frozenset({STEWARD}),
    "admin:directory_importrun_revert": frozenset({STEWARD}),
    "admin:directory_importrun_errors": frozenset({STEWARD, LEADER}),
    "admin:inbox": STAFF,
    "admin:inbox_read": STAFF,  # answers 405 to a GET
    "admin:inbox_open": frozenset({OFFICER}),  # everybody's own
    "admin:inbox_settings": STAFF,
    "admin:my_day": STAFF,
    "admin:my_day_answer": STAFF,  # answers 405 to a GET
    "admin:hand_over": frozenset({MANAGER}),
    "admin:quick_add": LEAD_WORKERS,
    "admin:quick_add_matches": LEAD_WORKERS,
    "admin:quick_add_join": OFFICERS,  # who may know of the sample lead
    "admin:quick_visit": LEAD_WORKERS,
    "admin:quick_visit_enterprises": LEAD_WORKERS,
    "admin:follow_up": LEAD_WORKERS,
    "admin:credit_shares": frozenset({MANAGER}),
    "admin:capital_ledger": OFFICERS | {STEWARD, LEADER},
    "admin:capital_ledger_export": OFFICERS | {STEWARD, LEADER},
    "admin:project_evidence": INSIDERS,
    "admin:evidence_download": INSIDERS,
    **dict.fromkeys(
        [f"admin:promotion_lead_{verb}" for verb in _VERBS_OF_A_LEAD.split()],
        frozenset({OFFICER, MANAGER}),
    ),
    "admin:promotion_lead_extend_verb": frozenset({MANAGER}),
    "admin:promotion_lead_shares_verb": frozenset({MANAGER}),
    "admin:promotion_counterpart_set_level": frozenset({OFFICER, MANAGER}),
    "admin:promotion_claimdispute_decide": frozenset({MANAGER}),
    "admin:promotion_joinrequest_agree": frozenset({OFFICER, MANAGER}),
    "admin:promotion_joinrequest_decline": frozenset({OFFICER, MANAGER}),
    "admin:promotion_investmentproject_move_page": frozenset({OFFICER, MANAGER}),
    "admin:promotion_investmentproject_link_company": frozenset({OFFICER, MANAGER}),
    "admin:promotion_investmentproject_set_level": frozenset({OFFICER, MANAGER}),
    "admin:promotion_actionitem_reply": INSIDERS,
    "admin:case_desk": STAFF - {STEWARD},
    "admin:case_dispatch": NOBODY,  # without a case that is asked for
    **dict.fromkeys(["admin:case_handler_reply", "admin:case_files", "admin:case_file_download"], CASE_INSIDERS),
    # Whose step it is the service says: tests/promotion/test_case_admin.py.
    **dict.fromkeys(
        [
            f"admin:promotion_servicecase_{verb}"
            for verb in (*STEP_VERBS.values(), "decide_extension", "answer_supervision")
        ],
        CASE_INSIDERS,
    ),
    "admin:promotion_servicecase_dispatch": CASE_INSIDERS,  # leads to the page that coordinators have
    "admin:promotion_servicecase_set_level": CASE_EDITORS,
    "admin:promotion_engagementpromise_keep": CASE_EDITORS,
    "admin:promotion_intentsignal_make_lead": CASE_EDITORS,
    "admin:promotion_intentsignal_make_case": CASE_EDITORS,
    "admin:promotion_chainmatch_introduce_verb": LEAD_WORKERS,
    "admin:promotion_chainmatch_outcome_verb": LEAD_WORKERS,
    "admin:liaison_coverage": STAFF,
    "admin:service_statistics": STAFF,
    "admin:enterprise_file": STAFF,
    "admin:group_file": STAFF,
    "admin:enterprise_brief": STAFF,
    **dict.fromkeys(
        [
            "admin:portal_invite",
            "admin:claim_licence",
            "admin:promotion_enterprisemember_end",
            "admin:promotion_portalinvitation_withdraw",
            "admin:promotion_joiningclaim_licence_is_right",
            "admin:promotion_joiningclaim_phone_code",
            "admin:promotion_joiningclaim_know_them",
            "admin:promotion_joiningclaim_decide",
        ],
        frozenset({SERVICE, COORDINATOR, LIAISON}),
    ),
    "admin:chain_buying": STAFF,
}
#: The portal: signed in, and for an enterprise its members alone (the sample has one).
PORTAL: dict[str, frozenset[str]] = {
    "promotion:portal": EVERYBODY - {ANONYMOUS},
    "promotion:portal_claim": EVERYBODY - {ANONYMOUS},
    **dict.fromkeys(
        [
            "promotion:portal_enterprise",
            "promotion:portal_request_new",
            "promotion:portal_request",
            "promotion:portal_correction",
            "promotion:portal_ware_new",
            "promotion:portal_ware",
        ],
        frozenset({MEMBER}),
    ),
    "promotion:portal_introduce": EVERYBODY - {ANONYMOUS},  # answers 405 to a GET
}
#: Reviews, promises and space of the sample project, which is restricted and the officer's.
_PROMISES: Row = (
    READERS,
    frozenset({OFFICER, COLLEAGUE, MANAGER, SUPERUSER}),
    frozenset({OFFICER, MANAGER, LEADER}),
    NOBODY,
)
_SPACE: Row = (READERS, _PROMISES[1] | {CARRIER}, _PROMISES[2], NOBODY)
MODELS |= {
    "projectreview": _PROMISES,
    "commitment": (*_PROMISES[:3], frozenset({OFFICER, MANAGER})),
    "spaceintent": _SPACE,
    "reservation": _SPACE,
}
PAGES |= {
    "admin:inbox_count": STAFF,
    "admin:find_space": STAFF,
    "admin:space_sheets": NOBODY,  # without a carrier that is asked for
    "admin:promises": STAFF,
    "admin:promises_export": STAFF,
    "admin:project_promises": frozenset({OFFICER, MANAGER, LEADER}),
    "admin:promotion_reservation_release": frozenset({OFFICER, MANAGER}),
    "admin:promotion_reservation_move_in_verb": NOBODY,  # whoever enters tenancies does not see the sample
    "admin:board": STAFF,
    "admin:dashboard": frozenset({OFFICER, COLLEAGUE, MANAGER, LEADER, STEWARD}),
    "admin:closed_periods": frozenset({OFFICER, COLLEAGUE, MANAGER, LEADER, STEWARD}),
    "admin:closed_period": frozenset({OFFICER, COLLEAGUE, MANAGER, LEADER, STEWARD}),
    "admin:close_period": frozenset({MANAGER}),  # answers 405 to a GET
    "admin:personal_data": frozenset({STEWARD, MANAGER, LEADER}),
    # The sample contact stands on the officer's restricted lead: the steward does not see it.
    **dict.fromkeys(
        [
            "admin:contact_anonymise",
            "admin:contact_data",
            "admin:promotion_contact_anonymise_verb",
            "admin:promotion_contact_hand_out_verb",
        ],
        frozenset({MANAGER}),
    ),
}
#: Leads, projects and cases through the API: by the session of the admin, for staff with a role. A GET of a verb answers 405.
STAFF_API: dict[str, frozenset[str]] = {
    **dict.fromkeys(["api:lead_list", "api:lead_convert", "api:project_list", "api:project_move"], STAFF),
    # The samples are an officer's own, restricted: others get what a wrong key gets.
    **dict.fromkeys(
        ["api:lead_detail", "api:project_detail", "api:project_moves"], frozenset({OFFICER, MANAGER, LEADER})
    ),
    "api:case_list": STAFF,
    "api:case_detail": CASE_INSIDERS,
    **{
        f"api:case_{step}": STAFF
        for step in (
            "accept", "reject", "dispatch", "take_up", "ask", "answer", "reply", "rate", "close", "reopen", "urge", "note",
        )
    },
}  # fmt: skip
#: Ways in and out, which answer everybody in their own manner (tests/kernel/test_access_admin_site.py).
DOORSTEPS = {"admin:login", "admin:logout"}


def expected(name: str) -> frozenset[str] | None:
    """Who gets the page of this name; None where it stands in no table."""
    if name in OPEN or name in POSTED:
        return EVERYBODY
    if name in NOWHERE:
        return NOBODY
    if name in PAGES | PORTAL:
        return (PAGES | PORTAL)[name]
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
def samples(person: Any, other_department: Department) -> dict[str, Any]:
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
    officer = person(Role.PROMOTION_OFFICER, username=OFFICER)
    stranger = person(Role.PROMOTION_OFFICER, username=COLLEAGUE, department=other_department)
    _promotion_samples(first, officer, stranger)
    somebody = person(Role.PROMOTION_OFFICER, username="somebody")
    _promise_and_space_samples(InvestmentProject._base_manager.get(), plant)
    template = ReportTemplate.objects.get(code="signed")
    ReportSubmission.objects.create(
        template=template, template_version=1, kind=template.kind, span=template.span, month=today.replace(day=1),
        file=template.file, file_name="示例.xlsx", by=somebody, at=timezone.now(),
    )  # fmt: skip
    a_lead("示例线索", owner=somebody)
    a_project("示例项目", owner=somebody)
    found = {model._meta.model_name: model._base_manager.order_by("pk").first() for model in site._registry}
    found["notice"] = Notification.objects.get(kind="example")
    found["portalcase"] = promotion.ServiceCase.objects.filter(intake="portal").get()
    found["casehandler"], found["casefile"] = promotion.CaseHandler.objects.get(), promotion.CaseFile.objects.get()
    period = made(ClosedPeriod(year=2026, month=1, closed_at=timezone.now()))
    return found | {
        "enterprise": first,
        "department": Department.objects.order_by("pk").first(),
        "closedperiod": period,
    }


def _promotion_samples(enterprise: Any, officer: Any, stranger: Any) -> None:
    """An officer's restricted records, with the rows that hang on them; a stranger asks to join."""
    now, today = timezone.now(), timezone.localdate()
    own = {"owner": officer, "confidentiality": "restricted"}
    unit = officer.memberships.get().department
    lead, project = a_lead(at=now, **own), a_project(at=now, **own)
    upload = SimpleUploadedFile("示例.pdf", b"%PDF-1.4 example")
    add_evidence(project, kind="photo", upload=upload, by=officer, door="admin", at=now)
    for row in (
        promotion.Counterpart(name="示例客商", number="K-1", unit=unit, **own),
        promotion.PromotionActivity(name="示例展会", kind="fair", starts_on=today, ends_on=today),
        promotion.Contact(name="示例联系人", lead=lead),
        promotion.Interaction(kind="call", at=now, by=officer, happened="示例", lead=lead),
        promotion.ClaimDispute(lead=lead, raised_by=stranger, raised_at=now, unit=unit, reason="示例"),
        promotion.JoinRequest(lead=lead, by=stranger, reason="示例"),
        promotion.CapitalRecord(enterprise=enterprise, project=project, kind="contracted", on=today, amount=1),
        promotion.ActionItem(text="示例", person=officer, due_on=today, project=project),
        promotion.ProgressNote(project=project, week=today - datetime.timedelta(days=today.weekday()), progress="示例"),
        promotion.AdmissionStandard(indicator="energy", value=1, valid_from=today, source="示例"),
        promotion.PromotionTarget(year=today.year, indicator="signed", value=1),
    ):
        made(row)
    _service_samples(enterprise, officer)
    _portal_samples(enterprise, officer)
    Notification.objects.create(person=officer, kind="example", number="K-1", path="/admin/", created_at=now)


def _service_samples(enterprise: Any, officer: Any) -> None:
    """A restricted case of the officer with its handler and file, and the rows of liaison and collaboration."""
    now, today = timezone.now(), timezone.localdate()
    unit = officer.memberships.get().department
    own = {"owner": officer, "unit": unit, "confidentiality": "restricted"}
    group = models.CorporateGroup.objects.order_by("pk")[0]
    case = raise_case(
        promotion.ServiceCase(title="示例诉求", text="示例", enterprise=enterprise, **own),
        by=officer,
        door="admin",
        at=now,
    )
    made(promotion.CaseHandler(case=case, unit=unit, person=officer, limit_days=5, assigned_at=now))
    add_case_file(case, upload=SimpleUploadedFile("示例.pdf", b"%PDF-1.4 case"), by=officer, door="admin", at=now)
    offer = made(promotion.CapabilityOffer(enterprise=enterprise, product="示例供给"))
    other = models.Enterprise.objects.exclude(pk=enterprise.pk)[0]
    need = made(promotion.ProcurementNeed(enterprise=other, product="示例需求"))
    engagement = made(promotion.HeadquartersEngagement(group=group, manner="visit", on=today, topics="示例", **own))
    for row in (
        promotion.ChainMatch(
            offer=offer,
            need=need,
            score=50,
            computed_at=now,
            parts=[{"code": "words", "points": 15, "most": 30, "found": "shared", "detail": ["示例"]}],
        ),
        promotion.LiaisonAssignment(enterprise=enterprise, person=officer, starts_on=today),
        promotion.Visit(enterprise=enterprise, on=today, seen="示例", **own),
        promotion.EngagementPromise(engagement=engagement, side="theirs", text="示例"),
        promotion.IntentSignal(kind="expansion", on=today, source="示例", group=group, **own),
        promotion.HeadquartersPlan(group=group, year=today.year),
        promotion.OfficeHours(starts=datetime.time(8, 30), ends=datetime.time(12)),
        promotion.ExternalUnit(name="示例外部单位"),
        promotion.ChainTaskForce(
            chain=models.IndustryChain.objects.order_by("pk")[0], unit=Department.objects.all()[0]
        ),
        promotion.ReplyTemplate(name="示例模板", text="示例"),
    ):
        made(row)


def _promise_and_space_samples(project: Any, plant: Any) -> None:
    """What was reviewed, promised, offered and reserved for a project."""
    for row in (
        ProjectReview(project=project, kind="safety"),
        Commitment(project=project, side="investor", text="示例"),
        SpaceIntent(project=project, carrier=plant),
        Reservation(project=project, carrier=plant, area_m2=1, starts_on=timezone.localdate()),
    ):
        made(row)


def _portal_samples(enterprise: Any, officer: Any) -> None:
    """A member of the enterprise, an invitation, a claim with a licence, a request from the portal."""
    now = timezone.now()
    member = User.objects.create_user(username=MEMBER)
    made(promotion.EnterpriseMember(enterprise=enterprise, user=member, since=now))
    portal.invite(enterprise, by=officer, door="admin", at=now)
    other = models.Enterprise.objects.exclude(pk=enterprise.pk)[0]
    licence = SimpleUploadedFile("示例.pdf", b"%PDF-1.4 licence")
    portal.claim_enterprise(other, member, licence=licence, door="portal", at=now)
    raise_case(
        promotion.ServiceCase(title="示例", text="示例", enterprise=enterprise, intake="portal"),
        by=member, door="portal", at=now,
    )  # fmt: skip


def address_of(pattern: str, samples: dict[str, Any]) -> str:
    """The pattern with a record's own key in each place."""
    parts = pattern.split("/")
    model = parts[2] if pattern.startswith("admin/") and len(parts) > 2 else ""
    enterprise = samples["enterprise"]
    for place, value in {
        "<path:content_type_id>/<path:object_id>": "1/1",
        "claims/<str:public_id>": f"claims/{samples['joiningclaim'].public_id}",
        "<path:object_id>": str(samples[model].pk) if model in samples else "",
        "closed/<int:pk>": f"closed/{samples['closedperiod'].pk}",
        "<str:kind>/<str:ware_id>": f"offers/{samples['capabilityoffer'].public_id}",
        "<str:kind>/new": "needs/new",
        "<int:pk>": str(samples["notice"].pk),
        "<int:item>": str(samples["actionitem"].pk),
        "<int:lead>": str(samples["lead"].pk),
        "projects/<str:public_id>": f"projects/{samples['investmentproject'].public_id}",
        "evidence/<str:public_id>": f"evidence/{samples['evidence'].public_id}",
        "cases/handlers/<str:public_id>": f"cases/handlers/{samples['casehandler'].public_id}",
        "cases/files/<str:public_id>": f"cases/files/{samples['casefile'].public_id}",
        "cases/<str:public_id>": f"cases/{samples['servicecase'].public_id}",
        "enterprises/<str:public_id>": f"enterprises/{enterprise.public_id}",
        "export.<str:kind>": "export.csv",
        "<str:kind>": "csv",
        "^(?P<app_label>": "directory/|",
        "(?P<url>.*)$": "nowhere",
        "<str:match_id>": samples["chainmatch"].public_id,
        "requests/<str:number>": f"requests/{samples['portalcase'].number}" if "portal/" in pattern else "requests/-",
        "contacts/<str:public_id>": f"contacts/{samples['contact'].public_id}" if "contact" in samples else "",
        "<str:identifier>": enterprise.public_id,
        "reports/<str:public_id>": f"reports/{samples['reporttemplate'].public_id}",
        "report-submissions/<str:public_id>": f"report-submissions/{samples['reportsubmission'].public_id}",
        "leads/<str:public_id>": f"leads/{samples['lead'].public_id}",
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
        name
        for name in OPEN | NOWHERE | POSTED | set(PAGES) | set(PORTAL) | set(STAFF_API) | OTHERS | DOORSTEPS
        if name not in names
    } == set()
    assert set(MODELS) == shown


def test_every_model_of_the_admin_has_a_record_to_ask_for(samples: dict[str, Any]) -> None:
    assert [name for name, row in samples.items() if row is None] == []


@pytest.fixture
def reader(person: Any, superuser: Any) -> Any:
    """`reader(column)`: a client as somebody of that column; it shows a defect as the 500 that it is."""

    def make_client(column: str) -> Client:
        client = Client(raise_request_exception=False)
        if column == SUPERUSER:
            user = superuser
        elif column == ANONYMOUS:
            return client
        else:
            user = User.objects.filter(username=column).first() or person(ROLE_OF[column], username=column)
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
        outside = (pattern.startswith("admin/") and column not in INSIDE) or (name in PORTAL and column == ANONYMOUS)
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


DOORS = {"public": "/enterprises/", "portal": "/portal/join/", "api": "/api/v1/enterprises", "admin": "/admin/"}


@pytest.mark.parametrize("door", DOORS)
def test_process_serves_only_the_doors_it_is_given(door: str, only: Any, client: Client) -> None:
    only(door)
    for name, path in DOORS.items():
        assert (client.get(path).status_code != 404) == (name == door), name
    assert client.get("/livez").status_code == 200
    robots = client.get("/robots.txt").content.decode()
    assert ("Disallow: /\n" in robots) == (door != "public")
    assert (client.get("/accounts/login/").status_code == 200) == (door in ("portal", "admin"))


def test_an_enterprises_desk_works_in_a_process_of_its_own(only: Any, client: Client) -> None:
    """Nothing that its pages lead to need be served beside them: neither the directory nor the admin."""
    member = User.objects.create_user(username="member", password="a-long-password-7")
    enterprise = an_enterprise("示例甲")
    made(promotion.EnterpriseMember(enterprise=enterprise, user=member, since=timezone.now()))
    staff = User.objects.create_user(username="staff", password="a-long-password-8", is_staff=True)
    only("portal")
    home = f"/portal/{enterprise.public_id}/"
    assert client.get(home).headers["Location"] == f"/accounts/login/?next={home}"
    typed = {"login": member.username, "password": "a-long-password-7"}
    assert client.post("/accounts/login/", typed, follow=True).redirect_chain[-1][0] == home
    for path in (home, f"{home}requests/new/", f"{home}needs/new/", "/en/portal/join/", "/accounts/password/change/"):
        assert client.get(path).status_code == 200, path
    assert client.get("/services/").status_code == 404
    signed_in = Client()
    typed = {"login": staff.username, "password": "a-long-password-8"}
    assert signed_in.post("/accounts/login/", typed).headers["Location"] == "/portal/"
    assert signed_in.get("/admin/").status_code == 404
