"""SVG to pixels, and the pixels back to the boxes of words, which only the rasteriser's fonts can tell."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import resvg_py
from lxml import etree
from numpy.typing import NDArray
from scipy import ndimage

from notation.boxes import FloatArray
from notation.page import GreyImage
from synth.music_font import music_font_file

_SVG = "{http://www.w3.org/2000/svg}"
_COLOURS = 1 << 24
#: An odd number near the golden section of all colours, and its inverse.
_SPREAD = 0x9E3779
_GATHER = pow(_SPREAD, -1, _COLOURS)
#: Ink that smoothing leaves this light or darker is seen: thin serifs are never black.
_SEEN = 192
#: Smoothing spreads the ink of a line of words no farther than this share of the line's height.
_SPREAD_SHARE = 0.25
_DRAWN = tuple(_SVG + tag for tag in ("use", "path", "polygon", "polyline", "rect", "ellipse"))


@cache
def text_font_files() -> tuple[str, ...]:
    """Return the text fonts that come with matplotlib where that is installed; the system's fonts are there anyway."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return ()
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return tuple(sorted(str(path) for path in folder.glob("*.ttf") if path.name.startswith("STIXGeneral")))


@dataclass(frozen=True)
class Rasteriser:
    """Draws SVG pages with one family for words and one font for music signs within words.

    Attributes:
        text_family: family of words.
        music_font, music_folder: the music font, and where it lies if Verovio does not carry it.
        text_files: font files that hold further families of words.
    """

    text_family: str
    music_font: str
    music_folder: str = ""
    text_files: tuple[str, ...] = ()

    def grey(self, svg: str) -> GreyImage:
        """Return the page as grey pixels on white paper, uint8 (height, width)."""
        return self._pixels(svg, cv2.IMREAD_GRAYSCALE)

    def numbers(self, svg: str) -> NDArray[np.int32]:
        """Return each pixel's colour as a number 0xRRGGBB, 0 for the white ground, int32 (height, width)."""
        bgr = self._pixels(svg, cv2.IMREAD_COLOR)
        padded = np.zeros((*bgr.shape[:2], 4), np.uint8)
        padded[..., :3] = bgr
        numbers: NDArray[np.int32] = padded.view("<i4")[..., 0]
        numbers[numbers == 0xFFFFFF] = 0
        return numbers

    def _pixels(self, svg: str, mode: int) -> NDArray[np.uint8]:
        png = resvg_py.svg_to_bytes(
            svg_string=svg, background="#ffffff", serif_family=self.text_family, font_family=self.text_family,
            font_files=[*text_font_files(), *self.text_files, music_font_file(self.music_font, self.music_folder)],
        )  # fmt: skip
        return np.asarray(cv2.imdecode(np.frombuffer(bytes(png), np.uint8), mode), dtype=np.uint8)


def spread(number: int) -> int:
    """Return a colour 0xRRGGBB for a small number, far from those of its neighbours.

    Where two words overlap their colours mix; the colours of successive numbers would mix to that of a third word.
    """
    return number * _SPREAD % _COLOURS


def gathered(colours: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the numbers of which `colours` are the `spread` ones; mixed colours give numbers too large for words."""
    numbers: NDArray[np.int32] = (colours.astype(np.int64) * _GATHER % _COLOURS).astype(np.int32)
    return numbers


def text_lines(texts: Sequence[etree._Element]) -> list[list[list[etree._Element]]]:
    """Return for each `<text>` element its printed lines, each a list of the elements that hold the line's words."""
    return [list(_lines(text)) for text in texts]


def _lines(text: etree._Element) -> Iterator[list[etree._Element]]:
    line: list[etree._Element] = []
    for element in text.iter(f"{_SVG}text", f"{_SVG}tspan"):
        if element is not text and (element.get("x") is not None or element.get("y") is not None) and line:
            yield line
            line = []
        if (element.text or "").strip():
            line.append(element)
    if line:
        yield line


def line_boxes(
    root: etree._Element, lines: Sequence[Sequence[etree._Element]], rasteriser: Rasteriser
) -> list[FloatArray | None]:
    """Return the upright ink x0, y0, x1, y1 in px of every line of words, None where a line leaves no ink.

    The words alone are drawn twice more: each line in a colour of its own, which tells whose a pixel is where smoothing
    has not mixed it with the ground, and black as on the page, which shows the edges and thin serifs that are mixed.
    """
    if not lines:
        return []
    owners = gathered(rasteriser.numbers(_words(root, lines, coloured=True)))
    owners[owners > len(lines)] = 0
    seen = rasteriser.grey(_words(root, lines, coloured=False)) < _SEEN
    slices = ndimage.find_objects(owners, max_label=len(lines))
    return [None if one is None else _seen_box(owners, seen, number, one) for number, one in enumerate(slices, start=1)]


def _seen_box(owners: NDArray[np.int32], seen: NDArray[np.bool_], number: int, part: tuple[slice, ...]) -> FloatArray:
    """Return the box of the ink that hangs together with the pixels of one line, x0, y0, x1, y1."""
    margin = int(np.ceil(_SPREAD_SHARE * (part[0].stop - part[0].start)))
    y0, x0 = (max(0, one.start - margin) for one in part)
    around = slice(y0, part[0].stop + margin), slice(x0, part[1].stop + margin)
    own = owners[around] == number
    free = seen[around] & (owners[around] == 0)
    ys, xs = np.nonzero(ndimage.binary_propagation(own, mask=own | free))
    return np.array([xs.min() + x0, ys.min() + y0, xs.max() + x0 + 1, ys.max() + y0 + 1], dtype=np.float64)


def _words(root: etree._Element, lines: Sequence[Sequence[etree._Element]], *, coloured: bool) -> str:
    """Return the page with nothing but the words of `lines`, black or each line in a colour of its own."""
    numbers = {element: number for number, line in enumerate(lines, start=1) for element in line}
    order = [numbers.get(element, 0) for element in root.iter(etree.Element)]
    page = copy.deepcopy(root)
    for element, number in zip(list(page.iter(etree.Element)), order, strict=True):
        if number and coloured:
            element.set("style", f"fill:#{spread(number):06x};text-rendering:optimizeSpeed")
            element.set("text-rendering", "optimizeSpeed")
        elif not number and element.tag in _DRAWN:
            element.set("display", "none")
    return str(etree.tostring(page, encoding="unicode"))
