"""What the record of changes and accesses keeps about people (`pinghu.personal_data`)."""

from django.utils.translation import gettext_lazy as _

from pinghu.personal_data import kept

_DUTY = _("the duty to keep records of operations (Cybersecurity Law: at least six months)")

kept(
    "ledger.AccessLog",
    "detail",
    data=_("who, when, from which address, what was asked for"),
    basis=_DUTY,
    purpose=_("answering who read or exported what"),
    why=_("Nobody can change or remove a line. It holds what was asked for, not what was found."),
)
kept(
    "ledger.Change",
    "why",
    data=_("who, when, and the reason given"),
    basis=_DUTY,
    purpose=_("answering who changed what, and why"),
    why=_("The act stays; a person who is anonymised is taken out of the reasons given."),
)
