"""Who is already known under this name or code? Among enterprises, groups, counterparts and all leads, whoever asks.

All leads are looked at, whatever their level; `rules.confidentiality.sight` decides what the person is shown of each,
and `rules.lead_matching` what follows from it. Candidates are the rows that stand next to the name in the index on
`name_key` (the neighbours in an ordered index share the longest beginning), those whose whole key is a beginning of
it, and those with the same credit code: a bounded number, so that a look costs the same at 50,000 leads.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from directory.duplicates import find_duplicates
from directory.models import CorporateGroup, Enterprise, GroupName
from directory.rules import uscc as credit_code
from directory.rules.names import NameForms, name_forms
from directory.rules.places import gazetteer
from directory.rules.similarity import PROBABLE, CandidateName, Similarity, rank
from directory.rules.similarity import score as likeness
from promotion.models import Counterpart, CounterpartMember, Lead, LeadMember
from promotion.models.base import viewer_of
from promotion.people import managers_of
from promotion.rules import lead_matching
from promotion.rules.confidentiality import FULL, HIDDEN, sight
from promotion.rules.lead_matching import Match
from promotion.rules.working_time import local_day

#: Neighbours read on each side of a name, and groups compared with it.
_NEIGHBOURS = 30
_GROUPS = 60
_SAME_CODE = 20
#: So many of one kind are looked into at most.
_MOST = 30
#: Leads are asked about a little sooner than enterprises: one wrong character in five must still be noticed.
_PROBABLE = PROBABLE - 5
#: A key of one character is part of too many others to say anything.
_SHORTEST = 2
#: So much of a name must stand in a group's for the two to be compared.
_BEGINNING, _LATIN_BEGINNING = 2, 4


@dataclass(frozen=True, slots=True)
class Alike:
    """A row that is probably the same, how much so (0 to 100), and codes of the reasons."""

    key: Any
    score: float
    reasons: tuple[str, ...]


def name_key(name: str) -> str:
    """The comparable core of a name, without place, legal form and blanks: what `name_key` columns hold."""
    return name_forms(name).core.replace(" ", "")[:200]


def find_matches(
    *, name: str, uscc: str = "", user: Any, exclude: Any = None, known: Collection[tuple[str, object]] = ()
) -> list[Match]:
    """Every record that may be the one named, with what `user` may see of it; the hidden ones are among them.

    Never show what comes from here: `collisions` says what may be shown. `exclude` is the lead compared (or its
    key); `known` are (kind, key) of records that it is linked to already. The number of queries does not grow with
    rows; one or two more find out whom to tell of a hidden lead.
    """
    code = credit_code.normalise(uscc)
    forms = name_forms(name)
    left_out = getattr(exclude, "pk", exclude)
    found = [
        *_leads(forms, code, user, left_out),
        *_counterparts(forms, code, user),
        *_groups(forms),
        *_enterprises(name, code, user),
    ]
    linked = set(known)
    return [match for match in found if (match.kind, match.key) not in linked]


def collisions(
    *,
    name: str,
    uscc: str = "",
    user: Any,
    confirmed: bool = False,
    exclude: Any = None,
    known: Collection[tuple[str, object]] = (),
) -> lead_matching.Collision:
    """What to do with a lead of this name and code, what to show of the known ones, and whom to tell silently."""
    matches = find_matches(name=name, uscc=uscc, user=user, exclude=exclude, known=known)
    return lead_matching.judge(matches, confirmed=confirmed)


# --- guarded rows: leads and counterparts ----------------------------------------------------------------------------


def _leads(forms: NameForms, code: str, user: Any, left_out: Any) -> Iterable[Match]:
    alike = [one for one in _alike(Lead, forms, code) if one.key != left_out]
    rows = _guarded_rows(Lead, LeadMember, alike)
    viewer = viewer_of(user)
    sights = {key: sight(viewer, row.guarded()) for key, row in rows.items()}
    managers = managers_of(row.unit_id for key, row in rows.items() if sights[key] == HIDDEN)
    for one in alike:
        row = rows[one.key]
        owner = [row.owner_id] if row.owner_id else []
        yield Match(
            lead_matching.LEAD,
            row.pk,
            str(row),
            one.reasons,
            one.score,
            sight=sights[row.pk],
            code_name=row.code_name or row.number,
            is_open=row.is_open,
            unit=str(row.unit or ""),
            stage=str(row.get_status_display()),
            on=local_day(row.created_at),
            tell=tuple(dict.fromkeys([*owner, *managers.get(row.unit_id, ())])),
        )


def _counterparts(forms: NameForms, code: str, user: Any) -> Iterable[Match]:
    """Nobody is told of a hidden counterpart: a lead of somebody known is no collision of leads."""
    alike = _alike(Counterpart, forms, code)
    rows = _guarded_rows(Counterpart, CounterpartMember, alike)
    viewer = viewer_of(user)
    for one in alike:
        row = rows[one.key]
        yield Match(
            lead_matching.COUNTERPART,
            row.pk,
            str(row),
            one.reasons,
            one.score,
            sight=sight(viewer, row.guarded()),
            code_name=row.code_name or row.number,
            unit=str(row.unit or ""),
            stage=str(row.get_kind_display()),
            on=local_day(row.created_at),
        )


def _guarded_rows(model: Any, member: Any, alike: Iterable[Alike]) -> dict[Any, Any]:
    members = Prefetch("members", queryset=member._base_manager.order_by())
    rows = model._base_manager.select_related("unit").prefetch_related(members)
    return rows.in_bulk([one.key for one in alike])  # type: ignore[no-any-return]


def _candidates(model: Any, forms: NameForms, code: str) -> Any:
    """Rows with the code, and those around the name in the index of keys; one query with bounded parts."""
    rows = model._base_manager.order_by()
    near = Q(pk__in=rows.filter(uscc=code).values("pk")[:_SAME_CODE]) if code else Q(pk__in=[])
    key = forms.core.replace(" ", "")
    if _says_something(forms, key):
        after = rows.filter(name_key__gte=key).order_by("name_key", "pk").values("pk")[:_NEIGHBOURS]
        before = rows.filter(name_key__lt=key).order_by("-name_key", "-pk").values("pk")[:_NEIGHBOURS]
        beginnings = [key[:length] for length in range(_SHORTEST, len(key) + 1)][-_NEIGHBOURS:]
        whole = rows.filter(name_key__in=beginnings).values("pk")[:_NEIGHBOURS]
        near |= Q(pk__in=after) | Q(pk__in=before) | Q(pk__in=whole)
    return rows.filter(near)


def _says_something(forms: NameForms, key: str) -> bool:
    """A name of nothing but place and form (平湖有限公司) is part of every other."""
    return len(key) >= _SHORTEST and forms.core not in gazetteer()


def _alike(model: Any, forms: NameForms, code: str) -> list[Alike]:
    """Those that are probably the same, the certain first, then the most alike."""
    texts = {
        key: (name, english, theirs)
        for key, name, english, theirs in _candidates(model, forms, code).values_list("pk", "name", "name_en", "uscc")
    }
    names = {key: [CandidateName.of(name), *_english(english)] for key, (name, english, _code) in texts.items()}
    typed = [CandidateName(forms)]
    found = []
    ranked = dict(rank(forms, names.items(), _weight, limit=len(names)))
    for key in names:
        similar = ranked.get(key, Similarity(0.0))  # a code alone is like no name
        # Either of the two may be the other's short name.
        shorter = [name for name in names[key] if name.forms.core and forms.core.startswith(name.forms.core)]
        ways = [similar, *(likeness(name.forms, typed, _weight) for name in shorter)]
        best = max(ways, key=lambda one: one.score)
        score, reasons, theirs = round(best.score, 1), best.reasons, texts[key][2]
        if code and theirs == code:
            score, reasons = 100.0, (lead_matching.SAME_CODE, *reasons)
        elif code and theirs:
            reasons = ("other_code", *reasons)
        if score >= _PROBABLE:
            found.append(Alike(key, score, reasons))
    return sorted(found, key=lambda one: (lead_matching.SAME_CODE not in one.reasons, -one.score, one.key))[:_MOST]


def _english(name: str) -> list[CandidateName]:
    return [CandidateName.of(name, "english")] if name else []


def _weight(_term: str) -> float:
    """All parts of a name weigh the same: leads are too few and too varied for rarity to say anything."""
    return 1.0


# --- what everybody here may see -------------------------------------------------------------------------------------


def _groups(forms: NameForms) -> Iterable[Match]:
    """Groups are few thousand and have no key of their own: those that hold the beginning of the name are compared."""
    if not _says_something(forms, forms.core):
        return
    begins = forms.core[: _LATIN_BEGINNING if forms.core.isascii() else _BEGINNING]
    named = GroupName._base_manager.filter(name__icontains=begins).order_by().values("group")
    rows = CorporateGroup._base_manager.filter(
        Q(name__icontains=begins) | Q(name_en__icontains=begins) | Q(pk__in=named)
    ).order_by("pk")
    groups = {row.pk: row for row in rows.prefetch_related("names")[:_GROUPS]}
    names = [
        (
            key,
            [
                *(CandidateName.of(text) for text in (row.name,) if text),
                *_english(row.name_en),
                *(CandidateName.of(other.name, other.kind) for other in row.names.all()),
            ],
        )
        for key, row in groups.items()
    ]
    for key, similar in rank(forms, names, _weight, limit=len(names)):
        if similar.score >= PROBABLE:
            yield Match(
                lead_matching.GROUP, key, str(groups[key]), similar.reasons, round(similar.score, 1), sight=FULL
            )


def _enterprises(name: str, code: str, user: Any) -> Iterable[Match]:
    candidates = find_duplicates(name, code or None, user=user).candidates
    rows = Enterprise._base_manager.in_bulk([found.id for found in candidates])
    for found in candidates:
        label = found.name or str(rows[found.id])
        yield Match(lead_matching.ENTERPRISE, found.id, label, found.reasons, found.score, sight=FULL)
