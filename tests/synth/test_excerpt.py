from __future__ import annotations

import pytest
from lxml import etree

from notation.errors import FormatError
from synth import excerpt


def root_of(musicxml: str) -> etree._Element:
    return etree.fromstring(musicxml.encode())


@pytest.fixture
def four_bars(score, note) -> str:
    """Four bars in D, 4/4; the second changes clef and meter, a slur and a tie cross from bar 2 to bar 3."""
    change = (
        "<attributes><time><beats>3</beats><beat-type>4</beat-type></time>"
        "<clef><sign>F</sign><line>4</line></clef></attributes>"
    )
    tie, slur = '<tied type="{0}"/>', '<slur type="{0}" number="1"/>'
    return score(
        note("rest", "whole", 16),
        change + note("C3") + note("D3") + note(
            "E3", inner='<tie type="start"/>', notations=tie.format("start") + slur.format("start")
        ),
        note("E3", inner='<tie type="stop"/>', notations=tie.format("stop")) + note("F3") + note(
            "G3", notations=slur.format("stop")
        ),
        note("A3") * 3,
        key=2,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "no music", "<score-partwise/>", "<mei/>", '<score-partwise><part id="P1"/></score-partwise>']
)
def test_what_is_no_score_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        excerpt.measures(text, 0, 0)


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (2, 1), (0, 4), (4, 4)])
def test_bars_that_do_not_exist_are_refused(four_bars: str, first: int, last: int) -> None:
    with pytest.raises(FormatError, match="expected bars within 0 to 3"):
        excerpt.measures(four_bars, first, last)


def test_all_bars_are_the_whole_score(four_bars: str) -> None:
    whole = excerpt.measures(four_bars, 0, 3)
    assert excerpt.bar_count(whole) == 4
    assert excerpt.note_counts(whole) == excerpt.note_counts(four_bars) == [1, 3, 3, 3]
    assert len(root_of(whole).findall(".//slur")) == 2
    assert excerpt.measures(whole, 0, 3) == whole


def test_what_is_in_force_is_stated_in_the_first_bar(four_bars: str) -> None:
    attributes = root_of(excerpt.measures(four_bars, 2, 3)).find("part/measure/attributes")
    assert [child.tag for child in attributes] == ["divisions", "key", "time", "staves", "clef"]
    assert attributes.findtext("key/fifths") == "2"
    assert attributes.findtext("time/beats") == "3"
    assert attributes.findtext("clef/sign") == "F"


def test_a_bar_that_states_something_itself_keeps_it(four_bars: str) -> None:
    bar = root_of(excerpt.measures(four_bars, 1, 1)).find("part/measure")
    assert [one.findtext("beats") for one in bar.iter("time")] == ["3"]
    assert [one.findtext("sign") for one in bar.iter("clef")] == ["F"]
    assert bar.findtext("attributes/key/fifths") == "2"


def test_an_inherited_meter_can_be_marked_as_not_printed(four_bars: str) -> None:
    inherited = root_of(excerpt.measures(four_bars, 2, 3, print_meter=False))
    assert inherited.find(".//time").get("print-object") == "no"
    own = root_of(excerpt.measures(four_bars, 1, 3, print_meter=False))
    assert own.find(".//time").get("print-object") is None


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 3)])
def test_slurs_that_cross_the_edge_go_and_their_notations_with_them(four_bars: str, first: int, last: int) -> None:
    root = root_of(excerpt.measures(four_bars, first, last))
    assert root.findall(".//slur") == []
    assert all(len(one) for one in root.iter("notations"))


@pytest.mark.parametrize(("half_ties", "count"), [(True, 1), (False, 0)])
@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 3)])
def test_half_ties_stay_or_go_as_asked(four_bars: str, first: int, last: int, half_ties: bool, count: int) -> None:
    root = root_of(excerpt.measures(four_bars, first, last, half_ties=half_ties))
    assert len(root.findall(".//tie")) == len(root.findall(".//tied")) == count


def test_whole_ties_and_slurs_stay(four_bars: str) -> None:
    root = root_of(excerpt.measures(four_bars, 1, 2, half_ties=False))
    assert [one.get("type") for one in root.iter("tied")] == ["start", "stop"]
    assert [one.get("type") for one in root.iter("slur")] == ["start", "stop"]


def test_hairpins_and_pedals_go_with_their_directions(score, note) -> None:
    def direction(inner: str) -> str:
        return f"<direction><direction-type>{inner}</direction-type></direction>"

    text = score(
        direction('<wedge type="crescendo"/>') + direction('<pedal type="start"/>') + note() * 4,
        note() * 4 + direction('<wedge type="stop"/>') + direction("<words>dolce</words>"),
    )
    first, second = (root_of(excerpt.measures(text, n, n)) for n in (0, 1))
    assert first.findall(".//direction") == []
    assert [one.findtext("direction-type/words") for one in second.iter("direction")] == ["dolce"]
    assert len(root_of(excerpt.measures(text, 0, 1)).findall(".//wedge")) == 2


def test_endings_that_cross_the_edge_go_and_the_repeat_stays(score, note) -> None:
    left = '<barline location="left"><ending number="1" type="start"/></barline>'
    right = '<barline location="right"><ending number="1" type="stop"/><repeat direction="backward"/></barline>'
    text = score(left + note() * 4, note() * 4 + right)
    assert root_of(excerpt.measures(text, 0, 0)).findall(".//barline") == []
    second = root_of(excerpt.measures(text, 1, 1))
    assert (second.findall(".//ending"), len(second.findall(".//repeat"))) == ([], 1)


def test_systems_begin_where_they_are_said_to(four_bars: str) -> None:
    once = excerpt.measures(four_bars, 0, 3, system_starts=[0, 2])
    bars = root_of(once).findall("part/measure")
    assert [bar.find("print") is not None for bar in bars] == [False, False, True, False]
    again = excerpt.measures(once, 1, 3, system_starts=[3])
    assert [bar.find("print") is not None for bar in root_of(again).findall("part/measure")] == [False, False, True]


def test_a_rest_of_many_bars_does_not_run_over_the_edge(score, note) -> None:
    style = "<attributes><measure-style><multiple-rest>3</multiple-rest></measure-style></attributes>"
    text = score(note() * 4, style + note("rest", "whole", 16), *[note("rest", "whole", 16)] * 2)
    assert root_of(excerpt.measures(text, 0, 3)).find(".//multiple-rest") is not None
    assert root_of(excerpt.measures(text, 0, 2)).find(".//multiple-rest") is None


@pytest.mark.parametrize(("notes", "last"), [(1, 0), (2, 1), (4, 1), (5, 2), (99, 3)])
def test_the_window_is_the_shortest_that_holds_the_notes(notes: int, last: int) -> None:
    assert excerpt.window([1, 3, 3, 3], 0, notes) == last
