"""Whether the pillars of a service system are what its formula says: "1+3+N" is one core, three mechanisms, platforms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

CORE, MECHANISM, PLATFORM = "core", "mechanism", "platform"
LAYERS = (CORE, MECHANISM, PLATFORM)

_FORMULA = re.compile(r"(\d+)\+(\d+)\+(\d+|[Nn])")


def problems(formula: str, active_layers: Iterable[str]) -> tuple[str, ...]:
    """Return codes of what does not agree, in the order of the layers; () if all does.

    ``formula`` for one that cannot be read; ``core``, ``mechanism``, ``platform`` for a layer with another number of
    active pillars. N means one or more.
    """
    read = _FORMULA.fullmatch(formula.replace("＋", "+").replace(" ", ""))
    if read is None:
        return ("formula",)
    counts = Counter(active_layers)
    found = []
    for layer, wanted in zip(LAYERS, read.groups(), strict=True):
        fits = counts[layer] >= 1 if wanted in "Nn" else counts[layer] == int(wanted)
        if not fits:
            found.append(layer)
    return tuple(found)
