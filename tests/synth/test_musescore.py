"""MuseScore as an engraver: what is drawn is labelled, once, where the ink is, and the music is that of the score."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from notation import boxes as geometry
from notation.errors import ConfigurationError, FormatError
from notation.graph import violations
from notation.page import LabelledPage
from synth import excerpt
from synth import musescore_program as program
from synth.composer import compose
from synth.musescore_check import check_music
from synth.musescore_engraver import engrave
from synth.musescore_program import HOW_TO_INSTALL, musescore_program
from synth.musescore_score import MuseScore
from synth.musescore_style import style_element
from synth.style import Style, random_style

needs_musescore = pytest.mark.skipif(musescore_program() is None, reason=HOW_TO_INSTALL)

_STYLE = Style(width_px=1400, height_px=900, staff_space_px=14.0)
_HEAD = (
    "<?xml version='1.0'?><score-partwise version='4.0'><part-list><score-part id='P1'><part-name>V</part-name>"
    "</score-part></part-list><part id='P1'>"
)
_ATTRIBUTES = (
    "<attributes><divisions>24</divisions><key><fifths>2</fifths></key><time><beats>3</beats><beat-type>4</beat-type>"
    "</time><clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef></attributes>"
)


def _note(step: str, octave: int, kind: str, duration: int, extra: str = "", chord: bool = False) -> str:
    return (
        f"<note>{'<chord/>' if chord else ''}<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration><voice>1</voice><type>{kind}</type>{extra}</note>"
    )


def _notations(inner: str) -> str:
    return f"<notations>{inner}</notations>"


def _triplet(step: str, place: str, beam: str) -> str:
    ratio = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    mark = _notations(f"<tuplet type='{place}'/>") if place else ""
    return _note(step, 5, "eighth", 8, f"{ratio}<stem>down</stem><beam number='1'>{beam}</beam>{mark}")


def _score() -> str:
    first = (
        _ATTRIBUTES
        + "<direction placement='below'><direction-type><dynamics><mf/></dynamics></direction-type></direction>"
        + _note("C", 4, "quarter", 24, _notations("<articulations><staccato/></articulations>"))
        + _note("E", 4, "quarter", 24, chord=True)
        + _triplet("C", "start", "begin") + _triplet("D", "", "continue") + _triplet("E", "stop", "end")
        + _note("A", 3, "16th", 6, "<lyric number='1'><syllabic>single</syllabic><text>ah</text></lyric>")
        + "<note><rest/><duration>18</duration><voice>1</voice><type>eighth</type><dot/></note>"
    )  # fmt: skip
    second = (
        "<note><grace slash='yes'/><pitch><step>D</step><octave>4</octave></pitch><voice>1</voice><type>eighth</type>"
        "</note>"
        + _note("B", 2, "half", 72, "<dot/><notations><fermata type='upright'/></notations>")
        + "<barline location='right'><bar-style>light-heavy</bar-style></barline>"
    )
    return f"{_HEAD}<measure number='1'>{first}</measure><measure number='2'>{second}</measure></part></score-partwise>"


@cache
def _page() -> LabelledPage:
    pages = engrave(_score(), _STYLE, "made up")
    assert len(pages) == 1
    return pages[0]


@needs_musescore
def test_every_symbol_is_labelled() -> None:
    counts = Counter(_page().reading.symbols.names)
    expected = {
        "staff": 1, "clefG": 1, "clef8": 1, "keySharp": 2, "timeSig3": 1, "timeSig4": 1, "beam": 1, "tuplet3": 1,
        "flag16thUp": 1, "flag8thUpSmall": 1, "graceNoteSlash": 1,
        "graceNoteAcciaccaturaStemUp": 1, "rest8th": 1, "augmentationDot": 2, "dynamicM": 1, "dynamicF": 1,
        "articStaccatoAbove": 1, "fermataAbove": 1, "barlineSingle": 2, "barlineHeavy": 1, "lyric": 1, "stem": 7,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected
    heads = sum(count for name, count in counts.items() if name.startswith("notehead"))
    assert heads == 8
    assert counts["noteheadBlackInSpaceSmall"] + counts["noteheadBlackOnLineSmall"] == 1
    assert "unlabelled" not in _page().notes


@needs_musescore
def test_upright_boxes_are_tight() -> None:
    image, symbols = _page().image, _page().reading.symbols
    for hull, box, name in zip(geometry.upright(symbols.boxes), symbols.boxes, symbols.names, strict=True):
        if not np.isclose(box[4] % (np.pi / 2), 0, atol=1e-6):
            continue
        (x0, y0), (x1, y1) = np.floor(hull[:2]).astype(int), np.ceil(hull[2:]).astype(int)
        ink = image[y0:y1, x0:x1] < 200
        for edge in (ink[:2], ink[-2:], ink[:, :2], ink[:, -2:]):
            assert edge.any(), name


@needs_musescore
def test_staff_lines_are_inked() -> None:
    (staff,) = _page().reading.staves
    assert staff.space_px == pytest.approx(_STYLE.staff_space_px, rel=0.01)
    x = staff.x0_px + 3
    for y in staff.lines_at(x):
        assert _page().image[int(y) - 1 : int(y) + 2, int(x)].min() < 128


@needs_musescore
def test_the_graph_is_legal_and_tells_times() -> None:
    page = _page()
    symbols, graph = page.reading.symbols, page.graph
    assert violations(graph, symbols) == []
    relations = Counter(relation for _, relation, _ in graph.edges())
    expected = {"stem": 8, "flag": 2, "beam": 3, "dot": 2, "tuplet": 3, "grace": 1, "articulation": 2}
    assert {name: relations[name] for name in expected} == expected
    (digit,) = symbols.rows_of("tuplet3").tolist()
    onsets = sorted(graph.nx.nodes[row]["onset_ql"] for row in graph.sources(digit, "tuplet"))
    assert onsets == [Fraction(1), Fraction(4, 3), Fraction(5, 3)]


@needs_musescore
def test_the_same_music_gives_the_same_page() -> None:
    again = engrave(_score(), _STYLE, "made up")[0]
    assert np.array_equal(again.image, _page().image)
    assert np.array_equal(again.reading.symbols.boxes, _page().reading.symbols.boxes)


@needs_musescore
def test_pages_share_the_bars_of_the_score() -> None:
    bars = "".join(
        f"<measure number='{number}'>{_ATTRIBUTES if number == 1 else ''}"
        + "".join(_note(step, 4, "quarter", 24) for step in "CEG")
        + "</measure>"
        for number in range(1, 61)
    )
    pages = engrave(f"{_HEAD}{bars}</part></score-partwise>", _STYLE)
    assert len(pages) > 1
    assert sum(excerpt.bar_count(page.musicxml or "") for page in pages) == 60
    for page in pages:
        heads = sum(name.startswith("notehead") for name in page.reading.symbols.names)
        assert heads == 3 * excerpt.bar_count(page.musicxml or "")


@needs_musescore
def test_bars_of_rest_are_one_sign_and_many_bars() -> None:
    rest = "<note><rest measure='yes'/><duration>72</duration><voice>1</voice></note>"
    many = "<attributes><measure-style><multiple-rest>4</multiple-rest></measure-style></attributes>"
    music = [_ATTRIBUTES + _note("C", 4, "half", 72, "<dot/>"), many + rest, rest, rest, rest]
    bars = "".join(f"<measure number='{number}'>{bar}</measure>" for number, bar in enumerate(music, start=1))
    (page,) = engrave(f"{_HEAD}{bars}</part></score-partwise>", _STYLE)
    counts = Counter(page.reading.symbols.names)
    assert (counts["restHBar"], counts["restHNr"], counts["restWhole"]) == (1, 1, 0)
    assert excerpt.bar_count(page.musicxml or "") == 5


@needs_musescore
@pytest.mark.parametrize(("sign", "line"), [("G", 2), ("F", 4)], ids=["treble", "bass"])
@pytest.mark.parametrize("octave", [-1, 1], ids=["below", "above"])
def test_numbers_at_clefs_are_rows_of_their_own(sign: str, line: int, octave: int) -> None:
    head = _ATTRIBUTES.replace("<sign>G</sign><line>2</line>", f"<sign>{sign}</sign><line>{line}</line>")
    head = head.replace(">-1<", f">{octave}<")
    (page,) = engrave(f"{_HEAD}<measure number='1'>{head}</measure></part></score-partwise>", _STYLE)
    symbols = page.reading.symbols
    (clef,), (number,) = (symbols.boxes[symbols.rows_of(name)] for name in (f"clef{sign}", "clef8"))
    assert 0.5 * _STYLE.staff_space_px < number[3] < 1.5 * _STYLE.staff_space_px
    assert (number[1] > clef[1]) == (octave < 0)


@needs_musescore
def test_only_the_wanted_pages_are_made() -> None:
    (page,) = engrave(_score(), _STYLE, pages=lambda count: range(count, count + 1))
    assert page.number == 1


@needs_musescore
@pytest.mark.slow
@pytest.mark.parametrize("font", ["Leipzig", "Bravura", "Gootville", "Petaluma"])
def test_composed_pages_have_no_unlabelled_ink_in_any_font(font: str) -> None:
    drawn = random_style(np.random.default_rng(1))
    style = Style(font, drawn.text_family, drawn.width_px, drawn.height_px, drawn.staff_space_px, options=drawn.options)
    text = compose(2_000_025)
    for page in engrave(excerpt.measures(text, 0, 3, half_ties=False), style):
        assert "unlabelled" not in page.notes
        assert violations(page.graph, page.reading.symbols) == []


@needs_musescore
@pytest.mark.parametrize("text", ["", "no music", "<score-partwise/>"], ids=["empty", "words", "hollow"])
def test_what_is_no_music_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        engrave(text, _STYLE)


def test_without_musescore_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "musescore_program", lambda: None)
    with pytest.raises(ConfigurationError, match="apt-get install musescore3"):
        engrave(_score(), _STYLE)


def _mscx(voice: str) -> MuseScore:
    return MuseScore(
        "<museScore version='3.01'><Score><Part><Staff id='1'><StaffType group='pitched'/></Staff></Part>"
        f"<Staff id='1'><Measure><voice>{voice}</voice></Measure></Staff></Score></museScore>"
    )


def _chord(kind: str, pitch: int, extra: str = "") -> str:
    return f"<Chord>{extra}<durationType>{kind}</durationType><Note><pitch>{pitch}</pitch></Note></Chord>"


def test_an_empty_voice_has_no_events() -> None:
    assert _mscx("").events == []


@pytest.mark.parametrize(
    ("voice", "onsets", "durations"),
    [
        (_chord("quarter", 60) + _chord("half", 62, "<dots>1</dots>"), [0, 1], [1, 3]),
        ("<Tuplet><normalNotes>2</normalNotes><actualNotes>3</actualNotes></Tuplet>" + 3 * _chord("eighth", 60)
         + "<endTuplet/>" + _chord("eighth", 60),
         [0, Fraction(1, 3), Fraction(2, 3), 1], [Fraction(1, 3)] * 3 + [Fraction(1, 2)]),
        (_chord("half", 60, "<Tremolo><subtype>c16</subtype></Tremolo>") + _chord("half", 62), [0, 1], [1, 1]),
        (_chord("eighth", 60, "<acciaccatura/>") + _chord("quarter", 62), [0, 0], [0, 1]),
        ("<location><fractions>1/4</fractions></location>" + _chord("quarter", 60), [1], [1]),
    ],
    ids=["dotted", "triplet", "tremolo between notes", "grace", "gap"],
)  # fmt: skip
def test_times_of_a_voice(voice: str, onsets: list[Fraction], durations: list[Fraction]) -> None:
    events = _mscx(voice).events
    assert [event.onset_ql for event in events] == onsets
    assert [event.duration_ql for event in events] == durations


def _plain(*notes: str) -> str:
    return f"{_HEAD}<measure number='1'>{_ATTRIBUTES}{''.join(notes)}</measure></part></score-partwise>"


def test_music_that_is_kept_passes() -> None:
    check_music(_plain(_note("C", 4, "quarter", 24)), _mscx(_chord("quarter", 60)))


@pytest.mark.parametrize(
    "voice",
    [_chord("quarter", 61), _chord("half", 60), _chord("quarter", 60) + _chord("quarter", 60), _chord("quarter", 72)],
    ids=["other pitch", "other value", "one more", "other octave"],
)
def test_music_that_is_changed_is_refused(voice: str) -> None:
    with pytest.raises(FormatError, match="MuseScore"):
        check_music(_plain(_note("C", 4, "quarter", 24)), _mscx(voice))


def test_elements_get_numbers_of_their_own() -> None:
    music = _mscx(_chord("quarter", 60) + _chord("quarter", 62))
    text = music.numbered(style_element(_STYLE, multi_rests=False))
    assert text.count("<color ") == len(music.elements) == len(set(music.elements.values()))
    (second,) = [number for number, element in music.elements.items() if element.findtext("pitch") == "62"]
    assert music.place_of(second) == (0, 0)
    assert music.within(second, "Chord") is music.events[1].element


def test_the_style_sheet_keeps_the_page_in_shape() -> None:
    sheet = {str(one.tag): one.text for one in style_element(_STYLE, multi_rests=True)}
    assert float(sheet["pageHeight"] or 0) / float(sheet["pageWidth"] or 0) == pytest.approx(900 / 1400, rel=1e-4)
    assert sheet["createMultiMeasureRests"] == "1"
