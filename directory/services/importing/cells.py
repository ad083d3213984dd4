"""A line's cells read into values and problems, by the run's mapping and its values for every row."""

from collections.abc import Sequence
from typing import Any

from directory.models import ImportRun
from directory.rules.values import Parsed
from directory.services.importing.kinds.base import Draft, Kind
from directory.services.importing.lookups import Lookups
from directory.services.importing.problems import NOTE, TEXTS, Problem, problem

#: What spreadsheets show where a formula failed.
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA")


class LineReader:
    """Reads every line of one run in the same way."""

    def __init__(self, run: ImportRun, kind: Kind, lookups: Lookups) -> None:
        self.lookups = lookups
        places = {header: place for place, header in enumerate(run.headers)}
        self.columns = [
            (places[header], header, kind.by_name[name])
            for header, name in run.mapping.items()
            if header in places and name in kind.by_name
        ]
        self.fixed: dict[str, Any] = {}
        for name, text in run.fixed_values.items():
            value = kind.by_name[name].read(text, lookups, "").value
            if value is not None:
                self.fixed[name] = value
        self.header_of = {field.name: header for _place, header, field in self.columns}
        if "ticker" in self.header_of:
            self.header_of.setdefault("listing", self.header_of["ticker"])

    def read(self, number: int, cells: Sequence[Any]) -> Draft:
        """One line; a cell that cannot be read is a problem and gives no value."""
        draft = Draft(number, {name: list(v) if isinstance(v, list) else v for name, v in self.fixed.items()})
        for place, header, field in self.columns:
            cell = cells[place] if place < len(cells) else None
            if cell in (None, ""):
                continue
            if isinstance(cell, str) and cell.strip() in _ERRORS:
                if cell.strip() != "#N/A":
                    draft.problems.append(problem("cell_error", field=field.name, column=header, value=cell))
                continue
            found = field.read(cell, self.lookups, header)
            if found.problem:
                draft.problems.append(self._problem(found, field.name, header, cell))
            elif found.value is not None:
                draft.values[field.name] = found.value
                for code in found.notes:
                    if code in TEXTS:
                        draft.problems.append(
                            problem(code, field=field.name, column=header, level=NOTE, value=cell, hint=found.hint)
                        )
        return draft

    @staticmethod
    def _problem(found: Parsed[Any], field: str, header: str, cell: Any) -> Problem:
        code = str(found.problem)
        if code.startswith("uscc_"):
            position, character, expected = found.hint.split("|")
            return problem(
                code, field=field, column=header, value=cell, position=position, found=character, expected=expected
            )
        if code == "too_long":
            return problem(code, field=field, column=header, found=len(str(cell)), limit=found.hint)
        return problem(code, field=field, column=header, value=cell, hint=found.hint)
