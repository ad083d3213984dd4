"""The steps of a case as buttons above it: each asks what it needs and calls one service."""

import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from promotion.admin.follow_ups import DayInput
from promotion.models import CaseExtension, CaseRating, CaseState, Supervision
from promotion.rules import cases as rules
from promotion.services import cases

#: The button of each step of `rules.cases`, in the order in which they are shown.
STEP_VERBS = {
    rules.ACCEPT: "accept",
    rules.DISPATCH: "dispatch",
    rules.TAKE_UP: "take_up",
    rules.REPLY: "reply",
    rules.ASK: "ask",
    rules.ANSWER: "answer",
    rules.RATE: "rate",
    rules.CLOSE: "close",
    rules.OBJECT: "object",
    rules.UPHOLD: "decide_objection",
    rules.EXTEND: "extend",
    rules.TRANSFER_UP: "transfer_up",
    rules.VISIT_BACK: "visit_back",
    rules.URGE: "urge",
    rules.SUPERVISE: "supervise",
    rules.REOPEN: "reopen",
    rules.REJECT: "reject",
}


def _words(label: Any, length: int = 2000, **options: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
    return forms.CharField(label=label, max_length=length, widget=widget, **options)


def _line(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, widget=UnfoldAdminTextInputWidget, **options)


class NoQuestion(forms.Form):
    """Nothing is asked."""


class ReasonForm(forms.Form):
    reason = _line(_("why"))


class QuestionForm(forms.Form):
    question = _words(_("what the enterprise is asked"))


class AnswerForm(forms.Form):
    answer = _words(_("what the enterprise answered"))


class ReplyForm(forms.Form):
    text = _words(_("answer to the enterprise"), 5000)


class NoteForm(forms.Form):
    note = _words(_("note"), 300)


class OptionalNoteForm(forms.Form):
    note = _line(_("note"), required=False)


class ExtendForm(forms.Form):
    days = forms.IntegerField(
        label=_("working days more"), min_value=1, max_value=60, widget=UnfoldAdminTextInputWidget
    )
    why = _line(_("why"))


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("what is decided"),
        choices=[("yes", _("Agreed")), ("no", _("Not agreed"))],
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = _line(_("why"), required=False)


class RateForm(forms.Form):
    grade = forms.TypedChoiceField(
        label=_("how content the enterprise is"),
        choices=CaseRating.Grade.choices,
        coerce=int,
        widget=UnfoldAdminRadioSelectWidget,
    )
    is_solved = forms.TypedChoiceField(
        label=_("was it solved?"),
        choices=[("", _("Not said")), ("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    comment = _line(_("comment"), required=False)


class SuperviseForm(forms.Form):
    instruction = _words(_("what is expected"), 500)
    due_on = forms.DateField(
        label=_("reply by"), required=False, help_text=_("Empty: two working days."), widget=DayInput
    )


class SupervisionReplyForm(forms.Form):
    reply = _words(_("reply"))


def _now(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "door": Door.ADMIN, "at": timezone.now()}


class CaseVerbs:
    """For the admin of cases: a step is offered where `rules.cases` allows it, and the service asks again."""

    def has_step_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Every member of staff who may open the case; whose step it is the service says."""
        return bool(self.has_view_permission(request))  # type: ignore[attr-defined]

    @verb(_("Accept the case"), question=_("The case will be handled here; the enterprise reads that it was accepted."),
          permissions=("step",), url_path="accept", form_class=NoQuestion, icon="check")  # fmt: skip
    def accept(self, request: HttpRequest, case: Any) -> str:
        accepted = cases.accept_case(case, **_now(request))
        if accepted.state == CaseState.ASSIGNED:
            return str(_("Accepted, and dispatched to the chain's task force: %(unit)s.") % {"unit": accepted.unit})
        return str(_("Accepted. Dispatch it to whoever handles it."))

    @verb(_("Do not accept"), question=_("The case ends here. The enterprise reads your reason."),
          permissions=("step",), url_path="reject", form_class=ReasonForm, icon="block")  # fmt: skip
    def reject(self, request: HttpRequest, case: Any, reason: str) -> str:
        cases.reject_case(case, reason=reason, **_now(request))
        return str(_("Not accepted; the reason is in the case."))

    @verb(_("Take up"), question=_("You work on it from now on; the enterprise reads that it was taken up."),
          permissions=("step",), url_path="take-up", form_class=NoQuestion, icon="play_arrow")  # fmt: skip
    def take_up(self, request: HttpRequest, case: Any) -> str:
        cases.take_up(case, **_now(request))
        return str(_("Taken up."))

    @verb(_("Object to the dispatch"), question=_("Say why it is not yours. The coordinator decides, once."),
          permissions=("step",), url_path="object", form_class=ReasonForm, icon="undo")  # fmt: skip
    def object(self, request: HttpRequest, case: Any, reason: str) -> str:
        cases.object_to_dispatch(case, reason=reason, **_now(request))
        return str(_("The coordinator decides. Until then the clock runs on."))

    @verb(_("Decide the objection"), question=_("Agreed: the case waits for another dispatch. Otherwise it stays."),
          permissions=("step",), url_path="decide-objection", form_class=DecideForm, icon="gavel")  # fmt: skip
    def decide_objection(self, request: HttpRequest, case: Any, decision: str, reason: str) -> str:
        cases.decide_objection(case, is_upheld=decision == "yes", reason=reason, **_now(request))
        return str(_("Decided."))

    @verb(_("Ask the enterprise"), question=_("The clock stands still until it answers."),
          permissions=("step",), url_path="ask", form_class=QuestionForm, icon="help")  # fmt: skip
    def ask(self, request: HttpRequest, case: Any, question: str) -> str:
        cases.ask_enterprise(case, question=question, **_now(request))
        return str(_("Asked. The clock stands still."))

    @verb(_("Enter the enterprise's answer"), question=_("The clock runs on."),
          permissions=("step",), url_path="answer", form_class=AnswerForm, icon="reply")  # fmt: skip
    def answer(self, request: HttpRequest, case: Any, answer: str) -> str:
        cases.enterprise_answers(case, answer=answer, **_now(request))
        return str(_("Entered. The clock runs on."))

    @verb(_("Ask for more time"), question=_("The coordinator decides. The first promise stays on record."),
          permissions=("step",), url_path="extend", form_class=ExtendForm, icon="more_time")  # fmt: skip
    def extend(self, request: HttpRequest, case: Any, days: int, why: str) -> str:
        cases.ask_extension(case, days=days, why=why, **_now(request))
        return str(_("Asked for. The coordinator decides."))

    @verb(_("Decide the extension"), question=_("Agreed: the due time moves by so many working days."),
          permissions=("step",), url_path="decide-extension", form_class=DecideForm, icon="gavel")  # fmt: skip
    def decide_extension(self, request: HttpRequest, case: Any, decision: str, reason: str) -> str:
        asked = CaseExtension.objects.visible_to(request.user).get(case=case, is_granted__isnull=True)
        cases.decide_extension(asked, is_granted=decision == "yes", reason=reason, **_now(request))
        return str(_("Decided."))

    @verb(_("Answer the enterprise"), question=_("The clock stops, and the enterprise may say how content it is."),
          permissions=("step",), url_path="reply", form_class=ReplyForm, icon="send")  # fmt: skip
    def reply(self, request: HttpRequest, case: Any, text: str) -> str:
        cases.reply_case(case, text=text, **_now(request))
        return str(_("Answered."))

    @verb(_("Enter the rating"), question=_("What the enterprise said. Not content: the case comes back one level up."),
          permissions=("step",), url_path="rate", form_class=RateForm, icon="star")  # fmt: skip
    def rate(self, request: HttpRequest, case: Any, grade: int, is_solved: bool | None, comment: str) -> str:
        cases.rate_case(case, grade=grade, is_solved=is_solved, comment=comment, **_now(request))
        return str(_("Entered."))

    @verb(_("Close"), question=_("Without a rating. It counts as closed, not as rated."),
          permissions=("step",), url_path="close", form_class=OptionalNoteForm, icon="done_all")  # fmt: skip
    def close(self, request: HttpRequest, case: Any, note: str) -> str:
        cases.close_case(case, note=note, **_now(request))
        return str(_("The case is closed."))

    @verb(_("Reopen"), question=_("The case comes back one level up, with all that happened and a new clock."),
          permissions=("step",), url_path="reopen", form_class=ReasonForm, icon="replay")  # fmt: skip
    def reopen(self, request: HttpRequest, case: Any, reason: str) -> str:
        cases.reopen_case(case, why=reason, **_now(request))
        return str(_("Reopened. Dispatch it anew."))

    @verb(_("Transfer up"), question=_("To whom above the zone. The clock stands still; the case stays ours to follow."),
          permissions=("step",), url_path="transfer-up", form_class=ReasonForm, icon="move_up")  # fmt: skip
    def transfer_up(self, request: HttpRequest, case: Any, reason: str) -> str:
        cases.transfer_up(case, to=reason, **_now(request))
        return str(_("Transferred up."))

    @verb(_("Visit back"), question=_("What the enterprise said after the answer."),
          permissions=("step",), url_path="visit-back", form_class=NoteForm, icon="call")  # fmt: skip
    def visit_back(self, request: HttpRequest, case: Any, note: str) -> str:
        cases.visit_back(case, note=note, **_now(request))
        return str(_("Kept."))

    @verb(_("Urge"), question=_("The handler is told. How often is limited."),
          permissions=("step",), url_path="urge", form_class=OptionalNoteForm, icon="notifications")  # fmt: skip
    def urge(self, request: HttpRequest, case: Any, note: str) -> str:
        cases.urge_case(case, text=note, **_now(request))
        return str(_("Urged."))

    @verb(_("Supervise"), question=_("The handler must reply in writing by the day."),
          permissions=("step",), url_path="supervise", form_class=SuperviseForm, icon="visibility")  # fmt: skip
    def supervise(self, request: HttpRequest, case: Any, instruction: str, due_on: datetime.date | None) -> str:
        cases.supervise_case(case, instruction=instruction, due_on=due_on, **_now(request))
        return str(_("Under supervision."))

    @verb(_("Answer the supervision"), question=_("Your reply in writing to the oldest one that waits."),
          permissions=("step",), url_path="answer-supervision", form_class=SupervisionReplyForm, icon="reply")  # fmt: skip
    def answer_supervision(self, request: HttpRequest, case: Any, reply: str) -> str:
        waiting = Supervision.objects.visible_to(request.user).filter(case=case, replied_at__isnull=True)
        cases.answer_supervision(waiting.order_by("given_at", "pk")[0], reply=reply, **_now(request))
        return str(_("Answered."))
