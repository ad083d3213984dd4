"""Query parameters, strictly: what a view does not declare is refused, never ignored.

A misspelt filter that is ignored widens the result without anybody noticing.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from pinghu.api.problems import Problem, closest_to, invalid_parameter, unknown_parameter

MAX_VALUE_LENGTH = 1_000
MAX_CURSOR_LENGTH = 4_000
MAX_VALUES = 200
# Said once each; a client that repeats one cannot know which counts.
SINGLE = frozenset({"q", "limit", "cursor", "sort", "count", "fields", "lang"})
# May be sent empty, as clients do that build addresses from a template.
MAY_BE_EMPTY = frozenset({"q", "cursor"})


def check_parameters(query: QueryDict, known: Collection[str]) -> None:
    """Refuse what is unknown, repeated where it may not be, empty, too long or unreadable.

    Raises the problems `unknown-parameter` and `invalid-parameter`.
    """
    unknown = [name for name in query if name not in known]
    if unknown:
        raise unknown_parameter(unknown, known)
    for name, values in query.lists():
        _check_values(name, [str(value) for value in values])
    language = query.get("lang", "")
    if language:
        try:
            get_supported_language_variant(language.lower())
        except LookupError:
            raise invalid_parameter("lang", _("This language is not available; use zh-CN or en.")) from None


def _check_values(name: str, values: Sequence[str]) -> None:
    longest = MAX_CURSOR_LENGTH if name == "cursor" else MAX_VALUE_LENGTH
    if len(values) > (1 if name in SINGLE else MAX_VALUES):
        raise invalid_parameter(name, _("“%(name)s” is given too often.") % {"name": name}, code="repeated")
    for value in values:
        if not value and name not in MAY_BE_EMPTY:
            raise invalid_parameter(name, _("“%(name)s” is empty.") % {"name": name}, code="empty")
        if len(value) > longest:
            text = _("“%(name)s” is longer than %(max)s characters.") % {"name": name, "max": longest}
            raise invalid_parameter(name, text, code="too_long")
        if "\x00" in value:  # PostgreSQL cannot take it
            raise invalid_parameter(name, _("“%(name)s” holds a character that is not allowed.") % {"name": name})


def chosen_fields(text: str | None, available: Collection[str]) -> frozenset[str] | None:
    """The members asked for by `fields=id,name`; None for all. Raises the problem `invalid-parameter`."""
    if text is None:
        return None
    names = frozenset(name.strip() for name in text.split(","))
    _all_known("fields", sorted(names - set(available)), available)
    return names


def sort_columns(text: str | None, fields: Mapping[str, str], default: Sequence[str]) -> list[str]:
    """The columns of `sort=-registered_capital,name`, by the view's public names; `default` when not asked.

    `default` is given in public names as well. Raises the problem `invalid-parameter`.
    """
    asked = text.split(",") if text is not None else list(default)
    names = [name.strip().removeprefix("-") for name in asked]
    _all_known("sort", [name for name in names if name not in fields], fields)
    if len(set(names)) < len(names):
        raise invalid_parameter("sort", _("“sort” names a field twice."), code="repeated")
    return [("-" if one.strip().startswith("-") else "") + fields[name] for one, name in zip(asked, names, strict=True)]


def _all_known(parameter: str, unknown: Sequence[str], known: Collection[str]) -> None:
    errors: list[dict[str, Any]] = []
    for name in unknown:
        closest = closest_to(name, known)
        text = _("“%(parameter)s” does not know “%(name)s”.") % {"parameter": parameter, "name": name[:100]}
        if closest:
            text = _("“%(parameter)s” does not know “%(name)s”. Did you mean “%(closest)s”?") % {
                "parameter": parameter,
                "name": name[:100],
                "closest": closest,
            }
        errors.append({"parameter": parameter, "code": "unknown_member", "detail": text})
    if errors:
        raise Problem("invalid-parameter", " ".join(error["detail"] for error in errors), errors=errors)
