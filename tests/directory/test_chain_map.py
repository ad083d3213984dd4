"""The layout of a chain's map, from values alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.chain_map import BANDS, NODE_HEIGHT, NODE_WIDTH, Node, arrange, crossings, draw, layers_of, lines_of

UP, MID, DOWN = BANDS


def test_node_stands_right_of_all_that_feed_it():
    nodes = [Node("a", UP), Node("b", UP), Node("c", MID), Node("d", DOWN)]
    layers = layers_of(nodes, [("a", "b"), ("b", "c"), ("a", "d")])
    assert layers == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_bands_never_mix_even_without_edges():
    layers = layers_of([Node("d", DOWN), Node("m", MID), Node("u", UP)], [])
    assert layers["u"] < layers["m"] < layers["d"]


def test_edge_against_the_bands_does_not_push():
    assert layers_of([Node("u", UP), Node("d", DOWN)], [("d", "u")]) == {"u": 0, "d": 1}


def test_long_edge_passes_between_the_nodes():
    nodes = [Node("a", UP), Node("b", MID), Node("c", DOWN)]
    columns, routes = arrange(nodes, [("a", "b"), ("b", "c"), ("a", "c")])
    assert len(routes["a", "c"]) == 3
    assert len(columns[1]) == 2


def test_crossing_is_untangled():
    nodes = [Node(key, UP) for key in "ab"] + [Node(key, MID) for key in "xy"]
    edges = [("a", "y"), ("b", "x")]
    columns, _routes = arrange(nodes, edges)
    assert crossings([["a", "b"], ["x", "y"]], edges) == 1
    assert crossings(columns, edges) == 0


def test_empty_map_is_drawn():
    assert draw([], []).nodes == []


graphs = st.integers(0, 9).flatmap(
    lambda size: st.tuples(
        st.lists(st.sampled_from(BANDS), min_size=size, max_size=size),
        st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda edge: edge[0] < edge[1]), unique=True),
    )
)


@given(graphs)
def test_any_graph_is_drawn_without_overlap_inside_its_frame(graph):
    bands, edges = graph
    drawing = draw([Node(key, band) for key, band in enumerate(bands)], edges)
    assert {node.key for node in drawing.nodes} == set(range(len(bands)))
    boxes = [(node.x, node.y) for node in drawing.nodes]
    for number, (x, y) in enumerate(boxes):
        assert 0 <= x <= drawing.width - NODE_WIDTH
        assert 0 <= y <= drawing.height - NODE_HEIGHT
        assert not any(abs(x - a) < NODE_WIDTH and abs(y - b) < NODE_HEIGHT for a, b in boxes[number + 1 :])


@given(graphs)
def test_sweeps_never_add_crossings_and_the_answer_is_the_same_again(graph):
    bands, edges = graph
    nodes = [Node(key, band) for key, band in enumerate(bands)]
    assert arrange(nodes, edges) == arrange(nodes, edges)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("齿轮", ["齿轮"]),
        ("一二三四五六七八九十甲乙丙", ["一二三四五六七八九十甲", "乙丙"]),
        ("Precision gears and shafts", ["Precision gears and", "shafts"]),
        ("一" * 30, ["一" * 11, "一" * 10 + "…"]),
    ],
)
def test_name_breaks_into_two_lines_at_most(text, lines):
    assert lines_of(text) == lines
