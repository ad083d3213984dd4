"""What the gate and the stage rules say to a person: one plain sentence for each code, naming the thing and what to do."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from promotion.models import AdmissionStandard, Evidence, InvestmentProject, ProjectReview, SideState, Stage
from promotion.rules import collaboration, stages
from promotion.rules.gates import Missing

#: What a requirement may count, and what to do where there is too little of it.
COUNTED: Mapping[str, Any] = {
    "meetings": gettext_lazy("Log a meeting, visit or video meeting with the investor."),
    "contacts": gettext_lazy("Add a contact of the investor."),
    "members": gettext_lazy("Add somebody to the task force."),
    "milestones": gettext_lazy("Add a dated milestone."),
    "space": gettext_lazy("Add the space that was shown or reserved."),
}

#: What is counted, as a heading says it.
COUNTED_NAMES: Mapping[str, Any] = {
    "meetings": gettext_lazy("meetings and visits"),
    "contacts": gettext_lazy("contacts"),
    "members": gettext_lazy("members"),
    "milestones": gettext_lazy("project milestones"),
    "space": gettext_lazy("space intents"),
}


def field_name(name: str) -> str:
    """What a project's field is called on the form; its own name where there is no such field."""
    try:
        return str(getattr(InvestmentProject._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def stage_name(stage: str) -> str:
    """What a stage or side state is called."""
    known = {**dict(Stage.choices), **dict(SideState.choices)}
    return str(known.get(stage, stage))


def target_name(target: str) -> str:
    """What moving there is called; going on again has no stage of its own."""
    return stage_name(target) if target else str(_("Take up again"))


def move_name(move: Any) -> str:
    """A move of a project, from where to where."""
    before = stage_name(move.from_side or move.from_stage)
    after = stage_name(move.to_side or move.to_stage)
    return f"{before} → {after}" if before else after


def standing_name(position: stages.Position) -> str:
    """Where a project stands, in words."""
    stage = stage_name(position.stage)
    return f"{stage} · {stage_name(position.side)}" if position.side else stage


def missing_text(missing: Missing) -> str:
    """One thing that is missing, as a sentence in the reader's language."""
    write = _MISSING.get(missing.code)
    return write(missing.subject) if write else f"{missing.code}: {missing.subject}"


def refusal_text(code: str, stages: Iterable[str] = ()) -> str:
    """Why a move was refused and what to do; `stages` are those that the rule names."""
    text = _REFUSALS.get(code)
    if text is None:
        return code
    return str(text) % {"stages": listed(stage_name(stage) for stage in stages)}


def requirement_text(check: str, params: Mapping[str, Any]) -> str:
    """What one row of the gate asks, in words."""
    field = field_name(str(params.get("field", "")))
    kind, of = str(params.get("kind", "")), str(params.get("of", ""))
    texts: dict[str, Callable[[], str]] = {
        "field_filled": lambda: _("“%(field)s” is filled in") % {"field": field},
        "field_positive": lambda: _("“%(field)s” is above 0") % {"field": field},
        "field_filled_if": lambda: (
            _("“%(field)s” is filled in where “%(when)s” is %(value)s")
            % {"field": field, "when": field_name(str(params.get("when", ""))), "value": params.get("equals")}
        ),
        "any_field_filled": lambda: (
            _("At least one is filled in: %(fields)s") % {"fields": listed(map(field_name, params.get("fields", [])))}
        ),
        "date_in_order": lambda: _("“%(field)s” is filled in, in the order of the stages") % {"field": field},
        "evidence_present": lambda: _("Evidence: %(kind)s") % {"kind": _label(Evidence.Kind.choices, kind)},
        "count_at_least": lambda: (
            _("%(what)s: at least %(count)s")
            % {"what": _label(COUNTED_NAMES.items(), of), "count": params.get("at_least", 1)}
        ),
        "review_passed": lambda: _("Review passed: %(kind)s") % {"kind": _label(ProjectReview.Kind.choices, kind)},
        "standards_met": lambda: _("Admission standards met or waived"),
        "commitments_reviewed": lambda: _("The government's commitments passed the fair-competition review"),
    }
    return texts[check]() if check in texts else check


def listed(names: Iterable[str]) -> str:
    """Names one after the other, with the language's own comma."""
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(names)


def _label(choices: Iterable[tuple[Any, Any]], value: str) -> str:
    return str(dict(choices).get(value, value))


def _evidence(kind: str) -> str:
    return _("Upload the evidence: %(kind)s.") % {"kind": _label(Evidence.Kind.choices, kind)}


def _counted(of: str) -> str:
    return str(COUNTED[of]) if of in COUNTED else _("There are too few: %(what)s.") % {"what": of}


def _of_field(text: Any) -> Callable[[str], str]:
    return lambda name: str(text) % {"field": field_name(name)}


def _of_review(text: Any) -> Callable[[str], str]:
    return lambda kind: str(text) % {"kind": _label(ProjectReview.Kind.choices, kind)}


def _of_standard(text: Any) -> Callable[[str], str]:
    return lambda code: str(text) % {"indicator": _label(AdmissionStandard.Indicator.choices, code)}


def _of_commitment(text: Any) -> Callable[[str], str]:
    return lambda name: str(text) % {"name": name}


def _one_of(names: str) -> str:
    return _("Fill in at least one of these: %(fields)s.") % {"fields": listed(map(field_name, names.split()))}


_MISSING: Mapping[str, Callable[[str], str]] = {
    "field_empty": _of_field(gettext_lazy("Fill in “%(field)s”.")),
    "not_positive": _of_field(gettext_lazy("“%(field)s” must be above 0.")),
    "all_empty": _one_of,
    "date_before_previous": _of_field(
        gettext_lazy("“%(field)s” is before the day of an earlier stage. Correct one of the two.")
    ),
    "date_after_next": _of_field(
        gettext_lazy("“%(field)s” is after the day of a later stage. Correct one of the two.")
    ),
    "date_in_future": _of_field(gettext_lazy("“%(field)s” lies in the future. Enter it when the day has come.")),
    "evidence_missing": _evidence,
    "too_few": _counted,
    "review_missing": _of_review(gettext_lazy("Enter the result of the review “%(kind)s”.")),
    "review_not_passed": _of_review(gettext_lazy("The review “%(kind)s” has not been passed.")),
    "figure_missing": _of_standard(
        gettext_lazy("The standard “%(indicator)s” cannot be compared yet: fill in the figures for it.")
    ),
    "standard_failed": _of_standard(
        gettext_lazy(
            "The standard “%(indicator)s” is not met: correct the figures, or have the admission review waive it."
        )
    ),
    "commitment_unreviewed": _of_commitment(
        gettext_lazy("The commitment “%(name)s” has not been through the fair-competition review.")
    ),
    "commitment_not_passed": _of_commitment(
        gettext_lazy("The commitment “%(name)s” did not pass the fair-competition review: change it or drop it.")
    ),
}

_REFUSALS: Mapping[str, Any] = {
    stages.UNKNOWN_TARGET: gettext_lazy("There is no such stage or state."),
    stages.UNKNOWN_TRACK: gettext_lazy("Choose the project's track first."),
    stages.ALREADY_THERE: gettext_lazy("The project stands there already."),
    stages.STAGE_LEFT_OUT: gettext_lazy("On this track these stages may not be left out: %(stages)s."),
    stages.REASON_MISSING: gettext_lazy("Give the reason for this move."),
    stages.PROJECT_ENDED: gettext_lazy("The project has ended. A promotion manager can reopen it."),
    stages.PROJECT_PAUSED: gettext_lazy("The project is paused. Take it up again first."),
    stages.NOT_FROM_HERE: gettext_lazy("From this stage a project cannot go there."),
    stages.MAY_NOT_REOPEN: gettext_lazy("Only a promotion manager reopens a project that has ended."),
    stages.DUPLICATE_MISSING: gettext_lazy("Choose the project that it is merged into."),
}


# --- service cases ---------------------------------------------------------------------------------------------------


def case_refusal_text(code: str, again_at: Any = None) -> str:
    """Why a step of a case was refused, and what to do."""
    text = _CASE_REFUSALS.get(code)
    if text is None:
        return code
    again = date_format(timezone.localtime(again_at), "DATETIME_FORMAT") if again_at is not None else ""
    return str(text) % {"again": again}


_CASE_REFUSALS: Mapping[str, Any] = {
    "not_from_here": gettext_lazy("The case has moved on; this step no longer fits. Look at where it stands now."),
    "not_yours": gettext_lazy("This is for the case's handler or a coordinator."),
    "reason_missing": gettext_lazy("Say it in a sentence: what is asked, answered or why."),
    "heard_already": gettext_lazy("The objection was decided already; there is no second one."),
    "too_late": gettext_lazy("It is too late for this: ask before the time runs out."),
    "already_extended": gettext_lazy("The case was extended already."),
    "not_running": gettext_lazy("The clock stands still: the next move is not the handler's."),
    "too_soon": gettext_lazy("The handler was urged a short while ago. Urge again from %(again)s."),
    "too_many": gettext_lazy("The handler was urged often enough. Put the case under supervision instead."),
}


# --- matches of offers and needs ---------------------------------------------------------------------------------------


def match_words(match: Any, *, with_points: bool = False) -> list[str]:
    """The parts of a match's score, each in words; what was compared and not found only beside the points."""
    needed, found = f"{match.need.product} {match.need.specification}", []
    for part in match.parts:
        if not part["points"] and not with_points:
            continue
        words = str(_PARTS.get((part["code"], part["found"]), part["code"]))
        detail = part["detail"]
        if detail:
            texts = phrases(detail, needed) if part["code"] == collaboration.WORDS else detail
            words = _("%(words)s: %(detail)s") % {"words": words, "detail": "、".join(texts[:6])}
        found.append(f"{words} ({part['points']:g}/{part['most']})" if with_points else words)
    return found


def phrases(terms: Iterable[str], text: str) -> list[str]:
    """Pairs of characters as they stand in a text: 阳极 极氧 氧化 → 阳极氧化; the longest first, then Latin words."""
    known = set(terms)
    found: dict[str, None] = {}
    run = ""
    for one, other in zip(text, [*text[1:], ""], strict=True):
        if one + other in known:
            run = run or one
            run += other
        elif run:
            found[run] = None
            run = ""
    return sorted(found, key=lambda phrase: (-len(phrase), phrase)) + sorted(term for term in known if term.isascii())


_PARTS: Mapping[tuple[str, str], Any] = {
    (collaboration.SEGMENT, "same"): gettext_lazy("same segment"),
    (collaboration.SEGMENT, "feeds"): gettext_lazy("the offer's segment feeds the need's"),
    (collaboration.SEGMENT, "fed_by"): gettext_lazy("the need's segment feeds the offer's"),
    (collaboration.SEGMENT, "apart"): gettext_lazy("segments apart"),
    (collaboration.WORDS, "shared"): gettext_lazy("words in common"),
    (collaboration.WORDS, "none"): gettext_lazy("no words in common"),
    (collaboration.CERTIFICATES, "held"): gettext_lazy("certificates held"),
    (collaboration.CERTIFICATES, "lacking"): gettext_lazy("certificates lacking"),
    (collaboration.SIZE, "enough"): gettext_lazy("quantity enough"),
    (collaboration.SIZE, "in_part"): gettext_lazy("quantity in part"),
    (collaboration.PARK, "same"): gettext_lazy("same park"),
    (collaboration.PARK, "other"): gettext_lazy("another park"),
}
