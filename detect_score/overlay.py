"""The picture that shows in a second what a metric hides: the page with every box and staff line drawn on it."""

from __future__ import annotations

import colorsys
import zlib
from fnmatch import fnmatchcase

import cv2
import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage, Reading

#: Families share a hue, so that a wrong class inside a family does not hide and a wrong family jumps to the eye.
_HUES = (
    ("notehead*", 0.60), ("stem", 0.33), ("beam", 0.08), ("flag*", 0.14), ("ledgerLine", 0.50), ("rest*", 0.78),
    ("accidental*", 0.00), ("key*", 0.92), ("clef*", 0.40), ("timeSig*", 0.70), ("barline*", 0.98), ("slur", 0.45),
    ("tie", 0.52), ("augmentationDot", 0.85), ("dynamic*", 0.20), ("tuplet*", 0.25), ("text", 0.12), ("lyric", 0.12),
)  # fmt: skip
_PAPER_SHARE = 0.45  # how much of the page's own ink stays visible under the boxes


def draw(page: GreyImage, reading: Reading) -> NDArray[np.uint8]:
    """Return a BGR picture, uint8 (height, width, 3): boxes by class family, thin where confident staff lines run.

    `page` is the picture in the file; readings of pages that were turned are drawn where their ink lies in it.
    """
    faint = (255 - (255 - page.astype(np.float32)) * _PAPER_SHARE).astype(np.uint8)
    canvas = cv2.cvtColor(faint, cv2.COLOR_GRAY2BGR)
    for staff in reading.staves:
        for line in _in_file(staff.points(), reading):
            cv2.polylines(canvas, [line], False, (180, 180, 90), 1, cv2.LINE_AA)
    symbols = reading.symbols
    quads = _in_file(geometry.corners(symbols.boxes), reading)
    for quad, name, score in zip(quads, symbols.names, symbols.scores.tolist(), strict=True):
        cv2.polylines(canvas, [quad], True, _colour(name), 1 if score < 0.5 else 2, cv2.LINE_AA)
    return np.asarray(canvas, dtype=np.uint8)


def _in_file(points: FloatArray, reading: Reading) -> NDArray[np.int32]:
    """Return points (..., 2) of a reading as whole pixels of its file."""
    there = points if reading.turn is None else reading.turn.points_to_file(points)
    return there.round().astype(np.int32)


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def _colour(name: str) -> tuple[int, int, int]:
    hue = next((hue for pattern, hue in _HUES if fnmatchcase(name, pattern)), zlib.crc32(name.encode()) % 100 / 100)
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.95, 0.8)
    return round(blue * 255), round(green * 255), round(red * 255)
