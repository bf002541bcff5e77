"""MusicXML from hand-made and random scores: every element as read, times exact, and readable by other programs."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from music21 import converter, musicxml

from notation.score import (
    TYPE_QL,
    Clef,
    Direction,
    Event,
    Fingering,
    Key,
    Measure,
    Note,
    Part,
    Pitch,
    Score,
    Time,
    Tuplet,
)
from realscores_eval.musicxml_notes import parse
from realscores_eval.notes import compare
from realscores_eval.printed_music import FULL_BAR
from reconstruction.musicxml import musicxml_text

G, F, C = Clef("G", 2), Clef("F", 4), Clef("C", 3)
ALTERS = {"": 0, "#": 1, "b": -1, "x": 2}


def n(name: str, accidental: str | None = None, **more: object) -> Note:
    """A note from "C4", "F#5", "Bb3"."""
    return Note(Pitch(name[0], ALTERS[name[1:-1]], int(name[-1])), accidental, **more)  # type: ignore[arg-type]


def e(onset: object, duration: object, type_name: str, *names: Note | str, **more: object) -> Event:
    notes = [one if isinstance(one, Note) else n(one) for one in names]
    return Event(Fraction(onset), Fraction(duration), type_name, notes=notes, **more)  # type: ignore[arg-type]


def bar(*events: Event, length: object = 4, **more: object) -> Measure:
    return Measure("1", Fraction(length), list(events), **more)  # type: ignore[arg-type]


def single(*measures: Measure, staves: int = 1) -> Score:
    return Score([Part("P1", "Piano", staves, list(measures))])


def tree(score: Score) -> Element:
    return ElementTree.fromstring(musicxml_text(score).encode())


def first(score: Score, path: str) -> Element:
    found = tree(score).find(".//" + path)
    assert found is not None, path
    return found


def shape(element: Element) -> list[tuple[str, str]]:
    return [(child.tag, (child.text or "").strip()) for child in element]


WHOLE = e(0, 4, "whole", "C4")


def test_empty_scores_become_one_bar_of_rest() -> None:
    for score in (Score(), Score([Part("P7")])):
        root = tree(score)
        assert len(root.findall("part/measure")) == 1
        assert root.find("part/measure/note/rest").get("measure") == "yes"  # type: ignore[union-attr]


def test_note_elements_in_the_order_of_the_schema() -> None:
    note = n("F#5", "sharp", tie_start=True, tie_stop=True, fingerings=[Fingering("3", "above"), Fingering("5")])
    event = e(0, "3/4", "eighth", note, dots=1, stem="down", beams=("begin",), slur_starts=[2], slur_stops=[1])
    element = first(single(bar(event)), "note")
    assert shape(element) == [
        ("pitch", ""),
        ("duration", "3"),
        ("tie", ""),
        ("tie", ""),
        ("voice", "1"),
        ("type", "eighth"),
        ("dot", ""),
        ("accidental", "sharp"),
        ("stem", "down"),
        ("staff", "1"),
        ("beam", "begin"),
        ("notations", ""),
    ]
    assert {one.get("type") for one in element.iter("tied")} == {"start", "stop"}
    assert [(one.get("type"), one.get("number")) for one in element.iter("slur")] == [("stop", "1"), ("start", "2")]
    assert [(one.text, one.get("placement")) for one in element.iter("fingering")] == [("3", "above"), ("5", None)]
    assert element.get("id") == "P1-m1-e1-n1"


@pytest.mark.parametrize("name", ["sharp", "natural", "flat", "double-sharp", "flat-flat", "natural-sharp"])
def test_the_printed_accidental_is_written_whatever_the_pitch(name: str) -> None:
    element = first(single(bar(e(0, 4, "whole", n("F#4", name, cautionary=True)))), "accidental")
    assert (element.text, element.get("parentheses"), element.get("cautionary")) == (name, "yes", "yes")


def test_no_accidental_where_none_is_printed() -> None:
    root = tree(single(bar(e(0, 4, "whole", "F#4", "B4", "Eb5"))))
    assert root.find(".//accidental") is None
    assert [one.text for one in root.iter("alter")] == ["1", "-1"]


def test_beams_of_all_levels() -> None:
    beams = [("begin", "forward hook"), ("continue", "begin", "begin"), ("end", "end", "end"), ("end", "backward hook")]
    events = [e(Fraction(i, 4), "1/4", "16th", "C5", beams=marks) for i, marks in enumerate(beams)]
    notes = tree(single(bar(*events))).iter("note")
    assert [tuple(one.text for one in note.iter("beam")) for note in notes] == beams
    assert [one.get("number") for one in first(single(bar(events[1])), "note").iter("beam")] == ["1", "2", "3"]


def test_tuplets_are_exact_and_marked() -> None:
    marks: list[tuple[str, ...]] = [("start",), (), ("stop",)]
    events = [
        e(Fraction(i, 3), Fraction(1, 3), "eighth", "C5", tuplet=Tuplet(3, 2, one, True))  # type: ignore[arg-type]
        for i, one in enumerate(marks)
    ]
    root = tree(single(bar(*events)))
    assert [one.findtext("duration") for one in root.iter("note")] == ["1", "1", "1"]
    assert root.findtext(".//divisions") == "3"
    assert [one.get("type") for one in root.iter("tuplet")] == ["start", "stop"]
    ratio = [one.text for one in first(single(bar(*events)), "time-modification")]
    assert ratio == ["3", "2"]


def test_grace_and_cue_notes() -> None:
    graces = [
        e(0, 0, "eighth", "B4", grace="acciaccatura"),
        e(0, 0, "16th", "A4", grace="appoggiatura"),
        e(0, 4, "whole", "C5", cue=True),
    ]
    notes = list(tree(single(bar(*graces))).iter("note"))
    assert [one.findtext("pitch/step") for one in notes] == ["B", "A", "C"]
    assert [one.find("grace").get("slash") for one in notes[:2]] == ["yes", "no"]  # type: ignore[union-attr]
    assert [one.find("duration") is None for one in notes] == [True, True, False]
    assert notes[2].find("type").get("size") == "cue"  # type: ignore[union-attr]


def test_marks_of_a_note() -> None:
    event = e(
        0,
        4,
        "whole",
        "C4",
        "E4",
        articulations=["staccato", "tenuto", "accent", "strong-accent", "staccatissimo", "fermata", "up-bow", "thud"],
        ornaments=["trill-mark", "turn", "mordent", "inverted-mordent"],
        tremolo=3,
        arpeggiate=True,
    )
    lower, upper = tree(single(bar(event))).iter("note")
    found = {one.tag for one in lower.iter()}
    assert {"staccato", "tenuto", "accent", "strong-accent", "staccatissimo", "fermata", "up-bow"} <= found
    assert {"trill-mark", "turn", "mordent", "inverted-mordent", "other-articulation"} <= found
    assert lower.findtext(".//tremolo") == "3"
    assert [len(list(one.iter("arpeggiate"))) for one in (lower, upper)] == [1, 1]
    assert upper.find(".//staccato") is None


def test_measure_rests_have_the_bar_length_and_no_type() -> None:
    element = first(single(bar(e(0, 3, "whole", measure_rest=True), length=3, time=Time("3", 4))), "note")
    assert element.find("rest").get("measure") == "yes"  # type: ignore[union-attr]
    assert (element.findtext("duration"), element.findtext("type")) == ("3", None)


def test_a_whole_rest_is_no_measure_rest_of_itself() -> None:
    element = first(single(bar(e(0, 4, "whole"), time=Time("4", 4))), "note")
    assert element.find("rest").get("measure") is None  # type: ignore[union-attr]
    assert element.findtext("type") == "whole"


def test_signatures() -> None:
    measure = bar(WHOLE, clefs=[(Fraction(0), 1, G)], key=Key(-3), time=Time("4", 4, "common"))
    element = first(single(measure), "attributes")
    assert [one.tag for one in element] == ["divisions", "key", "time", "staves", "clef"]
    assert element.findtext("key/fifths") == "-3"
    assert element.find("time").get("symbol") == "common"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("time", "beats"),
    [(Time("3+2", 8), "3+2"), (Time("2", 2, "cut"), "2"), (Time("12", 16), "12"), (Time("4", 9), None)],
)
def test_meters(time: Time, beats: str | None) -> None:
    assert tree(single(bar(WHOLE, time=time))).findtext(".//beats") == beats


def piano_bar(**more: object) -> Measure:
    upper = [e(0, 2, "half", "C5"), e(2, 2, "half", "D5")]
    lower = [
        e(0, 1, "quarter", "C3", staff=2, voice=2),
        e(1, 1, "quarter", "E4", staff=1, voice=2),
        e(2, 2, "half", "C3", staff=2, voice=2),
    ]
    return bar(*upper, *lower, **more)


def test_staves_clefs_and_voices_of_a_piano_part() -> None:
    clefs = [(Fraction(0), 2, F), (Fraction(0), 1, G), (Fraction(2), 2, G), (Fraction(3), 1, Clef("G", 2, -1))]
    root = tree(single(piano_bar(clefs=clefs), staves=2))
    assert root.findtext(".//staves") == "2"
    assert [(one.get("number"), one.findtext("sign")) for one in root.iter("clef")] == [
        ("1", "G"),
        ("2", "F"),
        ("1", "G"),
        ("2", "G"),
    ]
    assert [(one.findtext("voice"), one.findtext("staff")) for one in root.iter("note")] == [
        ("1", "1"),
        ("1", "1"),
        ("2", "2"),
        ("2", "1"),
        ("2", "2"),
    ]
    assert parse(musicxml_text(single(piano_bar(clefs=clefs), staves=2))).staff_count == 2


def test_a_clef_within_the_bar_takes_effect_at_its_onset() -> None:
    text = musicxml_text(single(piano_bar(clefs=[(Fraction(0), 2, F), (Fraction(2), 2, C)]), staves=2))
    lower = parse(text).bars[0].staves[1]
    assert [(one.onset_ql, one.value[0]) for one in lower.clefs] == [(0, "F"), (2, "C")]


def test_barlines_repeats_and_endings() -> None:
    measures = [
        bar(WHOLE, repeat_start=True),
        bar(WHOLE, ending_start="1.", ending_stop="1", repeat_end=True, barline_right="light-heavy"),
        bar(WHOLE, ending_start="2,3", barline_right="light-light"),
    ]
    lines = list(tree(single(*measures)).iter("barline"))
    assert [(one.get("location"), one.findtext("bar-style")) for one in lines] == [
        ("left", "heavy-light"),
        ("left", None),
        ("right", "light-heavy"),
        ("left", None),
        ("right", "light-light"),
    ]
    assert [one.get("direction") for line in lines for one in line.iter("repeat")] == ["forward", "backward"]
    assert [(o.get("number"), o.get("type")) for line in lines for o in line.iter("ending")] == [
        ("1", "start"),
        ("1", "stop"),
        ("2,3", "start"),
    ]
    assert [child.tag for child in lines[2]] == ["bar-style", "ending", "repeat"]


def test_layout_numbers_and_pickup() -> None:
    measures = [bar(WHOLE, pickup=True), bar(WHOLE, new_system=True), bar(WHOLE, new_page=True)]
    measures[1].number = "7b"
    bars = list(tree(single(*measures)).iter("measure"))
    assert [(one.get("number"), one.get("implicit")) for one in bars] == [("1", "yes"), ("7b", "no"), ("1", "no")]
    prints = [one.find("print") for one in bars]
    assert prints[0] is None
    assert prints[1] is not None and prints[1].get("new-system") == "yes"
    assert prints[2] is not None and prints[2].get("new-page") == "yes"


DIRECTIONS = [
    Direction(Fraction(0), 1, "p"),
    Direction(Fraction(0), 1, "words:Andante", "above"),
    Direction(Fraction(0), 2, "sffffz"),
    Direction(Fraction(0), 2, "pedal-start"),
    Direction(Fraction(1), 2, "cresc-start"),
    Direction(Fraction(2), 2, "wedge-stop"),
    Direction(Fraction(2), 2, "dim-start"),
    Direction(Fraction(4), 2, "wedge-stop"),
    Direction(Fraction(2), 2, "pedal-stop"),
    Direction(Fraction(0), 1, "15ma-start", "above"),
    Direction(Fraction(4), 1, "ottava-stop", "above"),
    Direction(Fraction(0), 1, "segno", "above"),
]


def test_directions_stand_at_their_onset_and_staff() -> None:
    root = tree(single(piano_bar(directions=DIRECTIONS), staves=2))
    found = {}
    divisions = int(root.findtext(".//divisions", "1"))
    cursor = 0
    for child in root.find(".//measure"):  # type: ignore[union-attr]
        if child.tag == "direction":
            sign = child.find("direction-type")[0]  # type: ignore[index]
            onset = Fraction(cursor + int(child.findtext("offset", "0")), divisions)
            found[sign.tag, sign.get("type"), child.findtext("staff")] = onset
        cursor += int(child.findtext("duration", "0")) * (-1 if child.tag == "backup" else 1)
    assert found == {
        ("dynamics", None, "1"): 0,
        ("words", None, "1"): 0,
        ("segno", None, "1"): 0,
        ("dynamics", None, "2"): 0,
        ("pedal", "start", "2"): 0,
        ("pedal", "stop", "2"): 2,
        ("wedge", "crescendo", "2"): 1,
        ("wedge", "diminuendo", "2"): 2,
        ("wedge", "stop", "2"): 4,
        ("octave-shift", "down", "1"): 0,
        ("octave-shift", "stop", "1"): 4,
    }


def test_spans_open_before_they_close_in_the_document() -> None:
    late = e("1/2", "7/2", "half", "G4", voice=2)
    directions = [Direction(Fraction(1, 2), 1, "cresc-start"), Direction(Fraction(2), 1, "wedge-stop")]
    measure = bar(e(0, 2, "half", "C5"), e(2, 2, "half", "D5"), late, directions=directions)
    assert [one.get("type") for one in tree(single(measure)).iter("wedge")] == ["crescendo", "stop"]


def test_gaps_and_overlaps_are_written_as_they_are() -> None:
    events = [e(1, 1, "quarter", "C4"), e("3/2", 3, "half", "E4"), e(3, "1/2", "eighth", "G4")]
    music = parse(musicxml_text(single(bar(*events))))
    heads = sorted((head.onset_ql + 1, head.duration_ql, head.step) for head in music.heads())
    assert heads == [(1, 1, "C"), (Fraction(3, 2), 3, "E"), (3, Fraction(1, 2), "G")]
    assert {one.text for one in tree(single(bar(*events))).iter("voice")} == {"1"}


def test_an_empty_bar_lasts() -> None:
    element = first(single(bar(length="7/2", barline_right="light-heavy")), "measure")
    assert [one.tag for one in element] == ["attributes", "forward", "barline"]
    assert element.findtext("forward/duration") == "7"


def test_part_groups_and_titles() -> None:
    parts = [Part(f"P{i}", f"Voice {i}", 1, [bar(WHOLE)]) for i in range(1, 5)]
    root = tree(Score(parts, groups=[(1, 2, "bracket")], title="A & B"))
    assert root.findtext("work/work-title") == "A & B"
    assert [one.tag for one in root.find("part-list")] == [  # type: ignore[union-attr]
        "score-part",
        "part-group",
        "score-part",
        "score-part",
        "part-group",
        "score-part",
    ]
    assert [one.text for one in root.iter("part-name")] == ["Voice 1", "Voice 2", "Voice 3", "Voice 4"]


def test_the_same_score_gives_the_same_text() -> None:
    score = single(piano_bar(directions=DIRECTIONS), staves=2)
    assert musicxml_text(score) == musicxml_text(score)
    assert "encoding-date" not in musicxml_text(score)


def test_256th_and_eleven_in_the_time_of_eight_are_exact() -> None:
    small = Fraction(1, 64)
    events = [e(0, small, "256th", "C5"), e(small, Fraction(8, 11) / 4, "16th", "D5", tuplet=Tuplet(11, 8))]
    heads = list(parse(musicxml_text(single(bar(*events)))).heads())
    assert [(head.onset_ql, head.duration_ql) for head in heads] == [(0, small), (small, Fraction(2, 11))]


def everything() -> Score:
    clefs = [(Fraction(0), 1, G), (Fraction(0), 2, F), (Fraction(2), 2, C)]
    opening = piano_bar(clefs=clefs, key=Key(2), time=Time("4", 4, "common"), directions=DIRECTIONS, repeat_start=True)
    fingered = n("C#5", "sharp", fingerings=[Fingering("2", "below")])
    marks = bar(
        e(0, 0, "eighth", "B4", grace="acciaccatura", slur_starts=[1]),
        e(0, 1, "quarter", fingered, "E5", articulations=["fermata"], slur_stops=[1]),
        e(1, 3, "half", n("D5", tie_start=True), dots=1, ornaments=["trill-mark"]),
        e(0, 4, "whole", staff=2, voice=2, measure_rest=True),
        ending_start="1",
        ending_stop="1",
        repeat_end=True,
        new_system=True,
    )
    last = bar(e(1, 1, "quarter", n("D5", tie_stop=True)), barline_right="light-heavy", new_page=True)
    return Score([Part("P1", "Piano", 2, [opening, marks, last])], title="Everything")


def test_music21_reads_it_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = converter.parse(musicxml_text(everything()), format="musicxml")
    assert len(list(read.recurse().notes)) == 9


def test_verovio_reads_and_draws_it_without_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    verovio = pytest.importorskip("verovio")
    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(musicxml_text(everything()))
    assert toolkit.renderToSVG(1).count('class="notehead"') >= 9
    assert capfd.readouterr().err == ""


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The MusicXML schema that music21 ships; it predates 3.1, so newer attributes are named in the test."""
    source = Path(musicxml.__file__).with_name("musicxml.xsd").read_text(encoding="utf-8")
    source = re.sub(r"<xs:import[^>]*/>", "", source)
    source = re.sub(r'<xs:attribute ref="(xml|xlink):[^>]*?/>', "", source)
    return etree.XMLSchema(etree.fromstring(source.encode()))


_NEWER = ("attribute 'id'", "'rest', attribute 'measure'", "'pedal', attribute 'sign'")


def faults(schema: etree.XMLSchema, score: Score) -> list[str]:
    schema.validate(etree.fromstring(musicxml_text(score).encode()))
    messages = [str(one.message) for one in schema.error_log]
    return [one for one in messages if not any(newer in one for newer in _NEWER)]


def test_it_keeps_to_the_schema(schema: etree.XMLSchema) -> None:
    assert faults(schema, everything()) == []
    assert faults(schema, Score()) == []


def test_the_schema_test_can_fail(schema: etree.XMLSchema) -> None:
    wrong = bar(WHOLE, barline_right="light-heavy")
    wrong.events[0].notes[0].accidental = "sharpish"
    assert len(faults(schema, single(wrong))) == 1


def random_events(draw: st.DrawFn, voice: int) -> list[Event]:
    onset, events = Fraction(0), []
    for name in draw(st.lists(st.sampled_from([*TYPE_QL][2:9]), max_size=6)):
        tuplet = draw(st.sampled_from([None, Tuplet(3, 2), Tuplet(7, 4)]))
        dots = draw(st.integers(0, 2))
        length = TYPE_QL[name] * (2 - Fraction(1, 2**dots)) * (Fraction(tuplet.normal, tuplet.actual) if tuplet else 1)
        steps = draw(st.lists(st.tuples(st.sampled_from("CDEFGAB"), st.integers(-2, 2), st.integers(1, 7)), max_size=3))
        notes = [Note(Pitch(*one), draw(st.sampled_from([None, "natural"]))) for one in steps]
        staff = draw(st.integers(1, 2))
        events.append(Event(onset, length, name, dots, notes, staff=staff, voice=voice, tuplet=tuplet))
        onset += length + draw(st.sampled_from([Fraction(0), Fraction(1, 4)]))
    return events


@st.composite
def random_scores(draw: st.DrawFn) -> Score:
    measures = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        events = [event for voice in (1, 2, 3) for event in random_events(draw, voice)]
        measures.append(Measure(str(number), Fraction(4), events))
    return Score([Part("P1", "Piano", 2, measures)])


@settings(max_examples=40, deadline=None)
@given(random_scores())
def test_what_is_read_back_is_what_was_written(score: Score) -> None:
    music = parse(musicxml_text(score))
    for measure, found in zip(score.parts[0].measures, music.bars, strict=True):
        first_ql = min((event.onset_ql for event in measure.events), default=Fraction(0))
        for staff, cell in enumerate(found.staves, 1):
            events = [event for event in measure.events if event.staff == staff]
            expected = Counter(
                (e.onset_ql - first_ql, e.duration_ql, p.step, p.alter, p.octave, one.accidental or "")
                for e in events
                for one in e.notes
                for p in [one.pitch]
            )
            assert Counter((*_times(h), *h.pitch, h.accidental) for h in cell.heads) == expected
            rests = Counter((e.onset_ql - first_ql, e.duration_ql) for e in events if e.is_rest)
            assert Counter(_times(one) for one in cell.rests if one.duration_ql != FULL_BAR) <= rests
            assert len(cell.rests) == rests.total()


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(random_scores())
def test_strange_scores_load_elsewhere(schema: etree.XMLSchema, score: Score) -> None:
    verovio = pytest.importorskip("verovio")
    text = musicxml_text(score)
    assert faults(schema, score) == []
    assert verovio.toolkit().loadData(text)
    heads = sum(len(event.notes) for measure in score.parts[0].measures for event in measure.events)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = converter.parse(text, format="musicxml")
    assert sum(len(one.pitches) for one in read.recurse().notes) == heads


def _times(sign: object) -> tuple[Fraction, Fraction]:
    return sign.onset_ql, sign.duration_ql  # type: ignore[attr-defined]


def test_a_round_trip_scores_perfectly_against_hand_written_musicxml() -> None:
    truth = """<score-partwise><part><measure number="1"><attributes><divisions>2</divisions><key><fifths>1</fifths>
    </key><time><beats>2</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
    <note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>2</duration><tie type="start"/>
    </note><note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>1</duration><tie type="stop"/>
    </note><note><rest/><duration>1</duration></note></measure></part></score-partwise>"""
    measure = bar(
        e(0, 1, "quarter", n("F#4", tie_start=True)),
        e(1, "1/2", "eighth", n("F#4", tie_stop=True)),
        e("3/2", "1/2", "eighth"),
        length=2,
        clefs=[(Fraction(0), 1, G)],
        key=Key(1),
        time=Time("2", 4),
    )
    for name, tally in compare(truth, musicxml_text(single(measure))).rows().items():
        assert tally.matched == tally.truth == tally.result, name
