"""LilyPond as an engraver: what is drawn is labelled, once, where the ink is."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest

from notation import boxes as geometry
from notation.errors import ConfigurationError, FormatError
from notation.page import LabelledPage
from synth.lilypond_engraver import engrave, lilypond_folder
from synth.lilypond_graces import grace_marks
from synth.lilypond_labels import Labeller, Mark
from synth.lilypond_style import LilypondStyle, random_lilypond_style
from synth.lilypond_svg import Leaf, page_leaves, sized

needs_lilypond = pytest.mark.skipif(lilypond_folder() is None, reason="LilyPond is not installed: pip install lilypond")

_STYLE = LilypondStyle(width_px=1400, height_px=900, staff_space_px=14.0)


def _note(step: str, octave: int, kind: str, duration: int, extra: str = "", chord: bool = False) -> str:
    return (
        f"<note>{'<chord/>' if chord else ''}<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration><voice>1</voice><type>{kind}</type>{extra}</note>"
    )


def _score() -> str:
    first = (
        "<attributes><divisions>8</divisions><key><fifths>2</fifths></key><time><beats>3</beats><beat-type>4"
        "</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
        "<direction placement='below'><direction-type><dynamics><mf/></dynamics></direction-type></direction>"
        + _note("C", 4, "quarter", 8, "<notations><articulations><staccato/></articulations></notations>")
        + _note("E", 4, "quarter", 8, chord=True)
        + _note("F", 5, "eighth", 4, "<accidental>natural</accidental><beam number='1'>begin</beam>")
        + _note("G", 5, "eighth", 4, "<beam number='1'>end</beam>")
        + _note("A", 4, "16th", 2, "<lyric number='1'><syllabic>single</syllabic><text>ah</text></lyric>")
        + "<note><rest/><duration>6</duration><voice>1</voice><type>eighth</type><dot/></note>"
    )
    second = (
        "<note><grace slash='yes'/><pitch><step>D</step><octave>5</octave></pitch><voice>1</voice><type>eighth</type>"
        "</note>"
        + _note("B", 3, "half", 24, "<dot/>")
        + "<barline location='right'><bar-style>light-heavy</bar-style></barline>"
    )
    return (
        "<?xml version='1.0'?><score-partwise version='4.0'><part-list><score-part id='P1'><part-name>V</part-name>"
        f"</score-part></part-list><part id='P1'><measure number='1'>{first}</measure>"
        f"<measure number='2'>{second}</measure></part></score-partwise>"
    )


@cache
def _page() -> LabelledPage:
    pages = engrave(_score(), _STYLE, "made up")
    assert len(pages) == 1
    return pages[0]


@needs_lilypond
def test_every_symbol_is_labelled() -> None:
    counts = Counter(_page().reading.symbols.names)
    expected = {
        "staff": 1, "clefG": 1, "keySharp": 2, "timeSig3": 1, "timeSig4": 1, "noteheadBlackOnLine": 3,
        "noteheadBlackInSpace": 2, "noteheadBlackOnLineSmall": 1, "noteheadHalfInSpace": 1, "beam": 1,
        "flag16thUp": 1, "flag8thUpSmall": 1, "graceNoteSlash": 1, "graceNoteAcciaccaturaStemUp": 1, "rest8th": 1,
        "augmentationDot": 2, "accidentalNatural": 2, "slur": 1, "dynamicM": 1, "dynamicF": 1,
        "articStaccatoBelow": 1,
        "barlineSingle": 2, "barlineHeavy": 1, "ledgerLine": 2, "lyric": 1, "stem": 6, "text": 2,
    }  # fmt: skip
    assert counts == expected
    assert "unlabelled" not in _page().notes


@needs_lilypond
def test_boxes_lie_on_ink() -> None:
    image = _page().image
    for hull, name in zip(geometry.upright(_page().reading.symbols.boxes), _page().reading.symbols.names, strict=True):
        x0, y0, x1, y1 = np.round(hull).astype(int)
        inside = image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        assert inside.min() < 128, name


@needs_lilypond
def test_staff_lines_are_inked() -> None:
    (staff,) = _page().reading.staves
    assert staff.space_px == pytest.approx(_STYLE.staff_space_px, rel=0.01)
    x = staff.x0_px + 3
    for y in staff.lines_at(x):
        column = _page().image[int(y) - 1 : int(y) + 2, int(x)]
        assert column.min() < 128


@needs_lilypond
def test_the_score_of_a_single_page_comes_with_it() -> None:
    page = _page()
    assert page.musicxml is not None
    assert page.musicxml.count("<measure") == 2
    assert (page.piece, page.number, len(page.graph)) == ("made up", 1, len(page.reading.symbols))


@needs_lilypond
def test_the_same_music_gives_the_same_page() -> None:
    again = engrave(_score(), _STYLE, "made up")[0]
    assert np.array_equal(again.image, _page().image)
    assert np.array_equal(again.reading.symbols.boxes, _page().reading.symbols.boxes)


@needs_lilypond
@pytest.mark.parametrize("text", ["", "no music", "<score-partwise/>"])
def test_what_is_no_music_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        engrave(text, _STYLE)


@needs_lilypond
def test_a_font_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        engrave(_score(), LilypondStyle(font="nowhere", font_folder="/nonexistent"))


def test_random_styles_follow_their_seed() -> None:
    first, second = (random_lilypond_style(np.random.default_rng(5)) for _ in range(2))
    assert first == second
    assert first != random_lilypond_style(np.random.default_rng(6))


def test_an_empty_page_has_no_leaves() -> None:
    root = sized('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"></svg>', 100, 100)
    assert page_leaves(root, {}, ()) == []
    assert Labeller([], []).label([]) == []
    assert list(grace_marks([])) == []


def test_leaves_are_scaled_and_stroked() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><g class="Beam"><g transform="translate(1, 2)">'
        '<polygon points="0 0 2 0 2 1 0 1" stroke="currentColor" stroke-width="0.2"/></g></g></svg>'
    )
    (leaf,) = page_leaves(sized(svg, 100, 100), {}, ())
    assert leaf.grob is not None and leaf.grob.get("class") == "Beam"
    assert leaf.points.min(0) == pytest.approx([9, 19])
    assert leaf.points.max(0) == pytest.approx([31, 31])


def test_a_small_flag_without_a_head_makes_no_grace_note() -> None:
    leaf = Leaf(None, "glyph", np.array([[0.0, 0.0], [5.0, 9.0]]), "flags.u3", 0.7)
    assert list(grace_marks([Mark("flag8thUpSmall", leaf.points, None, (leaf,))])) == []


def _bar(*beats: int) -> str:
    notes = "".join(
        f"<note><pitch><step>A</step><octave>4</octave></pitch><duration>{beat}</duration>"
        f"<type>{ {1: 'quarter', 2: 'half', 4: 'whole'}[beat] }</type></note>"
        for beat in beats
    )
    head = (
        "<attributes><divisions>1</divisions><key><fifths>0</fifths></key>"
        "<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
    )
    dynamic = "<direction><direction-type><dynamics><other-dynamics>{}</other-dynamics></dynamics></direction-type>"
    return head + dynamic + "<voice>1</voice></direction>" + notes


def test_music_that_is_lost_on_the_way_is_refused() -> None:
    score = (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name/></score-part></part-list>'
        f'<part id="P1"><measure number="1">{_bar(2, 2).replace("{}", " (zart)")}</measure></part></score-partwise>'
    )
    with pytest.raises(FormatError, match="lost some of the music"):
        engrave(score, LilypondStyle())


@needs_lilypond
def test_a_voice_that_begins_late_stands_late() -> None:
    late = (
        "<backup><duration>4</duration></backup><forward><duration>2</duration></forward><note><pitch><step>C</step>"
        "<octave>4</octave></pitch><duration>2</duration><voice>2</voice><type>half</type><stem>down</stem></note>"
    )
    bar = _bar(2, 2).replace("{}", "dolce").replace("<type>", "<voice>1</voice><type>")
    score = (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name/></score-part></part-list>'
        f'<part id="P1"><measure number="1">{bar}{late}</measure></part></score-partwise>'
    )
    symbols = engrave(score, _STYLE)[0].reading.symbols
    heads = symbols.boxes[["noteheadHalf" in name for name in symbols.names]]
    low = heads[heads[:, 1].argmax()]
    assert low[0] > heads[:, 0].min() + 4 * _STYLE.staff_space_px
