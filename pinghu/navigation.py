"""The admin's theme and menu: lists grouped by job, not by app."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pinghu.admin.pages import pages
from pinghu.admin.searching import Found, Hit, search_source


@dataclass(frozen=True, slots=True)
class Group:
    """One job's lists; `models` are labels in the order they are shown, `icons` names of Material Symbols."""

    title: Any
    about: Any
    models: dict[str, str]


GROUPS = (
    Group(
        _("Promotion"),
        _("Whom we talk to, what they want, and how far it has come."),
        {
            "promotion.lead": "tips_and_updates",
            "promotion.investmentproject": "rocket_launch",
            "promotion.counterpart": "handshake",
            "promotion.contact": "contacts",
            "promotion.interaction": "forum",
            "promotion.promotionactivity": "event",
            "promotion.leadclaim": "flag_circle",
            "promotion.claimdispute": "balance",
            "promotion.joinrequest": "group_add",
            "promotion.actionitem": "task_alt",
            "promotion.progressnote": "edit_calendar",
            "promotion.capitalrecord": "payments",
            "promotion.projectreview": "fact_check",
            "promotion.commitment": "assignment",
            "promotion.evidence": "attach_file",
            "promotion.spaceintent": "travel_explore",
            "promotion.reservation": "event_seat",
            "promotion.promotiontarget": "target",
            "promotion.reportsubmission": "outgoing_mail",
        },
    ),
    Group(
        _("Service"),
        _("What the enterprises here ask for, who looks after them, and whether they are content."),
        {
            "promotion.servicecase": "support_agent",
            "promotion.visit": "tour",
            "promotion.liaisonassignment": "diversity_3",
            "promotion.headquartersengagement": "business_center",
            "promotion.engagementpromise": "task_alt",
            "promotion.intentsignal": "sensors",
            "promotion.headquartersplan": "event_note",
            "promotion.capabilityoffer": "sell",
            "promotion.procurementneed": "shopping_cart",
            "promotion.chainmatch": "join_inner",
            "promotion.enterprisemember": "badge",
            "promotion.joiningclaim": "how_to_reg",
            "promotion.portalinvitation": "mail",
            "promotion.servicesystem": "account_tree",
            "promotion.servicepillar": "view_column",
            "promotion.externalunit": "domain",
            "promotion.chaintaskforce": "groups",
            "promotion.replytemplate": "quickreply",
            "promotion.casekind": "label",
            "promotion.caselimit": "timer",
            "promotion.casepolicy": "rule",
            "promotion.officehours": "schedule",
        },
    ),
    Group(
        _("Promotion's rules"),
        _("Periods, gates and standards as rows with their dates."),
        {
            "promotion.leadchannel": "call_split",
            "promotion.claimpolicy": "timer",
            "promotion.stagerequirement": "rule",
            "promotion.stageagelimit": "hourglass_bottom",
            "promotion.admissionstandard": "checklist",
            "promotion.reporttemplate": "table_view",
            "promotion.retentionperiod": "auto_delete",
        },
    ),
    Group(
        _("Directory"),
        _("Who is here, what they are called, whom they belong to, what they make."),
        {
            "directory.enterprise": "factory",
            "directory.corporategroup": "account_tree",
            "directory.listing": "show_chart",
            "directory.rankinglist": "leaderboard",
            "directory.rankingentry": "format_list_numbered",
            "directory.qualification": "verified",
            "directory.abovescalerecord": "stacked_bar_chart",
            "directory.annualfigures": "bar_chart",
            "directory.legalrepresentative": "badge",
            "directory.correction": "rate_review",
        },
    ),
    Group(
        _("Chains"),
        _("Which segments each industry chain has, and who stands in them."),
        {
            "directory.industrysystem": "hub",
            "directory.industrychain": "linked_services",
            "directory.chainsegment": "schema",
            "directory.chainposition": "precision_manufacturing",
            "directory.chainleadership": "flag",
        },
    ),
    Group(
        _("The zone"),
        _("Its parks and space, and what its profile states."),
        {
            "directory.park": "location_city",
            "directory.carrier": "warehouse",
            "directory.tenancy": "key",
            "directory.zoneprofile": "article",
            "directory.publishedfigure": "numbers",
            "directory.milestone": "timeline",
            "directory.honour": "military_tech",
            "directory.cluster": "bubble_chart",
            "directory.claim": "format_quote",
            "directory.locationadvantage": "near_me",
            "directory.amenity": "apartment",
            "directory.zoneplace": "pin_drop",
        },
    ),
    Group(
        _("Data"),
        _("Workbooks from other bureaus, duplicates, and what was decided about them."),
        {
            "directory.importrun": "upload_file",
            "directory.statuscheck": "fact_check",
            "directory.mergerecord": "merge",
            "directory.notduplicate": "call_split",
            "directory.savedmapping": "table_rows",
            "directory.datasource": "source",
        },
    ),
    Group(
        _("Vocabularies"),
        _("Standard lists and rates that the rules read."),
        {
            "directory.qualificationtype": "workspace_premium",
            "directory.industryclass": "category",
            "directory.registrationtype": "assignment_ind",
            "directory.sizethreshold": "straighten",
            "directory.exchange": "account_balance",
            "directory.exchangerate": "currency_exchange",
            "directory.workcalendar": "calendar_month",
        },
    ),
    Group(
        _("People"),
        _("Who works here, in which department, in which role."),
        {"accounts.user": "person", "accounts.department": "groups", "accounts.membership": "assignment_ind"},
    ),
    Group(
        _("System and audit"),
        _("What was changed, who read what, and how background work is doing."),
        {
            "ledger.change": "history",
            "ledger.event": "sync_alt",
            "ledger.accesslog": "visibility",
            "jobs.scheduledrun": "schedule",
        },
    ),
)
#: Pages of daily work in the order of a day; what is not named follows as its app registered it.
DAILY = (
    "my_day", "quick_add", "quick_visit", "follow_up", "inbox", "case_desk", "liaison_coverage", "dashboard",
    "service_statistics", "board", "my_notes", "meeting", "chain_view", "chain_buying", "find_space", "promises",
    "capital_ledger", "reports",
)  # fmt: skip
#: Where a registered model stands that no group names, so that none is out of reach.
OTHER = Group(_("Other"), "", {})


def groups_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The lists this person may open, by job; groups without any are left out. No query beyond the permissions."""
    from django.contrib.admin import site

    found = {model._meta.label_lower: (model, admin) for model, admin in site._registry.items()}
    named = {label for group in GROUPS for label in group.models}
    other = {label: "list" for label in sorted(found) if label not in named}
    result = []
    for group, models in [*((group, group.models) for group in GROUPS), (OTHER, other)]:
        items = []
        for label, icon in models.items():
            model, admin = found.get(label, (None, None))
            if model is None or not admin.has_view_permission(request) or not admin.has_module_permission(request):
                continue
            meta, name = model._meta, f"{model._meta.app_label}_{model._meta.model_name}"
            items.append(
                {
                    "title": capfirst(meta.verbose_name_plural),
                    "icon": icon,
                    "link": _address(f"admin:{name}_changelist"),
                    "add": _address(f"admin:{name}_add") if admin.has_add_permission(request) else "",
                }
            )
        if items:
            result.append({"title": group.title, "about": group.about, "items": items})
    return result


@cache
def _address(name: str) -> str:
    """Kept for the process: the menu stands on every page, and no language or record is part of these addresses."""
    return reverse(name)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's menu: the overview and the pages of daily work, then every group."""
    overview = {"title": _("Overview"), "icon": "home", "link": reverse("admin:index")}
    daily = [
        {"title": page.title, "icon": page.icon, "link": _address(f"admin:{page.name}")}
        for page in sorted(pages(), key=lambda page: DAILY.index(page.name) if page.name in DAILY else len(DAILY))
        if page.title and page.may_open(request.user)
    ]
    return [
        {"items": [overview, *daily]},
        *({"title": group["title"], "items": group["items"]} for group in groups_for(request)),
    ]


@search_source("page", pgettext_lazy("search", "Pages"), icon="menu", order=0)
def find_pages(request: HttpRequest, text: str, limit: int) -> Found:
    """Entries of the menu whose title holds the text. No query beyond the permissions."""
    wanted = text.casefold()
    entries = [item for part in sidebar(request) for item in part["items"] if wanted in str(item["title"]).casefold()]
    return Found([Hit(str(item["title"]), url=item["link"]) for item in entries[:limit]], len(entries) > limit)


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """What a person may do about their own account."""
    return [
        {"title": _("Second factor"), "link": reverse("mfa_index")},
        {"title": _("Change password"), "link": reverse("account_change_password")},
    ]


def languages(request: HttpRequest) -> list[dict[str, str]]:
    """The two languages, each in its own script."""
    return [{"code": "zh-hans", "name_local": "中文"}, {"code": "en", "name_local": "English"}]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Pinghu Economic and Technological Development Zone"),
    "SITE_HEADER": _("Pinghu ETDZ"),
    "SITE_SYMBOL": "local_florist",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("pinghu/favicon.svg")},
    ],
    # Changes carry their own history (the ledger); Django's log of admin actions is not written.
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": lambda request: reverse("admin:choose_language"), "navigation": languages},
    "ACCOUNT": {"navigation": account_links},
    "BORDER_RADIUS": "3px",
    "STYLES": [
        lambda request: static("pinghu/admin.css"),
        lambda request: static("pinghu/finder.css"),
    ],
    "SCRIPTS": [lambda request: static("pinghu/inbox.js")],
    "COLORS": {
        # The public site's deep blue (--blue is 700, --blue-deep 900) and its warm paper and ink.
        "primary": {
            "50": "#f1f6fc",
            "100": "#e2ecf8",
            "200": "#c3d8ef",
            "300": "#95bbe2",
            "400": "#7fb0de",
            "500": "#4f8ac6",
            "600": "#0d4a8c",
            "700": "#0b4079",
            "800": "#093764",
            "900": "#08325f",
            "950": "#051f3c",
        },
        "font": {
            "subtle-light": "#48525d",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "#2b3742",
            "default-dark": "var(--color-base-300)",
            "important-light": "#17212b",
            "important-dark": "var(--color-base-100)",
        },
    },
    "SIDEBAR": {"show_search": True, "command_search": True, "show_all_applications": False, "navigation": sidebar},
}
