"""Questions about directed graphs given as pairs."""

from collections import defaultdict
from collections.abc import Hashable, Iterable


def leads_to(start: Hashable, goal: Hashable, edges: Iterable[tuple[Hashable, Hashable]]) -> bool:
    """Can `goal` be reached from `start` along the edges? A node reaches itself."""
    following: dict[Hashable, list[Hashable]] = defaultdict(list)
    for upstream, downstream in edges:
        following[upstream].append(downstream)
    seen, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        if node == goal:
            return True
        fresh = [nxt for nxt in following[node] if nxt not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return False
