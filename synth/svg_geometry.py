"""Ink of an SVG page: every drawn leaf with the outline points of what it puts on paper, in page pixels.

Source: SVG 1.1, chapters 7 (transforms), 8 (paths) and 11 (stroking), as far as music engravers use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from lxml import etree

from notation.boxes import FloatArray

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TOKEN = re.compile(r"[MmLlHhVvCcSsQqTtAaZz]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TRANSFORM = re.compile(r"(translate|scale|rotate|matrix)\s*\(([^)]*)\)")
#: Points on a flattened Bezier piece; 12 keep the flattening error of a slur of 1000 px below 1 px.
_CURVE_STEPS = np.linspace(0.0, 1.0, 13)[1:]
_CIRCLE = np.stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)], 1)


@dataclass(frozen=True, eq=False)
class Group:
    """A `<g>` of the page: its classes, its id, and the group around it."""

    classes: tuple[str, ...]
    id: str
    parent: Group | None
    element: etree._Element

    @property
    def kind(self) -> str:
        """The first class, which tells what the group draws."""
        return self.classes[0] if self.classes else ""

    def lineage(self) -> Iterator[Group]:
        """Iterate from this group outwards."""
        group: Group | None = self
        while group is not None:
            yield group
            group = group.parent

    def within(self, *kinds: str) -> Group | None:
        """Return the nearest group, this one included, whose first class is one of `kinds`."""
        return next((group for group in self.lineage() if group.kind in kinds), None)


@dataclass(frozen=True, eq=False)
class Ink:
    """One drawn leaf.

    Attributes:
        shape: "glyph", "path", "polygon", "polyline", "ellipse", "rect" or "text".
        points: float64 (K, 2), page px; their convex hull is that of the ink, stroke included. Empty for text.
        spine: float64 (J, 2), page px, the drawn line itself without its stroke.
        thickness_px: stroke width, 0 without one.
        code: SMuFL code point of a glyph, else 0.
        em_px: size of a glyph's em, four staff spaces of its size, else 0.
        contours: the closed curves of a glyph, each float64 (J, 2) in page px.
        matrix: float64 (3, 3), from the units of a glyph's font, y up, to page px; the identity for all else.
    """

    group: Group
    element: etree._Element
    shape: str
    points: FloatArray
    spine: FloatArray
    thickness_px: float = 0.0
    code: int = 0
    em_px: float = 0.0
    contours: tuple[FloatArray, ...] = ()
    matrix: FloatArray = field(default_factory=lambda: np.eye(3))


def page_ink(root: etree._Element) -> Iterator[Ink]:
    """Iterate over the drawn leaves below an `<svg>` element, in drawing order; hidden placeholders are left out."""
    glyphs = {str(g.get("id")): g for defs in root.iter(f"{_SVG}defs") for g in defs}
    yield from _walk(root, np.eye(3), Group((), "", None, root), glyphs)


def _walk(
    element: etree._Element, matrix: FloatArray, group: Group, glyphs: dict[str, etree._Element]
) -> Iterator[Ink]:
    for child in element:
        tag = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if tag in ("", "defs", "style", "desc", "title"):
            continue
        inner = matrix @ transform_of(child.get("transform", ""))
        if tag == "svg":
            yield from _walk(child, inner @ _viewbox(child, element), group, glyphs)
        elif tag == "g":
            classes = tuple(child.get("class", "").split())
            if "placeholder" not in classes:
                yield from _walk(child, inner, Group(classes, child.get("id", ""), group, child), glyphs)
        else:
            yield from _leaf(tag, child, inner, group, glyphs)


def _leaf(
    tag: str, element: etree._Element, matrix: FloatArray, group: Group, glyphs: dict[str, etree._Element]
) -> Iterator[Ink]:
    if tag == "use":
        yield from _glyph(element, matrix, group, glyphs)
    elif tag == "text":
        if text_of(element):
            yield Ink(group, element, "text", np.zeros((0, 2)), np.zeros((0, 2)))
    elif tag in ("path", "polygon", "polyline", "rect", "ellipse"):
        spine = _spine(tag, element)
        if len(spine):
            yield _stroked(tag, element, matrix, group, spine)


def _glyph(
    element: etree._Element, matrix: FloatArray, group: Group, glyphs: dict[str, etree._Element]
) -> Iterator[Ink]:
    name = element.get(_HREF, element.get("href", "")).lstrip("#")
    if name not in glyphs:
        return
    matrix = matrix @ _offset(float(element.get("x", 0)), float(element.get("y", 0)))
    contours = []
    for path in glyphs[name].iter(f"{_SVG}path"):
        inner = matrix @ transform_of(path.get("transform", ""))
        contours += [apply(inner, contour) for contour in flattened(path.get("d", ""))]
    if contours:
        points = np.concatenate(contours)
        em_px = 1000 * float(np.hypot(*matrix[:2, 0]))
        yield Ink(
            group, element, "glyph", points, points, code=int(name.split("-")[0], 16), em_px=em_px,
            contours=tuple(contours), matrix=matrix @ np.diag([1.0, -1.0, 1.0]),
        )  # fmt: skip


def _spine(tag: str, element: etree._Element) -> FloatArray:
    if tag == "path":
        contours = flattened(element.get("d", ""))
        return np.concatenate(contours) if contours else np.zeros((0, 2))
    if tag == "rect":
        x, y, width, height = (float(element.get(key, 0)) for key in ("x", "y", "width", "height"))
        return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    if tag == "ellipse":
        centre = np.array([float(element.get("cx", 0)), float(element.get("cy", 0))])
        return np.asarray(centre + _CIRCLE * [float(element.get("rx", 0)), float(element.get("ry", 0))])
    points: FloatArray = np.array([float(n) for n in _NUMBER.findall(element.get("points", ""))]).reshape(-1, 2)
    return points


def _stroked(tag: str, element: etree._Element, matrix: FloatArray, group: Group, spine: FloatArray) -> Ink:
    width = float(element.get("stroke-width", 1))
    line = tag == "polyline" or (tag == "path" and len(spine) == 2)
    if line:
        extension = width / 2 if element.get("stroke-linecap") in ("square", "round") else 0.0
        outline = _line_corners(spine, width, extension)
    else:
        outline = (spine[:, None] + _CIRCLE * width / 2).reshape(-1, 2)
    scale = float(np.hypot(*matrix[:2, 0]))
    return Ink(group, element, tag, apply(matrix, outline), apply(matrix, spine), width * scale)


def _line_corners(spine: FloatArray, width: float, extension: float) -> FloatArray:
    """Return the corners of the stroked pieces of a polyline, shape (4 * pieces, 2)."""
    start, stop = spine[:-1], spine[1:]
    along = stop - start
    length = np.hypot(along[:, 0], along[:, 1])[:, None]
    along = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) * width / 2
    start, stop = start - along * extension, stop + along * extension
    return np.concatenate([start - across, start + across, stop - across, stop + across])


def text_of(element: etree._Element) -> str:
    """Return the words inside an element, without the space around them."""
    return "".join(str(part) for part in element.itertext()).strip()


def transform_of(text: str) -> FloatArray:
    """Return the 3 x 3 matrix of an SVG `transform` attribute; the empty text is the identity."""
    matrix = np.eye(3)
    for name, arguments in _TRANSFORM.findall(text):
        matrix = matrix @ _one_transform(name, [float(n) for n in _NUMBER.findall(arguments)])
    return matrix


def _one_transform(name: str, numbers: list[float]) -> FloatArray:
    if name == "translate":
        return _offset(numbers[0], numbers[1] if len(numbers) > 1 else 0.0)
    if name == "scale":
        return np.diag([numbers[0], numbers[-1], 1.0])
    if name == "matrix":
        a, b, c, d, e, f = numbers
        return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
    angle = np.deg2rad(numbers[0])
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    if len(numbers) < 3:
        return turn
    turned: FloatArray = _offset(numbers[1], numbers[2]) @ turn @ _offset(-numbers[1], -numbers[2])
    return turned


def _offset(dx: float, dy: float) -> FloatArray:
    return np.array([[1.0, 0, dx], [0, 1, dy], [0, 0, 1]])


def _viewbox(element: etree._Element, outer: etree._Element) -> FloatArray:
    """Return the map from the viewBox of an inner `<svg>` to the pixels of the outer one."""
    box = element.get("viewBox")
    if box is None:
        return np.eye(3)
    x, y, width, height = (float(n) for n in box.split())
    outer_width, outer_height = (float(str(outer.get(key)).rstrip("px")) for key in ("width", "height"))
    scale = min(outer_width / width, outer_height / height)
    matrix: FloatArray = np.diag([scale, scale, 1.0]) @ _offset(-x, -y)
    return matrix


def apply(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Return (K, 2) points moved by a 3 x 3 matrix."""
    moved: FloatArray = points @ matrix[:2, :2].T + matrix[:2, 2]
    return moved


@cache
def flattened(d: str) -> tuple[FloatArray, ...]:
    """Return the contours of SVG path data as polylines, each float64 (J, 2), in the path's own units."""
    return tuple(np.array(contour) for contour in _PathReader(d).contours() if len(contour) > 1)


class _PathReader:
    """Reads path data command by command; arcs are drawn as their chord, no engraver here writes them."""

    def __init__(self, d: str) -> None:
        self._tokens = _TOKEN.findall(d)
        self._at = 0
        self._pen = np.zeros(2)
        self._handle = np.zeros(2)

    def contours(self) -> list[list[FloatArray]]:
        found: list[list[FloatArray]] = []
        command = "M"
        while self._at < len(self._tokens):
            if self._tokens[self._at].isalpha():
                command = self._tokens[self._at]
                self._at += 1
                if command in "Zz":
                    if found:
                        self._pen = found[-1][0]
                        found.append([self._pen])
                    continue
            if command in "Mm":
                self._pen = self._point(command)
                found.append([self._pen])
                command = "L" if command == "M" else "l"
                self._handle = self._pen
            else:
                found[-1].extend(self._piece(command))
        return found

    def _piece(self, command: str) -> list[FloatArray]:
        kind, start = command.upper(), self._pen
        if kind in "CSQT":
            return self._curve(command, kind, start)
        if kind == "H":
            self._pen = np.array([self._number() + (start[0] if command == "h" else 0.0), start[1]])
        elif kind == "V":
            self._pen = np.array([start[0], self._number() + (start[1] if command == "v" else 0.0)])
        else:
            if kind == "A":
                self._at += 5
            self._pen = self._point(command)
        self._handle = self._pen
        return [self._pen]

    def _curve(self, command: str, kind: str, start: FloatArray) -> list[FloatArray]:
        first = 2 * start - self._handle if kind in "ST" else self._point(command)
        second = self._point(command) if kind in "CS" else first
        end = self._point(command)
        self._handle, self._pen = second, end
        t = _CURVE_STEPS[:, None]
        if kind in "CS":
            curve = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end
        else:
            curve = (1 - t) ** 2 * start + 2 * (1 - t) * t * first + t**2 * end
        return list(curve)

    def _number(self) -> float:
        self._at += 1
        return float(self._tokens[self._at - 1])

    def _point(self, command: str) -> FloatArray:
        point = np.array([self._number(), self._number()])
        return point + self._pen if command.islower() else point
