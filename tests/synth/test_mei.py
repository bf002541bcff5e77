from __future__ import annotations

from fractions import Fraction

import pytest

from synth.mei import MeiScore


def mei(layer: str, definition: str = '<staffDef n="1" lines="5"/>') -> MeiScore:
    return MeiScore(
        '<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score>'
        f"<scoreDef><staffGrp>{definition}</staffGrp></scoreDef><section>"
        f'<measure xml:id="m1" n="1"><staff n="1"><layer n="1">{layer}</layer></staff>'
        '<slur xml:id="s1" startid="#a" endid="#b"/></measure></section></score></mdiv></body></music></mei>'
    )


def test_an_empty_layer_has_no_events() -> None:
    score = mei("")
    assert score.events == {}
    assert score.get("nothing", "startid") == ""
    assert score.references("s1", "endid") == ["b"]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ('<note xml:id="a" dur="4"/><note xml:id="b" dur="4"/>', "1"),
        ('<note xml:id="a" dur="4" dots="1"/><note xml:id="b" dur="8"/>', "3/2"),
        ('<note xml:id="a" dur="2"><dot/><dot/></note><note xml:id="b" dur="8"/>', "7/2"),
        ('<note xml:id="a" dur="4" grace="acc"/><note xml:id="b" dur="4"/>', "0"),
        ('<graceGrp><note xml:id="a" dur="8"/></graceGrp><note xml:id="b" dur="4"/>', "0"),
        ('<rest xml:id="a" dur="breve"/><note xml:id="b" dur="4"/>', "8"),
        ('<space dur="16"/><note xml:id="b" dur="4"/>', "1/4"),
        ('<beam><note xml:id="a" dur="8"/><note xml:id="b" dur="8"/></beam>', "1/2"),
        ('<chord dur="2"><note xml:id="a"/></chord><note xml:id="b" dur="4"/>', "2"),
        ('<tuplet num="3" numbase="2"><note xml:id="a" dur="8"/><note xml:id="b" dur="8"/></tuplet>', "1/3"),
        (
            '<tuplet num="3" numbase="2"><tuplet num="5" numbase="4"><note dur="16"/><note xml:id="b" dur="16"/>'
            "</tuplet></tuplet>",
            "2/15",
        ),
        ('<bTrem><note xml:id="a" dur="2"/></bTrem><note xml:id="b" dur="4"/>', "2"),
        ('<fTrem><note xml:id="a" dur="2"/><note xml:id="b" dur="2"/></fTrem>', "1"),
    ],
)
def test_onsets_add_up(layer: str, expected: str) -> None:
    assert mei(layer).events["b"].onset_ql == Fraction(expected)


def test_notes_of_a_chord_share_one_event() -> None:
    events = mei('<chord xml:id="c" dur="4"><note xml:id="a"/><note xml:id="b"/></chord>').events
    assert events["a"] == events["b"] == events["c"]
    assert (events["a"].duration, events["a"].layer, events["a"].staff, events["a"].measure) == ("4", 1, 1, "m1")


def test_a_whole_bar_rest_begins_with_the_bar() -> None:
    event = mei('<mRest xml:id="a"/>').events["a"]
    assert (event.onset_ql, event.duration) == (0, "")


def test_staves_in_a_brace_are_one_part() -> None:
    definition = (
        '<staffDef n="1"/><staffGrp><grpSym symbol="brace"/><staffDef n="2"/><staffDef n="3"/></staffGrp>'
        '<staffGrp symbol="bracket"><staffDef n="4"/><staffDef n="5"/></staffGrp>'
    )
    assert mei("", definition).part_of_staff == {1: 0, 2: 1, 3: 1, 4: 2, 5: 3}
