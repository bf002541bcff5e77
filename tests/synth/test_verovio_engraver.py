from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from lxml import etree

from notation import boxes as geometry
from notation.errors import FormatError
from notation.graph import violations
from synth import excerpt
from synth.style import VEROVIO_FONTS, Style, random_style
from synth.verovio_engraver import draw, engrave
from synth.verovio_page import DrawnPage

TINY_PAGE = Style(width_px=700, height_px=320, staff_space_px=16, margin_px=(40, 40, 40, 40))
SMALL_PAGE = Style(width_px=1000, height_px=700, staff_space_px=16, margin_px=(40, 40, 40, 40))


def names_of(musicxml: str, style: Style = TINY_PAGE) -> Counter[str]:
    return Counter(name for page in engrave(musicxml, style) for name in page.reading.symbols.names)


def direction(inner: str, placement: str = "below") -> str:
    return f'<direction placement="{placement}"><direction-type>{inner}</direction-type></direction>'


@pytest.mark.parametrize("text", ["", "no music at all", "<html/>"])
def test_text_without_music_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        engrave(text, SMALL_PAGE)


def test_a_silent_bar_holds_what_every_staff_holds(score, note) -> None:
    names = names_of(score(note("rest", "whole", 16)))
    assert names == {"staff": 1, "clefG": 1, "timeSig4": 2, "restWhole": 1, "barlineSingle": 1, "text": 1}


@pytest.mark.parametrize(
    ("pitch", "kind", "expected"),
    [
        ("B4", "whole", "noteheadWholeOnLine"),
        ("C5", "whole", "noteheadWholeInSpace"),
        ("B4", "breve", "noteheadDoubleWholeOnLine"),
        ("E5", "half", "noteheadHalfInSpace"),
        ("F5", "quarter", "noteheadBlackOnLine"),
        ("G5", "quarter", "noteheadBlackInSpace"),
        ("A5", "quarter", "noteheadBlackOnLine"),
        ("C4", "quarter", "noteheadBlackOnLine"),
        ("B3", "quarter", "noteheadBlackInSpace"),
    ],
)
def test_heads_are_told_by_value_and_position(score, note, pitch: str, kind: str, expected: str) -> None:
    names = names_of(score(note(pitch, kind, 16)))
    assert [name for name in names if name.startswith("notehead")] == [expected]


@pytest.mark.parametrize(
    ("inner", "notations", "expected"),
    [
        ("<dot/><dot/>", "", {"augmentationDot": 2}),
        ("<accidental>sharp</accidental>", "", {"accidentalSharp": 1}),
        ("<accidental>flat-flat</accidental>", "", {"accidentalDoubleFlat": 1}),
        (
            '<accidental parentheses="yes">natural</accidental>',
            "",
            {"accidentalNatural": 1, "accidentalParenthesis": 2},
        ),
        ("", '<articulations><staccato placement="above"/></articulations>', {"articStaccatoAbove": 1}),
        ("", '<articulations><accent placement="below"/></articulations>', {"articAccentBelow": 1}),
        ("", '<articulations><strong-accent placement="above"/></articulations>', {"articMarcatoAbove": 1}),
        ("", "<articulations><breath-mark/></articulations>", {"breathMark": 1}),
        ("", "<articulations><caesura/></articulations>", {"caesura": 1}),
        ("", "<fermata/>", {"fermataAbove": 1}),
        ("", '<fermata type="inverted"/>', {"fermataBelow": 1}),
        ("", "<ornaments><trill-mark/></ornaments>", {"ornamentTrill": 1}),
        ("", "<ornaments><mordent/></ornaments>", {"ornamentMordentLower": 1}),
        ("", "<ornaments><inverted-mordent/></ornaments>", {"ornamentMordent": 1}),
        ("", '<ornaments><tremolo type="single">3</tremolo></ornaments>', {"tremolo3": 1}),
        ("", "<technical><up-bow/></technical>", {"stringsUpBow": 1}),
        ("", "<technical><fingering>4</fingering></technical>", {"fingering4": 1}),
    ],
)
def test_signs_at_a_note(score, note, inner: str, notations: str, expected: dict[str, int]) -> None:
    plain, signed = names_of(score(note("A4"))), names_of(score(note("A4", inner=inner, notations=notations)))
    assert signed - plain == expected
    assert plain - signed == {}


def test_the_bars_of_a_fingered_tremolo_are_beams(score, note) -> None:
    ratio = (
        "<time-modification><actual-notes>2</actual-notes><normal-notes>1</normal-notes></time-modification>"
        "<stem>up</stem>"
    )
    bars = '<ornaments><tremolo type="{}">3</tremolo></ornaments>'
    notes = [note(pitch, "half", 4, ratio, bars.format(end)) for pitch, end in (("F4", "start"), ("A4", "stop"))]
    page = engrave(score("".join(notes) + note("rest", "half", 8)), TINY_PAGE)[0]
    names = page.reading.symbols.names
    assert Counter(names)["beam"] == 3
    assert not any(name.startswith("tremolo") for name in names)
    assert len(list(page.graph.edges("beam"))) == 6


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (direction("<dynamics><sfz/></dynamics>"), "", {"dynamicS": 1, "dynamicF": 1, "dynamicZ": 1}),
        (direction("<dynamics><mp/></dynamics>"), "", {"dynamicM": 1, "dynamicP": 1}),
        (
            direction('<wedge type="crescendo"/>'),
            direction('<wedge type="stop"/>'),
            {"dynamicCrescendoHairpin": 1},
        ),
        (
            direction('<wedge type="diminuendo"/>'),
            direction('<wedge type="stop"/>'),
            {"dynamicDiminuendoHairpin": 1},
        ),
        (direction("<words>dolce</words>"), "", {"text": 1}),
        (direction("<segno/>", "above"), "", {"segno": 1}),
        (direction("<coda/>", "above"), "", {"coda": 1}),
        (
            direction('<octave-shift type="down" size="8"/>', "above"),
            direction('<octave-shift type="stop" size="8"/>'),
            {"ottavaAlta": 1, "ottavaBracket": 1},
        ),
    ],
)
def test_signs_beside_the_notes(score, note, before: str, after: str, expected: dict[str, int]) -> None:
    notes = note("A4") + note("B4") + note("A4")
    notes = note("A4") + note("B4") + note("A4")
    signed, plain = names_of(score(before + notes + after + note("G4"))), names_of(score(notes + note("G4")))
    signs = {name: n for name, n in (signed - plain).items() if not name.startswith(("notehead", "ledger"))}
    assert signs == expected


@pytest.mark.parametrize(
    ("barline", "expected"),
    [
        ("<bar-style>light-light</bar-style>", {"barlineSingle": 2}),
        ("<bar-style>light-heavy</bar-style>", {"barlineSingle": 1, "barlineHeavy": 1}),
        ("<bar-style>dashed</bar-style>", {"barlineDashed": 1}),
        ("<bar-style>dotted</bar-style>", {"barlineDotted": 1}),
        (
            '<bar-style>light-heavy</bar-style><repeat direction="backward"/>',
            {"barlineSingle": 1, "barlineHeavy": 1, "repeatDot": 2},
        ),
    ],
)
def test_barlines_by_kind(score, note, barline: str, expected: dict[str, int]) -> None:
    names = names_of(score(note("A4", "whole", 16) + f'<barline location="right">{barline}</barline>'))
    assert {name: n for name, n in names.items() if name.startswith(("barline", "repeatDot"))} == expected


def test_two_staves_have_a_barline_each_and_one_line_and_brace_at_the_left(score, note) -> None:
    lower = note("A4", "whole", 16).replace("</type>", "</type><staff>2</staff>").replace(">1</voice>", ">2</voice>")
    bar = note("A4", "whole", 16).replace("</type>", "</type><staff>1</staff>")
    (page,) = engrave(score(bar + "<backup><duration>16</duration></backup>" + lower, staves=2), SMALL_PAGE)
    names = Counter(page.reading.symbols.names)
    assert (names["staff"], names["barlineSingle"], names["systemicBarline"], names["brace"]) == (2, 2, 1, 1)
    for row in page.reading.symbols.rows_of("barlineSingle"):
        staff = page.reading.staves[page.graph.nx.nodes[int(row)]["staff"]]
        _, top, _, bottom = geometry.upright(page.reading.symbols.boxes[[row]])[0]
        assert (top, bottom) == pytest.approx((staff.ys_px[0, 0], staff.ys_px[4, 0]), abs=1.5)


@pytest.mark.parametrize(
    ("clef", "expected"),
    [
        ("<sign>F</sign><line>4</line>", {"clefF": 1}),
        ("<sign>C</sign><line>3</line>", {"clefCAlto": 1}),
        ("<sign>C</sign><line>1</line>", {"clefCAlto": 1}),
        ("<sign>C</sign><line>4</line>", {"clefCTenor": 1}),
        ("<sign>percussion</sign>", {"clefUnpitchedPercussion": 1}),
        ("<sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change>", {"clefG": 1, "clef8": 1}),
        ("<sign>G</sign><line>2</line><clef-octave-change>2</clef-octave-change>", {"clefG": 1, "clef15": 1}),
        ("<sign>F</sign><line>4</line><clef-octave-change>-1</clef-octave-change>", {"clefF": 1, "clef8": 1}),
    ],
)
@pytest.mark.parametrize("font", VEROVIO_FONTS)
def test_clefs_in_every_font(score, note, clef: str, expected: dict[str, int], font: str) -> None:
    (page,) = engrave(score(note("rest", "whole", 16), clef=clef), Style(font, width_px=700, height_px=300))
    symbols = page.reading.symbols
    names = Counter(symbols.names)
    assert {name: n for name, n in names.items() if name.startswith("clef")} == expected
    numbers = [row for row, name in enumerate(symbols.names) if name in ("clef8", "clef15")]
    heights = symbols.boxes[numbers, 3] / page.reading.staves[0].space_px
    assert ((heights > 0.5) & (heights < 1.6)).all()


@pytest.mark.parametrize(("key", "name", "count"), [(3, "keySharp", 3), (-2, "keyFlat", 2), (0, "keySharp", 0)])
def test_key_signatures_are_no_accidentals(score, note, key: int, name: str, count: int) -> None:
    names = names_of(score(note("rest", "whole", 16), key=key))
    assert names[name] == count
    assert not any(other.startswith("accidental") for other in names)


def test_a_single_grace_note_is_small_and_has_a_box_of_its_own(score, note) -> None:
    grace = note("C5", "eighth", inner='<grace slash="yes"/>') + note("A4", "half", 8)
    names = names_of(score(grace))
    assert names["noteheadBlackInSpaceSmall"] == names["flag8thUpSmall"] == names["graceNoteSlash"] == 1
    assert names["graceNoteAcciaccaturaStemUp"] == 1
    plain = names_of(score(grace.replace(' slash="yes"', "")))
    assert (plain["graceNoteSlash"], plain["graceNoteAppoggiaturaStemUp"]) == (0, 1)


@pytest.mark.parametrize(("kind", "name"), [("eighth", "8th"), ("16th", "16th"), ("64th", "64th"), ("128th", "128th")])
def test_flags_and_rests_by_value(score, note, kind: str, name: str) -> None:
    names = names_of(score(note("A4", kind) + note("C5", kind) + note("rest", kind)))
    assert (names[f"flag{name}Up"], names[f"flag{name}Down"], names[f"rest{name}"]) == (1, 1, 1)


@pytest.fixture(scope="module")
def rich(score, note) -> list[DrawnPage]:
    """Two bars with beams, a chord with dots, a tie, a slur, a triplet, ledger lines, accidentals and signs."""
    begin, end = '<beam number="1">begin</beam>', '<beam number="1">end</beam>'
    chord = (
        note("F#4", "quarter", 6, inner="<dot/><accidental>sharp</accidental>", notations='<tied type="start"/>')
        + note("C5", "quarter", 6, inner="<chord/>").replace("</type>", "</type><dot/>")
    )  # fmt: skip
    triplet = "".join(
        note(
            pitch, "eighth", 2,
            inner="<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>",
            notations=f'<tuplet type="{kind}"/>' if kind else "",
        )
        for pitch, kind in (("E4", "start"), ("G4", ""), ("E5", "stop"))
    ).replace("<duration>2", "<duration>2")  # fmt: skip
    first = (
        direction("<dynamics><mf/></dynamics>") + chord + note("F#4", "eighth", 2, notations='<tied type="stop"/>')
        + note("A5", "eighth", 2, inner=begin, notations='<slur type="start" number="1"/>')
        + note("C6", "eighth", 2, inner=end, notations='<articulations><staccato/></articulations>')
        + note("B4", "quarter", 4, notations='<slur type="stop" number="1"/><fermata/>')
    )  # fmt: skip
    second = triplet + note("rest", "quarter") + note("C4", "half", 8)
    return list(draw(score(first, second), SMALL_PAGE, "rich"))


def alone(drawn: DrawnPage, row: int) -> np.ndarray:
    """Return the ink of one symbol, drawn without anything else, as a boolean picture."""
    kept = {ink.element for ink in drawn.marks[row].inks}
    order = [element in kept for element in drawn.root.iter(etree.Element)]
    page = etree.fromstring(etree.tostring(drawn.root))
    for element, stays in zip(list(page.iter(etree.Element)), order, strict=True):
        if etree.QName(element).localname in ("use", "path", "polygon", "polyline", "rect", "ellipse", "text"):
            in_glyph = any(etree.QName(one).localname == "defs" for one in element.iterancestors())
            if not stays and not in_glyph:
                element.set("display", "none")
    return drawn.rasteriser.grey(etree.tostring(page, encoding="unicode")) < 200


def test_every_box_is_the_hull_of_its_ink_drawn_alone(rich: list[DrawnPage]) -> None:
    drawn = rich[0]
    symbols = drawn.page.reading.symbols
    seen = set()
    for row, name in enumerate(symbols.names):
        if name in seen or name.startswith(("barline", "graceNote")):
            continue
        seen.add(name)
        ys, xs = np.nonzero(alone(drawn, row))
        ink = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        hull = [*drawn.marks[row].points.min(0), *drawn.marks[row].points.max(0)]
        assert ink == pytest.approx(hull, abs=1.6), name
    assert len(seen) > 20


@pytest.mark.parametrize("digit", "12345")
def test_the_box_of_a_fingering_holds_its_thin_serifs(score, note, digit: str) -> None:
    style = replace(TINY_PAGE, staff_space_px=11, text_family="STIXGeneral", finger_look=(("font-weight", "bold"),))
    (drawn,) = draw(score(note("A5", notations=f"<technical><fingering>{digit}</fingering></technical>")), style, "")
    (row,) = (row for row, name in enumerate(drawn.page.reading.symbols.names) if name.startswith("fingering"))
    ys, xs = np.nonzero(alone(drawn, row))
    hull = [*drawn.marks[row].points.min(0), *drawn.marks[row].points.max(0)]
    assert [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] == pytest.approx(hull, abs=1.0)


def test_staff_lines_run_through_ink(rich: list[DrawnPage]) -> None:
    page = rich[0].page
    (staff,) = page.reading.staves
    columns = np.arange(np.ceil(staff.x0_px) + 1, np.floor(staff.x1_px) - 1).astype(int)
    for line in staff.lines_at(columns):
        assert (page.image[np.floor(line).astype(int), columns] < 160).mean() > 0.999


def test_oriented_boxes_hold_their_ink(rich: list[DrawnPage]) -> None:
    drawn = rich[0]
    symbols = drawn.page.reading.symbols
    for row in symbols.rows_of("beam", "slur", "tie"):
        ys, xs = np.nonzero(alone(drawn, int(row)))
        cx, cy, width, height, angle = symbols.boxes[row]
        along = (xs + 0.5 - cx) * np.cos(angle) + (ys + 0.5 - cy) * np.sin(angle)
        across = -(xs + 0.5 - cx) * np.sin(angle) + (ys + 0.5 - cy) * np.cos(angle)
        assert np.abs(along).max() <= width / 2 + 1.2
        assert np.abs(across).max() <= height / 2 + 1.2


def test_masks_give_every_symbol_its_pixels_and_leave_no_black_pixel_out(rich: list[DrawnPage]) -> None:
    drawn = rich[0]
    instances = drawn.instances()
    image = drawn.page.image
    assert instances.shape == image.shape
    assert (instances[image > 250] == 0).mean() > 0.999
    assert (instances[image < 40] > 0).mean() > 0.99
    hulls = geometry.upright(drawn.page.reading.symbols.boxes)
    for row in range(len(hulls)):
        ys, xs = np.nonzero(instances == row + 1)
        assert len(xs), drawn.page.reading.symbols.names[row]
        assert xs.min() >= hulls[row, 0] - 2
        assert xs.max() <= hulls[row, 2] + 2
        assert ys.min() >= hulls[row, 1] - 2
        assert ys.max() <= hulls[row, 3] + 2


def test_every_symbol_is_there_once(rich: list[DrawnPage]) -> None:
    symbols = rich[0].page.reading.symbols
    rows = np.column_stack([symbols.class_ids, symbols.boxes.round(1)])
    assert len(np.unique(rows, axis=0)) == len(symbols)


def test_relations_of_the_graph(rich: list[DrawnPage]) -> None:
    page = rich[0].page
    graph, names = page.graph, page.reading.symbols.names
    assert violations(graph, page.reading.symbols) == []
    heads = [row for row, name in enumerate(names) if name.startswith("notehead")]
    assert all(len(graph.targets(row, "stem")) == 1 for row in heads)
    for relation, name, count in (
        ("beam", "beam", 2), ("tie", "tie", 2), ("slur", "slur", 2), ("dot", "augmentationDot", 1),
        ("accidental", "accidentalSharp", 1), ("articulation", "fermataAbove", 1), ("tuplet", "tuplet3", 3),
        ("ledger", "ledgerLine", 1),
    ):  # fmt: skip
        for row in page.reading.symbols.rows_of(name):
            assert len(graph.sources(int(row), relation)) >= count, name
    (beam,) = page.reading.symbols.rows_of("beam")
    assert len(graph.sources(int(beam), "beam")) == 2


def test_inner_beams_are_one_box_a_level(score, note) -> None:
    def beamed(pitch: str, kind: str, *levels: str) -> str:
        inner = "".join(f'<beam number="{n}">{word}</beam>' for n, word in enumerate(levels, 1))
        return note(pitch, kind, {"eighth": 2, "16th": 1}[kind], inner=inner)

    four = [beamed("A4", "16th", "begin", "begin"), *[beamed("B4", "16th", "continue", "continue")] * 2]
    four.append(beamed("G4", "16th", "end", "end"))
    stub = beamed("A4", "eighth", "begin") + beamed("A4", "16th", "continue", "backward hook")
    stub += beamed("B4", "16th", "end", "forward hook").replace("forward", "forward")
    page = draw(score("".join(four) + stub), SMALL_PAGE, "beams")
    (drawn,) = page
    symbols = drawn.page.reading.symbols
    beams = symbols.rows_of("beam").tolist()
    sources = sorted(len(drawn.page.graph.sources(row, "beam")) for row in beams)
    assert sources[-3:] == [3, 4, 4]
    spans = symbols.boxes[beams][:, 2]
    assert (spans > 3 * drawn.page.reading.staves[0].space_px).sum() == 3


def test_times_of_the_graph(rich: list[DrawnPage]) -> None:
    page = rich[0].page
    nodes = [page.graph.nx.nodes[row] for row, name in enumerate(page.reading.symbols.names) if "head" in name]
    second = sorted((node for node in nodes if node["measure"] == 1), key=lambda node: node["onset_ql"])
    assert [str(node["onset_ql"]) for node in second] == ["0", "1/3", "2/3", "2"]
    assert [node["position"] for node in second] == [-4, -2, 3, -6]
    assert {(node["staff"], node["system"], node["part"], node["voice"]) for node in nodes} == {(0, 0, 0, 1)}
    assert "duration:2;rel_position:-6;onset:2;" in "".join(page.reading.symbols.comments)


def test_an_octave_line_and_the_wide_staff_do_not_confuse_positions(rich: list[DrawnPage]) -> None:
    page = rich[0].page
    for row, name in enumerate(page.reading.symbols.names):
        if name.startswith("notehead"):
            position = page.graph.nx.nodes[row]["position"]
            assert name.endswith("OnLine") is (position % 2 == 0)


def test_a_style_and_a_text_always_give_the_same_page(score, note) -> None:
    style = random_style(np.random.default_rng(3))
    text = score(note("C4") + note("E4", "eighth", 2) + note("rest", "eighth", 2) + note("G#4", "half", 8))
    first, second = (engrave(text, style, "x")[0] for _ in range(2))
    assert (first.image == second.image).all()
    assert (first.reading.symbols.boxes == second.reading.symbols.boxes).all()
    assert first.reading.symbols.comments == second.reading.symbols.comments
    assert first.musicxml == second.musicxml


def test_thick_barlines_are_told_by_the_style(score, note) -> None:
    style = Style(
        width_px=900, height_px=400, options=MappingProxyType({"barLineWidth": 0.45, "thickBarlineThickness": 0.8})
    )
    final = '<barline location="right"><bar-style>light-heavy</bar-style></barline>'
    names = names_of(score(note("A4", "whole", 16), note("A4", "whole", 16) + final), style)
    assert (names["barlineSingle"], names["barlineHeavy"]) == (2, 1)


def test_every_page_has_the_music_of_exactly_its_bars(score, note) -> None:
    text = score(*[note(pitch, "eighth", 2) * 8 for pitch in "CDEFGAB"[:7] for pitch in (f"{pitch}4",) * 4])
    pages = engrave(text, SMALL_PAGE)
    assert len(pages) > 1
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    total = 0
    for page in pages:
        heads = sum(name.startswith("notehead") for name in page.reading.symbols.names)
        assert sum(excerpt.note_counts(page.musicxml)) == heads
        systems = {page.graph.nx.nodes[int(row)]["system"] for row in page.reading.symbols.rows_of("staff")}
        assert page.musicxml.count("new-system") == len(systems) - 1
        total += excerpt.bar_count(page.musicxml)
    assert total == 28


def test_only_the_pages_asked_for_are_made(score, note) -> None:
    text = score(*[note("A4", "eighth", 2) * 8] * 28)
    (page,) = engrave(text, SMALL_PAGE, "x", lambda count: range(count, count + 1))
    assert page.number > 1
    assert page.piece == "x"


def test_kern_and_mei_are_read_too() -> None:
    kern = "**kern\n*clefG2\n*M4/4\n=1-\n4c\n4d\n4e\n4f\n=\n*-\n"
    (page,) = engrave(kern, SMALL_PAGE)
    assert sum(name.startswith("notehead") for name in page.reading.symbols.names) == 4
    assert page.musicxml is None


@pytest.mark.parametrize("second", ["C5", "E5"])
def test_a_slur_that_is_written_twice_is_seen_once(score, note, second: str) -> None:
    def slurs(kind: str) -> str:
        return f'<notations><slur type="{kind}" number="1"/><slur type="{kind}" number="2"/></notations>'

    first = note("G4", "half", 8).replace("</note>", slurs("start") + "</note>")
    last = note(second, "half", 8).replace("</note>", slurs("stop") + "</note>")
    assert names_of(score(first + last))["slur"] == 1
