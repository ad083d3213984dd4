"""What an import costs: reading and planning, applying, undoing, beside saving the same rows one by one.

    python -m tests.benchmarks.bench_import --existing 100000 --rows 10000 --rows 100000

Two files each: *codes* (60 % unchanged, 20 % changed, 20 % new, all with credit codes) and *names* (the same mix without
codes, so that new ones are compared with all names). Times are wall and CPU seconds; `--cases` leaves one out.
"""

import argparse
import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks.database import own_database, set_up

HEADINGS = ["企业名称", "统一社会信用代码", "住所", "注册资本", "成立日期", "主要产品"]
BASELINE = 100
_SERIAL = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code_of(number: int) -> str:
    """A valid credit code, one for each number up to 900 million."""
    from directory.rules import uscc

    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 31)
        digits = _SERIAL[digit] + digits
    return uscc.make(f"91999999MA{digits}")


def load(count: int) -> None:
    """The corpus with valid codes, indexed; goes on where a kept database stopped."""
    from directory.models import Enterprise
    from tests.benchmarks import corpus

    frame = corpus.make_frame()
    present = Enterprise.objects.filter(pk__lte=count).count()
    stream = islice(corpus.enterprises(frame), present, count)
    while present < count and (part := list(islice(stream, 5000))):
        for one in part:
            one.enterprise.uscc = code_of(one.enterprise.pk)
        corpus._write(part, index=True)
    if corpus.connection.vendor == "postgresql":
        corpus._advance_sequence()
    with corpus.connection.cursor() as cursor:
        corpus.optimise(cursor)
        cursor.execute("ANALYZE" if corpus.connection.vendor == "sqlite" else "VACUUM ANALYZE")


def file_of(rows: int, existing: int, *, with_codes: bool) -> bytes:
    """A bureau's list in the mix stated above, spread over the corpus."""
    from directory.models import Enterprise
    from tests.benchmarks import corpus

    known = list(
        Enterprise.objects.filter(pk__lte=existing).order_by("pk").values_list("registered_name", "uscc", "products")
    )
    step = max(1, len(known) * 10 // (rows * 8))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    fresh = islice(corpus.enterprises(corpus.make_frame()), existing, existing + rows)
    for number in range(rows):
        if number % 5 == 4:
            one = next(fresh).enterprise
            name, code, products = one.registered_name, code_of(one.pk), one.products
        else:
            name, code, products = known[(number * step) % len(known)]
        changed = number % 5 == 3
        address = f"示例路{number}号" if changed or number % 5 == 4 else ""
        writer.writerow([name, code if with_codes else "", address, "500万元" if number % 5 == 4 else "", "", products])
    return out.getvalue().encode()


def peak_memory() -> float:
    """Most memory the process held since the last reset, in MB (Linux), without the pages of files.

    SQLite maps 256 MB of its database, which the system takes back when it needs them.
    """
    held = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return (int(held["VmHWM"].split()[0]) - int(held["RssFile"].split()[0])) / 1024


def timed(name: str, rows: int, work: Callable[[], Any]) -> Any:
    """(result, seconds); prints both clocks and the most memory held."""
    Path("/proc/self/clear_refs").write_text("5")
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {name:<18} {wall:8.2f} s wall {cpu:8.2f} s CPU {rows / wall:9,.0f} rows/s   peak {peak_memory():6.0f} MB")
    sys.stdout.flush()
    return result, wall


def measure(file: Path, rows: int) -> None:
    """One file through the whole way; its memory is the process's own."""
    from directory.models import DataSource
    from directory.services.importing import Description, apply_run, plan_run, revert_run, stage_file

    source = DataSource.objects.get(code="bureau")
    said = Description("enterprises", source, file.name)
    print(f"{rows:,} rows, {file.stem}; before: {peak_memory():.0f} MB")
    run, staged = timed("read and store", rows, lambda: stage_file(file.read_bytes(), said, by=None, again=True))
    _, planned = timed("plan", rows, lambda: plan_run(run))
    print(f"  {run.counts}")
    _, applied = timed("apply", rows, lambda: apply_run(run))
    print(f"  read, plan, apply: {staged + planned + applied:.1f} s")
    timed("revert", rows, lambda: revert_run(run))
    print(f"  {run.counts}")


def baseline() -> None:
    """The same work one row at a time, through the service that the form uses."""
    from directory.models import Enterprise
    from pinghu.ledger.saving import save_record

    print(f"one by one (save_record), {BASELINE} rows")
    made: list[Any] = []

    def create() -> None:
        for _number in range(BASELINE):
            row = Enterprise(registered_name=f"逐行{time.time_ns()}号精机有限公司", address="示例路")
            made.append(save_record(row, by=None, door="command"))

    def update() -> None:
        for row in made:
            row.address = "另一路"
            save_record(row, fields=["address"], by=None, door="command")

    timed("create", BASELINE, create)
    timed("update", BASELINE, update)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--existing", type=int, default=100_000)
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--cases", choices=["codes", "names"], action="append")
    parser.add_argument("--keep", action="store_true", help="leave the database for the next run")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)  # the child process that measures one file
    options = parser.parse_args()
    set_up(f"bench_import_{options.existing}")
    if options.file:
        with own_database(keep=True):
            measure(options.file, options.rows[0])
        return
    with own_database(keep=options.keep) as vendor, tempfile.TemporaryDirectory() as folder:
        print(f"engine: {vendor}, {options.existing:,} enterprises")
        load(options.existing)
        baseline()
        for rows in options.rows or [10_000]:
            for case in options.cases or ["codes", "names"]:
                file = Path(folder) / f"{case}.csv"
                file.write_bytes(file_of(rows, options.existing, with_codes=case == "codes"))
                sys.stdout.flush()
                arguments = ["--existing", str(options.existing), "--rows", str(rows), "--file", str(file)]
                subprocess.run([sys.executable, "-m", "tests.benchmarks.bench_import", *arguments], check=True)


if __name__ == "__main__":
    main()
