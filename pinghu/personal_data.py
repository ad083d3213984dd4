"""What is kept about people, why, and for how long: each app declares it in its `personal_data.py`.

    retention_rule("contacts", model="promotion.Contact", fields="name phone email", basis=…, purpose=…,
                   counted_from=_("last contact"), expired=expired_contacts, forget=forget_contact)
    kept("accounts.User", "first_name last_name email", basis=…, purpose=…, why=_("…"))
    mentions("promotion.Interaction", "happened next_step")

A rule has a period, which the zone may change, and a service that forgets one row; `kept` says why something has none;
`mentions` are texts that staff write, in which somebody may be named: anonymising that person looks through them.
A test finds columns that look like personal data and stand in none of the three.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

#: The rows whose period is over by a day: those whose counted day lies on it or before. They may be of another model
#: than the columns (the file of a line).
Expired = Callable[[datetime.date], models.QuerySet[Any]]
#: `forget(row, by=…, door=…, at=…, why=…)` forgets what the rule names of one row, with its history.
Forget = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """Columns of one model that hold data about people: on what basis and for which purpose."""

    label: str
    fields: tuple[str, ...]
    basis: Any
    purpose: Any
    #: What the columns hold, where their own names do not say it.
    data: Any

    @property
    def model(self) -> type[Any]:
        return apps.get_model(self.label)


@dataclass(frozen=True, slots=True)
class Rule(Holding):
    """Columns that are forgotten so many months after a day of the row (`counted_from` says which)."""

    code: str
    counted_from: Any
    effect: Any
    expired: Expired
    forget: Forget


@dataclass(frozen=True, slots=True)
class Kept(Holding):
    """Columns that have no period, and why."""

    why: Any


@dataclass(frozen=True, slots=True)
class Mentions:
    """Texts written by staff in which a person may be named."""

    label: str
    fields: tuple[str, ...]

    @property
    def model(self) -> type[Any]:
        return apps.get_model(self.label)


_rules: dict[str, Rule] = {}
_kept: list[Kept] = []
_mentions: list[Mentions] = []


def retention_rule(
    code: str,
    *,
    model: str,
    fields: str,
    basis: Any,
    purpose: Any,
    counted_from: Any,
    effect: Any,
    expired: Expired,
    forget: Forget,
    data: Any = "",
) -> None:
    """Declare a rule with a period. Raises ValueError for a code that is taken."""
    if code in _rules:
        raise ValueError(f"two retention rules are called {code}")
    _rules[code] = Rule(model, tuple(fields.split()), basis, purpose, data, code, counted_from, effect, expired, forget)


def kept(model: str, fields: str, *, basis: Any, purpose: Any, why: Any, data: Any = "") -> None:
    """Declare columns that have no period, with the reason."""
    _kept.append(Kept(model, tuple(fields.split()), basis, purpose, data, why))


def mentions(model: str, fields: str) -> None:
    """Declare texts in which people may be named."""
    _mentions.append(Mentions(model, tuple(fields.split())))


def retention_rules() -> list[Rule]:
    """All rules, in the order they were declared."""
    return list(_rules.values())


def rule_of(code: str) -> Rule | None:
    return _rules.get(code)


def all_kept() -> list[Kept]:
    return list(_kept)


def all_mentions() -> list[Mentions]:
    return list(_mentions)


def declared_fields(label: str) -> frozenset[str]:
    """Names of a model's columns that some declaration speaks of."""
    every: list[Any] = [*_rules.values(), *_kept, *_mentions]
    return frozenset(name for one in every if one.label.lower() == label.lower() for name in one.fields)
