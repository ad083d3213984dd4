"""Reviews and commitments in the admin: their lists, their rows on a project, and the admission sheet above them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.records import DirectoryAdmin
from pinghu.admin.forms import ServiceForm
from pinghu.admin.values import EMPTY
from pinghu.formats import plain
from pinghu.templatetags import look
from promotion.admin.evidence import RowsToRead
from promotion.models import AdmissionStandard, Commitment, Outcome, ProjectReview
from promotion.my_day import promises_to_review, reviews_to_decide
from promotion.promises import CLAWED_BACK, OPEN, UNREVIEWED, in_state
from promotion.rules import admission, commitments
from promotion.rules.working_time import local_day
from promotion.services.projects import GateView
from promotion.services.reviews import AFTER_THE_END, drop_commitment, may_be_dropped, save_commitment, save_review

STATES: dict[str, Any] = {
    commitments.OVERDUE: _("Overdue"),
    commitments.DUE_SOON: _("Due soon"),
    commitments.IN_TIME: _("In time"),
    commitments.NO_DEADLINE: _("No day agreed"),
    commitments.KEPT: _("Kept"),
}
STATE_COLOURS = {
    commitments.OVERDUE: "danger",
    commitments.DUE_SOON: "warning",
    commitments.IN_TIME: "info",
    commitments.NO_DEADLINE: "default",
    commitments.KEPT: "success",
}
#: What one may ask for: the states that call for something, and what may be wrong with a promise.
QUESTIONS: dict[str, Any] = {
    commitments.OVERDUE: _("Overdue"),
    OPEN: _("Not kept yet"),
    commitments.KEPT: _("Kept"),
    CLAWED_BACK: _("Clawed back"),
    UNREVIEWED: _("Ours, fair-competition review not passed"),
}
OUTCOME_COLOURS = {
    Outcome.PENDING: "warning",
    Outcome.PASSED: "success",
    Outcome.FAILED: "danger",
    Outcome.WAIVED: "info",
}

# --- the admission sheet ---------------------------------------------------------------------------------------------

COMPARISON_NAMES = {
    admission.PASS: _("Met"),
    admission.FAIL: _("Not met"),
    admission.WAIVED: _("Waived"),
    admission.MISSING: _("Figures missing"),
}
LINE_NAMES = {
    admission.CLEAR: _("Not hit"),
    admission.HIT: _("Red line hit"),
    admission.UNANSWERED: _("Not decided"),
}
#: The three kinds of answer, as the style sheet colours them.
_LINE_STATES = {admission.CLEAR: "pass", admission.HIT: "fail", admission.UNANSWERED: "missing"}


@dataclass(frozen=True, slots=True)
class StandardLine:
    """One standard beside the project's figure."""

    name: str
    url: str
    threshold: str
    figure: str
    gap: str
    state: str
    outcome: str


@dataclass(frozen=True, slots=True)
class RedLine:
    """One review that nobody can waive."""

    name: str
    review: Any
    state: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the project must meet. `promises` counts the government's by the result of their fair-competition review."""

    standards: Sequence[StandardLine]
    red_lines: Sequence[RedLine]
    fair_review: Any
    promises: Mapping[str, int]


def sheet(view: GateView) -> Sheet:
    """The admission sheet in words, from what the gate has read. No query."""
    ours = [one.review or str(Outcome.PENDING) for one in view.commitments if one.by_government]
    return Sheet(
        standards=[_standard_line(one) for one in view.comparisons],
        red_lines=[
            RedLine(_kind_name(kind), view.reviews.get(kind), _LINE_STATES[line], str(LINE_NAMES[line]))
            for kind, line in view.red_lines.items()
        ],
        fair_review=view.reviews.get(ProjectReview.Kind.FAIR_COMPETITION),
        promises={outcome: ours.count(outcome) for outcome in Outcome.values} if ours else {},
    )


def _standard_line(one: admission.Comparison) -> StandardLine:
    standard = one.standard
    sign = dict(AdmissionStandard.Operator.choices)[standard.operator]
    return StandardLine(
        name=str(dict(AdmissionStandard.Indicator.choices).get(standard.indicator, standard.indicator)),
        url=reverse("admin:promotion_admissionstandard_change", args=[standard.key]),
        threshold=f"{sign} {plain(standard.value, 2)}",
        figure=_number(one.figure),
        gap=_number(one.gap) if one.gap else "",
        state=one.outcome,
        outcome=str(COMPARISON_NAMES[one.outcome]),
    )


def _number(value: Decimal | None) -> str:
    return "–" if value is None else plain(value, 2)


def _kind_name(kind: str) -> str:
    return str(dict(ProjectReview.Kind.choices).get(kind, kind))


# --- reviews ---------------------------------------------------------------------------------------------------------

#: The parameter that cuts a list to what waits for the reader's decision: what the overview counts.
WAITING = "waiting"


class ToDecideFilter(ChoiceFilter):
    """What was prepared by others and waits for a manager's decision."""

    title = _("waiting for")
    parameter_name = WAITING
    options: ClassVar[dict[str, Any]] = {"me": _("My decision")}

    def queryset(self, request: Any, queryset: Any) -> Any:
        if self.value() not in self.options:
            return queryset
        of = reviews_to_decide if queryset.model is ProjectReview else promises_to_review
        return queryset.filter(pk__in=of(request.user).order_by().values("pk"))


class ReviewForm(ServiceForm):
    """The indicators that are waived are ticked, not typed."""

    waived_indicators = forms.MultipleChoiceField(
        label=_("waived indicators"),
        required=False,
        choices=AdmissionStandard.Indicator.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Only with the result “Waived, with reason” of an admission review (一事一议)."),
    )

    def _get_validation_exclusions(self) -> set[str]:
        # The service dates a decision that was given no day; only then its constraint can be asked.
        return {*super()._get_validation_exclusions(), "decided_on"}


class ReviewInline(RowsToRead):
    """The reviews of a project, and above them the sheet that they decide on; entered on a page of their own."""

    model = ProjectReview
    template_before = "admin/promotion/review_sheet.html"
    fields = ("row", "outcome", "decided_on", "decided_by", "conditions")
    row_label = "get_kind_display"
    label_select_related = ("decided_by",)


@admin.register(ProjectReview)
class ProjectReviewAdmin(DirectoryAdmin):
    """Admission, fair competition, environment, safety, energy, land: who decided what, on which conditions."""

    form = ReviewForm
    save_service = staticmethod(save_review)
    list_display = ("project", "kind", "result", "decided_on", "decided_by", "conditions")
    list_display_links = ("project", "kind")
    list_select_related = ("project", "decided_by")
    list_filter: ClassVar[Any] = (
        ("kind", ChoicesDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
        ToDecideFilter,
        ("project__unit", RelatedDropdownFilter),
        ("project", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("project__number", "project__name", "conditions", "reason")
    ordering = ("-decided_on", "-pk")
    form_select_related = ("project", "decided_by")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "project",
                    ("kind", "outcome"),
                    ("decided_on", "decided_by"),
                    "conditions",
                    "reason",
                    "waived_indicators",
                    "is_demo",
                ),
                "description": _(
                    "The latest review of a kind counts. A fair-competition review is passed or not; it is never waived. "
                    "Who runs the project (officer in charge, task force) enters it as pending; the result is entered "
                    "by somebody who does not (four eyes)."
                ),
            },
        ),
    )
    readonly_fields = ("decided_by",)

    @display(description=_("result"), ordering="outcome", label=OUTCOME_COLOURS)
    def result(self, review: ProjectReview) -> tuple[str, Any]:
        return review.outcome, review.get_outcome_display()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_closed = obj is not None and obj.project.has_ended
        return not is_closed and super().has_change_permission(request, obj)

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)


# --- commitments -----------------------------------------------------------------------------------------------------


class StandingFilter(ChoiceFilter):
    """Promises by how they stand today."""

    title = _("state")
    parameter_name = "stands"
    options = QUESTIONS

    def narrow(self, rows: Any, value: str) -> Any:
        return in_state(rows, value, local_day(timezone.now()))


def worth_of(row: Commitment) -> str:
    """The amount as people say it; jobs are counted, not paid."""
    return look.amount(row.amount, row.currency if row.is_money else "")


class CommitmentInline(RowsToRead):
    """What both sides promised; entered and changed on a page of its own."""

    model = Commitment
    fields = ("row", "side", "worth", "due_on", "standing", "reviewed")

    def get_tools(self, request: HttpRequest, project: Any) -> list[tuple[str, Any]]:
        both = (reverse("admin:project_promises", args=[project.public_id]), _("Both sides, and year by year"))
        return [*super().get_tools(request, project), both]

    @admin.display(description=_("amount"))
    def worth(self, row: Commitment) -> str:
        return worth_of(row)

    @admin.display(description=_("state"))
    def standing(self, row: Commitment) -> Any:
        return STATES[row.state_on(local_day(timezone.now()))]

    @admin.display(description=_("fair-competition review"))
    def reviewed(self, row: Commitment) -> Any:
        return row.get_fair_competition_display() if row.side == Commitment.Side.GOVERNMENT else EMPTY


@admin.register(Commitment)
class CommitmentAdmin(DirectoryAdmin):
    """What the government and what the investor promised, with approval, day, amount, fulfilment and claw-back."""

    save_service = staticmethod(save_commitment)
    list_display = ("text", "side", "project", "worth", "due_on", "standing", "reviewed")
    list_select_related = ("project",)
    list_filter: ClassVar[Any] = (
        ("side", ChoicesDropdownFilter),
        StandingFilter,
        ToDecideFilter,
        ("fair_competition", ChoicesDropdownFilter),
        ("project__unit", RelatedDropdownFilter),
        ("project", AutocompleteSelectFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("text", "legal_basis", "approver", "project__number", "project__name")
    ordering = ("due_on", "pk")
    form_select_related = ("project",)
    may_delete = True
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("project", "side"),
                    "text",
                    ("indicator", "year"),
                    ("amount", "currency"),
                    "due_on",
                )
            },
        ),
        (
            _("Approval and fair competition"),
            {
                "fields": ("legal_basis", ("approver", "approved_on"), "fair_competition"),
                "description": _(
                    "What the government promises to a single enterprise passes the fair-competition review before the "
                    "project is signed. That it passed is entered by somebody who does not run the project (four eyes)."
                ),
            },
        ),
        (
            _("What became of it"),
            {"fields": (("fulfilled_on", "fulfilled_amount"), "clawback_amount", "note", "is_demo")},
        ),
    )
    export_fields = (
        "project", "side", "text", "indicator", "year", "amount", "currency", "legal_basis", "approver", "approved_on",
        "fair_competition", "due_on", "standing", "fulfilled_on", "fulfilled_amount", "clawback_amount", "note",
        "is_demo",
    )  # fmt: skip

    def export_rows(self, request: HttpRequest, found: Any, columns: list[str]) -> Any:
        place = columns.index("standing")
        for line in super().export_rows(request, found, columns):
            line[place] = str(line[place][1])
            yield line

    @admin.display(description=_("amount"), ordering="amount")
    def worth(self, row: Commitment) -> str:
        return worth_of(row)

    @display(description=_("state"), label=STATE_COLOURS)
    def standing(self, row: Commitment) -> tuple[str, Any]:
        state = row.state_on(local_day(timezone.now()))
        return state, STATES[state]

    @display(description=_("fair-competition review"), ordering="fair_competition", label=OUTCOME_COLOURS)
    def reviewed(self, row: Commitment) -> Any:
        if row.side != Commitment.Side.GOVERNMENT:
            return None
        return row.fair_competition, row.get_fair_competition_display()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        if obj is None or not obj.project.has_ended:
            return fields
        return [name for name in self.export_fields if name not in AFTER_THE_END and name != "standing"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or may_be_dropped(obj.project))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        drop_commitment(obj, by=request.user, door="admin")

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)
