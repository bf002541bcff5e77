"""Labels of lines on MuseScore pages: barlines, hairpins, octave and pedal lines, voltas, braces and brackets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth.musescore_marks import Handler, Labeller
from synth.musescore_svg import Leaf, joined

#: Barline strokes at least this wide are heavy, in staff spaces; thin ones are at most 0.23, thick ones at least 0.4.
_HEAVY_SP = 0.32
#: A barline as near as this to the left end of the staff lines begins a system, in staff spaces.
_SYSTEM_EDGE_SP = 0.4
#: Pieces of one bracket touch within this, in staff spaces.
_TOUCH_SP = 0.3
#: Strokes of a dash shorter than this many stroke widths make a dotted line; MuseScore draws them 1 and 4 wide.
_DOT_LENGTH = 2.0
_OTTAVAS = {False: "ottavaAlta", True: "ottavaBassa"}
_PEDAL_UP = 0xE655
_BRACKET_ENDS = (0xE003, 0xE004)


def line_handlers() -> dict[str, Handler]:
    """Return what labels the leaves of each kind of line."""
    return {
        "BarLine": _barline, "HairpinSegment": _hairpin, "OttavaSegment": _ottava, "PedalSegment": _pedal,
        "VoltaSegment": _volta, "TrillSegment": _trill, "GlissandoSegment": _glissando, "Bracket": _bracket,
    }  # fmt: skip


def finish_lines(page: Labeller) -> None:
    """Label what is put together from pieces of several elements, when all of the page is known."""
    _system_lines(page)
    _voltas(page)
    _brackets(page)
    page.miss(page.octave_signs)


def _barline(page: Labeller, leaves: list[Leaf]) -> None:
    for leaf in leaves:
        row = page.staves.nearest(leaf.centre)
        if row is None:
            page.miss([leaf])
        elif not leaf.line:
            page.add("repeatDot", [leaf])
        elif _begins_system(page, leaf, row):
            page.system_edges.setdefault(page.staves.rows[row].system, []).append(leaf)
        else:
            _cut(page, leaf)


def _begins_system(page: Labeller, leaf: Leaf, row: int) -> bool:
    staff = page.staves.rows[row].staff
    joins = len(page.staves.of_system(page.staves.rows[row].system)) > 1
    return joins and abs(float(leaf.centre[0]) - staff.x0_px) < _SYSTEM_EDGE_SP * staff.space_px


def _cut(page: Labeller, leaf: Leaf) -> None:
    """Cut a vertical line at every staff that it crosses."""
    (x0, top), (x1, bottom) = leaf.points.min(0), leaf.points.max(0)
    for row in range(len(page.staves.rows)):
        upper, lower = page.staves.extent(row)
        if min(bottom, lower) - max(top, upper) > 0.5 * (lower - upper):
            name = _barline_name(leaf, page.staves.rows[row].staff.space_px)
            page.put(name, np.array([[x0, upper], [x1, lower]]), leaf.number, staff=row)


def _barline_name(leaf: Leaf, space_px: float) -> str:
    if leaf.dash_px:
        return "barlineDotted" if leaf.dash_px < _DOT_LENGTH * leaf.thickness_px else "barlineDashed"
    return "barlineHeavy" if leaf.thickness_px >= _HEAVY_SP * space_px else "barlineSingle"


def _system_lines(page: Labeller) -> None:
    """Label the line at the left edge of every system, full height, whatever pieces it is drawn in."""
    for leaves in page.system_edges.values():
        page.add("systemicBarline", leaves)


def _hairpin(page: Labeller, leaves: list[Leaf]) -> None:
    """Label hairpins by the side on which they open; words in place of one are text, their dashes nothing."""
    lines = [leaf for leaf in leaves if leaf.line]
    page.each("text", [leaf for leaf in leaves if not leaf.line])
    solid = [leaf for leaf in lines if not leaf.dash_px]
    for at in range(0, len(solid) - 1, 2):  # a hairpin is two lines, and as many again on each further system
        pair = solid[at : at + 2]
        spines = np.concatenate([leaf.contours[0] for leaf in pair])
        left = spines[spines[:, 0] < spines[:, 0].mean()]
        right = spines[spines[:, 0] >= spines[:, 0].mean()]
        opens = np.ptp(right[:, 1]) > np.ptp(left[:, 1])
        page.add("dynamicCrescendoHairpin" if opens else "dynamicDiminuendoHairpin", pair)


def _ottava(page: Labeller, leaves: list[Leaf]) -> None:
    """Label the sign and the line of an octave line; a sign has no number, but its line is drawn next and has one."""
    lines = [leaf for leaf in leaves if leaf.line]
    page.octave_signs += [leaf for leaf in leaves if not leaf.line]
    if not lines:
        return
    element = page.element(lines[0].number, "Ottava")
    subtype = "" if element is None else element.findtext("subtype", "")
    below = subtype.endswith("b") or (not subtype and not page.lies_above(lines))
    page.each("quindicesima" if subtype.startswith("15") else _OTTAVAS[below], page.octave_signs)
    page.octave_signs.clear()
    for segment in _segments(page, lines):
        page.add("ottavaBracket", segment)


def _pedal(page: Labeller, leaves: list[Leaf]) -> None:
    for leaf in leaves:
        if not leaf.line:
            up = any(glyph is not None and _PEDAL_UP in glyph.codes for glyph in page.glyphs(leaf))
            page.add("keyboardPedalUp" if up else "keyboardPedalPed", [leaf])
    for segment in _segments(page, [leaf for leaf in leaves if leaf.line]):
        page.add("pedalLine", segment)


def _volta(page: Labeller, leaves: list[Leaf]) -> None:
    """Keep the pieces of voltas until the end: the number carries no colour, and bracket and number are one box."""
    page.volta_pieces += leaves


def _voltas(page: Labeller) -> None:
    """Label every volta: its bracket, and the number that stands inside."""
    words = [leaf for leaf in page.volta_pieces if not leaf.line]
    for segment in _segments(page, [leaf for leaf in page.volta_pieces if leaf.line]):
        (x0, y0), (x1, y1) = joined(segment).min(0), joined(segment).max(0)
        margin = _TOUCH_SP * page.staves.space_px
        inside = [one for one in words if x0 <= one.centre[0] <= x1 and y0 - margin <= one.centre[1] <= y1 + 3 * margin]
        words = [one for one in words if one not in inside]
        page.add("volta", [*segment, *inside])
    page.miss(words)


def _trill(page: Labeller, leaves: list[Leaf]) -> None:
    """Label the signs of trill lines, and the waves that follow each other on one height as one line."""
    waves: list[Leaf] = []
    for leaf in leaves:
        glyphs = page.glyphs(leaf)
        sign = any(glyph is not None and 0xE566 in glyph.codes for glyph in glyphs)
        if sign or (waves and not _follows(waves[-1], leaf, page.staves.space_px)):
            page.add("trillExtension", waves)
            waves = []
        if sign:
            page.add("ornamentTrill", [leaf])
        else:
            waves.append(leaf)
    page.add("trillExtension", waves)


def _follows(first: Leaf, second: Leaf, space_px: float) -> bool:
    gap = float(second.points[:, 0].min() - first.points[:, 0].max())
    return abs(gap) < space_px and abs(float(second.centre[1] - first.centre[1])) < space_px


def _glissando(page: Labeller, leaves: list[Leaf]) -> None:
    words = [leaf for leaf in leaves if not leaf.line and not _is_wave(page, leaf)]
    page.each("text", words)
    page.add("glissando", [leaf for leaf in leaves if leaf not in words])


def _is_wave(page: Labeller, leaf: Leaf) -> bool:
    return any(glyph is not None and glyph.code_in(range(0xEA90, 0xEAC0)) for glyph in page.glyphs(leaf))


def _bracket(page: Labeller, leaves: list[Leaf]) -> None:
    """Label braces, and brackets as a thick line with what touches its ends."""
    pieces = [leaf for leaf in leaves if leaf.line or _is_bracket_end(page, leaf)]
    page.each("brace", [leaf for leaf in leaves if leaf not in pieces])
    page.bracket_pieces += pieces


def _brackets(page: Labeller) -> None:
    """Label every bracket: a line with what touches its ends."""
    for segment in _segments(page, page.bracket_pieces):
        page.add("bracket", segment)


def _is_bracket_end(page: Labeller, leaf: Leaf) -> bool:
    return any(glyph is not None and glyph.code_in(_BRACKET_ENDS) is not None for glyph in page.glyphs(leaf))


def _segments(page: Labeller, leaves: Sequence[Leaf]) -> list[list[Leaf]]:
    """Group pieces that touch each other."""
    groups: list[list[Leaf]] = []
    for leaf in leaves:
        near = [group for group in groups if any(_touch(leaf, one, page.staves.space_px) for one in group)]
        merged = [leaf, *(one for group in near for one in group)]
        groups = [group for group in groups if group not in near] + [merged]
    return groups


def _touch(first: Leaf, second: Leaf, space_px: float) -> bool:
    reach = _TOUCH_SP * space_px
    low = np.maximum(first.points.min(0), second.points.min(0))
    high = np.minimum(first.points.max(0), second.points.max(0))
    return bool((low <= high + reach).all())
