"""What promotion keeps about people (`pinghu.personal_data`): contacts, who referred a lead, and texts that name them."""

from django.utils.translation import gettext_lazy as _

from pinghu.personal_data import kept, mentions, retention_rule
from promotion.services.retention import (
    expired_case_reporters,
    expired_contacts,
    expired_licences,
    expired_referrers,
    forget_case_reporter,
    forget_contact,
    forget_licence,
    forget_referrer,
)

_PUBLIC_DUTY = _("performance of a public duty (PIPL, article 13, item 3)")

retention_rule(
    "contacts",
    model="promotion.Contact",
    fields="name job_title phone email language",
    basis=_PUBLIC_DUTY,
    purpose=_("investment talks, service for enterprises and headquarters liaison, in the person's business role"),
    counted_from=_("the last contact with what the person stands on; not while a lead is open or a project runs"),
    effect=_("The person is anonymised, wherever they are named; the record stays."),
    expired=expired_contacts,
    forget=forget_contact,
)
retention_rule(
    "referrers",
    model="promotion.Lead",
    fields="referrer",
    basis=_PUBLIC_DUTY,
    purpose=_("knowing who introduced an investor"),
    counted_from=_("the day on which the lead was closed"),
    effect=_("The referrer's name is removed, in the history too."),
    expired=expired_referrers,
    forget=forget_referrer,
)
retention_rule(
    "case_reporters",
    model="promotion.ServiceCase",
    fields="reporter_name reporter_phone reporter_email",
    basis=_PUBLIC_DUTY,
    purpose=_("answering a request of an enterprise"),
    counted_from=_("the day on which the case was closed"),
    effect=_("Name, phone and e-mail of whoever reported it are removed, in the history too; the case stays."),
    expired=expired_case_reporters,
    forget=forget_case_reporter,
)
retention_rule(
    "joining_licences",
    model="promotion.JoiningClaim",
    fields="licence licence_name",
    basis=_PUBLIC_DUTY,
    purpose=_("making sure that somebody acts for an enterprise"),
    counted_from=_("the day on which the claim was decided"),
    effect=_("The licence is deleted; that it was checked stays."),
    expired=expired_licences,
    forget=forget_licence,
)
kept(
    "promotion.ServiceCase",
    "contact",
    basis=_PUBLIC_DUTY,
    purpose=_("asking back and answering"),
    why=_("The contact has a rule of its own."),
)
kept(
    "promotion.Visit",
    "contact",
    basis=_PUBLIC_DUTY,
    purpose=_("knowing whom one met"),
    why=_("The contact has a rule of its own."),
)
kept(
    "promotion.Contact",
    "organisation",
    basis=_PUBLIC_DUTY,
    purpose=_("knowing which firm was talked to"),
    why=_("A firm's name is no personal data once the person's name is gone."),
)

kept(
    "promotion.ReportRow",
    "values",
    basis=_PUBLIC_DUTY,
    purpose=_("showing word for word what was submitted to the city"),
    data=_("names of staff and leaders in office; texts on projects as they were that day"),
    why=_("An official record, frozen when it was submitted; it is kept like the file beside it."),
)

for _label, _fields in {
    "promotion.Interaction": "happened next_step none_because",
    "promotion.Lead": "referrer origin business detail screening_note close_note next_step",
    "promotion.LeadClaim": "ended_because",
    "promotion.ClaimDispute": "reason decision",
    "promotion.JoinRequest": "reason",
    "promotion.Counterpart": "business note",
    "promotion.InvestmentProject": "content next_step note lessons",
    "promotion.StageChange": "why",
    "promotion.ProjectMilestone": "note",
    "promotion.Evidence": "title file_name",
    "promotion.ProgressNote": "progress next_step problem help_needed",
    "promotion.ActionItem": "text answer",
    "promotion.ProjectReview": "conditions reason",
    "promotion.Commitment": "text approver note",
    "promotion.CapitalRecord": "note",
    "promotion.SpaceIntent": "note",
    "promotion.Reservation": "released_because",
    "promotion.PromotionActivity": "note",
    "promotion.ServiceCase": "text reply rejected_because visit_back_note",
    "promotion.CaseHandler": "objection reply ended_because",
    "promotion.CaseEvent": "text",
    "promotion.CaseExtension": "why",
    "promotion.CaseRating": "comment",
    "promotion.Supervision": "instruction reply",
    "promotion.CaseFile": "file_name title",
    "promotion.ClockSegment": "reason",
    "promotion.Visit": "seen met",
    "promotion.HeadquartersEngagement": "topics attendees",
    "promotion.EngagementPromise": "text outcome",
    "promotion.IntentSignal": "source note",
    "promotion.HeadquartersPlan": "note",
    "promotion.ChainMatch": "outcome",
    "promotion.JoiningClaim": "staff_check_note decision",
}.items():
    mentions(_label, _fields)
