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
