"""Every surface that shows leads, projects, counterparts or what hangs on them: the table that a new one joins.

One line each:

    *lists("lead")                  a model's list, search, counts of filters, export, record and history
    "leadchannel" in RULES_AS_ROWS  a model of rows that are nobody's
    page("my_day")                  a page of the admin, by its name
    page("credit_shares", lead="lead.pk")                 one that names a record (of those that the reader sees)
    page("follow_up", "lead={lead.public_id}")            one that is asked about a record
    page("capital_ledger_export", kind="csv", logged=EXPORT)
    address("api:lead_list")        any other address
    text("digest", digest)          what leaves the house: `function(reader)` returns the text

`tests/promotion/test_hidden_rows.py` asks each of them twice, before and after rows are added that the reader may not
see: the two answers must be the same. `covers` are the names of addresses that the line answers for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from pinghu.inbox.mailing import message_for
from pinghu.inbox.models import Notification
from tests.promotion.hidden_world import TYPED, World

READ, EXPORT = "read", "export"


@dataclass(frozen=True)
class Surface:
    """One way to look; `ask(client, world, reader)` gives the answer's text, or the response."""

    name: str
    ask: Callable[[Client, World, Any], Any]
    covers: frozenset[str] = frozenset()
    #: Shows the code name of what the reader may only know of.
    knows_code_names: bool = False
    #: Shows no other row than its own to anybody: asked all the same, so that it stays so.
    is_bare: bool = False
    #: What the access log keeps of a look at it: READ (where the record is confidential), EXPORT, or nothing.
    logged: str = ""


def _get(name: str, parts: dict[str, str], query: str = "") -> Callable[[Client, World, Any], Any]:
    def ask(client: Client, world: World, _reader: Any) -> Any:
        given = {key: part(world.seen, value) for key, value in parts.items()}
        asked = query.format(**world.seen)
        return client.get(reverse(name, kwargs=given) + (f"?{asked}" if asked else ""))

    return ask


def part(rows: dict[str, Any], value: str) -> Any:
    """`lead.pk` of the rows; what names no row stands for itself."""
    kind, dot, attribute = value.partition(".")
    return getattr(rows[kind], attribute) if dot and kind in rows else value


def address(name: str, query: str = "", **options: Any) -> Surface:
    """One address by its full name; keywords are the parts of the address (`pk="lead.pk"`) or options."""
    known = {key: options.pop(key) for key in ("knows_code_names", "is_bare", "logged") if key in options}
    shown = f"{name}?{query}" if query else name
    return Surface(shown, _get(name, options, query), frozenset({name}), **known)


def page(name: str, query: str = "", **options: Any) -> Surface:
    """A page registered with `admin_page`."""
    return address(f"admin:{name}", query, **options)


def text(name: str, ask: Callable[[Any], str], **options: Any) -> Surface:
    """What is sent to the reader: `ask(reader)` returns it."""
    return Surface(name, lambda _client, _world, reader: ask(reader), **options)


def lists(model: str, *, has_rows_below: bool = False, is_public: bool = False, is_chosen: str = "") -> list[Surface]:
    """A model of promotion: list with the counts of its filters, search, export, one record with its history.

    `has_rows_below` says that a record that everybody sees may have rows below it that are hidden, `is_public` that
    everybody here sees every record. `is_chosen` names a foreign key (`interaction.lead`) in whose field others search
    for rows of this model.
    """
    stem = f"admin:promotion_{model}"
    about = {"object_id": f"{model}.pk"}
    ways = ("changelist", "add", "delete", "export", "change", "history")
    read = "" if is_public else READ
    found = [
        Surface(
            f"{model}: list",
            _get(f"{stem}_changelist", {}, "_facets=True"),
            frozenset(f"{stem}_{way}" for way in ways),
            is_bare=is_public,
        ),
        Surface(f"{model}: search", _get(f"{stem}_changelist", {}, f"q={TYPED}"), is_bare=is_public),
        Surface(f"{model}: export", _get(f"{stem}_export", {"kind": "csv"}), is_bare=is_public, logged=EXPORT),
        Surface(f"{model}: record", _get(f"{stem}_change", about), is_bare=not has_rows_below, logged=read),
        Surface(
            f"{model}: history",
            _get(f"{stem}_history", about),
            is_bare=is_public or not has_rows_below,
            logged=read,
        ),
    ]
    if is_chosen:
        from_model, _, column = is_chosen.partition(".")
        query = f"app_label=promotion&model_name={from_model}&field_name={column}&term={TYPED}"
        found.append(Surface(f"{model}: chosen", _get("admin:autocomplete", {}, query)))
    return found


def vocabulary(model: str) -> Surface:
    """A model of rows that are nobody's: its list is looked at, so that it never begins to count leads or projects."""
    stem = f"admin:promotion_{model}"
    ways = ("changelist", "add", "delete", "export", "change", "history")
    return Surface(
        f"{model}: list",
        _get(f"{stem}_changelist", {}, "_facets=True"),
        frozenset(f"{stem}_{way}" for way in ways),
        is_bare=True,
    )


def digest(reader: Any) -> str:
    """The mail with everything that waits for the reader."""
    notices = list(Notification.objects.visible_to(reader))
    message = message_for(reader, notices) if notices else None
    return f"{message.subject}\n{message.body}" if message else ""


#: Models of rows that are nobody's.
RULES_AS_ROWS = (
    "leadchannel",
    "claimpolicy",
    "stagerequirement",
    "admissionstandard",
    "promotiontarget",
    "retentionperiod",
    "stageagelimit",
    "reporttemplate",
    "casekind",
    "caselimit",
    "casepolicy",
    "externalunit",
    "chaintaskforce",
    "officehours",
    "replytemplate",
    "servicepillar",
    "servicesystem",
)

#: What is kept of the enterprises that are here: none of it stands on a lead or a project of the world below. Who sees
#: which case is held in tests/promotion/test_case_admin.py; here their lists are looked at, so that they betray no lead.
SERVICE = (
    "capabilityoffer",
    "chainmatch",
    "engagementpromise",
    "enterprisemember",
    "headquartersengagement",
    "headquartersplan",
    "intentsignal",
    "joiningclaim",
    "liaisonassignment",
    "portalinvitation",
    "procurementneed",
    "servicecase",
    "visit",
)

SURFACES: list[Surface] = [
    # --- models -------------------------------------------------------------------------------------------------------
    *lists("lead", is_chosen="interaction.lead"),
    *lists("investmentproject", is_chosen="interaction.project"),
    *lists("counterpart", has_rows_below=True, is_chosen="lead.counterpart"),
    *lists("contact"),
    *lists("interaction"),
    *lists("leadclaim"),
    *lists("claimdispute"),
    *lists("joinrequest"),
    *lists("actionitem"),
    *lists("progressnote"),
    *lists("capitalrecord"),
    *lists("evidence", is_chosen="capitalrecord.evidence"),
    *lists("promotionactivity", has_rows_below=True, is_public=True),
    *lists("commitment"),
    *lists("projectreview"),
    vocabulary("reservation"),  # what is held is no longer free, whoever it is held for
    *lists("spaceintent"),
    *[vocabulary(model) for model in (*RULES_AS_ROWS, *SERVICE)],
    # --- pages --------------------------------------------------------------------------------------------------------
    page("my_day"),
    page("hand_over", is_bare=True),
    page("hand_over", "from_person={insider.pk}", knows_code_names=True),
    page("follow_up"),
    page("follow_up", "lead={lead.public_id}", is_bare=True, logged=READ),
    page("follow_up", "enterprise={enterprise.public_id}"),
    page("quick_add", is_bare=True),
    page("quick_add_matches", f"name={TYPED}", knows_code_names=True),
    page("quick_visit", is_bare=True),
    page("quick_visit_enterprises", f"q={TYPED}", is_bare=True),
    page("capital_ledger"),
    page("capital_ledger_export", kind="csv", logged=EXPORT),
    page("credit_shares", lead="lead.pk", is_bare=True, logged=READ),
    page("project_evidence", public_id="project.public_id", is_bare=True, logged=READ),
    page("board"),
    page("dashboard"),
    page("chain_view"),
    page("promises"),
    page("promises_export", kind="csv", logged=EXPORT),
    page("project_promises", public_id="project.public_id", is_bare=True, logged=READ),
    page("find_space", is_bare=True),
    page("space_sheets", is_bare=True),
    page("closed_periods", is_bare=True),
    page("reports", is_bare=True),
    page("case_desk", is_bare=True),
    page("case_dispatch", is_bare=True),
    page("liaison_coverage", is_bare=True),
    page("service_statistics", is_bare=True),
    page("inbox"),
    page("personal_data", is_bare=True),
    page("contact_anonymise", public_id="contact.public_id", is_bare=True, logged=READ),
    page("contact_data", public_id="contact.public_id", kind="csv", is_bare=True, logged=EXPORT),
    page("meeting", "unit=all&on=2026-06-01", logged=READ),
    page("meeting", "unit=all&period=month&on=2026-06-01", logged=READ),
    page("meeting_report", "unit=all&on=2026-06-01", logged=EXPORT),
    page("meeting_report", "unit=all&period=month&on=2026-06-01", logged=EXPORT),
    page("my_notes", logged=READ),
    page("my_notes", "project={project.public_id}", is_bare=True, logged=READ),
    page("give_action_item", "project={project.public_id}", is_bare=True, logged=READ),
    # --- where they could show beside something else --------------------------------------------------------------------
    address("admin:index"),
    address("admin:search", f"s={TYPED}&extended=1", is_bare=True),
    *[
        address(f"admin:directory_{model}_{verb}", object_id=f"{row}.pk", is_bare=True)
        for model, row in {
            "enterprise": "enterprise", "corporategroup": "group", "industrychain": "chain", "chainsegment": "segment",
            "park": "park", "carrier": "carrier",
        }.items()
        for verb in ("change", "history")
    ],
    address("admin:directory_enterprise_merge_page", "other={enterprise.pk}", object_id="twin.pk"),
    # --- what leaves the house ------------------------------------------------------------------------------------------
    text("digest", digest),
]  # fmt: skip

#: Addresses that name one record and show or do something with it: asked for a hidden one, they answer as for one that
#: never was. Those of the models' own forms and verbs are found by themselves.
RECORDS: dict[str, dict[str, str]] = {
    "admin:contact_anonymise": {"public_id": "contact.public_id"},
    "admin:contact_data": {"public_id": "contact.public_id", "kind": "csv"},
    "admin:credit_shares": {"lead": "lead.pk"},
    "admin:evidence_download": {"public_id": "evidence.public_id"},
    "admin:my_day_answer": {"item": "actionitem.pk"},
    "admin:project_evidence": {"public_id": "project.public_id"},
    "admin:quick_add_join": {"lead": "lead.pk"},
}
#: Of these a reader who may know the code name learns it.
KNOWS_CODE_NAMES = {"admin:quick_add_join"}
#: Pages that show nothing of promotion's records, and why.
ELSEWHERE = {
    "admin:meeting_decide": "takes a resolution and shows no more than that: tests/promotion/test_meeting.py",
    "admin:inbox_open": "one's own notice: leads on to the record's page",
    "admin:inbox_read": "marks one's own notices",
    "admin:inbox_settings": "one's own choices",
    "admin:inbox_count": "the number of one's own notices",
    **dict.fromkeys(
        ["admin:case_file_download", "admin:case_files", "admin:case_handler_reply"],
        "about one case: tests/promotion/test_case_admin.py",
    ),
    **dict.fromkeys(
        ["admin:enterprise_file", "admin:enterprise_brief", "admin:portal_invite", "admin:claim_licence"],
        "about one enterprise, with its cases and visits: tests/promotion/test_enterprise_file.py",
    ),
    "admin:group_file": "about one group: tests/promotion/test_group_file.py",
    "admin:chain_buying": "capabilities and needs of enterprises",
    **dict.fromkeys(
        ["admin:chain_view_chain", "admin:chain_view_lead"], "about one chain: tests/promotion/test_chain_view.py"
    ),
    **dict.fromkeys(["admin:close_period", "admin:closed_period"], "figures: tests/promotion/test_closed_periods.py"),
    **dict.fromkeys(
        [
            "admin:report_columns",
            "admin:report_fill",
            "admin:report_fill_file",
            "admin:report_new",
            "admin:report_submission",
            "admin:report_submission_file",
            "admin:report_template_file",
            "admin:report_upload",
            "admin:promotion_reportsubmission_changelist",
        ],
        "one list for the city, by what its filler sees: tests/promotion/test_report_pages.py",
    ),
}
