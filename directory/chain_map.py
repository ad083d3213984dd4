"""Where the nodes and edges of a chain's map stand: drawn from upstream on the left to downstream on the right.

Layered layout after Sugiyama, Tagawa, Toda (1981): layers that respect the bands (up-, mid-, downstream) and the edges,
dummy nodes where an edge passes a layer, barycentre sweeps against crossings. Pure functions, the same answer for the
same input.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

NODE_WIDTH = 188
NODE_HEIGHT = 68
COLUMN_GAP = 84
ROW_GAP = 24
MARGIN = 16
#: Height above the nodes, for the bands' names.
HEAD = 52
SWEEPS = 8
#: Widths of Latin letters that one line of a node holds; a Chinese character counts two.
LINE_WIDTH = 22
ARROW = 8

BANDS = ("upstream", "midstream", "downstream")

Key = Hashable
Edge = tuple[Key, Key]


@dataclass(frozen=True, slots=True)
class Node:
    """A segment to be placed. `band` is one of `BANDS`."""

    key: Key
    band: str


@dataclass(slots=True)
class Placed:
    """A node with its upper left corner, in pixels of the drawing."""

    key: Key
    x: int
    y: int


@dataclass(slots=True)
class Path:
    """An edge: the `d` of an SVG path, and that of its arrow head."""

    upstream: Key
    downstream: Key
    line: str
    arrow: str


@dataclass(slots=True)
class Map:
    """The whole drawing. `bands` are (band, x of its name); `columns` the nodes of each layer from above."""

    width: int
    height: int
    nodes: list[Placed] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    bands: list[tuple[str, int]] = field(default_factory=list)
    columns: list[list[Key]] = field(default_factory=list)


def layers_of(nodes: Sequence[Node], edges: Iterable[Edge]) -> dict[Key, int]:
    """The layer of each node: right of all that feed it, and no band left of an earlier one's end.

    An edge that runs against the bands (downstream feeds upstream) does not push: it is drawn backwards.
    """
    feeds: dict[Key, list[Key]] = defaultdict(list)
    known = {node.key for node in nodes}
    for upstream, downstream in edges:
        if upstream in known and downstream in known:
            feeds[downstream].append(upstream)
    layers: dict[Key, int] = {}
    start = 0
    for band in BANDS:
        members = [node.key for node in nodes if node.band == band]
        waiting = list(members)
        while waiting:
            inside = set(waiting)
            ready = [key for key in waiting if not inside.intersection(feeds[key])] or waiting[:1]
            for key in ready:
                layers[key] = max([start, *(layers[one] + 1 for one in feeds[key] if one in layers)])
            waiting = [key for key in waiting if key not in layers]
        if members:
            start = max(layers.values()) + 1
    return layers


def crossings(columns: Sequence[Sequence[Key]], links: Iterable[Edge]) -> int:
    """How many pairs of links between neighbouring columns cross."""
    place = {key: (number, row) for number, column in enumerate(columns) for row, key in enumerate(column)}
    between: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one, other in links:
        between[place[one][0]].append((place[one][1], place[other][1]))
    found = 0
    for pairs in between.values():
        for number, (a, b) in enumerate(pairs):
            found += sum(1 for c, d in pairs[number + 1 :] if (a - c) * (b - d) < 0)
    return found


def arrange(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[list[list[Key]], dict[Edge, list[Key]]]:
    """Columns of nodes and dummies in the order that crosses least, and the stations of each edge."""
    layers = layers_of(nodes, edges)
    columns: list[list[Key]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node in nodes:
        columns[layers[node.key]].append(node.key)
    routes: dict[Edge, list[Key]] = {}
    for upstream, downstream in edges:
        if upstream not in layers or downstream not in layers:
            continue
        route: list[Key] = [upstream]
        for layer in range(layers[upstream] + 1, layers[downstream]):
            dummy = ("dummy", upstream, downstream, layer)
            columns[layer].append(dummy)
            route.append(dummy)
        routes[upstream, downstream] = [*route, downstream]
    links = [
        (one, other)
        for (upstream, downstream), route in routes.items()
        if layers[downstream] > layers[upstream]
        for one, other in pairwise(route)
    ]
    return _untangled(columns, links), routes


def _untangled(columns: list[list[Key]], links: list[Edge]) -> list[list[Key]]:
    left: dict[Key, list[Key]] = defaultdict(list)
    right: dict[Key, list[Key]] = defaultdict(list)
    for one, other in links:
        right[one].append(other)
        left[other].append(one)
    best, least = [list(column) for column in columns], crossings(columns, links)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        order = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
        for number in order:
            beside = columns[number - 1 if forward else number + 1]
            columns[number] = _by_barycentre(columns[number], beside, left if forward else right)
        found = crossings(columns, links)
        if found < least:
            best, least = [list(column) for column in columns], found
    return best


def _by_barycentre(column: list[Key], beside: list[Key], neighbours: Mapping[Key, list[Key]]) -> list[Key]:
    """The column in the order of its neighbours' mean places; what has none keeps its own place."""
    rows = {key: row for row, key in enumerate(beside)}

    def centre(row: int, key: Key) -> float:
        places = [rows[one] for one in neighbours[key] if one in rows]
        return sum(places) / len(places) if places else float(row)

    places = {key: (centre(row, key), row) for row, key in enumerate(column)}
    return sorted(column, key=places.__getitem__)


def draw(nodes: Sequence[Node], edges: Sequence[Edge]) -> Map:
    """Coordinates of everything, ready for an SVG."""
    columns, routes = arrange(nodes, edges)
    step = NODE_HEIGHT + ROW_GAP
    tallest = max((len(column) for column in columns), default=0)
    width = max(len(columns) * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP, NODE_WIDTH) + 2 * MARGIN
    drawing = Map(width, HEAD + max(tallest * step - ROW_GAP, 0) + MARGIN, columns=columns)
    centres: dict[Key, tuple[int, int]] = {}
    real = {node.key for node in nodes}
    for number, column in enumerate(columns):
        x = MARGIN + number * (NODE_WIDTH + COLUMN_GAP)
        top = HEAD + (tallest - len(column)) * step // 2
        for row, key in enumerate(column):
            centres[key] = (x, top + row * step + NODE_HEIGHT // 2)
            if key in real:
                drawing.nodes.append(Placed(key, x, top + row * step))
    for (upstream, downstream), route in routes.items():
        drawing.paths.append(_path(upstream, downstream, [centres[key] for key in route]))
    drawing.bands = _bands(nodes, columns)
    return drawing


def _bands(nodes: Sequence[Node], columns: Sequence[Sequence[Key]]) -> list[tuple[str, int]]:
    band_of = {node.key: node.band for node in nodes}
    found: dict[str, int] = {}
    for number, column in enumerate(columns):
        for key in column:
            if key in band_of:
                found.setdefault(band_of[key], MARGIN + number * (NODE_WIDTH + COLUMN_GAP))
    return [(band, found[band]) for band in BANDS if band in found]


def _path(upstream: Key, downstream: Key, stations: list[tuple[int, int]]) -> Path:
    """A curve from the right side of the first station to the left side of the last, level at every station."""
    x, y = stations[0][0] + NODE_WIDTH, stations[0][1]
    parts = [f"M{x} {y}"]
    for number, (left, middle) in enumerate(stations[1:], start=1):
        is_last = number == len(stations) - 1
        end = left - ARROW if is_last else left
        bend = max(abs(end - x) // 2, COLUMN_GAP // 2)
        parts.append(f"C{x + bend} {y} {end - bend} {middle} {end} {middle}")
        x, y = end, middle
        if not is_last:
            x = left + NODE_WIDTH
            parts.append(f"H{x}")
    arrow = f"M{x} {y - 5}L{x + ARROW} {y}L{x} {y + 5}Z"
    return Path(upstream, downstream, "".join(parts), arrow)


def lines_of(text: str, width: int = LINE_WIDTH) -> list[str]:
    """A name in at most two lines of a node; what does not fit ends in an ellipsis. Latin words stay whole."""
    lines: list[str] = [""]
    for piece in _pieces(text):
        if _wide(lines[-1] + piece) <= width or not lines[-1]:
            lines[-1] += piece
        elif len(lines) == 1:
            lines[-1] = lines[-1].rstrip()
            lines.append(piece.lstrip())
        else:
            lines[-1] = _cut(lines[-1], width)
            return lines
    return [_cut(line, width, mark="…" if _wide(line) > width else "") for line in lines]


def _pieces(text: str) -> list[str]:
    """Where a line may break: after each Chinese character, after each blank."""
    pieces, word = [], ""
    for character in text:
        word += character
        if character == " " or ord(character) > 0x2E7F:
            pieces.append(word)
            word = ""
    return [*pieces, word] if word else pieces


def _wide(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _cut(text: str, width: int, mark: str = "…") -> str:
    while text and _wide(text) > width - len(mark):
        text = text[:-1]
    return text.rstrip() + mark
