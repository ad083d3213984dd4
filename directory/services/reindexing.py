"""The whole index: built from nothing, compared with the rows, and kept true to the calendar."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db import connection, transaction

from directory.models import Enterprise, Holding, Qualification, SearchDoc, SearchKey
from directory.models.enterprises import today
from directory.search.results import QUALIFICATION
from directory.search.tokens import LETTERS, qualification_token
from directory.search_engines import ensure_index, index_problems, optimise, rebuild_full_text
from directory.services import find_index
from directory.services.indexing import BATCH, index_enterprises, indexed_rows

Progress = Callable[[int, int], None]

#: A check names so many disagreements and counts the rest.
_NAMED = 20


def rebuild_index(progress: Progress = lambda done, total: None) -> int:
    """Write every enterprise's index rows anew, a batch a transaction; returns how many stand in the index.

    Readers go on: each enterprise is found by its old rows until its new ones are there. What an enterprise changes
    meanwhile is indexed by that change. The records that other subjects plugged in follow; they are not counted.
    """
    ensure_index()
    total = Enterprise.objects.count()
    done = written = 0
    for batch in _all_ids():
        written += index_enterprises(batch)
        done += len(batch)
        progress(done, total)
    find_index.rebuild()
    with transaction.atomic(), connection.cursor() as cursor:
        rebuild_full_text(cursor)
    with connection.cursor() as cursor:
        optimise(cursor)
    return written


def check_index(progress: Progress = lambda done, total: None) -> list[str]:
    """What in the index disagrees with the rows, in words; empty if nothing does. Writes nothing."""
    problems: list[str] = []
    total = Enterprise.objects.count()
    done = 0
    for batch in _all_ids():
        problems += _differences(batch)
        done += len(batch)
        progress(done, total)
    problems += find_index.differences()
    with transaction.atomic(), connection.cursor() as cursor:
        problems += index_problems(cursor)
    if len(problems) > _NAMED:
        problems = [*problems[:_NAMED], f"and {len(problems) - _NAMED} more"]
    return problems


def refresh_facets() -> int:
    """Index anew what the calendar changed since: titles that began or expired, holdings that ended.

    Returns how many enterprises were indexed.
    """
    at = today()
    valid: dict[int, set[str]] = defaultdict(set)
    for key, kind in Qualification.objects.valid_on(at).order_by().values_list("enterprise_id", "type_id").iterator():
        valid[key].add(qualification_token(kind))
    letter = f"_{LETTERS[QUALIFICATION]}_"
    stale = set()
    for key, facets in SearchDoc.objects.values_list("enterprise_id", "facets").iterator():
        indexed = {token for token in facets.split() if token.startswith(letter)}
        if indexed != valid.get(key, set()):
            stale.add(key)
    ended = Holding.objects.filter(until__lt=at, until__year__gte=at.year - 1)
    stale |= set(ended.values_list("enterprise_id", flat=True))
    return index_enterprises(stale)


def _all_ids() -> Iterator[list[int]]:
    """Primary keys of all enterprises, merged ones too, in batches; what is written meanwhile indexes itself."""
    last = 0
    while batch := list(Enterprise.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def _differences(batch: list[int]) -> list[str]:
    docs, keys = indexed_rows(batch)
    names = [field.attname for field in SearchDoc._meta.concrete_fields]
    expected = {doc.pk: tuple(getattr(doc, name) for name in names) for doc in docs}
    stored = {row[0]: row for row in SearchDoc.objects.filter(pk__in=batch).values_list(*names)}
    problems = [f"enterprise {key}: not in the index" for key in sorted(expected.keys() - stored.keys())]
    problems += [f"enterprise {key}: in the index, but merged away" for key in sorted(stored.keys() - expected.keys())]
    for key in sorted(expected.keys() & stored.keys()):
        wrong = [name for name, new, old in zip(names, expected[key], stored[key], strict=True) if new != old]
        if wrong:
            problems.append(f"enterprise {key}: {', '.join(wrong)} not as the rows say")
    expected_keys: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for enterprise, kind, text in keys:
        expected_keys[enterprise].add((kind, text))
    stored_keys: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for enterprise, kind, text in SearchKey.objects.filter(enterprise__in=batch).values_list(
        "enterprise_id", "kind", "key"
    ):
        stored_keys[enterprise].append((kind, text))
    for key in batch:
        found = stored_keys[key]
        if len(found) != len(set(found)) or set(found) != expected_keys[key]:
            problems.append(f"enterprise {key}: keys not as the rows say")
    return problems
