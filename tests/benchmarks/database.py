"""A database of the benchmark's own, on the engine that `DATABASE_URL` names (SQLite without it).

Import this module before any model. `--keep` leaves the database for the next run with the same name.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def set_up(name: str) -> None:
    """Start Django with a database name of its own; files stay in PINGHU_TEST_VAR or a temporary folder."""
    import django
    from django.conf import settings

    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        folder = Path(os.environ.get("PINGHU_BENCH_VAR") or os.environ["PINGHU_TEST_VAR"])
        folder.mkdir(parents=True, exist_ok=True)
        database["TEST"] = {"NAME": str(folder / f"{name}.sqlite3")}
    else:
        database["TEST"] = {"NAME": name}
    django.setup()


@contextmanager
def own_database(*, keep: bool) -> Iterator[str]:
    """Make and migrate the benchmark's database; drop it at the end unless it is kept."""
    from django.db import connection

    previous = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=not keep, keepdb=keep, serialize=False)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(previous, verbosity=0, keepdb=keep)


def milliseconds(function: Callable[[], Any]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    function()
    return (time.perf_counter() - started) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def summary(values: Sequence[float]) -> str:
    """Median, 95th percentile and worst, in milliseconds."""
    return f"p50 {statistics.median(values):7.2f}  p95 {percentile(values, 0.95):7.2f}  max {max(values):7.1f} ms"
