"""Capital in the admin: the records one by one, and the ledger of foreign capital that is made of them."""

import datetime
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.admin.filters import DemoFilter
from directory.admin.records import DirectoryAdmin
from pinghu.accounts.roles import Role
from pinghu.admin.pages import admin_page
from pinghu.export import file_response
from pinghu.formats import plain
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from pinghu.templatetags import look
from promotion.admin.drill import CAPITAL_FILTERS
from promotion.admin.evidence import RowsToRead
from promotion.capital_ledger import FIGURES, Ledger, LedgerRow, Sums, capital_ledger, years_of
from promotion.models import CapitalRecord
from promotion.models.base import CURRENCIES
from promotion.rules import capital
from promotion.rules.working_time import local_day
from promotion.services.capital import save_capital_record

READERS = frozenset({Role.PROMOTION_OFFICER, Role.PROMOTION_MANAGER, Role.LEADER, Role.DATA_STEWARD})
STATES: dict[str, Any] = {
    capital.OVERDUE: gettext_lazy("Overdue"),
    capital.DUE_SOON: gettext_lazy("Due within 90 days"),
    capital.IN_TIME: gettext_lazy("In time"),
    capital.NO_DEADLINE: gettext_lazy("No day agreed"),
    capital.FULFILLED: gettext_lazy("Paid in"),
}
FIGURE_NAMES: dict[str, Any] = {
    "contracted": gettext_lazy("Contracted"),
    "arrived": gettext_lazy("Arrived"),
    "outstanding": gettext_lazy("Outstanding"),
    "excess": gettext_lazy("Beyond the contract"),
}
#: The kind of record that a figure is made of; None = both.
_KIND_OF = {"contracted": capital.CONTRACTED, "arrived": capital.ACTUAL, "outstanding": None, "excess": None}
_PER_PAGE = 100


@admin.register(CapitalRecord)
class CapitalRecordAdmin(DirectoryAdmin):
    """What was contracted and what arrived, amount by amount; a decrease is negative."""

    save_service = staticmethod(save_capital_record)
    list_display = (
        "enterprise", "kind", "worth", "on", "form", "source_country", "due_on", "confirmation_no", "project",
    )  # fmt: skip
    list_display_links = ("enterprise", "worth")
    list_select_related = ("enterprise", "project")
    list_filter: ClassVar[Any] = (
        ("kind", ChoicesDropdownFilter),
        ("currency", ChoicesDropdownFilter),
        ("on", RangeDateFilter),
        ("form", ChoicesDropdownFilter),
        ("enterprise", AutocompleteSelectFilter),
        ("project", AutocompleteSelectFilter),
        DemoFilter,
        *CAPITAL_FILTERS,
    )
    list_filter_submit = True
    search_fields = (
        "enterprise__short_name",
        "enterprise__registered_name",
        "enterprise__uscc",
        "confirmation_no",
        "project__number",
    )
    ordering = ("-on", "-pk")
    form_select_related = ("enterprise",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("enterprise", "project"),
                    ("kind", "on"),
                    ("amount", "currency"),
                    ("form", "source_country"),
                    ("due_on", "confirmation_no"),
                    "evidence",
                    "note",
                    "is_demo",
                ),
                "description": gettext_lazy(
                    "Enter each amount as it was contracted or arrived; a decrease is negative. The file is chosen "
                    "from those of the project."
                ),
            },
        ),
    )

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def worth(self, row: CapitalRecord) -> str:
        return look.amount(row.amount, row.currency)

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)


class CapitalInline(RowsToRead):
    """The capital of a project, to be read; entered and corrected on its own page."""

    model = CapitalRecord
    fields = ("row", "worth", "on", "form", "source_country", "due_on")
    row_label = "get_kind_display"

    @admin.display(description=gettext_lazy("amount"))
    def worth(self, row: CapitalRecord) -> str:
        return look.amount(row.amount, row.currency)

    def get_add_query(self, project: Any) -> dict[str, Any]:
        known = {"enterprise": project.enterprise_id} if project.enterprise_id else {}
        return {**super().get_add_query(project), **known}


# --- the ledger ------------------------------------------------------------------------------------------------------


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own calendar."""

    input_type = "date"


class LedgerForm(forms.Form):
    """What the ledger is asked: whose, which currency and state, which year or period, converted into what."""

    q = forms.CharField(
        label=gettext_lazy("Enterprise"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": gettext_lazy("Name or credit code")}),
    )
    year = forms.TypedChoiceField(
        label=gettext_lazy("Year"), required=False, coerce=int, empty_value=None, widget=UnfoldAdminSelectWidget
    )
    since = forms.DateField(label=gettext_lazy("Since"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        required=False,
        choices=[("", gettext_lazy("All")), *CURRENCIES],
        widget=UnfoldAdminSelectWidget,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Contribution"),
        required=False,
        choices=[("", gettext_lazy("All")), *STATES.items()],
        widget=UnfoldAdminSelectWidget,
    )
    into = forms.ChoiceField(
        label=gettext_lazy("Sums converted into"), required=False, choices=CURRENCIES, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [("", _("All")), *((year, year) for year in years)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", _("The period ends before it begins."))
        if said.get("year") and (since or until):
            self.add_error("year", _("Choose a year or a period, not both."))
        return said

    def ledger(self, user: Any, today: datetime.date) -> Ledger:
        """The ledger that is asked for; nothing after today counts."""
        said = self.cleaned_data
        since, until = said["since"], said["until"]
        if said["year"]:
            since, until = datetime.date(said["year"], 1, 1), datetime.date(said["year"], 12, 31)
        return capital_ledger(
            user,
            day=min(until or today, today),
            since=since,
            name=said["q"],
            currency=said["currency"],
            state=said["state"],
            into=said["into"] or "USD",
        )


def _asked(request: HttpRequest) -> LedgerForm:
    data = request.GET.copy()
    data.setdefault("into", "USD")
    return LedgerForm(data, years=years_of(request.user))


@admin_page(
    "capital-ledger/",
    "capital_ledger",
    title=gettext_lazy("Foreign capital ledger"),
    icon="account_balance_wallet",
    roles=READERS,
)
def capital_ledger_page(request: HttpRequest) -> HttpResponse:
    """Per enterprise and currency what was contracted, arrived and is outstanding; each figure opens its records."""
    form = _asked(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Foreign capital ledger"),
        "form": form,
        "figures": FIGURE_NAMES.values(),
    }
    if form.is_valid():
        ledger = form.ledger(request.user, local_day(timezone.now()))
        page = Paginator(ledger.rows, _PER_PAGE).get_page(request.GET.get("p"))
        kept = request.GET.copy()
        kept.pop("p", None)
        # A sum over a part of the enterprises has no list of its own: the list of records knows no such filter.
        is_whole = not form.cleaned_data["q"] and not form.cleaned_data["state"]
        context |= {
            "ledger": ledger,
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "ellipsis": Paginator.ELLIPSIS,
            "query": kept.urlencode(),
            "rows": [_shown(ledger, row) for row in page],
            "sums": [(one.currency, _cells(ledger, one) if is_whole else _texts(one)) for one in ledger.sums],
            "converted": [look.amount(ledger.converted[figure].amount) for figure in FIGURES],
            "rates": [(rate.currency, plain(rate.cny, 6), rate.on) for rate in ledger.rates],
            "unconverted": ", ".join(ledger.unconverted),
        }
    return TemplateResponse(request, "admin/promotion/capital_ledger.html", context)


@admin_page("capital-ledger/export.<str:kind>", "capital_ledger_export", roles=READERS)
def capital_ledger_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The ledger as it is filtered now, whole, as CSV or XLSX; the access log keeps it."""
    form = _asked(request)
    if kind not in ("csv", "xlsx") or not form.is_valid():
        raise Http404
    ledger = form.ledger(request.user, local_day(timezone.now()))
    header = [
        _("Enterprise"), _("Credit code"), _("Currency"), *(str(name) for name in FIGURE_NAMES.values()),
        _("To be paid in by"), _("Contribution"), _("Since"), _("Until"),
    ]  # fmt: skip
    log_access(
        by=request.user,
        kind=AccessLog.Kind.EXPORT,
        door=Door.ADMIN,
        rows=len(ledger.rows),
        list="promotion.capital_ledger",
        file=kind,
        asked=request.GET.urlencode()[:500],
        columns=header,
    )
    name = f"{_('Foreign capital ledger')} {ledger.day:%Y-%m-%d}"
    return file_response(kind, name, header, _lines(ledger))


def _lines(ledger: Ledger) -> Iterator[list[Any]]:
    for row in ledger.rows:
        figures = (getattr(row, figure) for figure in FIGURES)
        state = str(STATES[row.state])
        yield [row.name, row.uscc, row.currency, *figures, row.due_on, state, ledger.since, ledger.day]


def _shown(ledger: Ledger, row: LedgerRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": reverse("admin:directory_enterprise_change", args=[row.enterprise]),
        "currency": row.currency,
        "cells": _cells(ledger, row, enterprise__id__exact=row.enterprise),
        "due_on": row.due_on,
        "state": row.state,
        "state_name": STATES[row.state],
    }


def _cells(ledger: Ledger, row: LedgerRow | Sums, **narrow: Any) -> list[Any]:
    """The four figures, each a link to the records that it is made of; nothing is no link."""
    return [_cell(ledger, row, figure, narrow) for figure in FIGURES]


def _texts(row: Sums) -> list[str]:
    return [look.amount(getattr(row, figure)) for figure in FIGURES]


def _cell(ledger: Ledger, row: LedgerRow | Sums, figure: str, narrow: dict[str, Any]) -> Any:
    amount = getattr(row, figure)
    if not amount:
        return look.amount(amount)
    query = {"currency__exact": row.currency, "on_to": date_format(ledger.day, "Y-m-d"), **narrow}
    kind = _KIND_OF[figure]
    if kind is not None:
        query["kind__exact"] = kind
        if ledger.since is not None:
            query["on_from"] = date_format(ledger.since, "Y-m-d")
    address = f"{reverse('admin:promotion_capitalrecord_changelist')}?{urlencode(query)}"
    return format_html('<a href="{}">{}</a>', address, look.amount(amount))
