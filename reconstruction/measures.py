"""Barlines to bars: lines that the staves of a system agree on cut it into bars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from reconstruction.sheet import Glyph, Sheet
from reconstruction.systems import System

#: Lines nearer than this are one barline: thin and heavy line of a final bar, both lines of a double bar.
GROUP_SP = 1.3
#: Share of the staves of a system that must show a barline; stems read as barlines stand on one staff only.
AGREE_SHARE = 0.5
#: A detected barline ends at the outer lines of its staff to within this; letters and accents stand elsewhere.
SPAN_SP = 1.0
#: A barline is seen on a staff when the detector is as sure as this; alone it may speak for the others when it is so
#: sure, and nothing stands in its way there.
SEEN_SCORE = 0.5
SURE_SCORE = 0.75
CLEAR_SP = 0.3
#: An empty stretch shorter than this between two barlines is no bar but a wide double barline.
EMPTY_SP = 3.0
#: Repeat dots stand this near to their barline.
DOT_SP = 1.6

Side = Literal["left", "right"]

_KINDS = {"barlineSingle": "light", "barlineHeavy": "heavy", "barlineDashed": "dashed", "barlineDotted": "dotted"}
#: The dots of a chord, one above the other, look like a dotted barline; alone such a line says nothing.
_PATTERNED = frozenset(("barlineDashed", "barlineDotted"))
_STYLES = {
    ("light",): "regular",
    ("heavy",): "heavy",
    ("light", "light"): "light-light",
    ("light", "heavy"): "light-heavy",
    ("heavy", "light"): "heavy-light",
    ("heavy", "heavy"): "heavy-heavy",
}


@dataclass(slots=True)
class Edge:
    """A barline over all staves of a system."""

    x0: float
    x1: float
    kinds: tuple[str, ...]
    rows: list[int]
    dots_left: bool = False
    dots_right: bool = False

    @property
    def closes(self) -> str:
        """MusicXML style as the right edge of the bar before."""
        if self.kinds == ("light", "heavy", "light") or (self.dots_left and "heavy" in self.kinds):
            return "light-heavy"
        return self._style()

    @property
    def opens(self) -> str | None:
        """MusicXML style as the left edge of the bar after, None when the bar before states it."""
        return "heavy-light" if self.dots_right and "heavy" in self.kinds else None

    def _style(self) -> str:
        for single in ("dashed", "dotted"):
            if single in self.kinds:
                return single
        return _STYLES.get(self.kinds, "light-heavy" if "heavy" in self.kinds else "light-light")


@dataclass(slots=True)
class Bar:
    """A stretch of a system between two barlines; x in page pixels."""

    x0: float
    x1: float
    left: Edge | None = None
    right: Edge | None = None
    ending_start: str | None = None
    ending_stop: str | None = None
    rows: list[int] = field(default_factory=list)  # volta brackets


def find_bars(sheet: Sheet, system: System) -> list[Bar]:
    """Return the bars of one system from left to right; a system without barlines is one bar."""
    edges = _edges(sheet, system)
    content = [one.cx for one in sheet.starting("notehead", "rest") if sheet.staff_of(one) in system.staves]
    return _cut(system, edges, content, EMPTY_SP * sheet.space_px)


def _edges(sheet: Sheet, system: System) -> list[Edge]:
    lines = [one for one in sheet.named(*_KINDS) if sheet.staff_of(one) in system.staves and _spans(sheet, one)]
    groups: list[list[Glyph]] = []
    for line in lines:
        if groups and line.x0 - max(one.x1 for one in groups[-1]) < GROUP_SP * sheet.space_px:
            groups[-1].append(line)
        else:
            groups.append([line])
    agreed = [group for group in groups if _agreed(sheet, system, group)]
    edges = [_edge(sheet, group) for group in agreed]
    _mark_dots(sheet, system, edges)
    return edges


def _spans(sheet: Sheet, line: Glyph) -> bool:
    """Whether a line stands on its staff from the top to the bottom line; true symbols do."""
    staff = sheet.staff_of(line)
    if sheet.exact or staff is None:
        return True
    lines = sheet.staves[staff].lines_at(line.cx)
    slack = SPAN_SP * sheet.space_px
    return abs(line.y0 - float(lines[0])) < slack and abs(line.y1 - float(lines[-1])) < slack


def _agreed(sheet: Sheet, system: System, group: list[Glyph]) -> bool:
    """Whether enough staves show a barline: most of them, or some for sure and the others leave room for it."""
    if sheet.exact:
        return len({sheet.staff_of(one) for one in group}) >= max(1.0, AGREE_SHARE * len(system.staves))
    seen = {sheet.staff_of(one) for one in group if one.score >= SEEN_SCORE}
    if 2 * len(seen) > len(system.staves):
        return True
    if any(one.name in _PATTERNED for one in group):
        return False
    sure = {staff for staff in seen | {sheet.staff_of(group[0])} if _certainty(sheet, group, staff) >= SURE_SCORE}
    others = [staff for staff in system.staves if staff not in sure]
    return 3 * len(sure) >= len(system.staves) and all(_is_clear(sheet, staff, group[0].cx) for staff in others)


def _certainty(sheet: Sheet, group: list[Glyph], staff: int | None) -> float:
    """How sure the lines of a group on one staff are together: a thin and a heavy line speak for each other."""
    return sum(one.score for one in group if sheet.staff_of(one) == staff)


def _is_clear(sheet: Sheet, staff: int, x: float) -> bool:
    """Whether a staff holds neither heads nor rests at x; a barline may have been read as a stem."""
    reach = CLEAR_SP * sheet.space_px
    content = sheet.starting("notehead", "rest")
    return not any(one.x0 - reach < x < one.x1 + reach and sheet.staff_of(one) == staff for one in content)


def _edge(sheet: Sheet, group: list[Glyph]) -> Edge:
    by_staff: dict[int | None, list[Glyph]] = {}
    for line in group:
        by_staff.setdefault(sheet.staff_of(line), []).append(line)
    patterns = [tuple(_KINDS[one.name] for one in lines) for lines in by_staff.values()]
    kinds = max(sorted(set(patterns)), key=patterns.count)
    x0 = sorted(lines[0].x0 for lines in by_staff.values())[len(by_staff) // 2]
    x1 = sorted(lines[-1].x1 for lines in by_staff.values())[len(by_staff) // 2]
    return Edge(x0, max(x0, x1), kinds, sorted(one.row for one in group))


def _mark_dots(sheet: Sheet, system: System, edges: list[Edge]) -> None:
    reach = DOT_SP * sheet.space_px
    for dot in sheet.named("repeatDot"):
        if sheet.staff_of(dot) not in system.staves:
            continue
        for edge in edges:
            if edge.x0 - reach < dot.cx < edge.x0:
                edge.dots_left = True
                edge.rows.append(dot.row)
            elif edge.x1 < dot.cx < edge.x1 + reach:
                edge.dots_right = True
                edge.rows.append(dot.row)


def _cut(system: System, edges: list[Edge], content: list[float], empty_px: float) -> list[Bar]:
    """Cut the system at its edges; a stretch before or after all notes is no bar, and holds signs only."""
    bars: list[Bar] = []
    x, left = system.x0_px, None
    for edge in edges:
        filled = any(x < at < edge.x0 for at in content)
        if filled or (bars and edge.x0 - x >= empty_px):
            bars.append(Bar(x, edge.x0, left, edge))
        elif bars and not filled:
            bars[-1].right = _merged(bars[-1].right, edge)
        x, left = edge.x1, edge
    if any(at > x for at in content):
        bars.append(Bar(x, max(system.x1_px, max(content)), left, None))
    if bars:
        bars[0].x0 = min(bars[0].x0, system.x0_px)
    return bars


def _merged(first: Edge | None, second: Edge) -> Edge:
    if first is None:
        return second
    dots = (first.dots_left or second.dots_left, first.dots_right or second.dots_right)
    return Edge(first.x0, second.x1, first.kinds + second.kinds, first.rows + second.rows, *dots)
