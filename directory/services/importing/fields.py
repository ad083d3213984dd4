"""What a file may state about a record: fields, and how a cell of each is read into a JSON value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import override

from directory.rules import uscc as credit_code
from directory.rules.headers import heading_key, states_currency, states_ten_thousands
from directory.rules.values import (
    Cell,
    Parsed,
    clean_text,
    parse_boolean,
    parse_capital,
    parse_country,
    parse_date,
    parse_integer,
    parse_number,
    parse_website,
)
from directory.services.importing.lookups import Lookups
from directory.services.importing.problems import name_hint

#: (cell, lookups, heading) → value
Reader = Callable[[Cell, Lookups, str], Parsed[Any]]

_NOTHING = frozenset({"", "-", "--", "—", "——", "/", "无", "暂无", "null", "none", "n/a", "nan"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `column` is the subject's column it fills (its attname), "" if it becomes other rows."""

    name: str
    label: Any
    read: Reader
    column: str = ""
    #: Offered for "values for every row" with these values (code, label); empty for free text.
    choices: tuple[tuple[str, Any], ...] = ()
    is_restricted: bool = False
    #: The same, read from the database when the form is made.
    options: Callable[[], Sequence[tuple[str, Any]]] | None = None


def as_json(value: Any) -> Any:
    """A value as plans, before-images and the memory of sources keep it (see `loading.stored`)."""
    if isinstance(value, Decimal):
        return str(value.normalize())
    return value.isoformat() if isinstance(value, date) else value


def text(limit: int, *, is_name: bool = False) -> Reader:
    """A text of at most so many characters; a name must not begin like a formula."""

    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        value = clean_text(cell)
        if value.lower() in _NOTHING:
            return Parsed()
        if is_name and value[0] in "=+@":
            return Parsed(problem="formula_text", hint=value[0])
        if len(value) > limit:
            return Parsed(problem="too_long", hint=str(limit))
        return Parsed(value)

    return read


def texts(limit: int, *, separators: str = "、;；\n") -> Reader:
    """Several texts in one cell."""

    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        whole = str(cell if cell is not None else "")
        for sign in separators:
            whole = whole.replace(sign, "\n")
        found = [value for part in whole.split("\n") if (value := clean_text(part)).lower() not in _NOTHING]
        if any(len(value) > limit for value in found):
            return Parsed(problem="too_long", hint=str(limit))
        return Parsed(list(dict.fromkeys(found)) or None)

    return read


def credit_code_cell(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    """A credit code, or {"legacy": …} for a registration number of 15 digits; problems as `uscc_…`."""
    code = credit_code.normalise(clean_text(cell))
    if code.lower() in _NOTHING:
        return Parsed()
    if credit_code.is_legacy_registration_no(code):
        return Parsed({"legacy": code}, notes=("legacy_code",))
    found = credit_code.problem(code)
    if found is None:
        return Parsed(code)
    return Parsed(problem=f"uscc_{found.code}", hint=f"{found.position or ''}|{found.found}|{found.expected}")


def legacy_no(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    value = credit_code.normalise(clean_text(cell))
    if value.lower() in _NOTHING:
        return Parsed()
    return Parsed(value) if credit_code.is_legacy_registration_no(value) else Parsed(problem="legacy_no_unreadable")


def day(*, at: date | None = None) -> Reader:
    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        found = parse_date(cell, at=at)
        return Parsed(found.value.isoformat()) if found.value else Parsed(problem=found.problem, hint=found.hint)

    return read


def boolean(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    return parse_boolean(cell)


def country(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    return parse_country(cell, lookups.countries)


def website(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    found = parse_website(cell)
    return Parsed(problem="too_long", hint="200") if found.value and len(found.value) > 200 else found


def capital(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    """[amount in units, currency]."""
    found = parse_capital(
        cell,
        default_unit=10_000 if states_ten_thousands(heading) else 1,
        default_currency=states_currency(heading) or "CNY",
    )
    if found.value is None:
        return Parsed(problem=found.problem, hint=found.hint)
    if found.value.amount >= 10**15:
        return Parsed(problem="capital_too_large")
    amount = found.value.amount.quantize(Decimal("0.01"))
    return Parsed([as_json(amount), found.value.currency], notes=found.notes)


def currency(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    value = clean_text(cell)
    if value.lower() in _NOTHING:
        return Parsed()
    found = parse_capital(f"1{value}")
    return Parsed(found.value.currency) if found.value else Parsed(problem="currency_unknown")


def integer(first: int, last: int) -> Reader:
    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        found = parse_integer(cell, units="年名位")
        if found.value is not None and not first <= found.value <= last:
            return Parsed(problem="number_out_of_range", hint=f"{first}–{last}")
        return found

    return read


def amount(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
    """A number with at most ten digits before the point."""
    found = parse_number(clean_text(cell).lstrip("$"))
    if found.value is None:
        return found
    if not 0 <= found.value < 10**10:
        return Parsed(problem="number_out_of_range", hint="0–9,999,999,999")
    return Parsed(as_json(found.value.quantize(Decimal("0.01"))))


def vocabulary(name: str, problem: str) -> Reader:
    """The primary key of the row of `lookups.<name>` that is written so."""

    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        value = clean_text(cell)
        if value.lower() in _NOTHING:
            return Parsed()
        keys = getattr(lookups, name).get(heading_key(value), set())
        return Parsed(min(keys)) if len(keys) == 1 else Parsed(problem=problem)

    return read


def looked_up(method: str) -> Reader:
    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        value = clean_text(cell)
        found: Parsed[Any] = Parsed() if value.lower() in _NOTHING else getattr(lookups, method)(value)
        return found

    return read


def choice(choices: Sequence[tuple[str, Any]], words: Mapping[str, str], *, refused: Mapping[str, str] = {}) -> Reader:
    """A code of a closed list, by the code, its label in either language or a word for it.

    `refused` are codes that need more than a cell.
    """
    taken = [(code, label) for code, label in choices if code not in refused]
    hint = ", ".join(code for code, _label in taken)
    name_hint(hint, [label for _code, label in taken])

    @cache
    def known() -> dict[str, str]:
        found: dict[str, str] = {}
        for language, _name in settings.LANGUAGES:
            with override(language):
                found |= {heading_key(str(label)): code for code, label in choices}
        found |= {heading_key(word): code for word, code in words.items()}
        return found | {heading_key(code): code for code, _label in choices}

    def read(cell: Cell, lookups: Lookups, heading: str) -> Parsed[Any]:
        value = clean_text(cell)
        if value.lower() in _NOTHING:
            return Parsed()
        code = known().get(heading_key(value))
        if code is not None and code in refused:
            return Parsed(problem=refused[code])
        if code is None:
            return Parsed(problem="choice_unknown", hint=hint)
        return Parsed(code)

    return read
