"""What promotion keeps about people (`pinghu.personal_data`): contacts, who referred a lead, and texts that name them."""

from django.utils.translation import gettext_lazy as _

from pinghu.personal_data import kept, mentions, retention_rule
from promotion.services.retention import expired_contacts, expired_referrers, forget_contact, forget_referrer

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
kept(
    "promotion.Contact",
    "organisation",
    basis=_PUBLIC_DUTY,
    purpose=_("knowing which firm was talked to"),
    why=_("A firm's name is no personal data once the person's name is gone."),
)

for _label, _fields in {
    "promotion.Interaction": "happened next_step none_because",
    "promotion.Lead": "referrer detail screening_note close_note next_step",
    "promotion.LeadClaim": "ended_because",
    "promotion.ClaimDispute": "reason decision",
    "promotion.JoinRequest": "reason",
    "promotion.Counterpart": "note",
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
}.items():
    mentions(_label, _fields)
