from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notation.graph import GRAMMAR, RELATIONS, NotationGraph, violations
from notation.symbols import Symbols
from notation.vocabulary import vocabulary


def page_of(*names: str) -> Symbols:
    """One symbol below the other, so that rows stand as named."""
    boxes = [[10, 10 * row, 5, 5, 0] for row in range(len(names))]
    return Symbols.of(boxes, [vocabulary().id_of(name) for name in names], width_px=100, height_px=1000)[0]


def related(symbols: Symbols, *edges: tuple[int, str, int]) -> NotationGraph:
    graph = NotationGraph(len(symbols))
    for edge in edges:
        graph.relate(*edge)
    return graph


def test_the_empty_page() -> None:
    graph = NotationGraph(0)
    assert (len(graph), list(graph.edges())) == (0, [])
    assert violations(graph, page_of()) == []


def test_relations_differ_by_name() -> None:
    assert len(RELATIONS) == len(GRAMMAR)


@pytest.mark.parametrize(
    ("source", "relation", "target"),
    [
        ("noteheadBlackOnLine", "stem", "stem"),
        ("noteheadHalfInSpaceSmall", "stem", "stem"),
        ("stem", "flag", "flag8thUp"),
        ("stem", "beam", "beam"),
        ("stem", "tremolo", "tremolo3"),
        ("noteheadWholeOnLine", "tremolo", "tremolo2"),
        ("restQuarter", "dot", "augmentationDot"),
        ("noteheadBlackInSpace", "accidental", "accidentalSharp"),
        ("noteheadBlackInSpace", "ledger", "ledgerLine"),
        ("noteheadBlackInSpace", "tie", "tie"),
        ("rest8th", "articulation", "fermataAbove"),
        ("beam", "tuplet", "tuplet3"),
        ("noteheadBlackInSpace", "tuplet", "tupletBracket"),
        ("barlineSingle", "dot-of-barline", "repeatDot"),
        ("restHalf", "precedes", "noteheadBlackOnLine"),
    ],
)
def test_legal_relations_and_only_in_one_direction(source: str, relation: str, target: str) -> None:
    symbols = page_of(source, target)
    assert violations(related(symbols, (0, relation, 1)), symbols) == []
    backwards = violations(related(symbols, (1, relation, 0)), symbols)
    assert [one.row for one in backwards] == ([] if relation == "precedes" else [1])


@pytest.mark.parametrize(
    ("source", "relation", "target"),
    [
        ("noteheadBlackOnLine", "stem", "beam"),
        ("noteheadBlackOnLine", "flag", "flag8thUp"),
        ("clefG", "accidental", "accidentalSharp"),
        ("noteheadBlackOnLine", "accidental", "keySharp"),
        ("noteheadBlackOnLine", "dot", "repeatDot"),
        ("restQuarter", "tie", "tie"),
    ],
)
def test_illegal_relations(source: str, relation: str, target: str) -> None:
    symbols = page_of(source, target)
    (found,) = violations(related(symbols, (0, relation, 1)), symbols)
    assert (found.row, found.relation) == (0, relation)
    assert found.message == f"{source} cannot have {relation} {target}"


@pytest.mark.parametrize(
    ("relation", "source", "target", "most"),
    [(one.relation, one.sources[0], one.targets[0], one.most_from_source) for one in GRAMMAR if one.most_from_source],
)
def test_no_more_targets_than_the_grammar_allows(relation: str, source: str, target: str, most: int) -> None:
    above, below = (_first_of(pattern) for pattern in (source, target))
    symbols = page_of(above, *[below] * (most + 1))
    full = [(0, relation, row) for row in range(1, most + 1)]
    assert violations(related(symbols, *full), symbols) == []
    (found,) = violations(related(symbols, *full, (0, relation, most + 1)), symbols)
    assert found.row == 0
    assert f"at most {most}" in found.message


@pytest.mark.parametrize(
    ("relation", "source", "target", "most"),
    [(one.relation, one.sources[0], one.targets[0], one.most_to_target) for one in GRAMMAR if one.most_to_target],
)
def test_no_more_sources_than_the_grammar_allows(relation: str, source: str, target: str, most: int) -> None:
    above, below = (_first_of(pattern) for pattern in (source, target))
    symbols = page_of(below, *[above] * (most + 1))
    full = [(row, relation, 0) for row in range(1, most + 1)]
    assert violations(related(symbols, *full), symbols) == []
    (found,) = violations(related(symbols, *full, (most + 1, relation, 0)), symbols)
    assert (found.row, found.relation) == (0, relation)


def test_every_pattern_of_the_grammar_names_a_class() -> None:
    patterns = {pattern for rule in GRAMMAR for pattern in (*rule.sources, *rule.targets)}
    assert all(_first_of(pattern) for pattern in patterns)


@pytest.mark.parametrize(
    ("edge", "message"),
    [((0, "stem", 2), "rows below 2"), ((-1, "stem", 0), "rows below 2"), ((0, "beside", 1), "'beside'")],
)
def test_unknown_rows_and_relations(edge: tuple[int, str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NotationGraph(2).relate(*edge)


def test_relating_twice_is_relating_once() -> None:
    graph = NotationGraph(3)
    for target in (2, 1, 2):
        graph.relate(0, "beam", target)
    graph.relate(0, "tuplet", 1)
    assert graph.targets(0, "beam") == [1, 2]
    assert graph.sources(1, "tuplet") == [0]
    assert list(graph.edges()) == [(0, "beam", 1), (0, "beam", 2), (0, "tuplet", 1)]
    assert list(graph.edges("tuplet")) == [(0, "tuplet", 1)]


@given(st.data())
def test_violations_never_raise_and_are_sorted(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(vocabulary().names()), min_size=1, max_size=6))
    symbols, rows = page_of(*names), st.integers(0, len(names) - 1)
    edges = data.draw(st.lists(st.tuples(rows, st.sampled_from(sorted(RELATIONS)), rows), max_size=12))
    found = violations(related(symbols, *edges), symbols)
    assert [one.row for one in found] == sorted(one.row for one in found)


def _first_of(pattern: str) -> str:
    stem = pattern.rstrip("*")
    return next(name for name in vocabulary().names() if name == stem or (stem != pattern and name.startswith(stem)))
