"""Labels of lines: barlines, arcs, hairpins, octave and pedal lines, voltas, braces and brackets."""

from __future__ import annotations

import numpy as np

from notation.boxes import FloatArray
from synth.smufl_classes import DOTS
from synth.svg_geometry import Group, Ink
from synth.verovio_marks import Handler, Labeller, Mark

#: Two pieces of a beam belong together when the second begins this near to the end of the first: along the beam in
#: staff spaces (a gap between beams is a notehead wide), across it in shares of its thickness (levels lie 1.5 apart).
_BEAM_GAP_SP, _BEAM_STEP = 0.3, 0.25
#: Arcs that nowhere lie farther apart than this are one.
_COINCIDENT_PX = 1.0


def beams(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label one beam a level; Verovio draws the inner levels piece by piece, from stem to stem.

    The bars of a fingered tremolo are beams too, as in DeepScoresV2: only the heads tell them apart.
    """
    pieces = sorted((ink for ink in inks if ink.shape == "polygon"), key=lambda ink: ink.points[:, 0].min())
    bars: list[list[Ink]] = []
    for piece in pieces:
        bar = next((one for one in bars if _goes_on(one[-1], piece, page.staves.space_px)), None)
        bars.append([piece]) if bar is None else bar.append(piece)
    for bar in bars:
        page.add("beam", bar)
    page.miss(group, [ink for ink in inks if ink.shape != "polygon"])


def _goes_on(first: Ink, second: Ink, space_px: float) -> bool:
    (_, end), (begin, _) = _beam_ends(first), _beam_ends(second)
    thickness = float(np.ptp(first.points[first.points[:, 0] > first.points[:, 0].mean(), 1]))
    gap, step = np.abs(begin - end)
    return bool(gap < _BEAM_GAP_SP * space_px and step < _BEAM_STEP * thickness)


def _beam_ends(piece: Ink) -> tuple[np.ndarray, np.ndarray]:
    """Return the middles of the left and the right edge of a beam polygon, whose edges stand upright."""
    right = piece.points[:, 0] > piece.points[:, 0].mean()
    return piece.points[~right].mean(0), piece.points[right].mean(0)


def hairpin(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label a hairpin by the side on which it opens."""
    lines = [ink for ink in inks if ink.shape in ("polyline", "path")]
    if not lines:
        page.miss(group, inks)
        return
    points = np.concatenate([ink.spine for ink in lines])
    left = points[points[:, 0] < points[:, 0].mean()]
    right = points[points[:, 0] >= points[:, 0].mean()]
    opens = np.ptp(right[:, 1]) > np.ptp(left[:, 1])
    page.add("dynamicCrescendoHairpin" if opens else "dynamicDiminuendoHairpin", lines)


def octave(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label an octave sign and its line."""
    signs = [ink for ink in inks if ink.shape == "glyph"]
    lines = [ink for ink in inks if ink.shape not in ("glyph", "text")]
    if signs:
        fifteen = 0xE514 <= signs[0].code <= 0xE516 or signs[0].code == 0xE51D
        below = group.element.get("data-dis.place") == "below"
        page.add("quindicesima" if fifteen else "ottavaBassa" if below else "ottavaAlta", signs)
    if lines:
        page.add("ottavaBracket", lines)


def pedal(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label the signs and lines of the pedal."""
    lines = [ink for ink in inks if ink.shape in ("path", "polyline", "rect", "polygon")]
    if lines:
        page.add("pedalLine", lines)
    for ink in inks:
        if ink.shape == "glyph":
            page.add("keyboardPedalUp" if ink.code == 0xE655 else "keyboardPedalPed", [ink])


def ending(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label a volta: bracket and number are one box."""
    page.add("volta", [*(ink for ink in inks if ink.shape != "text"), *(ink for ink in inks if ink.shape == "text")])


def system_line(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label the line at the left edge that joins the staves of a system."""
    for ink in inks:
        page.add("systemicBarline", [ink])


def group_symbol(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Label a brace or bracket."""
    curved = any(len(ink.spine) > 8 and ink.shape == "path" for ink in inks)
    brace = curved or any(ink.code == 0xE000 for ink in inks)
    page.add("brace" if brace else "bracket", inks)


def barline(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Cut the vertical lines at every staff that they cross from top to bottom; dots are those of a repeat."""
    dots = [ink for ink in inks if ink.shape == "ellipse" or ink.code in DOTS]
    if group.element.get("data-form", "") in ("dotted", "dbldotted"):
        _dotted_barline(page, dots)
    else:
        for ink in dots:
            page.add("repeatDot", [ink], page.staves.nearest(group, ink.points.mean(0)))
    lines = [ink for ink in inks if ink.shape not in ("ellipse", "glyph")]
    for x, pieces in _columns(lines):
        for row in page.staves.of_system(group):
            top, bottom = page.staves.extent(row)
            parts = [ink for ink in pieces if ink.points[:, 1].min() < bottom - 1 and ink.points[:, 1].max() > top + 1]
            covered = sum(_overlap(ink, top, bottom) for ink in parts)
            if covered > 0.3 * (bottom - top) and page.staves.has_measure(row, group):
                _add_barline(page, group, parts, x, row, top, bottom)


def _dotted_barline(page: Labeller, dots: list[Ink]) -> None:
    for _, pieces in _columns(dots):
        for row in page.staves.of_system(pieces[0].group):
            top, bottom = page.staves.extent(row)
            inside = [ink for ink in pieces if top <= ink.points[:, 1].mean() <= bottom]
            if inside:
                page.add("barlineDotted", inside, row)


def _add_barline(page: Labeller, group: Group, parts: list[Ink], x: float, row: int, top: float, bottom: float) -> None:
    half = max(ink.thickness_px for ink in parts) / 2
    points = np.array([[x - half, top], [x + half, top], [x + half, bottom], [x - half, bottom]])
    page.marks.append(Mark(_barline_kind(page, group, parts), points, group, tuple(parts), row))


def _barline_kind(page: Labeller, group: Group, parts: list[Ink]) -> str:
    dashed = group.element.get("data-form", "") in ("dashed", "dbldashed")
    if dashed or any(ink.element.get("stroke-dasharray") for ink in parts):
        return "barlineDashed"
    return "barlineHeavy" if max(ink.thickness_px for ink in parts) > page.heavy_px else "barlineSingle"


def _columns(lines: list[Ink]) -> list[tuple[float, list[Ink]]]:
    """Group vertical pieces by their x, to a tenth of a pixel."""
    columns: dict[float, list[Ink]] = {}
    for ink in lines:
        x = round(float(ink.points[:, 0].min() + ink.points[:, 0].max()) / 2, 1)
        columns.setdefault(x, []).append(ink)
    return list(columns.items())


def _overlap(ink: Ink, top: float, bottom: float) -> float:
    return max(0.0, min(bottom, float(ink.points[:, 1].max())) - max(top, float(ink.points[:, 1].min())))


def arc(name: str) -> Handler:
    """Label arcs; one that the music says twice, in two voices, is printed twice in one place and seen once."""

    def handler(page: Labeller, group: Group, inks: list[Ink]) -> None:
        for ink in inks:
            if ink.shape != "path":
                page.miss(group, [ink])
            elif not any(mark.name == name and _coincide(mark.points, ink.points) for mark in page.marks):
                page.add(name, [ink])

    return handler


def _coincide(first: FloatArray, second: FloatArray) -> bool:
    return first.shape == second.shape and bool(np.abs(first - second).max() < _COINCIDENT_PX)
