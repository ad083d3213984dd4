"""Enterprises of ours without a credit code: the only ones that a line with a code unknown to us can be.

Two enterprises whose codes differ are two, so such a line need not be compared with all names. Held in memory for one
plan; where there are too many, all lines are compared as those without a code are.
"""

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from directory.models import Enterprise, EnterpriseName
from directory.rules.names import name_forms
from directory.rules.similarity import is_subsequence

#: More of them are not held in memory.
MOST = 5000
#: Below this likeness of the cores, and without one being a shortening, no pair reaches `similarity.PROBABLE`.
LEAST = 45.0
_SHORT = 6


@dataclass(frozen=True, slots=True)
class CodelessNames:
    """Cores and whole names; None of both where there are too many to look at one by one."""

    cores: list[str] | None
    wholes: tuple[str, ...] = ()

    @classmethod
    def load(cls) -> "CodelessNames":
        rows = Enterprise.objects.current().filter(uscc__isnull=True)
        if rows.count() > MOST:
            return cls(None)
        names = {name for row in rows.values_list("registered_name", "short_name", "name_en") for name in row if name}
        names.update(EnterpriseName.objects.filter(enterprise__in=rows).values_list("name", flat=True))
        forms = [name_forms(name) for name in sorted(names)]
        return cls(list(dict.fromkeys(form.core for form in forms)), tuple({form.normalised for form in forms}))

    def may_hold(self, name: str) -> bool:
        """Whether one of them may bear this name, so that the full comparison is worth its time."""
        if self.cores is None:
            return True
        if not self.cores:
            return False
        core = name_forms(name).core
        if process.extractOne(core, self.cores, scorer=fuzz.ratio, score_cutoff=LEAST) is not None:
            return True
        if len(core) <= _SHORT:
            return any(is_subsequence(core, whole) for whole in self.wholes)
        return any(is_subsequence(short, core) for short in self.cores if len(short) <= _SHORT)
