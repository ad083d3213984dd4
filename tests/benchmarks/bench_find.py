"""How fast the search box answers an officer beside many leads: the whole request, and leads alone.

    python -m tests.benchmarks.bench_find --leads 2000 50000 500000

A tenth as many projects, counterparts and contacts; a quarter of the leads restricted or confidential, in ten units.
Rows go straight into the tables, the index through its own writer. `DATABASE_URL` chooses the engine.
"""

import argparse
import random
import time
from functools import partial
from typing import Any

from tests.benchmarks.database import milliseconds, own_database, set_up, summary

UNITS, PEOPLE = 10, 40
BATCH = 2_000
LEVELS = (("internal", 70), ("public", 5), ("restricted", 20), ("confidential", 5))


def people() -> list[Any]:
    """Officers in ten units; the first is the one who searches."""
    from pinghu.accounts.models import User
    from tests.promotion.factories import a_person, a_unit

    known = list(User.objects.filter(username__startswith="officer-").order_by("pk"))
    return known or [a_person(f"officer-{n}", unit=a_unit(f"unit-{n % UNITS}")) for n in range(PEOPLE)]


def load(leads: int, officers: list[Any]) -> list[str]:
    """Fill up to so many leads with what hangs on them; returns names to search for."""
    from django.db import connection, transaction

    from directory.ports import findables
    from directory.search_engines import optimise
    from directory.services.find_index import index_records
    from promotion.matching import name_key
    from promotion.models import Contact, Counterpart, InvestmentProject, Lead
    from tests.benchmarks.corpus import FIRST, FORMS, PLACES, PRODUCTS, TRADES

    source = random.Random(11)
    units = {one.pk: one.memberships.first().department_id for one in officers}

    def guarded(number: int, series: str) -> dict[str, Any]:
        brand = "".join(source.sample(FIRST, source.choice((2, 2, 3))))
        name = f"{source.choice(PLACES)}{brand}{source.choice(TRADES)}{FORMS[0][0]}"
        owner = source.choice(officers)
        level = source.choices([one for one, _ in LEVELS], [weight for _, weight in LEVELS])[0]
        return {
            "number": f"{series}26-{number:07d}", "name": name, "name_key": name_key(name), "owner": owner,
            "unit_id": units[owner.pk], "confidentiality": level, "code_name": "" if level == "internal" else f"代号{number}",
        }  # fmt: skip

    names = []
    there = Lead.objects.count()
    every = {one.subject: one for one in findables()}
    while there < leads:
        size = min(BATCH, leads - there)
        with transaction.atomic():
            rows = [Lead(**guarded(there + n, "L"), business=source.choice(PRODUCTS)) for n in range(size)]
            made: dict[str, list[Any]] = {"lead": Lead.objects.bulk_create(rows)}
            few = range(there, there + size, 10)
            made["project"] = InvestmentProject.objects.bulk_create(
                InvestmentProject(**guarded(n, "P"), track="lease") for n in few
            )
            made["counterpart"] = Counterpart.objects.bulk_create(Counterpart(**guarded(n, "K")) for n in few)
            made["contact"] = Contact.objects.bulk_create(
                Contact(name="".join(source.sample(FIRST, 3)), organisation=lead.name, lead=lead) for lead in rows[::10]
            )
            for subject, records in made.items():
                index_records(every[subject], [row.pk for row in records])
        names += [row.name for row in rows[:50]]
        there += size
    with connection.cursor() as cursor:
        optimise(cursor)
        for table in ("promotion_lead", "promotion_investmentproject", "promotion_counterpart", "promotion_contact"):
            cursor.execute(f"ANALYZE {table}")
    return names or list(Lead.objects.values_list("name", flat=True)[:200])


def queries(names: list[str]) -> dict[str, list[str]]:
    """Kinds of text, as people type them."""
    from directory.rules.names import initials_keys, name_forms
    from tests.benchmarks.corpus import PRODUCTS, TRADES

    source = random.Random(5)
    cores = [name_forms(name).core for name in source.sample(names, 40)]
    return {
        "common word": [word for word in TRADES if len(word) == 2][:20],
        "what they make": list(PRODUCTS[:20]),
        "brand": [core[:2] for core in cores[:20]],
        "whole name": source.sample(names, 20),
        "initials": [initials_keys(core)[0] for core in cores[20:]],
        "number": [f"L26-{source.randrange(1000):07d}" for _ in range(20)],
        "no hit": ["魑魅魍魉", "饕餮貔貅"] * 5,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, nargs="+", default=[2_000, 50_000])
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_find")
    from django.test import Client

    from directory.search.records import find_records
    from promotion.models import Lead

    with own_database(keep=options.keep) as vendor:
        for count in sorted(options.leads):
            started = time.perf_counter()
            officers = people()
            names = load(count, officers)
            print(f"{vendor}, {count:,} leads (loaded and indexed in {time.perf_counter() - started:.0f} s)")
            client = Client(SERVER_NAME="localhost")
            client.force_login(officers[0], backend="django.contrib.auth.backends.ModelBackend")
            ask = partial(client.get, "/admin/search/")
            alone = partial(find_records, "lead", Lead.objects.visible_to(officers[0]), limit=5)
            everything: list[float] = []
            for kind, texts in queries(names).items():
                first = ask({"q": texts[0], "_fragment": "1"})
                assert first.status_code == 200, (first.status_code, first.headers)
                whole = [milliseconds(partial(ask, {"q": text, "_fragment": "1"})) for text in texts]
                leads = [milliseconds(partial(alone, text=text)) for text in texts]
                everything += whole
                print(f"  {kind:16} request {summary(whole)}   leads alone {summary(leads)}")
            print(f"  {'all':16} request {summary(everything)}")


if __name__ == "__main__":
    main()
