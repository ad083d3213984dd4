"""A visit in a minute, on the phone: whom, what was seen, what is wrong. What is wrong is a case before the engine starts.

The page works without JavaScript. With it, what was typed outlives a plant without network: `quick_visit.js` sends the
draft when the network is back, and its key makes visit and cases arrive once.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from directory.models import Enterprise
from directory.search import ranked
from pinghu.accounts.models import User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.admin.follow_ups import CHIP_NAMES, DayInput
from promotion.calendar import work_calendar
from promotion.liaison import my_enterprises
from promotion.models import CaseKind, Visit
from promotion.rules.follow_ups import chips
from promotion.rules.working_time import local_day
from promotion.services.liaison import Problem, VisitPromise, write_visit

#: Those who may write down a visit in its list as well.
ROLES = frozenset(
    {
        Role.PROMOTION_OFFICER,
        Role.PROMOTION_MANAGER,
        Role.SERVICE_OFFICER,
        Role.SERVICE_COORDINATOR,
        Role.SUBDISTRICT_LIAISON,
    }
)
#: Of one's own enterprises so many stand open, the rest folded; so many are proposed for a name.
_OPEN, _MINE, _FOUND = 6, 60, 8
#: Cards for problems without script, and at most.
_CARDS, _MOST_PROBLEMS = 3, 10
#: Asked by `quick_visit.js`: the answer is the form alone.
_FRAGMENT = "X-Quick-Visit"


@dataclass(frozen=True, slots=True)
class Card:
    """One problem as it was typed."""

    text: str = ""
    kind: str = ""


class QuickVisitForm(forms.Form):
    """Whom, what was seen, what is wrong; folded away: what was promised, the day, how, whom one met, who came along."""

    enterprise = forms.CharField(required=False, max_length=40)
    named = forms.CharField(
        label=_("Another enterprise"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "enterkeyhint": "search"}),
    )
    seen = forms.CharField(
        label=_("What was seen and said"),
        required=False,
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    is_quiet = forms.BooleanField(label=_("Nothing is wrong"), required=False)
    promise = forms.CharField(
        label=_("What was promised"),
        required=False,
        max_length=300,
        help_text=_("It stands in your day. A day alone stands for the next visit."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    promise_chip = forms.DateField(required=False)
    promise_on = forms.DateField(required=False, widget=DayInput(attrs={"aria-label": _("By when")}))
    day = forms.DateField(required=False)
    on = forms.DateField(required=False, widget=DayInput(attrs={"aria-label": _("Another day")}))
    manner = forms.ChoiceField(
        label=_("how"), choices=Visit.Manner.choices, initial=Visit.Manner.ON_SITE, widget=forms.RadioSelect
    )
    met = forms.CharField(
        label=_("Whom one met"),
        required=False,
        max_length=200,
        help_text=_("Business roles, not names."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    along = forms.ModelMultipleChoiceField(
        label=_("Who came along"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: HttpRequest, enterprise: str = "", **kwargs: Any) -> None:
        self.today = local_day(timezone.now())
        kwargs["initial"] = {
            "client_key": str(uuid.uuid4()),
            "manner": Visit.Manner.ON_SITE,
            "day": self.today.isoformat(),
            "enterprise": enterprise,
        }
        super().__init__(*args, **kwargs)
        self.user: Any = request.user
        self.mine = list(my_enterprises(self.user, self.today)[:_MINE])
        self.kinds = list(CaseKind.objects.visible_to(self.user).filter(is_active=True))
        self.fields["along"].queryset = _colleagues(self.user)  # type: ignore[attr-defined]
        #: Enterprises to choose from besides one's own: what the name may mean, and what is chosen.
        self.found: list[Enterprise] = []
        if enterprise:
            row = self._enterprise(enterprise)
            self.initial["enterprise"] = row.public_id if row is not None else ""
            self._offer(row)

    # --- what the page shows ---------------------------------------------------------------------------------------

    @property
    def chosen(self) -> str:
        return str(self["enterprise"].value() or "")

    @property
    def mine_open(self) -> list[Enterprise]:
        """Those longest not visited, and the chosen one wherever it stands."""
        first = self.mine[:_OPEN]
        return first + [row for row in self.mine[_OPEN:] if row.public_id == self.chosen]

    @property
    def mine_folded(self) -> list[Enterprise]:
        return [row for row in self.mine[_OPEN:] if row.public_id != self.chosen]

    @property
    def days(self) -> list[dict[str, Any]]:
        yesterday = self.today - datetime.timedelta(days=1)
        return [{"name": gettext("Today"), "on": self.today}, {"name": gettext("Yesterday"), "on": yesterday}]

    @property
    def promise_days(self) -> list[dict[str, Any]]:
        found = chips(work_calendar(), self.today)
        return [{"name": CHIP_NAMES[chip.code], "on": chip.on, "is_moved": chip.is_moved} for chip in found]

    @property
    def cards(self) -> list[Card]:
        """The problems as typed, and room for another."""
        typed = self.typed if self.is_bound else []
        return typed + [Card()] * max(1, _CARDS - len(typed))

    @property
    def has_promise(self) -> bool:
        """Whether the fold with the promise must be looked at."""
        names = ("promise", "promise_on", "promise_chip")
        return any(self[name].errors or (self.is_bound and self[name].value()) for name in names)

    @property
    def is_unfolded(self) -> bool:
        return any(self[name].errors for name in ("day", "on", "manner", "met", "along"))

    # --- what was said ---------------------------------------------------------------------------------------------

    @property
    def typed(self) -> list[Card]:
        texts, kinds = self.data.getlist("problem"), self.data.getlist("problem_kind")  # type: ignore[attr-defined]
        kinds += [""] * len(texts)
        return [Card(text, kind) for text, kind in zip(texts, kinds, strict=False) if text.strip()][:_MOST_PROBLEMS]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["enterprise"] = self._meant(said.get("enterprise", ""), said.get("named", "").strip())
        return said

    def _meant(self, key: str, name: str) -> Enterprise | None:
        """The enterprise that was chosen, or the one whose name was typed in full; else what it may be is offered."""
        chosen = self._enterprise(key) if key else None
        found = list(find_enterprises(self.user, name)) if name else []
        self.found = list(found)
        self._offer(chosen)
        if key and chosen is None:
            self.add_error("enterprise", _("There is no such enterprise. Choose another one."))
        elif chosen is not None:
            if not name or chosen in found:
                return chosen
            self.add_error("enterprise", _("You chose one enterprise and typed another. Choose which one it was."))
        elif not name:
            self.add_error("enterprise", _("Say which enterprise it was."))
        else:
            exact = [row for row in found if name.casefold() in _names(row)]
            if len(exact) == 1:
                return exact[0]
            self.add_error(
                "enterprise",
                _("Choose which one you mean.")
                if found
                else _("Nothing is found under this name. Try a part of it, or the credit code."),
            )
        return None

    def _enterprise(self, key: str) -> Enterprise | None:
        known = {row.public_id: row for row in self.mine}
        rows = Enterprise.objects.visible_to(self.user)
        return known.get(key) or rows.filter(public_id=key[:40]).first()

    def _offer(self, row: Enterprise | None) -> None:
        if row is not None and row not in self.mine and row not in self.found:
            self.found.insert(0, row)

    def save(self) -> tuple[Any, list[Any]]:
        """Write the visit through its service. Return it and its cases. Raises DomainError."""
        key = self.cleaned_data["client_key"]
        visit, cases = self._write(str(key) if key else None)
        if visit.enterprise_id != self.cleaned_data["enterprise"].pk:
            # The browser's "back" brought an old form with its key, and another enterprise was chosen in it.
            visit, cases = self._write(None)
        return visit, cases

    def _write(self, client_key: str | None) -> tuple[Any, list[Any]]:
        said = self.cleaned_data
        kinds = {str(kind.pk): kind for kind in self.kinds}
        return write_visit(
            Visit(
                enterprise=said["enterprise"],
                on=said["on"] or said["day"],
                seen=said["seen"],
                is_quiet=said["is_quiet"],
                manner=said["manner"],
                met=said["met"],
            ),
            problems=[Problem(card.text, kinds.get(card.kind)) for card in self.typed],
            promise=VisitPromise(said["promise"], said["promise_on"] or said["promise_chip"]),
            along=said["along"],
            by=self.user,
            door=Door.ADMIN,
            at=timezone.now(),
            client_key=client_key,
        )


def find_enterprises(user: Any, text: str) -> Any:
    """What a name, code or part of either may mean, the best first, among what this person may see."""
    rows = ranked(Enterprise.objects.visible_to(user), text)
    if "search_order" not in rows.query.annotations:
        return rows.none()
    return rows.order_by("search_order", "pk")[:_FOUND]


def _names(row: Enterprise) -> set[str]:
    return {name.casefold() for name in (row.short_name, row.registered_name, row.name_en, row.uscc) if name}


def _colleagues(user: Any) -> Any:
    """Who may come along: one's units, and the leaders."""
    beside = Q(memberships__department__in=user.unit_ids, memberships__role__in=STAFF_ROLES)
    rows = User.objects.filter(beside | Q(memberships__role=Role.LEADER), is_active=True).exclude(pk=user.pk)
    return rows.distinct().order_by("last_name", "first_name", "username")


@admin_page("quick-visit/", "quick_visit", title=_("Write down a visit"), icon="tour", roles=ROLES)
def quick_visit(request: HttpRequest) -> HttpResponse:
    """The page, for `?enterprise=` with that one chosen; a POST writes the visit and shows the empty page again."""
    is_fragment = _FRAGMENT in request.headers
    if request.method != "POST":
        return _page(request, QuickVisitForm(request=request, enterprise=request.GET.get("enterprise", "")))
    form = QuickVisitForm(request.POST, request=request)
    if not form.is_valid():
        return _page(request, form, fragment=is_fragment, status=422)
    try:
        visit, cases = form.save()
    except DomainError as error:
        show_messages(form, error.fields or {"": [error.message]})
        return _page(request, form, fragment=is_fragment, status=422)
    written = render_to_string("admin/promotion/quick_visit_done.html", {"visit": visit, "cases": cases})
    if is_fragment:
        return _page(request, QuickVisitForm(request=request), fragment=True, status=201, written=written)
    messages.success(request, written)
    return HttpResponseRedirect(reverse("admin:quick_visit"))


def visit_url(user: Any, enterprise: Any = None) -> str:
    """Where this person writes down a visit (to `enterprise`); "" for whoever does not."""
    if not ROLES & user.role_codes:
        return ""
    url = reverse("admin:quick_visit")
    return url if enterprise is None else f"{url}?enterprise={enterprise.public_id}"


def _page(
    request: HttpRequest, form: QuickVisitForm, *, fragment: bool = False, status: int = 200, written: str = ""
) -> HttpResponse:
    count = len(form.mine_folded)
    context = {
        "form": form,
        "written": written,
        "folded": ngettext("%(count)s more that I look after", "%(count)s more that I look after", count)
        % {"count": count},
    }
    if fragment:
        return TemplateResponse(request, "admin/promotion/quick_visit_form.html", context, status=status)
    context |= {**admin.site.each_context(request), "title": _("Write down a visit"), "most": _MOST_PROBLEMS}
    return TemplateResponse(request, "admin/promotion/quick_visit.html", context, status=status)


@admin_page("quick-visit/enterprises/", "quick_visit_enterprises", roles=ROLES)
@require_GET
def quick_visit_enterprises(request: HttpRequest) -> HttpResponse:
    """What the name typed so far may mean, as chips to choose from; nothing is kept."""
    text = request.GET.get("q", "")[:100].strip()
    rows = list(find_enterprises(request.user, text)) if text else []
    context = {"rows": rows, "chosen": "", "is_empty": bool(text) and not rows}
    return TemplateResponse(request, "admin/promotion/quick_visit_enterprises.html", context)
