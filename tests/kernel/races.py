"""Several people at once: each in a thread of its own, with a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all of them from one starting line; what each returned or raised, in their order."""
    line = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        try:
            line.wait(timeout=30)
            results[index] = work()
        except Exception as error:  # the test looks at it
            results[index] = error
        finally:
            connections.close_all()

    threads: Sequence[threading.Thread] = [
        threading.Thread(target=run, args=(index, work)) for index, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a writer still waits"
    return results
