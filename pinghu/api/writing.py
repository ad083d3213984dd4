"""Staff read and write working records through the API: by the session of the admin, each write through its service.

A PATCH carries the version it was made from (`If-Match`), so that nobody's change is overwritten unseen. A body is read
strictly: a member that is not known or not typed is refused, never ignored.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from pinghu.accounts.adapter import GIVEN_PASSWORD
from pinghu.admin.autocomplete import visible_rows
from pinghu.api.parameters import check_parameters
from pinghu.api.problems import Problem, closest_to, not_found
from pinghu.api.schema import WriteSchema
from pinghu.api.views import PRIVATE_CACHE, ReadView
from pinghu.middleware import lacks_second_factor

_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*')
_LOCK = re.compile(r"(?P<record>[0-9a-z]+)-v(?P<version>[0-9]{1,9})(?:-[0-9a-f]+)?")


class StaffSession(SessionAuthentication):
    """Signed in at the admin. What writes must carry the CSRF token, or a page of another site could write."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise Problem("csrf-failed") from None


class StaffView(ReadView):
    """For staff with a role, over what they may see; `permissions` says what a method needs beyond that.

    The same gates as before the admin: a password of one's own, and where it is asked for a second factor.
    """

    authentication_classes = [StaffSession]
    permission_classes = []  # `check_permissions` asks for all of it
    cache_control = PRIVATE_CACHE
    schema = WriteSchema()
    #: Method → Django permission. Reading needs a role alone: `visible_to` decides on rows.
    permissions: ClassVar[Mapping[str, str]] = {}
    #: Method → serializer of its body.
    bodies: ClassVar[Mapping[str, type["StrictBody"]]] = {}
    #: For the description alone: see `WriteSchema`.
    verb: ClassVar[str] = ""
    success_status: ClassVar[int] = 201
    refusals: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in ("POST", "PATCH"):
            check_parameters(request.query_params, {"lang"})
        super().initial(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        user: Any = request.user
        if not user.is_authenticated:
            raise Problem("not-authenticated", _("Sign in at the admin first."), headers={"WWW-Authenticate": "Bearer"})
        if request.session.get(GIVEN_PASSWORD):
            raise Problem("permission-denied", _("Change the password that you were given first."))
        if settings.REQUIRE_SECOND_FACTOR and lacks_second_factor(user):
            raise Problem("permission-denied", _("Set up a second factor first."))
        needed = self.permissions.get(str(request.method))
        if not user.has_staff_role or (needed and not user.has_perm(needed)):
            raise Problem("permission-denied", _("None of your roles may do this."))

    def body(self, request: Request, serializer: type["StrictBody"], *, partial: bool = False) -> dict[str, Any]:
        """The body's values. Raises `validation-error` with a pointer to each that is wrong, unknown or not typed."""
        if not isinstance(request.data, Mapping):
            raise Problem("malformed-request", _("The body must be a JSON object."))
        read = serializer(data=request.data, partial=partial, context={"request": request})
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def visible(self, queryset: Any, public_id: str) -> Any:
        """The record, or 404: also for what is there and not shown to this person."""
        record = queryset.filter(public_id=public_id).first() if "\x00" not in public_id else None
        if record is None:
            raise not_found()
        return record


def locked_version(request: Request, record: Any, *, needed: bool = True) -> int | None:
    """The version that `If-Match` names; None without the header, where it is not needed.

    The tag is the one that was read, or its beginning `<public id>-v<version>`. Raises `precondition-required` without
    a tag (`*` says nothing of what was read), `stale-version` for a weak tag and for one that is none of this record's.
    """
    header = request.META.get("HTTP_IF_MATCH", "").strip()
    if not header or header == "*":
        if needed or header:
            raise Problem("precondition-required")
        return None
    for is_weak, tag in _TAG.findall(header):
        lock = _LOCK.fullmatch(tag)
        if lock is not None and not is_weak and lock["record"] == record.public_id:
            return int(lock["version"])
    raise Problem(
        "stale-version", headers={"ETag": f'"{record.public_id}-v{record.version}"'}, current_version=record.version
    )


def answer(record: Any, data: Any, *, status: int = 200, location: str = "") -> Response:
    """A record that was written, with the tag for the next write."""
    headers = {"ETag": f'"{record.public_id}-v{record.version}"'}
    if location:
        headers["Location"] = location
    return Response(data, status=status, headers=headers)


# --- bodies ----------------------------------------------------------------------------------------------------------


class StrictBody(serializers.Serializer[Any]):
    """A body whose every member is known. `kept` are members of the record that services alone write."""

    kept: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        for name in data:
            if name in self.kept:
                text = _("This is not typed: a verb or a service sets it.")
                errors[str(name)] = [exceptions.ErrorDetail(text, "read_only")]
            elif name not in self.fields:
                errors[str(name)[:100]] = [exceptions.ErrorDetail(self._unknown(str(name)), "unknown_member")]
        try:
            values = super().to_internal_value(data)
        except exceptions.ValidationError as error:
            raise exceptions.ValidationError({**errors, **error.detail}) from error  # type: ignore[dict-item]
        if errors:
            raise exceptions.ValidationError(errors)
        return values

    def _unknown(self, name: str) -> str:
        closest = closest_to(name, self.fields)
        if closest:
            return _("Unknown member. Did you mean “%(closest)s”?") % {"closest": closest}
        return _("Unknown member.")


class RowField(serializers.CharField):
    """A reference to a row that this person may see, by public id or code; what they may not see is not there."""

    def __init__(self, model: type[Any], *, key: str = "public_id", **kwargs: Any) -> None:
        self.model, self.key = model, key
        kwargs.setdefault("required", False)
        kwargs.setdefault("allow_null", True)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        row = self.find(visible_rows(self.model, self.context["request"].user), text)
        if row is None:
            raise exceptions.ValidationError(_("There is no such row."), "unknown")
        return row

    def find(self, rows: Any, text: str) -> Any:
        return rows.filter(**{self.key: text}).first()
