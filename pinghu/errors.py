"""The one error that a service raises when a rule refuses."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

#: Messages by field name; the key "" holds what concerns the record as a whole.
FieldErrors = dict[str, list[str]]


class DomainError(Exception):
    """A refusal by a rule, in the user's language, naming fields and what to do.

    `code` is stable and never translated. `fields` are errors of the record, `children` those of rows below it,
    keyed as the caller keyed them (`ChildSave.key`).
    """

    code = "invalid"

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        fields: Mapping[str, Sequence[str]] | None = None,
        children: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        self.fields: FieldErrors = {name: [str(m) for m in messages] for name, messages in (fields or {}).items()}
        self.children: dict[str, FieldErrors] = {
            key: {name: [str(m) for m in messages] for name, messages in errors.items()}
            for key, errors in (children or {}).items()
        }
        self.code = code or self.code
        self.message = str(message) or "; ".join(m for messages in self.fields.values() for m in messages)
        super().__init__(self.message)

    @classmethod
    def from_validation(cls, error: ValidationError) -> "DomainError":
        """The same refusal said by a model's `full_clean()`."""
        return cls(fields=messages_of(error))


class StaleVersion(DomainError):
    """Somebody saved the record since it was read; nothing was written.

    `current` is the record as it stands now; `theirs` the fields that changed since `if_version`, where known.
    """

    code = "stale_version"

    def __init__(self, message: str, *, current: Any, theirs: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.current = current
        self.theirs = theirs


def messages_of(error: ValidationError) -> FieldErrors:
    """A ValidationError's messages by field, "" for the whole record."""
    if hasattr(error, "error_dict"):
        return {("" if name == "__all__" else name): messages for name, messages in error.message_dict.items()}
    return {"": list(error.messages)}
