"""The chain view: segments with gaps, who to ask for each and why, and a lead from there in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from directory.models import ChainSegment, IndustryChain
from directory.presenting import local
from directory.presenting import shown as shown_name
from directory.views.chains import drawing
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.admin.lead_cards import question, shown
from promotion.admin.quick_add import ROLES as REPORTERS
from promotion.chain_view import GROUP, NAMED, Beside, SegmentSheet, Target, chain_sheet, draft_lead, overview
from promotion.rules import chain_targets
from promotion.rules.chain_targets import Reason
from promotion.services.leads import DuplicateLead, save_lead

#: What is done about a segment, and the order in which segments are read: what is missing first.
KINDS = {
    chain_targets.FILL: pgettext_lazy("chain", "Fill the gap"),
    chain_targets.STRENGTHEN: pgettext_lazy("chain", "Strengthen"),
    chain_targets.EXTEND: pgettext_lazy("chain", "Extend from here"),
}
ORDER = (*chain_targets.KINDS, ChainSegment.Gap.UNASSESSED)
REASONS = {
    chain_targets.KNOWN_OUTSIDE: gettext_lazy("makes it elsewhere: %(subject)s"),
    chain_targets.HERE_ALREADY: gettext_lazy("makes it here already and could grow: %(subject)s"),
    chain_targets.SAME_BUSINESS: gettext_lazy("line of business: %(subject)s"),
    chain_targets.NAMED_LIKE_IT: gettext_lazy("its name says so: %(subject)s"),
    chain_targets.SUPPLIES_HERE: gettext_lazy("its enterprise here supplies this segment: %(subject)s"),
    chain_targets.BUYS_HERE: gettext_lazy("its enterprise here buys from this segment: %(subject)s"),
    chain_targets.IN_CHAIN: gettext_lazy("its enterprise here stands in the chain: %(subject)s"),
    chain_targets.BUSINESS_OF_CHAIN: gettext_lazy("line of business of the whole chain: %(subject)s"),
    chain_targets.LIST_OF_CHAIN: gettext_lazy("a list of this chain's own trade"),
    chain_targets.RANKED: gettext_lazy("on a ranking list: %(subject)s"),
    chain_targets.LEADS_CHAIN: gettext_lazy("leads the chain: %(subject)s"),
    chain_targets.NOT_HERE: gettext_lazy("no enterprise here yet"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A reason in words, and who states it."""

    text: str
    source: str


def said(reason: Reason) -> Said:
    return Said(str(REASONS[reason.code]) % {"subject": reason.subject}, reason.source)


@admin_page("chain-view/", "chain_view", title=gettext_lazy("Chain view"), icon="hub", roles=STAFF_ROLES)
def chain_overview(request: HttpRequest) -> HttpResponse:
    """Every chain with how much of it is missing, weak, strong, and what is in hand."""
    lines = [
        {"line": line, "gaps": [line.of(gap) for gap in ORDER], "url": _url(line.chain)}
        for line in overview(request.user)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("Chain view"),
        "lines": lines,
        "gaps": [ChainSegment.Gap(gap).label for gap in ORDER],
    }
    return TemplateResponse(request, "admin/promotion/chain_view.html", context)


@admin_page("chain-view/<slug:code>/", "chain_view_chain", roles=STAFF_ROLES)
def chain_page(request: HttpRequest, code: str) -> HttpResponse:
    """One chain: its map, then each segment with who buys and supplies here, what is in hand, whom to ask and why."""
    chain = _chain(request, code)
    sheets = chain_sheet(chain, request.user)
    ordered = sorted(
        sheets, key=lambda sheet: (ORDER.index(sheet.segment.gap), sheet.segment.order, sheet.segment.code)
    )
    context = {
        **admin.site.each_context(request),
        "title": local(chain),
        "chain": chain,
        "map": drawing([_node(sheet) for sheet in sheets]),
        "has_demo": any(sheet.segment.is_demo for sheet in sheets),
        "asked": [_card(sheet) for sheet in ordered if sheet.kind],
        "unassessed": [sheet for sheet in ordered if not sheet.kind],
        "may_report": _may_report(request),
        "may_edit": request.user.has_perm("directory.change_chainsegment"),
    }
    return TemplateResponse(request, "admin/promotion/chain_view_chain.html", context)


@admin_page("chain-view/<slug:code>/lead/", "chain_view_lead", roles=REPORTERS)
@require_POST
def make_lead(request: HttpRequest, code: str) -> HttpResponse:
    """Make one of the proposals a lead, through the check that every lead passes. What is not proposed is not there."""
    if not _may_report(request):
        raise Http404
    chain = _chain(request, code)
    sheet, target = _proposed(chain, request)
    if target.is_in_hand:
        messages.info(request, _("It is in hand already: %(records)s.") % {"records": _records(target)})
        return HttpResponseRedirect(_url(chain, sheet.segment))
    reasons = "\n".join(f"· {said(reason).text}" for reason in target.proposal.reasons)
    detail = _("Proposed by the chain view for “%(segment)s”:") % {"segment": local(sheet.segment)} + f"\n{reasons}"
    draft = draft_lead(chain, sheet, target, detail)
    asked = question(draft.name, draft.uscc)
    try:
        lead = save_lead(
            draft,
            by=request.user,
            door=Door.ADMIN,
            at=timezone.now(),
            confirmed=request.POST.get("confirmed") == asked,
        )
    except DuplicateLead as error:
        return _ask(request, chain, sheet, target, error, asked)
    except DomainError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(_url(chain, sheet.segment))
    address = reverse("admin:promotion_lead_change", args=[lead.pk])
    link = format_html('<a class="message-link" href="{}">{}</a>', address, lead)
    messages.success(request, format_html("{} {}", _("Entered:"), link))
    return HttpResponseRedirect(_url(chain, sheet.segment))


def _ask(
    request: HttpRequest, chain: Any, sheet: SegmentSheet, target: Target, error: DuplicateLead, asked: str
) -> HttpResponse:
    """What may be the same; "enter it all the same" answers for exactly this name and code."""
    context = {
        **admin.site.each_context(request),
        "title": _("May be here already"),
        "chain": chain,
        "sheet": sheet,
        "target": target,
        "cards": shown(error.cards, request.user),
        "asks": error.code == "possible_duplicate",
        "question": error.message,
        "confirmed": asked,
        "back": _url(chain, sheet.segment),
    }
    return TemplateResponse(request, "admin/promotion/chain_view_lead.html", context, status=409)


def _chain(request: HttpRequest, code: str) -> Any:
    chain = IndustryChain.objects.visible_to(request.user).filter(code=code).first()
    if chain is None:
        raise Http404
    return chain


def _proposed(chain: Any, request: HttpRequest) -> tuple[SegmentSheet, Target]:
    asked = tuple(request.POST.get(name, "") for name in ("segment", "kind", "key"))
    for sheet in chain_sheet(chain, request.user):
        for target in sheet.targets:
            if (sheet.segment.code, target.kind, str(target.key)) == asked:
                return sheet, target
    raise Http404


def _may_report(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(REPORTERS & user.role_codes) and user.has_perm("promotion.add_lead")


def _url(chain: Any, segment: Any = None) -> str:
    address = reverse("admin:chain_view_chain", args=[chain.code])
    return address if segment is None else f"{address}#segment-{segment.code}"


def _records(target: Target) -> str:
    return ", ".join(str(row) for row in (*target.leads, *target.projects))


# --- as the page shows it --------------------------------------------------------------------------------------------


def _node(sheet: SegmentSheet) -> dict[str, Any]:
    segment = sheet.segment
    return {
        "row": segment,
        "name": local(segment),
        "anchor": f"segment-{segment.code}",
        "count": len(sheet.here),
        "has_leader": sheet.has_leader,
        "downstream": [beside.segment.pk for beside in sheet.buyers],
    }


def _card(sheet: SegmentSheet) -> dict[str, Any]:
    return {
        "sheet": sheet,
        "name": local(sheet.segment),
        "kind": KINDS[sheet.kind],
        "here": _enterprises(sheet.here),
        "buyers": [_beside(sheet, one) for one in sheet.buyers if one.enterprises],
        "suppliers": [_beside(sheet, one) for one in sheet.suppliers if one.enterprises],
        "targets": [_target(target) for target in sheet.targets],
    }


def _beside(sheet: SegmentSheet, beside: Beside) -> dict[str, Any]:
    segment = beside.segment
    of_other = segment.chain_id != sheet.segment.chain_id
    name = f"{local(segment)} ({local(segment.chain)})" if of_other else local(segment)
    return {"name": name, **_enterprises(beside.enterprises)}


def _enterprises(rows: Sequence[Any]) -> dict[str, Any]:
    return {
        "links": [
            (shown_name(row).name, reverse("admin:directory_enterprise_change", args=[row.pk])) for row in rows[:NAMED]
        ],
        "more": max(0, len(rows) - NAMED),
    }


def _target(target: Target) -> dict[str, Any]:
    page = "directory_corporategroup" if target.kind == GROUP else "directory_enterprise"
    return {
        "target": target,
        "url": reverse(f"admin:{page}_change", args=[target.key]),
        "reasons": [said(reason) for reason in target.proposal.reasons],
        "records": [
            *((row, reverse("admin:promotion_lead_change", args=[row.pk])) for row in target.leads),
            *((row, reverse("admin:promotion_investmentproject_change", args=[row.pk])) for row in target.projects),
        ],
    }
