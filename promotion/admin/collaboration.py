"""产业链协作 in the admin: offers, needs, the matches between them, and what is bought outside though made here."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import DirectoryAdmin, VerbsOnlyAdmin
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from promotion.admin.service_drill import MATCH_FILTERS, WARE_FILTERS
from promotion.collaboration import Buying, bought_outside
from promotion.models import CapabilityOffer, ChainMatch, ProcurementNeed
from promotion.rules.working_time import local_day
from promotion.services.collaboration import introduce, record_outcome, save_ware
from promotion.wording import match_words


class ValidFilter(ChoiceFilter):
    """What still stands today."""

    title = _("validity")
    parameter_name = "valid"
    options: ClassVar[dict[str, Any]] = {"yes": _("Stands today"), "no": _("Run out or withdrawn")}

    def narrow(self, rows: Any, value: str) -> Any:
        standing = rows.valid_on(local_day(timezone.now()))
        return standing if value == "yes" else rows.exclude(pk__in=standing.order_by().values("pk"))


class WareAdmin(DirectoryAdmin):
    """What offers and needs have in common. Saving one brings its matches into step."""

    save_service = staticmethod(save_ware)
    list_display = ("product_name", "segment", "valid_until", "visibility", "stands")
    list_display_links = ("product_name",)
    list_select_related = ("enterprise", "segment")
    list_filter: ClassVar[Any] = (
        ValidFilter,
        ("enterprise", AutocompleteSelectFilter),
        ("segment", AutocompleteSelectFilter),
        ("visibility", ChoicesDropdownFilter),
        DemoFilter,
        *WARE_FILTERS,
    )
    list_filter_submit = True
    search_fields = (
        "product", "specification", "certificates", "enterprise__registered_name", "enterprise__short_name",
    )  # fmt: skip
    ordering = ("product", "pk")
    form_select_related = ("enterprise", "segment")

    @display(description=_("product"), ordering="product", header=True)
    def product_name(self, ware: Any) -> list[str]:
        return [ware.product, str(ware.enterprise)]

    @display(description=_("stands"), boolean=True, ordering="is_active")
    def stands(self, ware: Any) -> bool:
        return bool(ware.is_active)

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)


@admin.register(CapabilityOffer)
class CapabilityOfferAdmin(WareAdmin):
    """What enterprises here can make or do for others."""

    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("enterprise", "segment"),
                    "product",
                    "specification",
                    ("quantity", "unit"),
                    ("certificates", "valid_until"),
                    ("visibility", "is_active"),
                    "is_demo",
                )
            },
        ),
    )


@admin.register(ProcurementNeed)
class ProcurementNeedAdmin(WareAdmin):
    """What enterprises here buy or look for."""

    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("enterprise", "segment"),
                    "product",
                    "specification",
                    ("quantity", "unit"),
                    ("certificates", "valid_until"),
                    ("visibility", "is_active"),
                    "is_bought_outside",
                    "is_demo",
                )
            },
        ),
    )


class IntroduceForm(forms.Form):
    note = forms.CharField(label=_("note"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget)


class OutcomeForm(forms.Form):
    status = forms.ChoiceField(
        label=_("state"),
        choices=[
            (each.value, each.label)
            for each in (ChainMatch.Status.TALKING, ChainMatch.Status.DEAL, ChainMatch.Status.FAILED)
        ],
        widget=UnfoldAdminSelectWidget,
    )
    amount_band = forms.ChoiceField(
        label=_("amount"),
        choices=[("", "—"), *ChainMatch.Amount.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    outcome = forms.CharField(label=_("outcome"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget)


@admin.register(ChainMatch)
class ChainMatchAdmin(VerbsOnlyAdmin):
    """Matches with the reasons for them; nobody types one."""

    list_display = ("need_of", "offer_of", "score", "state", "amount_band")
    list_display_links = ("need_of",)
    list_select_related = ("need__enterprise", "offer__enterprise")
    list_filter: ClassVar[Any] = (
        ("status", ChoicesDropdownFilter),
        ("need", AutocompleteSelectFilter),
        ("offer", AutocompleteSelectFilter),
        ("amount_band", ChoicesDropdownFilter),
        DemoFilter,
        *MATCH_FILTERS,
    )
    list_filter_submit = True
    search_fields = ("need__product", "offer__product")
    ordering = ("-score", "pk")
    form_select_related = ("need__enterprise", "offer__enterprise", "case")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("need", "offer"),
                    ("score", "status"),
                    "reasons",
                    ("amount_band", "outcome"),
                    ("case_link", "computed_at"),
                    "is_demo",
                )
            },
        ),
    )
    readonly_fields = (
        "need", "offer", "score", "status", "reasons", "amount_band", "outcome", "case_link", "computed_at",
    )  # fmt: skip
    export_fields = ("need", "offer", "score", "status", "amount_band", "outcome", "computed_at")
    actions_detail = ("introduce_verb", "outcome_verb")

    @display(description=_("need"), ordering="need__product", header=True)
    def need_of(self, match: ChainMatch) -> list[str]:
        return [match.need.product, str(match.need.enterprise)]

    @display(description=_("offer"), ordering="offer__product", header=True)
    def offer_of(self, match: ChainMatch) -> list[str]:
        return [match.offer.product, str(match.offer.enterprise)]

    @display(
        description=_("state"),
        ordering="status",
        label={
            "suggested": "info",
            "introduced": "warning",
            "talking": "warning",
            "deal": "success",
            "failed": "default",
            "gone": "default",
        },
    )
    def state(self, match: ChainMatch) -> tuple[str, Any]:
        return match.status, match.get_status_display()

    @admin.display(description=_("parts of the score"))
    def reasons(self, match: ChainMatch) -> Any:
        items = format_html_join("", "<li>{}</li>", ((words,) for words in match_words(match, with_points=True)))
        return format_html("<ul>{}</ul>", items)

    @admin.display(description=_("case"))
    def case_link(self, match: ChainMatch) -> Any:
        if match.case_id is None:
            return "–"
        address = reverse("admin:promotion_servicecase_change", args=[match.case_id])
        return format_html('<span class="field-links"><a href="{}">{}</a></span>', address, match.case)

    @verb(
        _("Introduce the two"),
        question=_("A case of chain collaboration is opened for whoever looks for it; an officer introduces the two."),
        permissions=("decide",),
        url_path="introduce",
        form_class=IntroduceForm,
        icon="handshake",
    )
    def introduce_verb(self, request: HttpRequest, match: ChainMatch, note: str) -> str:
        case = introduce(match, note=note, by=request.user, door=Door.ADMIN, at=timezone.now())
        return str(_("Case %(case)s.") % {"case": case})

    @verb(
        _("Write what came of it"),
        question=_("Talking, a deal with its band of amount, or nothing."),
        permissions=("decide",),
        url_path="outcome",
        form_class=OutcomeForm,
        icon="flag",
    )
    def outcome_verb(self, request: HttpRequest, match: ChainMatch, status: str, amount_band: str, outcome: str) -> str:
        record_outcome(
            match,
            status=status,
            amount_band=amount_band,
            outcome=outcome,
            by=request.user,
            door=Door.ADMIN,
            at=timezone.now(),
        )
        return str(_("Kept."))


@admin_page("chain-buying/", "chain_buying", title=_("Bought outside, made here"), icon="sync_alt", roles=STAFF_ROLES)
def chain_buying(request: HttpRequest) -> HttpResponse:
    """What enterprises here buy from outside although somebody here could make it, by chain."""
    context = {
        **admin.site.each_context(request),
        "title": _("Bought outside, made here"),
        "chains": [(each.chain, _explained(each)) for each in bought_outside(request.user, local_day(timezone.now()))],
    }
    return TemplateResponse(request, "admin/promotion/chain_buying.html", context)


def _explained(buying: Buying) -> list[tuple[Any, list[tuple[Any, list[str]]]]]:
    """Each need with its matches, each with its reasons."""
    return [(need, [(match, match_words(match)) for match in matches]) for need, matches in buying.needs]
