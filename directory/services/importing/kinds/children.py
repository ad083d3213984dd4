"""Values of an enterprise's line that become rows below it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from directory.models import (
    ChainPosition,
    EnterpriseName,
    Holding,
    ImportRun,
    LegalRepresentative,
    Listing,
)
from directory.rules.names import normalise
from directory.services.importing.kinds.base import Child, Job, Plan, note_made
from pinghu.ledger.bulk import create_many, update_many


class NewRows(Child):
    """Values of which only the missing ones are added; none is ever taken away."""

    def read(self, ids: Collection[int]) -> dict[int, Any]:
        found: dict[int, list[Any]] = defaultdict(list)
        for key, *parts in self.pairs(ids):
            found[key].append(parts[0] if len(parts) == 1 else parts)
        return dict(found)

    def pairs(self, ids: Collection[int]) -> Any:
        """(subject, value) of what is there."""
        raise NotImplementedError

    def key(self, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    def news(self, state: Any, wanted: Any, plan: Plan) -> tuple[Any, str]:
        known = {self.key(value) for value in state or ()}
        missing = [value for value in wanted if self.key(value) not in known]
        return missing or None, self.conflict(state, missing) if missing else ""

    def conflict(self, state: Any, missing: list[Any]) -> str:
        return ""

    def after(self, state: Any, wanted: Any) -> Any:
        return [*(state or ()), *wanted]

    def make(self, subject: Any, value: Any, run: ImportRun) -> Any:
        """An unsaved row."""
        raise NotImplementedError

    def write(self, jobs: Sequence[tuple[Job, Any]], run: ImportRun) -> None:
        # Read again: a colleague, or another value of this file, may have added one since the plan.
        there = self.read([job.subject.pk for job, _wanted in jobs])
        rows = []
        for job, wanted in jobs:
            known = {self.key(value) for value in there.get(job.subject.pk, ())}
            for value in wanted:
                if self.key(value) not in known:
                    known.add(self.key(value))
                    rows.append((job, self.make(job.subject, value, run)))
        create_many([row for _job, row in rows], consequences=False, events=False)
        note_made(rows)


class OtherNames(NewRows):
    """Former names, aliases: kept beside the current ones."""

    model = EnterpriseName

    def __init__(self, field: str, kind: str) -> None:
        self.field = field
        self.kind = kind

    def pairs(self, ids: Collection[int]) -> Any:
        return EnterpriseName.objects.filter(enterprise__in=ids, kind=self.kind).values_list("enterprise_id", "name")

    def key(self, value: Any) -> Any:
        return normalise(value)

    def make(self, subject: Any, value: Any, run: ImportRun) -> Any:
        return EnterpriseName(enterprise=subject, kind=self.kind, name=value, source=run.source)


class OriginCountry(NewRows):
    """Where foreign capital comes from: a holding of unknown share, unless holdings are known already."""

    field = "origin_country"
    model = Holding

    def pairs(self, ids: Collection[int]) -> Any:
        rows = Holding.objects.filter(enterprise__in=ids, until__isnull=True)
        for key, country, ultimate in rows.values_list("enterprise_id", "country", "ultimate_country"):
            yield key, country
            if ultimate and ultimate != country:
                yield key, ultimate

    def conflict(self, state: Any, missing: list[Any]) -> str:
        return "higher_source" if state else ""

    def make(self, subject: Any, value: Any, run: ImportRun) -> Any:
        return Holding(enterprise=subject, country=value, source=run.source)


class StockListing(NewRows):
    """[exchange, ticker]; whose ticker it is was settled when the line was matched."""

    field = "listing"
    model = Listing

    def pairs(self, ids: Collection[int]) -> Any:
        rows = Listing.objects.filter(enterprise__in=ids, delisted_on__isnull=True)
        return rows.values_list("enterprise_id", "exchange_id", "ticker")

    def make(self, subject: Any, value: Any, run: ImportRun) -> Any:
        return Listing(enterprise=subject, exchange_id=value[0], ticker=value[1], source=run.source)


class ChainMembership(NewRows):
    """Chains in which the enterprise stands, its segment and weight not stated."""

    field = "chain"
    model = ChainPosition

    def pairs(self, ids: Collection[int]) -> Any:
        return ChainPosition.objects.filter(enterprise__in=ids).values_list("enterprise_id", "chain_id")

    def make(self, subject: Any, value: Any, run: ImportRun) -> Any:
        return ChainPosition(enterprise=subject, chain_id=value, source=run.source)


class Representative(Child):
    """The current legal representative: one row, whose name follows; who it was before stands in its history."""

    field = "legal_representative"
    model = LegalRepresentative

    def read(self, ids: Collection[int]) -> dict[int, Any]:
        rows = LegalRepresentative.objects.filter(enterprise__in=ids, until__isnull=True).order_by("since", "pk")
        return {key: [pk, name, rank] for key, pk, name, rank in rows.values_list(
            "enterprise_id", "pk", "name", "source__rank")}  # fmt: skip

    def news(self, state: Any, wanted: Any, plan: Plan) -> tuple[Any, str]:
        if state is None:
            return wanted, ""
        _pk, name, rank = state
        if name == wanted:
            return None, ""
        held = plan.ranks.staff if rank is None else rank
        return wanted, ("edited_by_staff" if rank is None else "higher_source") if held > plan.ranks.source else ""

    def write(self, jobs: Sequence[tuple[Job, Any]], run: ImportRun) -> None:
        ids = [job.subject.pk for job, _wanted in jobs]
        rows = LegalRepresentative.objects.filter(enterprise__in=ids, until__isnull=True).order_by("since", "pk")
        current = {row.enterprise_id: row for row in rows.select_for_update()}
        made, changed = [], []
        for job, wanted in jobs:
            row = current.get(job.subject.pk)
            if row is None:
                made.append((job, LegalRepresentative(enterprise=job.subject, name=wanted, source=run.source)))
            elif row.name != wanted:
                before = {"name": row.name, "since": row.since and row.since.isoformat(), "source_id": row.source_id}
                job.changed.append([row._meta.model_name, row.pk, before, row.version + 1])
                row.name, row.since, row.source = wanted, None, run.source
                changed.append(row)
        create_many([row for _job, row in made], consequences=False, events=False)
        update_many(changed, ["name", "since", "source"])
        note_made(made)
