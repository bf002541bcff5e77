"""Causes of lost notes, on bars where one thing was changed, and their agreement with the scores."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscores_eval.differences import cause_counts, cause_table, explain, first_causes
from realscores_eval.notes import compare

DURATION = {"w": 48, "h": 24, "q": 12, "e": 6}


def bar(text: str, clef: str = "") -> str:
    """A bar from words such as "C4q F#5e", after an optional clef such as "G2"."""
    body = ""
    for word in text.split():
        alter = f"<alter>{ {'#': 1, 'b': -1}[word[1]] }</alter>" if word[1] in "#b" else ""
        body += (
            f"<note><pitch><step>{word[0]}</step>{alter}<octave>{word[-2]}</octave></pitch>"
            f"<duration>{DURATION[word[-1]]}</duration></note>"
        )
    sign = f"<attributes><clef><sign>{clef[0]}</sign><line>{clef[1]}</line></clef></attributes>" if clef else ""
    return sign + body


def score(*staves: list[str]) -> str:
    first = "<attributes><divisions>12</divisions></attributes>"
    parts = ""
    for bars in staves:
        measures = [f'<measure number="{i}">{first if i == 1 else ""}{one}</measure>' for i, one in enumerate(bars, 1)]
        parts += f"<part>{''.join(measures)}</part>"
    return f"<score-partwise>{parts}</score-partwise>"


@pytest.mark.parametrize(
    ("truth", "result", "causes"),
    [
        ("", "", {}),
        ("C4q D4q E4q", "C4q D4q E4q", {}),
        ("C4q D4q E4q", "C4q D4q", {"missing note": 1}),
        ("C4q D4q", "C4q D4q E4q", {"extra note": 1}),
        ("C4q D4q E4q", "C4q D5q E4q", {"wrong octave": 1}),
        ("C4q D4q E4q", "C4q Db4q E4q", {"wrong accidental": 1}),
        ("C4q D4q E4q", "C4q D4q E4h", {"wrong duration": 1}),
        ("C4q D4q E4q", "C4q D4q A5q", {"wrong pitch": 1}),
        ("C4q D4q E4q", "C4h D4q E4q", {"wrong duration": 1, "shifted onset": 2}),
        ("C4q D4q E4q", "D4q E4q", {"missing note": 1, "shifted onset": 2}),
        ("C4q D4q E4q", "E4q F4q G4q", {"wrong pitch": 3}),
        ("C4q E4q", "C4q Eb4h", {"wrong accidental and duration": 1}),
        ("C4q E4q", "C4q E3h", {"wrong octave and duration": 1}),
        ("C4q E4q", "C4q G4h", {"wrong pitch and duration": 1}),
        ("C4h D4q E4q", "D4h E4q", {"shifted onset, wrong duration": 1, "shifted onset": 1, "missing note": 1}),
    ],
)
def test_causes_within_a_bar(truth: str, result: str, causes: dict[str, int]) -> None:
    found = explain(score([bar(truth)]), score([bar(result)]))
    assert cause_counts(found) == causes


def test_a_wrong_clef_is_named_for_every_note() -> None:
    found = explain(score([bar("B4q C5q", "G2")]), score([bar("D3q E3q", "F4")]))
    assert cause_counts(found) == {"wrong clef": 2, "missing clef sign": 1, "extra clef sign": 1}


def test_a_note_on_the_wrong_staff() -> None:
    truth = score([bar("C5q D5q")], [bar("C3q G3q")])
    result = score([bar("C5q D5q") + "<backup><duration>12</duration></backup>" + bar("G3q")], [bar("C3q")])
    (found,) = explain(truth, result)
    assert (found.cause, found.bar, found.staff) == ("wrong staff", "1", 2)


def test_missing_and_extra_bars_and_staves() -> None:
    two = [bar("C4q D4q"), bar("G4h A4h")]
    assert cause_counts(explain(score(two), score(two[1:]))) == {"missing bar": 2}
    assert cause_counts(explain(score(two[1:]), score(two))) == {"extra bar": 2}
    assert cause_counts(explain(score(two, [bar("C3w")] * 2), score(two))) == {"missing staff": 2}


def test_a_difference_says_where_and_what() -> None:
    (found,) = explain(score([bar("C4w"), bar("F#4h G4h")]), score([bar("C4w"), bar("F#5h G4h")]))
    assert str(found) == "bar 2, staff 1: wrong octave: F#4 at 0 for 2 read as F#5 at 0 for 2"
    (lost,) = explain(score([bar("C4w D4w")]), score([bar("C4w")]))
    assert str(lost) == "bar 1, staff 1: missing note: D4 at 4 for 4"


def test_the_first_cause_of_a_bar_stands_for_its_consequences() -> None:
    found = explain(score([bar("C4q D4q E4q"), bar("F4w")]), score([bar("C4h D4q E4q"), bar("F5w")]))
    assert cause_counts(found) == {"wrong duration": 1, "shifted onset": 2, "wrong octave": 1}
    assert first_causes(found) == {"wrong duration": 1, "wrong octave": 1}
    assert first_causes([]) == {}


def test_table_of_causes() -> None:
    truth = score([bar("C4q D4q")])
    pages = {"a": explain(truth, score([bar("C4q")])), "b": explain(truth, score([])), "c": explain(truth, truth)}
    assert "| missing note | 1 | 1 | 1 | a (1) |" in cause_table(pages)
    assert cause_table({}).count("\n") == 2


words = st.tuples(st.sampled_from("CDEF"), st.sampled_from(["", "#"]), st.sampled_from("45"), st.sampled_from("qh"))
bars = st.lists(st.lists(words.map("".join), max_size=4).map(" ".join).map(bar), max_size=3)


@settings(max_examples=80, deadline=None)
@given(bars, bars)
def test_every_lost_note_is_explained_once(left: list[str], right: list[str]) -> None:
    truth, result = score(left), score(right)
    tally = compare(truth, result).pitch_onset_duration
    found = explain(truth, result)
    assert sum(one.truth is not None for one in found) == tally.truth - tally.matched
    assert sum(one.result is not None for one in found) == tally.result - tally.matched
