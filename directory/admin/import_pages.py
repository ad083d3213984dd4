"""A run's lines as a person reads them: what would change, what is wrong, what is to be chosen."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from directory.models import ChainPosition, Enterprise, Holding, ImportRow, ImportRun, Listing, RankingEntry
from directory.models.imports import Verdict
from directory.services.importing import CHOICES
from directory.services.importing.kinds import kind_of
from directory.services.importing.problems import NOTE, advice, reason
from pinghu.admin.values import Labels

PAGE = 50
Decision, Outcome = ImportRow.Decision, ImportRow.Outcome

#: Lines shown with what the file says of them: there is nothing yet to compare it with.
_STATED = (Verdict.NEW, Verdict.DUPLICATE)
#: Tabs beside the verdicts: lines by what came of them.
OUTCOME_TABS = (Outcome.REFUSED, Outcome.KEPT)

#: Rows below the record: the column whose labels its values have, by field.
_CHILD_COLUMNS = {
    "listing": Listing._meta.get_field("exchange"),
    "chain": ChainPosition._meta.get_field("chain"),
    "origin_country": Holding._meta.get_field("country"),
    "place": RankingEntry._meta.get_field("ranking"),
}


def tabs_of(run: ImportRun, chosen: str) -> list[dict[str, Any]]:
    """Verdicts and outcomes with their numbers; no query."""
    found = [
        {"code": verdict.value, "label": verdict.label, "count": run.counts.get(verdict.value, 0)}
        for verdict in (
            Verdict.DUPLICATE, Verdict.CONFLICT, Verdict.ERROR, Verdict.UPDATE, Verdict.NEW, Verdict.SAME,
        )
    ]  # fmt: skip
    for outcome in OUTCOME_TABS:
        if count := run.counts.get(f"outcome_{outcome.value}"):
            found.append({"code": outcome.value, "label": outcome.label, "count": count})
    if "absent" in run.counts:
        found.append({"code": "absent", "label": _("Not in the list"), "count": run.counts["absent"]})
    return [{**tab, "is_chosen": tab["code"] == chosen} for tab in found]


def first_tab(run: ImportRun) -> str:
    """What needs a person first, else what would change."""
    order = (Verdict.DUPLICATE, Verdict.CONFLICT, Verdict.ERROR, Verdict.UPDATE, Verdict.NEW)
    return next((verdict.value for verdict in order if run.counts.get(verdict.value)), Verdict.SAME.value)


def rows_of(run: ImportRun, tab: str) -> Any:
    """The lines of a tab, in order."""
    if tab in {outcome.value for outcome in OUTCOME_TABS}:
        return run.rows.filter(outcome=tab).order_by("number")
    return run.rows.filter(verdict=tab).order_by("number")


class RowTable:
    """The lines of one page. Related rows cost one query a model, however many lines there are."""

    def __init__(self, run: ImportRun, rows: Sequence[ImportRow], user: Any, admin_site: Any) -> None:
        self.run = run
        self.kind = kind_of(run.kind)
        self.labels = Labels(user, admin_site)
        self.rows = rows
        self.hidden = self.kind.hidden_from(user, {row.target_id for row in rows if row.target_id is not None})
        offered = {(one.get("model", ""), one["id"]): one for row in rows for one in row.candidates}
        shown = self.kind.shown_candidates(list(offered.values()), user)
        self.candidates = {(one.get("model", ""), one["id"]): one for one in shown}
        for row in rows:
            for name, change in row.changes.items():
                self._want(name, change["old"])
                self._want(name, change["new"])
            if row.verdict in _STATED:
                for name, value in row.values.items():
                    self._want(name, value)

    def _column(self, name: str) -> Any:
        column = self.kind.columns.get(name)
        return next((f for f in self.kind.model._meta.concrete_fields if f.attname == column), None) if column else None

    def _want(self, name: str, value: Any) -> None:
        if (column := self._column(name)) is not None:
            self.labels.want(column, value)
        elif name in ("listing", "chain") and value:
            self.labels.want(_CHILD_COLUMNS[name], *(part[0] if name == "listing" else part for part in value))
        elif name == "place" and value:
            self.labels.want(_CHILD_COLUMNS[name], value[0])

    def _show(self, name: str, value: Any) -> str:
        column = self._column(name)
        if column is not None:
            return self.labels.of(
                column, self.kind.to_python(column.attname, value) if value not in (None, "") else None
            )
        if value in (None, "", []):
            return "—"
        if name == "listing":
            return "、".join(f"{self.labels.of(_CHILD_COLUMNS[name], part[0])} {part[1]}" for part in value)
        if name == "place":
            ranking, year, rank, revenue, _name = value
            text = f"{self.labels.of(_CHILD_COLUMNS[name], ranking)} {year} #{rank or '–'}"
            return f"{text} · {revenue}" if revenue else text
        if name in _CHILD_COLUMNS:
            return "、".join(self.labels.of(_CHILD_COLUMNS[name], part) for part in value)
        return "、".join(map(str, value)) if isinstance(value, list) else str(value)

    def _label(self, name: str) -> str:
        extra = {
            "former_short_names": _("former short names"), "aliases": _("other names"), "place": _("place on a list"),
        }  # fmt: skip
        field = self.kind.by_name.get(name)
        return str(field.label if field else extra.get(name, name))

    def lines(self) -> list[dict[str, Any]]:
        """One dictionary a line, all text in the reader's language; of a line that is not for them its number alone."""
        return [
            {"number": row.number, "title": _("(not shown to you)")}
            if row.target_id in self.hidden
            else self._line(row)
            for row in self.rows
        ]

    def _line(self, row: ImportRow) -> dict[str, Any]:
        entries = [entry for entry in row.problems if entry["level"] != NOTE]
        changes = [
            {
                "label": self._label(name),
                "old": self._show(name, change["old"]),
                "new": self._show(name, change["new"]),
                "is_held": bool(change["why"]),
            }
            for name, change in row.changes.items()
        ]
        if row.verdict in _STATED and not changes:
            changes = [
                {"label": self._label(name), "old": "", "new": self._show(name, value), "is_held": False}
                for name, value in row.values.items()
                if not name.startswith("@") and value not in (None, "", [])
            ]
        return {
            "number": row.number,
            "title": self._title(row),
            "target_url": self._target_url(row.target_id) if row.target_id else "",
            "changes": changes,
            "problems": [
                {"column": entry["column"], "reason": reason(entry), "advice": advice(entry)} for entry in entries
            ],
            "notes": [reason(entry) for entry in row.problems if entry["level"] == NOTE],
            "candidates": [{**one, "url": self._candidate_url(one)} for one in self._candidates(row)],
            "options": self._options(row) if not row.outcome else [],
            "outcome": row.get_outcome_display() if row.outcome else "",
            "decision": row.get_decision_display() if row.decision else "",
        }

    def _title(self, row: ImportRow) -> str:
        names = [row.values.get(name) for name in ("registered_name", "short_name", "name", "name_en", "uscc")]
        stated = next((name for name in names if isinstance(name, str) and name), "")
        if stated:
            return stated
        places = {
            name: place for place, header in enumerate(self.run.headers) if (name := self.run.mapping.get(header))
        }
        cells = [row.raw[places[name]] for name in self.kind.names if name in places and places[name] < len(row.raw)]
        return next((str(cell) for cell in cells if cell), "—")

    def _target_url(self, key: int) -> str:
        return _change_url(self.kind.model._meta.label_lower, key)

    def _candidates(self, row: ImportRow) -> list[dict[str, Any]]:
        keys = [(one.get("model", ""), one["id"]) for one in row.candidates]
        return [{**self.candidates[key]} for key in keys if key in self.candidates]

    def _candidate_url(self, one: dict[str, Any]) -> str:
        if one.get("is_masked"):
            return ""
        own = Enterprise if self.kind.candidates_are_owners else self.kind.model
        return _change_url(one.get("model") or own._meta.label_lower, one["id"])

    def _options(self, row: ImportRow) -> list[dict[str, Any]]:
        """What may be chosen for this line, the present choice marked."""
        if row.verdict not in (Verdict.DUPLICATE, Verdict.CONFLICT):
            return []
        target = row.values.get("enterprise") or row.target_id
        found = [{"value": "", "label": _("Undecided"), "is_chosen": not row.decision}]
        for decision in CHOICES[row.verdict]:
            if decision == Decision.UPDATE:
                found += [
                    {
                        "value": f"update:{one['id']}",
                        "label": _("The same as %(name)s: update") % {"name": one["name"]},
                        "is_chosen": row.decision == decision and target == one["id"],
                    }
                    for one in self._candidates(row)
                    if one.get("is_choice", True)
                ]
            elif decision and not (decision == Decision.CREATE and self.kind.candidates_are_owners):
                label = str(Decision(decision).label)
                found.append({"value": str(decision), "label": label, "is_chosen": row.decision == decision})
        return found


def _change_url(label: str, key: int) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[key])
