"""Error rates and tree distances on cases worked by hand, and against slow definitions."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscores_eval.lmx import delinearise
from realscores_eval.lmx.events import Part
from realscores_eval.lmx.reader import read_parts
from realscores_eval.sequence_tokens import homr_error_rate, homr_sequences
from realscores_eval.ser import EditTally, levenshtein, symbol_error_rate
from realscores_eval.systems.page_scores import edit_scores, score_page
from realscores_eval.tedn import aligned, building_cost, score_trees, tedn
from realscores_eval.tree_distance import Costs, Tree, tree_distance


def music(tokens: str) -> list[Part]:
    return read_parts(delinearise(tokens))


@pytest.mark.parametrize(
    ("truth", "result", "expected"),
    [
        pytest.param("", "", (0, 0.0), id="nothing"),
        pytest.param("", "ab", (2, 1.0), id="all extra"),
        pytest.param("abc", "", (3, 1.0), id="all missing"),
        pytest.param("kitten", "sitting", (3, 0.5), id="kitten"),
        pytest.param("ab", "xxxxx", (5, 2.5), id="it can pass one"),
    ],
)
def test_symbol_error_rate(truth: str, result: str, expected: tuple[int, float]) -> None:
    tally = symbol_error_rate(truth, result)
    assert (tally.distance, tally.rate) == expected
    assert (tally.truth, tally.result) == (len(truth), len(result))


def slow_levenshtein(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for at, one in enumerate(first, 1):
        before, row = row, [at]
        for column, two in enumerate(second, 1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (one != two)))
    return row[-1]


@given(st.text("abc", max_size=90), st.text("abcd", max_size=20))
def test_bits_count_like_the_table(first: str, second: str) -> None:
    assert levenshtein(first, second) == slow_levenshtein(first, second) == levenshtein(second, first)


def test_tallies_add_up() -> None:
    assert EditTally(1, 4, 4, 5) + EditTally(2, 2, 2, 0) == EditTally(3, 6, 6, 5)
    assert EditTally().rate == 0


TREES = st.recursive(
    st.sampled_from("ab").map(lambda label: Tree(label)),
    lambda inner: st.tuples(st.sampled_from("ab"), st.lists(inner, max_size=3)).map(lambda one: Tree(*one)),
    max_leaves=5,
)
UNEQUAL = Costs[str](remove=lambda label: 1, insert=lambda label: 2 + (label == "b"), change=lambda a, b: 2 * (a != b))


def frozen(tree: Tree[str]) -> tuple[str, tuple[object, ...]]:
    return tree.label, tuple(frozen(child) for child in tree.children)


@cache
def slow_distance(first: tuple, second: tuple) -> int:  # type: ignore[type-arg]
    """Distance of two forests straight from its definition: the last roots are removed, inserted or matched."""
    if not first and not second:
        return 0
    options = []
    if first:
        *before, (label, children) = first
        options.append(slow_distance((*before, *children), second) + UNEQUAL.remove(label))
    if second:
        *ahead, (other, below) = second
        options.append(slow_distance(first, (*ahead, *below)) + UNEQUAL.insert(other))
    if first and second:
        matched = slow_distance(children, below) + slow_distance(tuple(before), tuple(ahead))
        options.append(matched + UNEQUAL.change(label, other))
    return min(options)


@settings(max_examples=100, deadline=None)
@given(TREES, TREES)
def test_tree_distance_is_the_defined_one(first: Tree[str], second: Tree[str]) -> None:
    assert tree_distance(first, second, UNEQUAL) == slow_distance((frozen(first),), (frozen(second),))


def test_zhang_and_shashas_own_example() -> None:
    """f(d(a c(b)) e) against f(c(d(a b)) e): two edits."""
    first = Tree("f", [Tree("d", [Tree("a"), Tree("c", [Tree("b")])]), Tree("e")])
    second = Tree("f", [Tree("c", [Tree("d", [Tree("a"), Tree("b")])]), Tree("e")])
    unit = Costs[str](lambda label: 1, lambda label: 1, lambda a, b: int(a != b))
    assert tree_distance(first, second, unit) == 2


BAR = "measure C4 voice:1 quarter stem:up D4 quarter"


@pytest.mark.parametrize(
    ("result", "cost"),
    [
        pytest.param(BAR, 0, id="itself"),
        pytest.param("measure C4 voice:1 quarter stem:up E4 quarter", 1, id="another pitch: one letter"),
        pytest.param("measure C4 voice:1 quarter stem:up D4 half", 1, id="another value: one letter"),
        pytest.param("measure C4 voice:1 quarter stem:up D4 half stem:down", 2, id="value and stem: two letters"),
        pytest.param("measure C4 voice:1 quarter stem:up D4 quarter dot", 1, id="a dot too many is removed"),
        pytest.param(
            "measure C4 voice:1 quarter stem:up D4 quarter staccato", 3, id="notations, articulations, staccato"
        ),
        pytest.param("measure C4 voice:1 quarter stem:up", 5, id="a missing note: itself and four letters"),
        pytest.param(BAR + " E4 quarter", 1, id="a note too many is removed"),
        pytest.param(BAR + " measure C4 voice:1 quarter", 2, id="a measure too many: it and its note"),
        pytest.param("measure " + BAR, 1, id="an empty measure before the right one"),
    ],
)
def test_tedn_worked_by_hand(result: str, cost: int) -> None:
    tally = tedn(music(BAR), music(result))
    assert tally.distance == cost
    assert tally.whole == 2 + 2 * (1 + 4)  # part, measure, and two notes with their letters


def test_a_missing_score_costs_what_building_it_costs() -> None:
    truth = music(BAR)
    assert tedn(truth, []).rate == 1
    assert tedn(truth, []).distance == building_cost(score_trees(truth)[0])
    assert tedn([], truth).distance == tedn([], truth).result
    assert tedn([], []).rate == 0


def test_aligning_measures_first_gives_the_whole_distance_here() -> None:
    from realscores_eval.tedn import COSTS

    truth = music(f"{BAR} measure E4 quarter F4 quarter sharp measure G4 half dot")
    result = music(f"{BAR} measure E4 quarter F4 eighth measure A4 half measure G4 half")
    found, wanted = score_trees(result)[0], score_trees(truth)[0]
    assert tedn(truth, result).distance == tree_distance(found, wanted, COSTS)
    pairs = aligned(found.children, wanted.children)
    assert [(a is None, b is None) for a, b in pairs].count((False, True)) == 1


def test_homr_symbols_of_two_staves() -> None:
    tokens = (
        "measure key:fifths:-1 time beats:6 beat-type:8 clef:G2 staff:1 clef:F4 staff:2 "
        "grace D5 eighth staff:1 C5 quarter dot flat slur:start chord E5 quarter dot rest eighth 3in2 "
        "backup half C3 voice:5 half staff:2 tied:start staccato measure rest voice:1 rest:measure staff:1"
    )
    upper, lower = homr_sequences(music(tokens))
    assert upper == [
        "clef_G2",
        "keySignature_-1",
        "timeSignature/8",
        "note_8G D5 _ _ _",
        "note_4. C5 b _ slurStart",
        "chord",
        "note_4. E5 _ _ _",
        "rest_12 _ _ _ _",
        "barline",
        "rest_0 _ _ _ _",
        "barline",
    ]
    assert lower == [
        "clef_F4",
        "keySignature_-1",
        "timeSignature/8",
        "note_2 C3 _ staccato slurStart",
        "barline",
        "barline",
    ]


def test_homr_rate_pairs_staves_from_the_top() -> None:
    truth = music("measure clef:G2 C4 quarter part measure clef:F4 C3 quarter")
    assert homr_error_rate(truth, truth).rate == 0
    assert homr_error_rate(truth, truth[:1]) == EditTally(3, 6, 6, 3)
    wrong = music("measure clef:G2 C4 quarter part measure clef:F4 C3 half")
    assert homr_error_rate(truth, wrong) == EditTally(1, 6, 6, 6)


SONG = "measure clef:G2 C4 voice:1 quarter stem:up D4 quarter measure E4 half part measure clef:F4 C3 half"


def test_the_truth_against_itself_is_perfect_and_nothing_is_a_complete_miss() -> None:
    text = delinearise(SONG)
    same = score_page("p", text, text)
    assert {name: tally.distance for name, tally in same.edits.items()} == {"SER-LMX": 0, "SER-homr": 0, "TEDn": 0}
    assert same.notes.f1 == 1
    missed = score_page("p", text, None)
    assert {name: (tally.rate, tally.result) for name, tally in missed.edits.items()} == {
        "SER-LMX": (1, 0),
        "SER-homr": (1, 0),
        "TEDn": (1, 0),
    }
    assert missed.notes.f1 == 0


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*SONG.split(), "backup", "rest", "dot", "chord", "sharp"]), max_size=40))
def test_any_score_is_at_no_distance_from_itself(words: list[str]) -> None:
    parts = music(" ".join(words))
    assert all(tally.distance == 0 for tally in edit_scores(parts, parts).values())
