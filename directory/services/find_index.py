"""The search index of records that are no enterprises follows every change, in the same transaction.

`index_records` is the one writer. It writes only what differs, so that a save that changes no name costs a look. What a
record says is decided by what its app plugged in (`directory.ports.findable`), from the rows alone.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

from django.db import transaction

from directory.models import FindDoc
from directory.ports import Findable, Words, findables, follows_findables
from directory.rules.names import TOKENS_VERSION, initials_keys, name_forms, normalise, pinyin_keys, tokens
from directory.search.tokens import known_token, subject_token
from directory.services.indexing import BATCH, batches
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save

_COLUMNS = ("names", "former", "readings", "tokens", "rank", "rules_version")
#: The end of a number is what people say on the telephone: so many digits of it at least.
_SHORTEST_END = 3


@follows_findables
def follow(one: Findable) -> None:
    """Index the records of a model whenever one is saved or deleted, or a row below it that names it."""
    write = partial(index_records, one)

    def of_records(rows: Iterable[Any]) -> None:
        current_change().later(write, [row.pk for row in rows], stage=1)

    after_save(one.model)(of_records)
    for model, column in one.below.items():

        def of_rows_below(rows: Iterable[Any], column: str = column) -> None:
            current_change().later(write, [getattr(row, f"{column}_id") for row in rows], stage=1)

        after_save(model)(of_rows_below)


def index_records(one: Findable, records: Collection[int]) -> int:
    """Write the index rows of these records in the caller's transaction; returns how many stand in it now.

    One query and those of the subject's words for each 500 records, one more where something differs. A record that is
    gone loses its row.
    """
    keys = sorted({key for key in records if key is not None})
    written = 0
    for batch in batches(keys, BATCH):
        wanted = {doc.record: doc for doc in find_docs(one, batch)}
        stored = _stored(one, batch)
        differs = [doc for key, doc in wanted.items() if stored.get(key) != _values(doc)]
        if differs:
            FindDoc.objects.bulk_create(
                differs, update_conflicts=True, unique_fields=["subject", "record"], update_fields=_COLUMNS
            )
        if gone := stored.keys() - wanted.keys():
            FindDoc.objects.filter(subject=one.subject, record__in=gone).delete()
        written += len(wanted)
    return written


def find_docs(one: Findable, records: Collection[int]) -> list[FindDoc]:
    """What the index must say of these records; nothing is written."""
    return [_doc(one.subject, words) for words in one.words(records)]


def rebuild() -> int:
    """Write the index rows of every record that is plugged in anew; returns how many there are."""
    forget_gone()
    written = 0
    for one in findables():
        for batch in _all_records(one):
            with transaction.atomic():
                written += index_records(one, batch)
    return written


def differences() -> list[str]:
    """What in the index disagrees with the records, in words; empty if nothing does. Writes nothing."""
    problems = [f"{one.subject} {key}: in the index, but gone" for one in findables() for key in _gone(one)]
    for one in findables():
        for batch in _all_records(one):
            wanted = {doc.record: _values(doc) for doc in find_docs(one, batch)}
            stored = _stored(one, batch)
            differs = (key for key in wanted.keys() | stored.keys() if wanted.get(key) != stored.get(key))
            problems += [f"{one.subject} {key}: not as the rows say" for key in sorted(differs)]
    return problems


def forget_gone() -> None:
    """Drop what is left of records that were deleted past the services (made-up rows)."""
    for one in findables():
        for batch in batches(_gone(one), BATCH):
            FindDoc.objects.filter(subject=one.subject, record__in=batch).delete()


def _gone(one: Findable) -> list[int]:
    there = one.model._base_manager.order_by().values("pk")
    left = FindDoc.objects.filter(subject=one.subject).exclude(record__in=there)
    return list(left.order_by("record").values_list("record", flat=True))


def _stored(one: Findable, batch: Collection[int]) -> dict[int, tuple[Any, ...]]:
    rows = FindDoc.objects.filter(subject=one.subject, record__in=batch).values_list("record", *_COLUMNS)
    return {key: tuple(values) for key, *values in rows}


def _values(doc: FindDoc) -> tuple[Any, ...]:
    return tuple(getattr(doc, name) for name in _COLUMNS)


def _doc(subject: str, words: Words) -> FindDoc:
    names = [name for name in words.names if name]
    former = [name for name in words.former if name]
    codes = [form for code in words.codes for form in code_forms(code)]
    readings = dict.fromkeys(key for name in names for key in _readings(name))
    found = [*tokens([*names, *former], words.matter), *readings, *codes, subject_token(subject)]
    found += [known_token(text) for text in (*tokens([words.known_as]), *code_forms(words.known_as))]
    return FindDoc(
        subject=subject,
        record=words.record,
        names=_between_bars([*codes, *(shape for name in names for shape in _shapes(name))]),
        former=_between_bars(shape for name in former for shape in _shapes(name)),
        readings=_between_bars(readings),
        tokens=" ".join(dict.fromkeys(found)),
        rank=int(words.has_ended),
        rules_version=TOKENS_VERSION,
    )


def code_forms(code: str) -> list[str]:
    """A number, code or telephone as it is typed: joined, and its last part as it is said (L2026-0153: 153)."""
    parts = normalise(code).split()
    if not parts:
        return []
    end = parts[-1]
    forms = ["".join(parts), end] if len(parts) > 1 else [end]
    if len(parts) > 1 and end.isdigit():
        forms.append(end.lstrip("0"))
    return [form for form in dict.fromkeys(forms) if len(form) >= _SHORTEST_END or form == forms[0]]


def _shapes(name: str) -> tuple[str, ...]:
    forms = name_forms(name)
    shapes = (forms.normalised, forms.stem, forms.core)
    return (*shapes, *(shape.replace(" ", "") for shape in shapes))


def _readings(name: str) -> list[str]:
    core = name_forms(name).written_core
    return [*pinyin_keys(core), *initials_keys(core)]


def _between_bars(texts: Iterable[str]) -> str:
    kept = dict.fromkeys(text for text in texts if text)
    return f"|{'|'.join(kept)}|" if kept else ""


def _all_records(one: Findable) -> Iterator[list[int]]:
    last = 0
    rows = one.model._base_manager.order_by("pk").values_list("pk", flat=True)
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1]
