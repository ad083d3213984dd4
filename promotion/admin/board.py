"""The board: a column for each stage, cards that are moved by dragging, by keyboard or by a link.

A move is made by the projects' own page (`promotion.admin.moving`), which asks the one gate; the board posts to it and
shows what it answers. Filters have the names that the list of projects gives them, so that a column's count leads to
exactly its rows. With `_fragment` the page answers a column's next cards (`stage`, `after`), or what changed by a move:
the heads of all columns and one card (`card`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from directory.admin.names import names_of
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.formats import plain, short_amount, with_currency
from pinghu.templatetags import look
from promotion import board
from promotion.admin.drill import PROJECTS, list_url
from promotion.admin.projects import SIDES, on_side
from promotion.ageing import Ages, ages
from promotion.models import InvestmentProject, Track
from promotion.rules import ageing, stages
from promotion.rules.stages import STAGES
from promotion.rules.working_time import local_day
from promotion.scopes import scope_choices, scope_of
from promotion.wording import stage_name

_AGES = {
    ageing.FRESH: "",
    ageing.SLOW: gettext_lazy("slow"),
    ageing.STUCK: gettext_lazy("stuck"),
}
_MERGED_INTO = InvestmentProject._meta.get_field("merged_into")
#: What the board shows unless it is asked otherwise.
_SIDE = "open"


class BoardForm(forms.Form):
    """Whose projects, on which track and chain, in which side state; named as in the list of projects."""

    scope = forms.ChoiceField(label=gettext_lazy("Whose work"), required=False, widget=UnfoldAdminSelectWidget)
    track__exact = forms.ChoiceField(
        label=gettext_lazy("Track"),
        required=False,
        choices=[("", gettext_lazy("All")), *Track.choices],
        widget=UnfoldAdminSelectWidget,
    )
    owner__id__exact = forms.ChoiceField(
        label=gettext_lazy("Officer in charge"), required=False, widget=UnfoldAdminSelectWidget
    )
    chain__id__exact = forms.ChoiceField(label=gettext_lazy("Chain"), required=False, widget=UnfoldAdminSelectWidget)
    side = forms.ChoiceField(
        label=gettext_lazy("Side state"), required=False, choices=SIDES, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.visible = InvestmentProject.objects.visible_to(user)
        choices = board.filter_choices(self.visible)
        all_of_them = [("", _("All"))]
        self.fields["scope"].choices = scope_choices(user)  # type: ignore[attr-defined]
        self.fields["owner__id__exact"].choices = [*all_of_them, *choices["owner"]]  # type: ignore[attr-defined]
        self.fields["chain__id__exact"].choices = [*all_of_them, *choices["chain"]]  # type: ignore[attr-defined]

    def rows(self) -> Any:
        """The projects that the board shows; none where it is asked for what there is not."""
        if not self.is_valid():
            return self.visible.none()
        asked = self.cleaned_data
        scope = scope_of(self.user, asked["scope"])
        rows = on_side(self.visible, asked["side"] or _SIDE)
        rows = rows.filter(scope.condition()) if scope is not None else rows.none()
        for name, column in (("track__exact", "track"), ("owner__id__exact", "owner"), ("chain__id__exact", "chain")):
            if asked[name]:
                rows = rows.filter(**{column: asked[name]})
        return rows

    @property
    def is_narrowed(self) -> bool:
        """Whether something is asked beyond what the board shows anyway."""
        return self.query() != {"side": _SIDE}

    def query(self) -> dict[str, str]:
        """What is asked, as the address of the board and of the list says it."""
        asked = self.cleaned_data if self.is_valid() else {}
        return {name: value for name, value in asked.items() if value}


def _asked(request: HttpRequest) -> BoardForm:
    data = request.GET.copy()
    data["side"] = data.get("side") or _SIDE
    return BoardForm(data, user=request.user)


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card as a person reads it; `age` is fresh, slow, stuck or paused, `age_word` says it."""

    card: board.Card
    name: str
    other_name: str
    url: str
    move_url: str
    amount: str
    age: str
    age_word: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One column as a person reads it."""

    stage: str
    name: str
    count: int
    url: str
    amount: str
    exact: str
    gaps: tuple[str, ...]
    cards: list[ShownCard]
    more: str


@admin_page("board/", "board", title=gettext_lazy("Board"), icon="view_kanban", roles=STAFF_ROLES)
def board_page(request: HttpRequest) -> HttpResponse:
    """Projects by stage; `stage` shows that column alone, from the place `after` on."""
    form, known = _asked(request), ages(local_day(timezone.now()))
    rows = form.rows()
    only, after = request.GET.get("stage", ""), request.GET.get("after", "")
    place = board.place_of(after) if after else None
    if (only and only not in STAGES) or (after and (place is None or not only)):
        raise Http404
    if "_fragment" in request.GET:
        if only:
            return _next_cards(request, form, rows, known, only, place)
        return _after_move(request, form, rows, known)
    heads = board.columns(rows, request.user, known.today)
    shown = (only,) if only else STAGES
    cards = board.cards(rows, known, stages=shown, after=place)
    model_admin = _projects()
    context = {
        **admin.site.each_context(request),
        "title": _("Board"),
        "form": form,
        "columns": [_column(form, heads[stage], cards[stage], known) for stage in shown],
        "count": sum(head.count for head in heads.values()),
        "only": stage_name(only) if only else "",
        "board_url": _address(form),
        "list_url": list_url(PROJECTS, **form.query()),
        "rates": _rates(heads.values()),
        "currency": board.CURRENCY,
        "may_move": model_admin.has_change_permission(request),
        "media": model_admin.media + AutocompleteSelect(_MERGED_INTO, admin.site).media,
    }
    return TemplateResponse(request, "admin/promotion/board.html", context)


def _next_cards(
    request: HttpRequest, form: BoardForm, rows: Any, known: Ages, stage: str, place: board.Place | None
) -> HttpResponse:
    """The next cards of one column, and the way to those after them."""
    cards = board.cards(rows, known, stages=(stage,), after=place)[stage]
    context = {
        "cards": _cards(form, cards[: board.PAGE], known),
        "more": _more_url(form, stage, cards),
        "name": stage_name(stage),
        "may_move": _projects().has_change_permission(request),
    }
    return TemplateResponse(request, "admin/promotion/board_cards.html", context)


def _after_move(request: HttpRequest, form: BoardForm, rows: Any, known: Ages) -> HttpResponse:
    """All heads as they stand now, the card that was moved (none if the filters leave it out), and what was said."""
    asked = request.GET.get("card", "")
    card = board.card_of(rows, int(asked), known) if asked.isdecimal() and len(asked) < 19 else None
    heads = board.columns(rows, request.user, known.today)
    context = {
        "columns": [_column(form, head, [], known) for head in heads.values()],
        "cards": _cards(form, [card] if card is not None else [], known),
        "may_move": _projects().has_change_permission(request),
        "said": [str(message) for message in messages.get_messages(request)],
    }
    return TemplateResponse(request, "admin/promotion/board_after_move.html", context)


def _projects() -> Any:
    return admin.site.get_model_admin(InvestmentProject)


def _column(form: BoardForm, head: board.Column, cards: list[board.Card], known: Ages) -> ShownColumn:
    language, total = get_language() or "", head.total
    gaps = []
    if head.without_amount:
        gaps.append(_("Without an amount: %(count)s") % {"count": head.without_amount})
    if total.unconverted:
        gaps.append(_("Not in the sum, no rate: %(currencies)s") % {"currencies": ", ".join(total.unconverted)})
    return ShownColumn(
        stage=head.stage,
        name=stage_name(head.stage),
        count=head.count,
        url=list_url(PROJECTS, **form.query(), stage__exact=head.stage),
        amount=with_currency(short_amount(total.amount, language), total.currency, language) if total.amount else "",
        exact=with_currency(plain(total.amount, 2), total.currency, language),
        gaps=tuple(gaps),
        cards=_cards(form, cards[: board.PAGE], known),
        more=_more_url(form, head.stage, cards),
    )


def _cards(form: BoardForm, cards: Iterable[board.Card], known: Ages) -> list[ShownCard]:
    back = urlencode({"next": _address(form)})
    found = []
    for card in cards:
        project, amount = card.project, card.project.total_investment
        name, other = names_of(project)
        paused = project.side_state != stages.RUNNING
        found.append(
            ShownCard(
                card=card,
                name=name,
                other_name=other,
                url=reverse("admin:promotion_investmentproject_change", args=[project.pk]),
                move_url=f"{_projects().move_url(project)}?{back}",
                amount=look.amount(amount, project.currency) if amount else "",
                age="paused" if paused else card.age,
                age_word=str(project.get_side_state_display() if paused else _AGES[card.age]),
                is_overdue=not project.has_ended and project.next_on is not None and project.next_on < known.today,
            )
        )
    return found


def _rates(heads: Iterable[board.Column]) -> list[tuple[str, str, Any]]:
    """The rates that the sums rest on, each once."""
    found = dict.fromkeys(rate for head in heads for rate in head.total.rates)
    return [(rate.currency, plain(rate.cny, 6), rate.on) for rate in found]


def _address(form: BoardForm, **more: str) -> str:
    return f"{reverse('admin:board')}?{urlencode({**form.query(), **more})}"


def _more_url(form: BoardForm, stage: str, cards: list[board.Card]) -> str:
    return _address(form, stage=stage, after=cards[board.PAGE - 1].place) if len(cards) > board.PAGE else ""
