"""A small SVG canvas: as much as charts need, without a drawing library."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"


class Canvas:
    """Lines, rectangles and words on white; all measures in px, y down."""

    def __init__(self, width_px: float, height_px: float) -> None:
        self.width_px, self.height_px = width_px, height_px
        self._parts: list[str] = []

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> None:
        """Draw a rectangle from its top left corner."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="{stroke}"/>'
        )

    def line(self, points: Iterable[tuple[float, float]], colour: str, thickness: float = 1.0) -> None:
        """Draw a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{thickness:g}"/>')

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 11,
        anchor: str = "start",
        colour: str = "#222",
        bold: bool = False,
        turn_deg: float = 0,
    ) -> None:
        """Write words on a base line; `anchor` is start, middle or end, `turn_deg` turns clockwise about (x, y)."""
        turn = f' transform="rotate({turn_deg:g} {x:.1f} {y:.1f})"' if turn_deg else ""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{colour}"{weight}{turn}>'
            f"{escape(text)}</text>"
        )

    def text(self) -> str:
        """Return the picture as the text of an SVG file, which can also stand in HTML."""
        size = f'width="{self.width_px:.0f}" height="{self.height_px:.0f}"'
        box = f'viewBox="0 0 {self.width_px:.0f} {self.height_px:.0f}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} font-family="{FONT}">'
        paper = '<rect width="100%" height="100%" fill="white"/>'
        return f"{head}{paper}{''.join(self._parts)}</svg>\n"
