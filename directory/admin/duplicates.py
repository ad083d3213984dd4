"""Possible duplicates as a person reads them: beside which enterprise, how alike, and why; asked before one is added."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldBooleanWidget

from directory.duplicates import DuplicateCandidate, find_duplicates
from directory.models import Enterprise
from pinghu.admin.forms import ServiceForm

#: What the reasons of `directory.duplicates` and `rules.similarity` say to a person.
REASONS = {
    "same_code": gettext_lazy("same credit code"),
    "other_code": gettext_lazy("credit codes differ"),
    "same_name": gettext_lazy("same name"),
    "same_sound": gettext_lazy("names sound the same"),
    "same_core": gettext_lazy("same name without place and legal form"),
    "core_prefix": gettext_lazy("one name begins with the other"),
    "subsequence": gettext_lazy("one name is short for the other"),
    "similar_core": gettext_lazy("names alike"),
    "similar_name": gettext_lazy("names alike"),
    "same_place": gettext_lazy("same place in the name"),
    "other_place": gettext_lazy("places in the names differ"),
    "registered_name": gettext_lazy("by its registered name"),
    "short_name": gettext_lazy("by its short name"),
    "english_name": gettext_lazy("by its English name"),
    "kana_name": gettext_lazy("by its kana name"),
    "former_name": gettext_lazy("by a former name"),
    "former_short_name": gettext_lazy("by a former short name"),
    "alias_name": gettext_lazy("by another name"),
    "brand_name": gettext_lazy("by a brand"),
}


@dataclass(frozen=True, slots=True)
class Alike:
    """One enterprise that may be the same, with its likeness (0 to 100) and the reasons in words."""

    enterprise: Enterprise
    score: float
    name: str
    codes: tuple[str, ...]

    @property
    def reasons(self) -> list[str]:
        return list(dict.fromkeys(str(REASONS.get(code, code)) for code in self.codes))

    @property
    def has_same_code(self) -> bool:
        return "same_code" in self.codes


def alike(
    names: Iterable[str | None], uscc: str | None, *, user: Any, exclude: int | None = None, limit: int = 8
) -> list[Alike]:
    """Enterprises that any of these names or the code may mean, the most alike first."""
    best: dict[int, DuplicateCandidate] = {}
    for name in dict.fromkeys(name for name in names if name):
        for found in find_duplicates(name, uscc, user=user, exclude=exclude, limit=limit).candidates:
            if found.id not in best or found.score > best[found.id].score:
                best[found.id] = found
    rows = Enterprise.objects.visible_to(user).select_related("park").in_bulk(best)
    ordered = sorted(best.values(), key=lambda found: (-found.score, found.id))[:limit]
    return [Alike(rows[one.id], one.score, one.name, one.reasons) for one in ordered if one.id in rows]


class AddEnterpriseForm(ServiceForm):
    """Asks once whether an enterprise that looks like one on record is a different one."""

    is_different = forms.BooleanField(
        label=gettext_lazy("It is a different enterprise"), required=False, widget=UnfoldBooleanWidget
    )
    duplicates: list[Alike] = []
    #: Those that the person saw and declared to be others.
    acknowledged: tuple[Enterprise, ...] = ()

    def clean(self) -> Any:
        cleaned = super().clean()
        if not any(self.cleaned_data.get(name) for name in ("registered_name", "short_name")):
            return cleaned
        names = [self.cleaned_data.get(name) for name in ("registered_name", "short_name", "name_en")]
        found = alike(names, self.cleaned_data.get("uscc"), user=self.request.user if self.request else None)
        if self.cleaned_data.get("is_different"):
            self.acknowledged = tuple(one.enterprise for one in found if not one.has_same_code)
        elif found:
            self.duplicates = found
            self.add_error(
                None, _("Enterprises on record look like this one. Open the right one, or say that it is another.")
            )
        return cleaned
