"""What can be imported, by its code; kinds of other apps come through `directory.ports`."""

from django.utils.translation import gettext as _

from directory.models.imports import ImportKind
from directory.ports import imported_kinds
from directory.rules.headers import teach
from directory.services.importing.kinds.base import Kind
from directory.services.importing.kinds.enterprises import EnterpriseKind
from directory.services.importing.kinds.groups import GroupKind
from directory.services.importing.kinds.qualifications import QualificationKind
from pinghu.errors import DomainError

_KINDS: dict[str, Kind] = {
    ImportKind.ENTERPRISES: EnterpriseKind(),
    ImportKind.GROUPS: GroupKind(),
    ImportKind.QUALIFICATIONS: QualificationKind(),
}


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises DomainError."""
    if code not in _KINDS:
        port = imported_kinds().get(code)
        if port is None:
            raise DomainError(_("There is no import of “%(kind)s”.") % {"kind": code}, code="unknown_kind")
        kind: Kind = port.load()
        teach(code, kind.words)
        _KINDS[code] = kind
    return _KINDS[code]
