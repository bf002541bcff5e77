"""Words as ink: invented ones in the letters that come with Pillow, printed, slanted, spaced or bent along a ring."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from notation.errors import ConfigurationError
from scoreaug.fields import Field

#: Italian, German and French enough to look like a title page, and no words.
_SYLLABLES = (
    "al an ar ber bel can con da de der do ein el en er fan fer ge gen gra in ken la le lei lie li lo ma me mi mo na "
    "ne no o pa per pia po que ra re ri ro sa schen se si so sol sta ta te ten ti to tra tu ul un ver vi vo wal zu"
)
_HOUSES = ("Edition", "Verlag", "Musikalienhandlung", "Copyright", "Printed in", "Bibl.", "Op.", "No.", "Lith.", "Co.")


def word(rng: np.random.Generator) -> str:
    """Return an invented word of one to four syllables."""
    known = _SYLLABLES.split()
    return "".join(known[int(i)] for i in rng.integers(0, len(known), int(rng.integers(1, 5))))


def phrase(rng: np.random.Generator, words: int) -> str:
    """Return invented words, capitals at random, now and then with what stands on title pages."""
    parts = [word(rng) for _ in range(words)]
    parts = [part.capitalize() if rng.random() < 0.5 else part for part in parts]
    if rng.random() < 0.3:
        parts.insert(int(rng.integers(len(parts) + 1)), _HOUSES[int(rng.integers(len(_HOUSES)))])
    if rng.random() < 0.2:
        parts.append(str(rng.integers(1, 2000)))
    return " ".join(parts)


@lru_cache(maxsize=64)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own outline font.

    Raises:
        ConfigurationError: this Pillow was built without FreeType, so it has none.
    """
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ConfigurationError("printing words needs a Pillow with FreeType")
    return font


def printed(text: str, height_px: float, *, slant: float = 0.0, weight: float = 0.0, stretch: float = 1.0) -> Field:
    """Return a text as darkness (height, width), cut to its ink.

    Arguments:
        text: one line.
        height_px: of capital letters, near enough.
        slant: tangent of the slope of italics.
        weight: strokes thicker by this share of the height.
        stretch: width over that of the font.
    """
    font = _font(max(4, round(1.35 * height_px)))
    stroke = int(weight * height_px)  # rounded down: one pixel more closes small letters
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke)
    lean = int(abs(slant) * (bottom - top)) + 1
    canvas = Image.new("L", (int(right - left) + 2 * lean + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(canvas).text((lean + 1 - left, 1 - top), text, font=font, fill=255, stroke_width=stroke)
    ink = np.asarray(canvas, np.float32) / 255
    matrix = np.array([[stretch, -slant, slant * ink.shape[0] / 2], [0, 1, 0]])
    size = (max(1, round(ink.shape[1] * stretch)), ink.shape[0])
    return cropped(np.asarray(cv2.warpAffine(ink, matrix, size), np.float32))


def cropped(ink: Field) -> Field:
    """Return darkness cut to its ink; blank stays as it is."""
    columns, rows = np.flatnonzero(ink.max(0) > 0.5), np.flatnonzero(ink.max(1) > 0.5)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(columns) else ink


def round_a_ring(strip: Field, size_px: int, radius_px: float, first_rad: float) -> Field:
    """Return a square of `size_px` with a text bent round its middle: `radius_px` to the foot of the letters."""
    ys, xs = np.indices((size_px, size_px), dtype=np.float32) + np.float32(0.5 - size_px / 2)
    away, around = np.hypot(xs, ys), np.mod(np.arctan2(ys, xs) - np.float32(first_rad), np.float32(2 * np.pi))
    return np.asarray(
        cv2.remap(strip, around * np.float32(radius_px), strip.shape[0] - (away - np.float32(radius_px)), 1), np.float32
    )


def laid_over(levels: Field, ink: Field, left: int, top: int, depth: float) -> None:
    """Darken `levels` (grey, in place) by `depth` in [0, 1] where there is ink; what reaches beyond is cut off."""
    height, width = levels.shape
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + ink.shape[1]), min(height, top + ink.shape[0])
    if x0 < x1 and y0 < y1:
        part = ink[y0 - top : y1 - top, x0 - left : x1 - left]
        levels[y0:y1, x0:x1] *= 1 - part * np.float32(depth)
