"""Names of firms and projects in lists and heads: the reader's language first, the other beside it where there are two."""

from typing import Any

from django.utils.translation import get_language

from pinghu.formats import is_chinese


def both_names(name: str, name_en: str) -> tuple[str, str]:
    """The name to show first, and the one beside it ("" where there is none, or where the reader needs none)."""
    if name_en and name_en != name and not is_chinese(get_language()):
        return name_en, name
    return name or name_en, ""


def names_of(row: Any) -> tuple[str, str]:
    """The same of a row; what an enterprise is called in short is its name."""
    return both_names(getattr(row, "display_name", None) or row.name, row.name_en)


def with_other_name(row: Any) -> str:
    """Both names in one line, for the head of a page."""
    return " · ".join(filter(None, names_of(row)))
