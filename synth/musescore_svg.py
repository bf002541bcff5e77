"""The drawn leaves of a MuseScore page, each with the kind of element that drew it and the number in its colour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import resvg_py
from lxml import etree

from notation.boxes import FloatArray
from notation.errors import FormatError
from notation.page import GreyImage
from synth.svg_geometry import apply, flattened, transform_of

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_CIRCLE = np.stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)], 1)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_BLACK = "#000000"


@dataclass(frozen=True, eq=False)
class Leaf:
    """One drawn leaf.

    Attributes:
        kind: class of the element, such as "Note".
        number: what its colour says, 0 for black.
        line: whether it is a stroked line; else a filled outline.
        points: float64 (K, 2), page px; their hull is the ink, stroke included.
        contours: the closed curves of an outline or the drawn line itself, each float64 (J, 2) in page px.
        thickness_px: stroke width, 0 without one.
        dash_px: length of the dashes of a line, 0 for a solid one.
        data: the path as written, "" for a line.
        scale: how many times the drawing is enlarged by its own transformation.
    """

    kind: str
    number: int
    line: bool
    points: FloatArray
    contours: tuple[FloatArray, ...]
    thickness_px: float = 0.0
    dash_px: float = 0.0
    data: str = ""
    scale: float = 1.0

    @property
    def centre(self) -> FloatArray:
        """The middle of the ink's upright hull, float64 (2,)."""
        middle: FloatArray = (self.points.min(0) + self.points.max(0)) / 2
        return middle


def sized(svg: str, width_px: int, height_px: int) -> etree._Element:
    """Return the root of a page of a given size; raises `FormatError` for what is no page of MuseScore."""
    try:
        root = etree.fromstring(svg.encode(), etree.XMLParser(huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise FormatError(f"MuseScore wrote a page that is no SVG: {error}") from error
    if root.get("viewBox") is None:
        raise FormatError("MuseScore wrote a page without a size")
    root.set("width", str(width_px))
    root.set("height", str(height_px))
    root.set("preserveAspectRatio", "none")
    return root


def page_leaves(root: etree._Element) -> list[Leaf]:
    """Return all leaves of a page made by `sized`, in drawing order."""
    return list(_leaves(root))


def _leaves(root: etree._Element) -> Iterator[Leaf]:
    x, y, width, height = (float(n) for n in str(root.get("viewBox")).split())
    scale = np.diag([float(str(root.get("width"))) / width, float(str(root.get("height"))) / height, 1.0])
    matrix = scale @ np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    for element in root.iter("{*}path", "{*}polyline"):
        contours = _contours(element)
        if contours and element.get("class"):
            yield _leaf(element, matrix, contours)


def _contours(element: etree._Element) -> tuple[FloatArray, ...]:
    if etree.QName(element).localname == "path":
        return flattened(element.get("d", ""))
    points = np.array([float(n) for n in _NUMBER.findall(element.get("points", ""))]).reshape(-1, 2)
    return (points,) if len(points) > 1 else ()


def _leaf(element: etree._Element, page: FloatArray, contours: tuple[FloatArray, ...]) -> Leaf:
    own = transform_of(element.get("transform", ""))
    matrix = page @ own
    line = etree.QName(element).localname == "polyline"
    width = float(element.get("stroke-width", 0)) if element.get("stroke", "none") != "none" else 0.0
    if line:
        outline = _line_corners(contours[0], width, element.get("stroke-linecap", "butt"))
    else:
        outline = np.concatenate(contours)
        if width:
            outline = (outline[:, None] + _CIRCLE * width / 2).reshape(-1, 2)
    scale = float(np.hypot(*matrix[:2, 0]))
    return Leaf(
        kind=str(element.get("class")),
        number=_number(element),
        line=line,
        points=apply(matrix, outline),
        contours=tuple(apply(matrix, contour) for contour in contours),
        thickness_px=width * scale,
        dash_px=float(element.get("stroke-dasharray", "0").split(",")[0]) * scale,
        data=element.get("d", ""),
        scale=float(np.hypot(*own[:2, 0])),
    )


def _number(element: etree._Element) -> int:
    found = (element.get(name, "") for name in ("fill", "stroke"))
    return next((int(colour[1:], 16) for colour in found if _COLOUR.fullmatch(colour)), 0)


def _line_corners(spine: FloatArray, width: float, cap: str) -> FloatArray:
    """Return the corners of the stroked pieces of a line, shape (4 * pieces, 2)."""
    start, stop = spine[:-1], spine[1:]
    along = stop - start
    length = np.hypot(along[:, 0], along[:, 1])[:, None]
    along = np.divide(along, length, out=np.zeros_like(along), where=length > 0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) * width / 2
    extension = 0.0 if cap == "butt" else width / 2
    start, stop = start - along * extension, stop + along * extension
    return np.concatenate([start - across, start + across, stop - across, stop + across])


def rasterise(root: etree._Element) -> GreyImage:
    """Return a page made by `sized` as black ink on white paper, uint8 (height, width), whatever its colours say."""
    svg = _COLOUR.sub(_BLACK, etree.tostring(root, encoding="unicode"))
    png = resvg_py.svg_to_bytes(svg_string=svg, background="#ffffff", skip_system_fonts=True)
    return np.asarray(cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def joined(leaves: Sequence[Leaf]) -> FloatArray:
    """Return the ink of several leaves, float64 (K, 2), page px."""
    return np.concatenate([leaf.points for leaf in leaves])
