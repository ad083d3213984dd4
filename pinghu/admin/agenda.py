"""What waits for a person, shown first on the overview; each app adds its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many things of one kind, and the list that shows exactly those."""

    title: str
    count: int
    url: str
    detail: str = ""


Source = Callable[[HttpRequest], Iterable[Waiting]]
_sources: list[Source] = []


def agenda(source: Source) -> Source:
    """Register a function that says what waits for `request.user`; a fixed number of queries each."""
    if source not in _sources:
        _sources.append(source)
    return source


def waiting_for(request: HttpRequest) -> list[Waiting]:
    """All that waits for this person, nothing that is done."""
    return [item for source in _sources for item in source(request) if item.count]
