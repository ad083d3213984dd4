"""What notices keep about people (`pinghu.personal_data`)."""

from django.utils.translation import gettext_lazy as _

from pinghu.personal_data import kept

kept(
    "inbox.Notification",
    "params",
    data=_("numbers and short values"),
    basis=_("employment"),
    purpose=_("telling a colleague what waits for them"),
    why=_("A notice holds numbers and short values, and is deleted half a year after it was read."),
)
