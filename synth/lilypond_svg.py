"""The drawn leaves of a LilyPond page, each with the graphical object ("grob") that drew it and its glyph's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import resvg_py
from lxml import etree
from scipy import ndimage

from notation.boxes import FloatArray
from notation.page import GreyImage
from synth.rasteriser import gathered, spread
from synth.svg_geometry import flattened, text_of, transform_of

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_GLYPH = re.compile(r'<glyph glyph-name="([^"]+)"[^>]*?d="([^"]*)"', re.DOTALL)
#: Glyphs are drawn in font units, 1000 to four staff spaces.
_FULL_SCALE = 0.004
#: LilyPond's own text fonts, which it only calls "serif" and "sans" in its SVG.
_SERIF, _SANS = "C059", "Nimbus Sans"
_MICROTONAL = re.compile(r"accidentals\.M?-?\d")
_CIRCLE = np.stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)], 1)


@dataclass(frozen=True, eq=False)
class Leaf:
    """One drawn leaf.

    Attributes:
        grob: the `<g>` of the graphical object, None for titles and the like.
        shape: "glyph", "path", "polygon", "line", "rect", "circle" or "text".
        points: float64 (K, 2), page px; their hull is the ink, stroke included.
        glyph: name in the font, "" for other shapes.
        size: size of a glyph against the full size, 1 for other shapes.
        text: the words of a text, else "".
    """

    grob: etree._Element | None
    shape: str
    points: FloatArray
    glyph: str = ""
    size: float = 1.0
    text: str = ""


@cache
def glyph_names(folders: tuple[str, ...]) -> dict[str, str]:
    """Return glyph names by path data for all SVG fonts in `folders`, read once.

    Where shapes share a drawing (the notehead of the note syllable "sol" is the common one), the shortest name holds,
    but no name of a microtonal accidental, which Gonville draws as the common ones.
    """
    names: dict[str, str] = {}
    for folder in folders:
        for path in sorted(Path(folder).glob("*.svg")):
            found = _GLYPH.findall(path.read_text(encoding="utf-8"))
            brace = path.stem.endswith("-brace")
            for name, data in sorted(found, key=lambda one: (bool(_MICROTONAL.match(one[0])), len(one[0]))):
                names.setdefault(_normal(data), "brace" if brace else name)
    return names


def _normal(data: str) -> str:
    return " ".join(data.split())


def sized(svg: str, width_px: int, height_px: int) -> etree._Element:
    """Return the root of a page whose size is given in px instead of mm, ink in black."""
    root = etree.fromstring(svg.replace("currentColor", "black").encode(), etree.XMLParser(huge_tree=True))
    root.set("width", str(width_px))
    root.set("height", str(height_px))
    root.set("preserveAspectRatio", "none")
    return root


def page_leaves(root: etree._Element, names: dict[str, str], font_files: Sequence[str]) -> list[Leaf]:
    """Return all leaves of a page made by `sized`, in drawing order; texts are measured with `font_files`."""
    x, y, width, height = (float(n) for n in str(root.get("viewBox")).split())
    scale = np.diag([float(str(root.get("width"))) / width, float(str(root.get("height"))) / height, 1.0])
    matrix = scale @ np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    texts = [text for text in root.iter(f"{_SVG}text") if text_of(text)]
    boxes = dict(zip(texts, _text_boxes(root, texts, font_files), strict=True))
    return list(_walk(root, matrix, None, names, boxes))


def _walk(
    element: etree._Element, matrix: FloatArray, grob: etree._Element | None, names: dict[str, str],
    boxes: dict[etree._Element, FloatArray | None],
) -> Iterator[Leaf]:  # fmt: skip
    for child in element:
        tag = etree.QName(child).localname if isinstance(child.tag, str) else ""
        inner = matrix @ transform_of(child.get("transform", ""))
        if tag in ("g", "a"):
            yield from _walk(child, inner, child if child.get("class") else grob, names, boxes)
        elif tag == "text":
            box = boxes.get(child)
            if box is not None:
                yield Leaf(grob, "text", box.reshape(2, 2), text=text_of(child))
        elif tag in ("path", "polygon", "polyline", "line", "rect", "circle"):
            yield from _shape(tag, child, inner, grob, names)


def _shape(
    tag: str, element: etree._Element, matrix: FloatArray, grob: etree._Element | None, names: dict[str, str]
) -> Iterator[Leaf]:
    points = _outline(tag, element)
    if not len(points):
        return
    half_stroke = float(element.get("stroke-width", 0)) / 2 if element.get("stroke", "none") != "none" else 0.0
    if half_stroke:
        points = (points[:, None] + _CIRCLE * half_stroke).reshape(-1, 2)
    points = points @ matrix[:2, :2].T + matrix[:2, 2]
    name = names.get(_normal(element.get("d", ""))) if tag == "path" else None
    if name is None:
        yield Leaf(grob, "line" if tag == "polyline" else tag, points)
    else:
        size = abs(transform_of(element.get("transform", ""))[0, 0]) / _FULL_SCALE
        yield Leaf(grob, "glyph", points, name, float(size))


def _outline(tag: str, element: etree._Element) -> FloatArray:
    def number(key: str) -> float:
        return float(element.get(key, 0))

    if tag == "path":
        contours = flattened(element.get("d", ""))
        return np.concatenate(contours) if contours else np.zeros((0, 2))
    if tag == "rect":
        x, y, width, height = number("x"), number("y"), number("width"), number("height")
        return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    if tag == "line":
        return np.array([[number("x1"), number("y1")], [number("x2"), number("y2")]])
    if tag == "circle":
        return np.array([[number("cx"), number("cy")]]) + _CIRCLE * number("r")
    return np.array([float(n) for n in _NUMBER.findall(element.get("points", ""))]).reshape(-1, 2)


def rasterise(root: etree._Element, font_files: Sequence[str]) -> GreyImage:
    """Return a page made by `sized` as grey pixels on white paper, uint8 (height, width)."""
    return np.asarray(cv2.imdecode(_png(root, font_files), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _png(root: etree._Element, font_files: Sequence[str]) -> GreyImage:
    svg = etree.tostring(root, encoding="unicode")
    data = resvg_py.svg_to_bytes(
        svg_string=svg, background="#ffffff", font_files=list(font_files), serif_family=_SERIF, sans_serif_family=_SANS
    )
    return np.frombuffer(bytes(data), np.uint8)


def _text_boxes(
    root: etree._Element, texts: Sequence[etree._Element], font_files: Sequence[str]
) -> list[FloatArray | None]:
    """Return the ink x0, y0, x1, y1 in px of each text: drawn alone, without smoothing, each in its own colour."""
    if not texts:
        return []
    page = etree.fromstring(etree.tostring(root), etree.XMLParser(huge_tree=True))
    copies = [text for text in page.iter(f"{_SVG}text") if text_of(text)]
    for number, text in enumerate(copies, start=1):
        for element in text.iter():
            element.set("fill", f"#{spread(number):06x}")
            element.set("text-rendering", "optimizeSpeed")
    for element in list(page.iter(*(_SVG + tag for tag in ("path", "polygon", "polyline", "line", "rect", "circle")))):
        element.set("display", "none")
    colours = np.asarray(cv2.imdecode(_png(page, font_files), cv2.IMREAD_COLOR)).astype(np.int64)
    numbers = gathered(colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2])
    numbers[numbers > len(texts)] = 0
    found = ndimage.find_objects(numbers, max_label=len(texts))
    return [
        None if one is None else np.array([one[1].start, one[0].start, one[1].stop, one[0].stop], dtype=np.float64)
        for one in found
    ]
