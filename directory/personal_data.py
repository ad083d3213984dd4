"""What the directory keeps about people (`pinghu.personal_data`): legal representatives, and lines of imported files."""

from django.utils.translation import gettext_lazy as _

from directory.services.forgetting import (
    expired_import_lines,
    expired_representatives,
    forget_import_lines,
    forget_representative,
)
from pinghu.personal_data import mentions, retention_rule

retention_rule(
    "legal_representatives",
    model="directory.LegalRepresentative",
    fields="name since until",
    data=_("name and time in office"),
    basis=_("published in the enterprise register (PIPL, article 13, item 6)"),
    purpose=_("knowing who represents an enterprise"),
    counted_from=_("the end of the office"),
    effect=_("The row is deleted with its history."),
    expired=expired_representatives,
    forget=forget_representative,
)
retention_rule(
    "import_lines",
    model="directory.ImportRow",
    fields="raw values changes before candidates problems",
    data=_("all cells of the line, and what it changed"),
    basis=_("as the source that the file came from"),
    purpose=_("comparing, correcting and reverting an import"),
    counted_from=_("the day on which the import was applied, else that of its upload"),
    effect=_("The lines of the file are deleted; the import and its counts stay, and it can no longer be reverted."),
    expired=expired_import_lines,
    forget=forget_import_lines,
)
mentions("directory.Correction", "value proof reason")
mentions("directory.StatusCheck", "answer")
