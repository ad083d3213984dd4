"""The change that is going on: opened by a service, picked up by every history row written inside it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from pinghu.ledger.models import Change

#: Set by the request middleware; carried into Change and AccessLog.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class NoChange(RuntimeError):
    """A tracked model was written outside a service."""


#: A consequence of saved rows, given their keys.
Later = Callable[[Collection[int]], object]


class ChangeScope:
    """One act in progress. Its row is written with the first thing that needs it, so a no-op leaves nothing."""

    def __init__(self, *, by: Any, verb: str, door: str, why: str) -> None:
        self._values = {"by": by, "verb": verb, "door": door, "why": why[:500]}
        self._row: Change | None = None
        self._later: dict[tuple[int, Later], set[int]] = {}

    @property
    def row(self) -> Change:
        if self._row is None:
            self._row = Change.objects.create(request_id=request_id.get(), **self._values)
        return self._row

    @property
    def by(self) -> Any:
        """Who acts; None = the system itself."""
        return self._values["by"]

    @property
    def is_empty(self) -> bool:
        return self._row is None

    def forget(self) -> None:
        """The row was rolled back; the next thing that needs one writes it again."""
        self._row = None

    def later(self, function: Later, keys: Iterable[int], *, stage: int = 0) -> None:
        """Run `function(keys)` once at the end of the change, still in its transaction, for all keys collected.

        Stages run in order, so that what is derived is there before it is indexed.
        """
        self._later.setdefault((stage, function), set()).update(keys)

    def run_later(self) -> None:
        """Run what was put off, and what that puts off in turn."""
        while self._later:
            stage, function = min(self._later, key=lambda entry: entry[0])
            function(self._later.pop((stage, function)))


_current: ContextVar[ChangeScope | None] = ContextVar("change", default=None)


@contextmanager
def change(*, by: Any, verb: str, door: str, why: str = "") -> Iterator[ChangeScope]:
    """Open a transaction and a Change; inside another change, join it.

    `by` is a User or None (the system itself). A savepoint of the outer transaction is used when joining.
    """
    outer = _current.get()
    if outer is not None:
        was_empty = outer.is_empty
        try:
            with transaction.atomic():
                yield outer
        except BaseException:
            if was_empty:
                outer.forget()  # its row was written inside the savepoint that is undone now
            raise
        return
    with transaction.atomic():
        scope = ChangeScope(by=by if getattr(by, "pk", None) else None, verb=verb, door=door, why=why)
        token = _current.set(scope)
        try:
            yield scope
            scope.run_later()
        finally:
            _current.reset(token)


def current_change() -> ChangeScope:
    """The change going on. Raises NoChange outside one."""
    scope = _current.get()
    if scope is None:
        raise NoChange("write through a service: no change is open")
    return scope


def link_history_row(sender: Any, history_instance: Any, **_: Any) -> None:
    """Receiver of `pre_create_historical_record`: give the history row its Change."""
    if hasattr(history_instance, "change_id"):
        history_instance.change = current_change().row
