"""What is kept about those who work here (`pinghu.personal_data`)."""

from django.utils.translation import gettext_lazy as _

from pinghu.personal_data import kept

kept(
    "accounts.User",
    "username first_name last_name email",
    basis=_("employment, and the duty to record who did what (Cybersecurity Law)"),
    purpose=_("signing in, being told, answering for what was done"),
    why=_("Who did what must stay known: an account is closed, not removed."),
)
