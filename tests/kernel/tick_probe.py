"""One of several processes that tick the same five slots: run by `test_jobs_processes`, says how many it took."""

import sys
import time
from datetime import timedelta
from pathlib import Path

import django


def main() -> None:
    """Begin each slot at the same moment as the others."""
    from pinghu.jobs.schedule import Job, tick
    from tests.kernel.probe_tasks import EPOCH

    job = Job("probe_tick", lambda: None, every=timedelta(minutes=1))
    taken = 0
    for number in range(5):
        time.sleep(1 - time.time() % 1)
        taken += tick(EPOCH + timedelta(minutes=number), only=[job])
    sys.stdout.write(f"took {taken}\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    django.setup()
    main()
