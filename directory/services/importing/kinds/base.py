"""What one kind of import knows: its fields, which record a line means, and which other rows a value becomes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from directory.models import DataSource, ImportRow, ImportRun
from directory.rules.import_conflicts import Ranks
from directory.services.importing.fields import Field
from directory.services.importing.lookups import Lookups
from directory.services.importing.problems import DUPLICATE, ERROR, Problem, problem
from pinghu.errors import DomainError


@dataclass
class Draft:
    """A line on its way to a verdict. `values` are JSON by field; an absent key says nothing."""

    number: int
    values: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    target_id: int | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    decision: str = ""
    #: The line of this file that makes the record this line belongs to; 0 = none.
    waits_for: int = 0
    identity: str = ""
    #: Set while a person's choice is carried out: which record was chosen.
    is_decided: bool = False

    @property
    def has_error(self) -> bool:
        return any(entry["level"] == ERROR for entry in self.problems)

    @property
    def is_open(self) -> bool:
        """Whether nothing decided yet what the line means."""
        return not self.has_error and self.target_id is None and not self.waits_for and not self.decision

    def refuse(self, code: str, **values: Any) -> None:
        self.problems.append(problem(code, **values))

    def propose(self, candidates: Iterable[dict[str, Any]], code: str = "possible_duplicate") -> None:
        """Records that it may mean, for a person to choose from."""
        self.candidates = list(candidates)[:5]
        if self.candidates:
            self.problems.append(problem(code, level=DUPLICATE))


@dataclass
class Plan:
    """What is known while one run is planned."""

    run: ImportRun
    ranks: Ranks
    source_ranks: dict[int, int]
    lookups: Lookups = field(default_factory=Lookups)
    #: identity → first line, target → first line
    seen: dict[str, int] = field(default_factory=dict)
    claimed: dict[int, int] = field(default_factory=dict)
    #: Subjects and states of children kept between chunks, with the plan's own changes (kinds with many lines each).
    subjects: dict[int, Any] = field(default_factory=dict)
    states: dict[tuple[str, int], Any] = field(default_factory=dict)
    memories: dict[int, dict[str, Any]] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, run: ImportRun, kind: "Kind") -> "Plan":
        ranks = dict(DataSource.objects.values_list("pk", "rank"))
        by_code = dict(DataSource.objects.values_list("code", "rank"))
        own = Ranks(run.source.rank, by_code.get("staff", 70), by_code.get("verified", 90))
        return cls(run, own, ranks, kind.lookups())


@dataclass
class Job:
    """A line being applied: its record, and what its before-image must say of other rows."""

    row: ImportRow
    subject: Any
    made: list[list[Any]] = field(default_factory=list)
    changed: list[list[Any]] = field(default_factory=list)
    #: Columns of the record that its service wrote beside the line's own: attname → what stood there.
    columns: dict[str, Any] = field(default_factory=dict)


class Child:
    """A field whose value becomes rows below the subject."""

    field: str
    model: type[Any]
    #: The foreign key to the subject.
    parent = "enterprise"

    def read(self, ids: Collection[int]) -> dict[int, Any]:
        """What stands there now, as JSON, by subject; subjects without anything may be absent."""
        raise NotImplementedError

    def news(self, state: Any, wanted: Any, plan: Plan) -> tuple[Any, str]:
        """(the part of `wanted` that is not there yet or None, the code of a conflict or "")."""
        raise NotImplementedError

    def after(self, state: Any, wanted: Any) -> Any:
        """The state once `wanted` is written; asked only for kinds whose subjects have many lines."""
        return state

    def write(self, jobs: Sequence[tuple[Job, Any]], run: ImportRun) -> None:
        """Write the new parts and note them in the jobs; inside the caller's change."""
        raise NotImplementedError


class Kind:
    """Base of the kinds."""

    code: ClassVar[str]
    model: ClassVar[type[Any]]
    fields: ClassVar[tuple[Field, ...]]
    children: ClassVar[tuple[Child, ...]] = ()
    #: At least one must be mapped.
    names: ClassVar[tuple[str, ...]]
    #: Must be mapped or set for every row.
    required: ClassVar[tuple[str, ...]] = ()
    #: Whether several lines may belong to one subject.
    has_many_lines = False
    #: Offered on the page as "values for every row"; the command line takes any.
    fixable: ClassVar[tuple[str, ...]] = ()
    #: Fields that a match fills, not a column.
    internal: ClassVar[frozenset[str]] = frozenset()
    #: Compared by more than the text: names are the same however brackets and width are written.
    name_columns: ClassVar[frozenset[str]] = frozenset()
    #: field → headings that mean it (`rules.headers.teach`), for kinds that the rule does not know by itself.
    words: ClassVar[Mapping[str, str]] = {}
    lookups: ClassVar[type[Lookups]] = Lookups
    #: Candidates are what a line belongs to (the enterprise of a qualification); a line makes none of them.
    candidates_are_owners = False
    #: So many lines are planned, and written, together; 0 = as many as each step takes.
    chunk = 0
    #: Whether the memory of sources keeps values, and a later file knows what was chosen. Neither for people's data.
    remembers_values = True
    remembers_choices = True
    #: Columns under these headings (as `heading_key` writes them) are not even stored.
    never_kept: ClassVar[frozenset[str]] = frozenset()
    #: A run is its uploader's own: the same file of a colleague is another run, each look at lines is logged.
    is_personal = False
    #: Each line is written by the record's own service (`write_line`) instead of in sets.
    writes_lines = False

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {row.name: row for row in self.fields}

    @cached_property
    def mappable(self) -> tuple[Field, ...]:
        """What a column or a value for every row may state."""
        return tuple(row for row in self.fields if row.name not in self.internal)

    @cached_property
    def columns(self) -> dict[str, str]:
        """field → attname of the subject."""
        return {row.name: row.column for row in self.fields if row.column}

    @cached_property
    def child_of(self) -> dict[str, Child]:
        return {child.field: child for child in self.children}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """field → what a new record's column holds."""
        blank = self.model()
        return {name: getattr(blank, column) for name, column in self.columns.items()}

    def finish(self, draft: Draft, plan: Plan) -> None:
        """Combine and check the values of one line once all cells are read."""

    def identity(self, values: dict[str, Any]) -> str:
        """What two lines that mean the same have in common; also the key of a remembered choice."""
        raise NotImplementedError

    def match(self, drafts: Sequence[Draft], plan: Plan) -> None:
        """Find which record each open line means, by sets; the rest gets candidates. A fixed number of queries."""
        raise NotImplementedError

    def chosen(self, draft: Draft, target_id: int, plan: Plan) -> None:
        """Carry out a person's choice: this candidate is meant."""
        draft.target_id = target_id

    def standing(self, ids: Collection[int]) -> dict[int, int]:
        """Which records remembered choices mean today; what is gone is absent."""
        return (
            {pk: pk for pk in self.model._base_manager.filter(pk__in=ids).values_list("pk", flat=True)} if ids else {}
        )

    def subjects(self, ids: Collection[int], *, lock: bool = False) -> dict[int, Any]:
        """The records by primary key."""
        rows = self.model._base_manager.filter(pk__in=ids)
        if lock:
            rows = rows.select_for_update(of=("self",)).order_by("pk")
        return {row.pk: row for row in rows}

    def write_line(self, job: Job, fields: Collection[str], run: ImportRun) -> Any:
        """Write the job's record (new, or its named fields) through its service, and return it as it is stored.

        Notes in the job what else came of it. Raises DomainError: the line is refused.
        """
        raise NotImplementedError

    def refusal(self, error: DomainError) -> Problem:
        """Why the service refused a line."""
        return problem("not_taken", hint=error.message)

    def hidden_from(self, user: Any, ids: Collection[int]) -> set[int]:
        """Which of these records this person must not see: their lines are not shown either."""
        return set()

    def shown_candidates(self, candidates: Sequence[dict[str, Any]], user: Any) -> list[dict[str, Any]]:
        """The candidates that this person may know of; `model` names the record's model where it is another one."""
        return list(candidates)

    def is_gone(self, subject: Any) -> bool:
        """Whether the record no longer can take values (merged away)."""
        return False

    def adapt(self, draft: Draft, subject: Any, plan: Plan) -> None:
        """Change the values in view of the record they meet (an old name becomes a former one)."""

    def new_subject(self, values: dict[str, Any], run: ImportRun) -> Any:
        """An unsaved record from the values of a line."""
        row = self.model(source=run.source)
        for name, column in self.columns.items():
            if name in values:
                setattr(row, column, self.to_python(column, values[name]))
        return row

    def also(self, taken: dict[str, Any]) -> dict[str, Any]:
        """Values of children that follow from columns taken over; `taken` is field → [old, new]."""
        return {}

    def absent(self, run: ImportRun) -> Any:
        """Records of ours that a complete list does not contain; None where the question makes no sense."""
        return None

    def to_python(self, column: str, value: Any) -> Any:
        found: Any = self._model_fields[column].to_python(value) if value is not None else None
        return found

    def field_name(self, column: str) -> str:
        """The model's name for a column."""
        return next(row.name for row in self.model._meta.concrete_fields if row.attname == column)

    @cached_property
    def _model_fields(self) -> dict[str, Any]:
        return {row.attname: (row.target_field if row.is_relation else row) for row in self.model._meta.concrete_fields}

    def label(self, subject: Any) -> str:
        return str(subject)


def note_made(jobs: Iterable[tuple[Job, Any]]) -> None:
    """Write new rows, each beside the job that made it, into the jobs' before-images."""
    for job, row in jobs:
        job.made.append([row._meta.model_name, row.pk])
