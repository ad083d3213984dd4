"""How fast `search()` is through Django, beside `icontains` on the same columns in the same run.

    python -m tests.benchmarks.bench_search --enterprises 1400 100000 1000000

500 queries in the mix below, each measured warm once: top 20 with its count; the same with facets; suggestions while
typing; then `icontains` for a sample of 20. `DATABASE_URL` chooses the engine.
"""

import argparse
import random
import statistics
import time

from tests.benchmarks.database import milliseconds, own_database, set_up, summary

MIX = {
    "two-character words": 90,
    "longer words": 30,
    "brands of two": 50,
    "brands of more": 90,
    "full names": 50,
    "brand and word": 40,
    "two words": 20,
    "initials": 35,
    "pinyin": 35,
    "English": 15,
    "code beginnings": 15,
    "traditional": 15,
    "no hit": 15,
}


def make_queries(made: list, seed: int = 7) -> list[tuple[str, str]]:
    """(class, query) of the mix, drawn from the corpus."""
    from opencc import OpenCC

    from directory.rules.names import initials_keys, pinyin_keys
    from tests.benchmarks.corpus import PRODUCTS, TRADES

    source = random.Random(seed)
    traditional = OpenCC("s2t").convert
    words = [word for word in (*TRADES, *PRODUCTS) if len(word) == 2]
    longer = [word for word in (*TRADES, *PRODUCTS) if len(word) > 2]
    two = [one.brand for one in made if len(one.brand) == 2]
    more = [one.brand for one in made if len(one.brand) > 2]
    english = [one.enterprise.name_en for one in made if one.enterprise.name_en]
    any_one = lambda: source.choice(made)  # noqa: E731
    draw = {
        "two-character words": lambda: source.choice(words),
        "longer words": lambda: source.choice(longer),
        "brands of two": lambda: source.choice(two),
        "brands of more": lambda: source.choice(more),
        "full names": lambda: any_one().enterprise.registered_name,
        "brand and word": lambda: (lambda one: f"{one.brand}{one.trade}")(any_one()),
        "two words": lambda: f"{source.choice(words)} {source.choice(longer)}",
        "initials": lambda: initials_keys(any_one().brand)[0],
        "pinyin": lambda: pinyin_keys(any_one().brand)[0],
        "English": lambda: source.choice(english).split()[0],
        "code beginnings": lambda: any_one().enterprise.uscc[: source.randint(6, 18)],
        "traditional": lambda: traditional(f"{any_one().brand}"),
        "no hit": lambda: "".join(source.sample("魑魅魍魉饕餮貔貅麒麟", 3)),
    }
    return [(kind, draw[kind]()) for kind, number in MIX.items() for _ in range(number)]


def naive(text: str) -> tuple[list[int], int]:
    """What the index replaces: `icontains` over the same columns, 20 rows and their count."""
    from django.db.models import Q

    from directory.models import Enterprise

    condition = Q(names__name__icontains=text)
    for column in ("registered_name", "short_name", "name_en", "name_kana", "uscc", "products"):
        condition |= Q(**{f"{column}__icontains": text})
    found = Enterprise.objects.published().filter(condition).distinct().order_by("pk")
    return list(found.values_list("pk", flat=True)[:20]), found.count()


def measure(count: int, made: list) -> None:
    from directory.search import search, suggest

    queries = make_queries(made)
    for _, text in queries[:20]:
        search(text)  # opens the dictionaries and the connection
    plain, faceted, typed = [], [], []
    by_kind: dict[str, list[float]] = {}
    for kind, text in queries:
        plain.append(milliseconds(lambda text=text: search(text, facets=False)))
        by_kind.setdefault(kind, []).append(plain[-1])
    for _, text in queries:
        faceted.append(milliseconds(lambda text=text: search(text)))
        typed.append(milliseconds(lambda text=text: suggest(text[:3])))
    print(f"  top 20 and count       {summary(plain)}")
    print(f"  with facets            {summary(faceted)}")
    print(f"  suggest, 3 characters  {summary(typed)}")
    browse = [milliseconds(lambda: search()) for _ in range(20)]
    print(f"  all, with facets       {summary(browse)}")
    narrowed = [milliseconds(lambda: search(filters={"country": ["JP"]})) for _ in range(20)]
    print(f"  country=JP, facets     {summary(narrowed)}")
    both = [milliseconds(lambda text=text: search(text, filters={"country": ["JP", "DE"]})) for _, text in queries[::5]]
    print(f"  text and country       {summary(both)}")
    for kind, values in by_kind.items():
        print(f"    {kind:22} {summary(values)}")
    sample = random.Random(3).sample(queries, 20)
    slow = [milliseconds(lambda text=text: naive(text)) for _, text in sample]
    fast = [milliseconds(lambda text=text: search(text, facets=False)) for _, text in sample]
    ratio = statistics.median(slow) / statistics.median(fast)
    print(f"  icontains, 20 queries  {summary(slow)}  ratio of medians {ratio:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, nargs="+", default=[1_400, 100_000])
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_search")
    from tests.benchmarks.corpus import load

    with own_database(keep=options.keep) as vendor:
        for count in sorted(options.enterprises):
            started = time.perf_counter()
            made = load(count)
            print(f"{vendor}, {count:,} enterprises (loaded and indexed in {time.perf_counter() - started:.0f} s)")
            measure(count, made)


if __name__ == "__main__":
    main()
