"""Enterprises of ours without a credit code: the only ones that a line with a code unknown to us can be.

Two enterprises whose codes differ are two, so such a line need not be compared with all names. And those known by a
short name alone (as the zone's profile names them) are looked for inside the full names of a register's list, where
likeness does not find them. Held in memory for one plan.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from directory.models import Enterprise, EnterpriseName
from directory.models.enterprises import Relation
from directory.rules.names import name_forms
from directory.rules.similarity import is_subsequence

#: More of them are not held in memory: then all lines are compared as those without a code are.
MOST = 5000
#: Below this likeness of the cores, and without one being a shortening, no pair reaches `similarity.PROBABLE`.
LEAST = 45.0
_SHORT = 6
#: A short name of two characters counts only at the beginning of a full name's core, a longer one anywhere in it.
_ANYWHERE = 3


@dataclass(frozen=True, slots=True)
class CodelessNames:
    """Cores and whole names of all; ids by core of those known by a short name alone."""

    cores: list[str] | None
    wholes: tuple[str, ...] = ()
    by_short: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "CodelessNames":
        rows = Enterprise.objects.current().filter(uscc__isnull=True)
        short: dict[str, list[tuple[int, str]]] = defaultdict(list)
        alone = rows.filter(registered_name__isnull=True).exclude(relation=Relation.OUTSIDE)
        for pk, name in alone.order_by("pk").values_list("pk", "short_name")[:MOST]:
            short[name_forms(name).core].append((pk, name))
        if rows.count() > MOST:
            return cls(None, by_short=dict(short))
        names = {name for row in rows.values_list("registered_name", "short_name", "name_en") for name in row if name}
        names.update(EnterpriseName.objects.filter(enterprise__in=rows).values_list("name", flat=True))
        forms = [name_forms(name) for name in sorted(names)]
        return cls(
            list(dict.fromkeys(form.core for form in forms)), tuple({form.normalised for form in forms}), dict(short)
        )

    def may_hold(self, name: str) -> bool:
        """Whether one of them may bear this name, so that the full comparison is worth its time."""
        if self.cores is None:
            return True
        if not self.cores:
            return False
        core = name_forms(name).core
        if process.extractOne(core, self.cores, scorer=fuzz.ratio, score_cutoff=LEAST) is not None:
            return True
        return len(core) <= _SHORT and any(is_subsequence(core, whole) for whole in self.wholes)

    def named_within(self, name: str) -> list[dict[str, Any]]:
        """Candidates whose short name stands within this full name (津上 in 津上精密机床(浙江)有限公司)."""
        core = name_forms(name).core
        if core.isascii():
            return []
        found: dict[int, str] = {}
        for start in range(len(core)):
            for end in range(start + 2, len(core) + 1):
                if start and end - start < _ANYWHERE:
                    continue
                found.update(self.by_short.get(core[start:end], ()))
        return [{"id": pk, "score": None, "reasons": ["short_name_within"], "name": text} for pk, text in found.items()]
