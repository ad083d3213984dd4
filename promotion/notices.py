"""What promotion tells people. The texts are mailed: they hold the record's number and say nothing of what is in it."""

from django.utils.translation import gettext_lazy as _

from pinghu.inbox.kinds import notice_kind
from pinghu.inbox.rules import AT_ONCE

notice_kind(
    "lead_collision",
    title=_("A lead that may be one of yours was entered"),
    text=_("Lead %(number)s may have been entered a second time: look at both."),
    detail=_("The other one is %(other)s."),
    default_mail=AT_ONCE,
)
notice_kind(
    "join_asked",
    title=_("Colleagues who ask to join a lead"),
    text=_("Somebody asks to join lead %(number)s."),
    detail=_("%(person)s asks."),
)
notice_kind(
    "join_decided",
    title=_("Answers to my requests to join"),
    text=_("Your request to join lead %(number)s was decided."),
)
notice_kind(
    "dispute_raised",
    title=_("Disputes about leads"),
    text=_("Another unit says that lead %(number)s is its own."),
)
notice_kind(
    "dispute_decided",
    title=_("Rulings on disputes"),
    text=_("The dispute about lead %(number)s was decided."),
)
notice_kind(
    "claim_silent",
    title=_("Leads I have not talked with for long"),
    text=_("Nobody has talked with lead %(number)s for long."),
)
notice_kind(
    "claim_to_reassign",
    title=_("Leads to be given to somebody else"),
    text=_("Lead %(number)s is still silent: decide who follows it."),
)
notice_kind(
    "claim_released",
    title=_("Claims that ended"),
    text=_("The claim on lead %(number)s was released."),
)
notice_kind(
    "lead_transferred",
    title=_("Leads that changed hands"),
    text=_("Lead %(number)s has another officer in charge."),
    detail=_("%(giver)s → %(taker)s"),
)
notice_kind(
    "work_handed_over",
    title=_("Work handed over"),
    text=_("Records handed over: %(number)s."),
    detail=_("%(giver)s → %(taker)s"),
)
notice_kind(
    "action_item_given",
    title=_("Action items for me"),
    text=_("You have an action item: %(number)s."),
    detail=_("Due on %(day)s"),
)
notice_kind(
    "action_item_answered",
    title=_("Answers to action items that I gave"),
    text=_("An action item was answered: %(number)s."),
)
notice_kind(
    "help_needed",
    title=_("Projects that need my unit's help"),
    text=_("Project %(number)s needs your unit's help."),
)
notice_kind(
    "stage_moved",
    title=_("Projects that moved"),
    text=_("Project %(number)s moved to another stage."),
)
notice_kind(
    "reservation_released",
    title=_("Reserved space that was given back"),
    text=_("Space reserved for project %(number)s was given back."),
)
notice_kind(
    "step_overdue",
    title=_("Next steps overdue in my units"),
    text=_("The next step of %(number)s is overdue."),
    detail=_("Working days overdue: %(days)s"),
)
notice_kind(
    "commitment_due",
    title=_("Commitments that fall due"),
    text=_("A commitment of project %(number)s falls due soon."),
    detail=_("Due on %(day)s"),
)
notice_kind(
    "commitment_overdue",
    title=_("Overdue commitments"),
    text=_("A commitment of project %(number)s is overdue."),
    detail=_("Due on %(day)s"),
)
notice_kind(
    "person_anonymised",
    title=_("People to be forgotten"),
    text=_("Somebody named on %(number)s was anonymised elsewhere: look whether it is the same person, and do it too."),
)
notice_kind(
    "case_raised",
    title=_("Requests to accept and dispatch"),
    text=_("Case %(number)s was raised."),
)
notice_kind(
    "case_came_back",
    title=_("Cases that came back"),
    text=_("Case %(number)s came back one level up: the enterprise is not content."),
    default_mail=AT_ONCE,
)
notice_kind(
    "case_objected",
    title=_("Objections to a dispatch"),
    text=_("A handler objects to the dispatch of case %(number)s."),
)
notice_kind(
    "case_extension_asked",
    title=_("Extensions asked for"),
    text=_("More time is asked for case %(number)s."),
)
notice_kind(
    "case_dispatched",
    title=_("Cases dispatched to me"),
    text=_("Case %(number)s was dispatched to you or your unit."),
)
notice_kind(
    "case_decided",
    title=_("Rulings on objections and extensions"),
    text=_("An objection or extension of case %(number)s was decided."),
)
notice_kind(
    "case_answered",
    title=_("Answers of enterprises"),
    text=_("The enterprise answered in case %(number)s; the clock runs on."),
)
notice_kind(
    "case_rated",
    title=_("Ratings of my cases"),
    text=_("Case %(number)s was rated."),
)
notice_kind(
    "case_urged",
    title=_("Cases that I am urged on"),
    text=_("You are urged on case %(number)s."),
    default_mail=AT_ONCE,
)
notice_kind(
    "case_supervised",
    title=_("Cases under supervision"),
    text=_("Case %(number)s is under supervision: a written reply is due."),
    default_mail=AT_ONCE,
)
notice_kind(
    "case_late",
    title=_("Cases that are late"),
    text=_("Case %(number)s is overdue by the ladder's working days."),
    default_mail=AT_ONCE,
)
