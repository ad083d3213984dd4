"""What promotion tells people. The texts are mailed: they hold the record's number and say nothing of what is in it."""

from django.utils.translation import gettext_lazy as _

from pinghu.inbox.kinds import notice_kind

notice_kind(
    "person_anonymised",
    title=_("People to be forgotten"),
    text=_("Somebody named on %(number)s was anonymised elsewhere: look whether it is the same person, and do it too."),
)
