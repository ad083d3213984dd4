"""How well and how fast `find_duplicates` recognises names, and what a batch costs.

    PINGHU_SAMPLE_DATA=../shared/data python -m tests.benchmarks.bench_duplicates --enterprises 100000

Real full names are hidden among generated ones, and looked for by their exchange short names (marks removed), by
perturbed full names, and the same for generated names. Recall says whether the right one is first, or among five.
"""

import argparse
import csv
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.database import milliseconds, own_database, set_up, summary

SAMPLE = 500
FIRST_KEY = 50_000_000


def read_pairs() -> list[tuple[str, str]]:
    """(short name as its exchange writes it, full name)."""
    path = Path(os.environ["PINGHU_SAMPLE_DATA"]) / "names" / "alias_pairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["alias"], row["canonical"]) for row in csv.DictReader(file) if row["kind"] == "zh_short~zh_full"]


def hide(names: list[str]) -> dict[str, int]:
    """Write the full names as enterprises without short name or code; name → primary key."""
    from directory.models import Enterprise
    from directory.services.indexing import index_enterprises

    keys = {name: FIRST_KEY + number for number, name in enumerate(dict.fromkeys(names))}
    if not Enterprise.objects.filter(pk=FIRST_KEY).exists():
        Enterprise.objects.bulk_create(
            [Enterprise(pk=key, registered_name=name, relation="outside") for name, key in keys.items()], batch_size=500
        )
        index_enterprises(keys.values())
    return keys


def perturb(name: str, source: random.Random) -> str:
    """The name as somebody else writes it: shortened, reordered, with a slip."""
    from directory.rules.names import name_forms

    forms = name_forms(name)
    core = forms.core
    slip = source.randrange(1, max(2, len(core) - 1))
    return source.choice(
        [
            forms.stem,
            core,
            core[:4] if len(core) > 5 else core,
            f"{core}({forms.places[0]})有限公司" if forms.places else f"{core}公司",
            core[:slip] + core[slip + 1 :] if len(core) > 4 else core,
            name.replace(core, core[:slip] + source.choice("华盛新达") + core[slip + 1 :]) if len(core) > 4 else name,
            name.replace("有限公司", "有限责任公司"),
        ]
    )


def measure(label: str, queries: list[tuple[str, int]], find: Callable) -> None:
    times: list[float] = []
    first = five = warned = 0
    for text, key in queries:
        found = None

        def ask(text: str = text) -> None:
            nonlocal found
            found = find(text, everything=True, at_least=0.0)

        times.append(milliseconds(ask))
        keys = [one.id for one in found.candidates]
        first += keys[:1] == [key]
        five += key in keys[:5]
        warned += any(one.id == key and one.score >= 75 for one in found.candidates)
    n = len(queries)
    print(f"  {label:28} r@1 {first / n:.3f}  r@5 {five / n:.3f}  warned {warned / n:.3f}  {summary(times)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=100_000)
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_search")
    from directory.duplicates import find_duplicates, find_duplicates_many
    from directory.rules.names import without_exchange_marks
    from tests.benchmarks.corpus import load

    with own_database(keep=options.keep) as vendor:
        made = load(options.enterprises)
        pairs = read_pairs()
        keys = hide([full for _, full in pairs])
        print(f"{vendor}, {len(keys):,} real names among {options.enterprises:,}")
        source = random.Random(11)
        short = [(without_exchange_marks(alias), keys[full]) for alias, full in source.sample(pairs, SAMPLE)]
        find_duplicates("示例", everything=True)
        measure("exchange short name", short, find_duplicates)
        real = [(perturb(full, source), keys[full]) for _, full in source.sample(pairs, SAMPLE)]
        measure("real full name, perturbed", real, find_duplicates)
        ours = [one.enterprise for one in source.sample(made, SAMPLE)]
        generated = [(perturb(one.registered_name, source), one.pk) for one in ours]
        measure("generated name, perturbed", generated, find_duplicates)
        batch = [(text, None) for text, _ in [*short, *real, *generated]]
        started = time.perf_counter()
        find_duplicates_many(batch, everything=True)
        spent = time.perf_counter() - started
        print(f"  batch of {len(batch):,}: {len(batch) / spent:,.0f} names a second")
        started = time.perf_counter()
        find_duplicates_many([(one.registered_name, one.uscc) for one in ours], everything=True)
        print(f"  batch with known codes: {len(ours) / (time.perf_counter() - started):,.0f} names a second")


if __name__ == "__main__":
    main()
