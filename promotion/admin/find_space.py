"""Finding space: "8,000 m² with 8 m height and 5 t/m² from next June", one click to offer it, a sheet to print."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from directory.models import Carrier, Park
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.formats import plain
from pinghu.ledger.models import Door
from promotion.admin.follow_ups import DayInput, record_url
from promotion.finding_space import MEASURES, Place, Wanted, find_space
from promotion.models import InvestmentProject, Lead, SpaceIntent
from promotion.my_day import recent_records
from promotion.rules.reservations import free_area
from promotion.rules.working_time import local_day
from promotion.services.space import held_parts, save_intent, spans_of
from promotion.wording import listed

#: So many sheets are printed at once.
_MOST_SHEETS = 20
#: So many carriers of each kind are shown.
_SHOWN = 50


def _figure(label: Any, **options: Any) -> forms.DecimalField:
    options.setdefault("required", False)
    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
    return forms.DecimalField(label=label, min_value=0, max_digits=12, decimal_places=2, widget=widget, **options)


class WantedForm(forms.Form):
    """What is wanted, and for whom."""

    area = _figure(gettext_lazy("Area, m²"), required=True)
    height = _figure(gettext_lazy("Clear height, m"))
    load = _figure(gettext_lazy("Floor load, t/m²"))
    power = forms.IntegerField(
        label=gettext_lazy("Power, kVA"),
        required=False,
        min_value=0,
        max_value=2_000_000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )
    crane = _figure(gettext_lazy("Crane, t"))
    starts_on = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput)
    ends_on = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=DayInput, help_text=gettext_lazy("Empty: for good.")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[("", gettext_lazy("All")), *Carrier.Kind.choices],
        widget=UnfoldAdminSelectWidget,
    )
    park = forms.ModelChoiceField(
        label=gettext_lazy("Park"),
        required=False,
        queryset=Park.objects.filter(carriers__isnull=False).distinct(),
        empty_label=gettext_lazy("All"),
        widget=UnfoldAdminSelectWidget,
    )
    of = forms.CharField(
        label=gettext_lazy("For the lead or project"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Its number. Then one click offers a carrier."),
        widget=UnfoldAdminTextInputWidget(attrs={"list": "of-choices", "autocomplete": "off"}),
    )
    wanted_by: Any = None

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_of(self) -> str:
        number = self.cleaned_data["of"].strip()
        if number:
            self.wanted_by = _wanted_by(number, self.user)
            if self.wanted_by is None:
                raise forms.ValidationError(_("No open lead or running project that you see has this number."))
        return number

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since, until = said.get("starts_on"), said.get("ends_on")
        if until and until < (since or local_day(timezone.now())):
            self.add_error("ends_on", _("The period ends before it begins."))
        return said

    def wanted(self) -> Wanted:
        said = self.cleaned_data
        return Wanted(
            area=said["area"],
            starts_on=said["starts_on"] or local_day(timezone.now()),
            ends_on=said["ends_on"],
            kind=said["kind"],
            park=said["park"],
            **{name: said[name] for name in MEASURES},
        )


def _wanted_by(number: str, user: Any) -> Any:
    """The open lead or running project with this number, as far as the person sees it whole."""
    return (
        InvestmentProject.objects.visible_to(user).running().filter(number__iexact=number).first()
        or Lead.objects.visible_to(user).open().filter(number__iexact=number).first()
    )


@admin_page("find-space/", "find_space", title=gettext_lazy("Find space"), icon="travel_explore", roles=STAFF_ROLES)
def find_space_page(request: HttpRequest) -> HttpResponse:
    """GET asks; a POST of `carrier` offers that one to whom the address names, and comes back."""
    is_asked = "area" in request.GET
    data = request.GET if is_asked or request.method == "POST" else None
    form = WantedForm(data, user=request.user, initial=request.GET.dict())
    if request.method == "POST":
        return _offer(request, form)
    user: Any = request.user
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Find space"),
        "form": form,
        "choices": recent_records(user),
    }
    if is_asked and form.is_valid():
        wanted = form.wanted()
        found = find_space(user, wanted)
        offered = _offered_to(form.wanted_by, user)
        wishes = _wishes(user, (*found.fits, *found.unsure, *found.later))
        may_offer = form.wanted_by is not None and user.has_perm("promotion.add_spaceintent")
        groups = (
            ("fits", _("They fit"), found.fits),
            ("unsure", _("They may fit: not all is on record"), found.unsure),
            ("later", _("They come free later"), found.later),
        )
        context |= {
            "wanted": wanted,
            "wanted_by": form.wanted_by,
            "wanted_by_url": _url_of(form.wanted_by),
            "query": request.GET.urlencode(),
            "groups": [
                (code, title, [_shown(place, offered, wishes) for place in places[:_SHOWN]])
                for code, title, places in groups
                if places
            ],
            "offered": listed(str(intent.carrier) for intent in offered.values()),
            "may_offer": may_offer,
            "sheets_url": _sheets_url([intent.carrier for intent in offered.values()], wanted),
        }
    return TemplateResponse(request, "admin/promotion/find_space.html", context)


def _offer(request: HttpRequest, form: WantedForm) -> HttpResponse:
    if not request.user.has_perm("promotion.add_spaceintent"):  # type: ignore[union-attr]
        raise PermissionDenied
    carriers = Carrier.objects.visible_to(request.user)
    carrier = carriers.filter(public_id=request.POST.get("carrier", "")).first()
    if carrier is None:
        raise Http404
    back = HttpResponseRedirect(f"{request.path}?{request.GET.urlencode()}")
    if not form.is_valid() or form.wanted_by is None:
        messages.error(request, _("Choose the lead or project that it is offered to."))
        return back
    wanted, to = form.wanted(), form.wanted_by
    intent = SpaceIntent(
        carrier=carrier,
        area_m2=wanted.area,
        wanted_from=wanted.starts_on,
        **{"lead" if isinstance(to, Lead) else "project": to},
    )
    try:
        save_intent(intent, by=request.user, door=Door.ADMIN)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request, _("%(carrier)s is offered to %(number)s.") % {"carrier": carrier, "number": to.number}
        )
    return back


def _offered_to(wanted_by: Any, user: Any) -> dict[Any, SpaceIntent]:
    """What was offered to it, by the carrier's key. One query."""
    if wanted_by is None:
        return {}
    rows = SpaceIntent.objects.visible_to(user).filter(
        **{"lead" if isinstance(wanted_by, Lead) else "project": wanted_by}
    )
    return {row.carrier_id: row for row in rows.select_related("carrier").order_by("pk")}


def _wishes(user: Any, places: Iterable[Place]) -> dict[Any, int]:
    """How many want each carrier, of those that this person sees. One query."""
    rows = SpaceIntent.objects.visible_to(user).alive().filter(carrier__in=[place.carrier.pk for place in places])
    return dict(rows.order_by().values_list("carrier").annotate(n=Count("pk")))


def _shown(place: Place, offered: Mapping[Any, Any], wishes: Mapping[Any, int]) -> dict[str, Any]:
    carrier = place.carrier
    return {
        "place": place,
        "carrier": carrier,
        "url": reverse("admin:directory_carrier_change", args=[carrier.pk]),
        "unknown": listed(map(_label, place.unknown)),
        "is_offered": carrier.pk in offered,
        "wishes": wishes.get(carrier.pk, 0) - (carrier.pk in offered),
    }


def _url_of(wanted_by: Any) -> str:
    if wanted_by is None:
        return ""
    return record_url("lead" if isinstance(wanted_by, Lead) else "project", wanted_by.pk)


def _sheets_url(carriers: Iterable[Carrier], wanted: Wanted) -> str:
    asked: list[tuple[str, Any]] = [("carrier", carrier.public_id) for carrier in carriers]
    if not asked:
        return ""
    asked += [("starts_on", wanted.starts_on.isoformat())]
    asked += [("ends_on", wanted.ends_on.isoformat())] if wanted.ends_on else []
    return f"{reverse('admin:space_sheets')}?{urlencode(asked)}"


# --- the sheets ------------------------------------------------------------------------------------------------------


class SheetForm(forms.Form):
    """From when, until when, in which language."""

    starts_on = forms.DateField(required=False)
    ends_on = forms.DateField(required=False)
    lang = forms.ChoiceField(required=False, choices=[("zh-hans", "中文"), ("en", "English")])


@admin_page("space-sheets/", "space_sheets", roles=STAFF_ROLES)
@require_GET
def space_sheets(request: HttpRequest) -> HttpResponse:
    """A page for each carrier, to be printed or kept as PDF for an investor: facts alone, no tenant and no other wish."""
    asked = request.GET.getlist("carrier")[:_MOST_SHEETS]
    rows = Carrier.objects.visible_to(request.user).select_related("park").filter(public_id__in=asked)
    found = {row.public_id: row for row in rows}
    carriers = [found[key] for key in dict.fromkeys(asked) if key in found]
    form = SheetForm(request.GET)
    if not carriers or not form.is_valid():
        raise Http404
    since = form.cleaned_data["starts_on"] or local_day(timezone.now())
    until = form.cleaned_data["ends_on"]
    if until is not None and until < since:
        raise Http404
    language = form.cleaned_data["lang"] or translation.get_language()
    links = []
    for code, name in form.fields["lang"].choices:  # type: ignore[attr-defined]
        query = request.GET.copy()
        query["lang"] = code
        links.append({"code": code, "name": name, "url": f"?{query.urlencode()}", "is_here": code == language})
    with translation.override(language):
        context = {
            "sheets": _sheets(carriers, since, until),
            "links": links,
            "since": since,
            "until": until,
            "today": local_day(timezone.now()),
            "person": request.user,
        }
        return render(request, "admin/promotion/space_sheets.html", context)


def _sheets(carriers: Sequence[Carrier], since: datetime.date, until: datetime.date | None) -> list[dict[str, Any]]:
    """What an investor may read of each carrier, in the language spoken now. 2 queries."""
    held = held_parts([carrier.pk for carrier in carriers])
    found = []
    for carrier in carriers:
        park = carrier.park
        free = free_area(carrier.area_m2, spans_of(held.get(carrier.pk, ())), since, until)
        facts = [
            (_("Kind"), carrier.get_kind_display()),
            (_("Park"), str(park)),
            (_("Address"), park.address),
            (_label("area_m2"), plain(carrier.area_m2, 2)),
            (_("Free in this period, m²"), plain(free, 2)),
            *((_label(name), _number(getattr(carrier, name))) for name in MEASURES.values()),
            (_label("available_from"), carrier.available_from or ""),
        ]
        found.append(
            {"carrier": carrier, "facts": [{"label": label, "value": value} for label, value in facts if value != ""]}
        )
    return found


def _label(name: str) -> str:
    return str(capfirst(str(Carrier._meta.get_field(name).verbose_name)))  # type: ignore[union-attr]


def _number(value: Any) -> str:
    return "" if value is None else plain(Decimal(value), 2)
