"""Groups as ranking lists name them, with their places: one line, one place on a list of a year.

Lists of different years and languages name one group in different ways. The same name in either language is the same
group; the same place on the same list, under a name that cannot be compared, may be: a person says.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from directory.models import CorporateGroup, GroupName, ImportRun, RankingEntry
from directory.models.imports import ImportKind
from directory.rules.names import name_forms, normalise
from directory.services.importing import fields as f
from directory.services.importing.fields import Field, as_json
from directory.services.importing.kinds.base import Child, Draft, Job, Kind, Plan, note_made
from directory.services.importing.kinds.children import NewRows
from pinghu.ledger.bulk import create_many, update_many

#: From here on two names in one script may be one group's.
LIKE = 88
#: A group of this file or of the directory: ("line", 12) or ("id", 5).
Ref = tuple[str, int]


class Aliases(NewRows):
    """Names as lists write them, beside the group's own."""

    field = "aliases"
    model = GroupName
    parent = "group"

    def pairs(self, ids: Collection[int]) -> Any:
        return GroupName.objects.filter(group__in=ids).values_list("group_id", "name")

    def key(self, value: Any) -> Any:
        return normalise(value)

    def make(self, subject: Any, value: Any, run: ImportRun) -> Any:
        return GroupName(group=subject, name=value, source=run.source)


class Place(Child):
    """[list, year, rank, revenue in million USD, name as listed]."""

    field = "place"
    model = RankingEntry
    parent = "group"

    def read(self, ids: Collection[int]) -> dict[int, Any]:
        found: dict[int, dict[str, list[Any]]] = defaultdict(dict)
        rows = RankingEntry.objects.filter(group__in=ids).values_list(
            "group_id", "ranking_id", "year", "rank", "revenue_musd", "source__rank"
        )
        for key, ranking, year, rank, revenue, held in rows:
            found[key][f"{ranking}:{year}"] = [rank, None if revenue is None else as_json(revenue), held]
        return dict(found)

    def news(self, state: Any, wanted: Any, plan: Plan) -> tuple[Any, str]:
        ranking, year, rank, revenue, _name = wanted
        there = (state or {}).get(f"{ranking}:{year}")
        if there is None:
            return wanted, ""
        same = rank in (None, there[0]) and revenue in (None, there[1])
        if same:
            return None, ""
        fills_only = (there[0] is None or rank in (None, there[0])) and (
            there[1] is None or revenue in (None, there[1])
        )
        held = plan.ranks.staff if there[2] is None else there[2]
        if fills_only or held <= plan.ranks.source:
            return wanted, ""
        return wanted, "edited_by_staff" if there[2] is None else "higher_source"

    def after(self, state: Any, wanted: Any) -> Any:
        ranking, year, rank, revenue, _name = wanted
        return {**(state or {}), f"{ranking}:{year}": [rank, revenue, 0]}

    def write(self, jobs: Sequence[tuple[Job, Any]], run: ImportRun) -> None:
        ids = {job.subject.pk for job, _wanted in jobs}
        there = {
            (row.group_id, row.ranking_id, row.year): row
            for row in RankingEntry.objects.select_for_update().filter(group__in=ids).order_by("pk")
        }
        made, changed = [], []
        for job, (ranking, year, rank, revenue, name) in jobs:
            row = there.get((job.subject.pk, ranking, year))
            if row is None:
                row = RankingEntry(ranking_id=ranking, year=year, group=job.subject, source=run.source)
                made.append((job, row))
                there[job.subject.pk, ranking, year] = row
            elif row.pk:
                before = {
                    "rank": row.rank,
                    "revenue_musd": as_json(row.revenue_musd) if row.revenue_musd is not None else None,
                    "name_as_listed": row.name_as_listed,
                    "source_id": row.source_id,
                }
                job.changed.append([row._meta.model_name, row.pk, before, row.version + 1])
                row.source = run.source
                changed.append(row)
            row.rank = rank if rank is not None else row.rank
            row.revenue_musd = revenue if revenue is not None else row.revenue_musd
            row.name_as_listed = name
        create_many([row for _job, row in made], consequences=False, events=False)
        update_many(changed, ["rank", "revenue_musd", "name_as_listed", "source"])
        note_made(made)


class GroupKind(Kind):
    """All groups are held in memory while a plan is made: they are thousands, not millions."""

    code = ImportKind.GROUPS
    model = CorporateGroup
    names = ("name", "name_en")
    fixable = ("ranking", "list_year", "country")
    has_many_lines = True
    fields = (
        Field("name", _("name"), f.text(200, is_name=True), "name"),
        Field("name_en", _("English name"), f.text(200, is_name=True), "name_en"),
        Field("country", _("home country or region"), f.country, "country"),
        Field("industry_text", _("line of business"), f.text(200), "industry_text"),
        Field("website", _("website"), f.website, "website"),
        Field("ranking", _("ranking list"), f.vocabulary("rankings", "ranking_unknown")),
        Field("list_year", _("list year"), f.integer(1990, 2100)),
        Field("rank", _("rank"), f.integer(1, 32000)),
        Field("revenue_musd", _("revenue, million USD"), f.amount),
    )
    children = (Aliases(), Place())

    def finish(self, draft: Draft, plan: Plan) -> None:
        values = draft.values
        parts = [values.pop(name, None) for name in ("ranking", "list_year", "rank", "revenue_musd")]
        ranking, year, rank, revenue = parts
        names = [name for name in (values.get("name"), values.get("name_en")) if name]
        # A Latin name in the only name column is the English name.
        if values.get("name", "").isascii() and values.get("name") and not values.get("name_en"):
            values["name_en"] = values.pop("name")
        if not names:
            if not draft.has_error:
                draft.refuse("no_name", field="name")
        elif ranking and year:
            values["place"] = [ranking, year, rank, revenue, names[0]]
        elif (ranking or year or rank) and not draft.has_error:
            draft.refuse("no_list_place", field="ranking")

    def identity(self, values: dict[str, Any]) -> str:
        return f"name:{normalise(values.get('name') or '')}|{normalise(values.get('name_en') or '')}"[:300]

    # --- which group ------------------------------------------------------------------------------------------------

    def match(self, drafts: Sequence[Draft], plan: Plan) -> None:
        index: _GroupIndex = plan.memo.setdefault("groups", None) or _GroupIndex.load()
        plan.memo["groups"] = index
        for draft in drafts:
            if draft.has_error:
                continue
            self._match_one(draft, plan, index)

    def _match_one(self, draft: Draft, plan: Plan, index: "_GroupIndex") -> None:
        refs: list[Ref] = [("id", draft.target_id)] if draft.target_id else index.named(draft.values)
        ref: Ref = ("line", draft.number)
        if draft.decision == "create" and not refs:
            pass
        elif len(refs) == 1:
            ref = refs[0]
        elif refs:
            draft.propose(index.proposals(refs), "possible_same_group")
            return
        else:
            found = index.alike(draft)
            if found:
                draft.propose(index.proposals(found), "possible_same_group")
                if draft.candidates:
                    return
        place = draft.values.get("place")
        key = f"{ref}:{place[0]}:{place[1]}" if place else f"{ref}"
        if first := plan.seen.get(key):
            draft.refuse("repeated_in_file", line=first)
            return
        plan.seen[key] = draft.number
        if ref[0] == "id":
            draft.target_id = ref[1]
        elif ref[1] != draft.number:
            draft.waits_for = ref[1]
        index.add(ref, draft)

    def adapt(self, draft: Draft, subject: Any, plan: Plan) -> None:
        """A list's way to write a name never replaces the group's own: it becomes one of its other names."""
        values = draft.values
        for name, own in (("name", subject.name), ("name_en", subject.name_en)):
            text = values.get(name)
            if text and own:
                del values[name]
                if normalise(text) not in {normalise(subject.name), normalise(subject.name_en)}:
                    values["aliases"] = [*values.get("aliases", []), text]


class _GroupIndex:
    """Every group by every name in both languages, and who holds which place."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[Ref]] = defaultdict(list)
        self.by_stem: dict[str, list[Ref]] = defaultdict(list)
        self.country: dict[Ref, str] = {}
        self.label: dict[Ref, str] = {}
        self.places: dict[tuple[int, int], dict[int, list[tuple[Ref, str | None]]]] = {}
        self.scripts: dict[Ref, set[bool]] = defaultdict(set)

    @classmethod
    def load(cls) -> "_GroupIndex":
        index = cls()
        for pk, name, name_en, country in CorporateGroup.objects.values_list("pk", "name", "name_en", "country"):
            index._names(("id", pk), [name, name_en])
            index.country["id", pk] = country
            index.label["id", pk] = name or name_en
        for pk, name in GroupName.objects.values_list("group_id", "name"):
            index._names(("id", pk), [name])
        return index

    def _names(self, ref: Ref, names: Sequence[str | None]) -> None:
        for name in names:
            if not name:
                continue
            forms = name_forms(name)
            for table, key in ((self.by_name, forms.normalised), (self.by_stem, forms.stem)):
                if key and ref not in table[key]:
                    table[key].append(ref)
            self.scripts[ref].add(name.isascii())

    def add(self, ref: Ref, draft: Draft) -> None:
        values = draft.values
        self._names(ref, [values.get("name"), values.get("name_en")])
        if not self.country.get(ref):
            self.country[ref] = values.get("country") or ""
        self.label.setdefault(ref, values.get("name") or values.get("name_en") or "")
        if place := values.get("place"):
            ranking, year, rank, revenue, _name = place
            if rank is not None:
                self._places(ranking, year).setdefault(rank, []).append((ref, revenue))

    def _places(self, ranking: int, year: int) -> dict[int, list[tuple[Ref, str | None]]]:
        if (ranking, year) not in self.places:
            found: dict[int, list[tuple[Ref, str | None]]] = defaultdict(list)
            rows = RankingEntry.objects.filter(ranking=ranking, year=year, rank__isnull=False)
            for rank, group, revenue in rows.values_list("rank", "group_id", "revenue_musd"):
                found[rank].append((("id", group), None if revenue is None else as_json(revenue)))
            self.places[ranking, year] = found
        return self.places[ranking, year]

    def named(self, values: dict[str, Any]) -> list[Ref]:
        """Those of the same name; else of the same name but for the legal form, unless the countries differ."""
        country = values.get("country") or ""
        found: dict[Ref, None] = {}
        for name in (values.get("name"), values.get("name_en")):
            if not name:
                continue
            forms = name_forms(name)
            refs = self.by_name.get(forms.normalised) or [
                ref
                for ref in self.by_stem.get(forms.stem, ())
                if not country or not self.country.get(ref) or self.country[ref] == country
            ]
            found.update(dict.fromkeys(refs))
        return list(found)

    def alike(self, draft: Draft) -> list[Ref]:
        """Those that hold the very place, and those whose name in the same script is nearly the same."""
        values = draft.values
        found: dict[Ref, None] = {}
        names = [name for name in (values.get("name"), values.get("name_en")) if name]
        if place := values.get("place"):
            ranking, year, rank, revenue, _name = place
            for ref, theirs in self._places(ranking, year).get(rank, ()):
                other_script = not any(name.isascii() in self.scripts[ref] for name in names)
                if revenue is not None and theirs is not None:
                    is_same = abs(float(revenue) - float(theirs)) <= 0.001 * float(theirs)
                else:
                    is_same = other_script
                if is_same:
                    found[ref] = None
        country = values.get("country") or ""
        for name in names:
            stem = name_forms(name).stem
            for key, _score, _at in process.extract(
                stem, self.by_stem.keys(), scorer=fuzz.ratio, score_cutoff=LIKE, limit=3
            ):
                for ref in self.by_stem[key]:
                    if not country or not self.country.get(ref) or self.country[ref] == country:
                        found[ref] = None
        return list(found)

    def proposals(self, refs: Sequence[Ref]) -> list[dict[str, Any]]:
        """Candidates of the directory; a group that only this file makes cannot be chosen yet."""
        return [
            {"id": key, "score": None, "reasons": ["same_place_or_name"], "name": self.label[kind, key]}
            for kind, key in refs
            if kind == "id"
        ]
