"""What happens to staff lines alone: ragged, broken and doubled ones. Symbols on them are left as they are.

The lines were drawn into the plate with a five-pronged rastrum and re-cut where they wore off, so they fail in
their own ways: they fray, thin out and break between symbols, and show a second line where the rastrum slipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_pixels
from scoreaug.fields import Field
from scoreaug.page_scale import line_px, staff_space_px

#: Half the height of the strip that is cut out around a line; less than half a space, so that it holds one line only.
_STRIP_SP = 0.42
#: A column is bare (line without symbol) where nothing is darker than this beyond the line's own thickness.
_BARE_LEVEL = 160


@dataclass(frozen=True)
class _Strip:
    """One staff line, straightened: what lies within `_STRIP_SP` of it, column by column."""

    rows: NDArray[np.int64]  # (offsets, columns) page rows
    columns: NDArray[np.int64]  # (columns,) page columns
    ink: Field  # (offsets, columns) darkness, 0 = paper, 1 = black
    bare: Field  # (columns,) 1 where there is the line and nothing else, 0 on symbols


def _strips(page: LabelledPage) -> Iterator[_Strip]:
    height, width = page.image.shape
    thickness = line_px(page)
    for staff in page.reading.staves:
        columns = np.arange(max(0, int(staff.x0_px)), min(width, int(staff.x1_px) + 1))
        reach = int(_STRIP_SP * staff.space_px)
        offsets = np.arange(-reach, reach + 1)
        beyond = np.abs(offsets) > thickness / 2 + 1.5
        if not len(columns) or not beyond.any():
            continue
        for line in staff.lines_at(columns + 0.5):
            rows = np.floor(line).astype(np.int64)[None] + offsets[:, None]
            ink = np.where((rows >= 0) & (rows < height), 255 - page.image[rows.clip(0, height - 1), columns], 0)
            bare = ink[beyond].max(0) <= 255 - _BARE_LEVEL
            yield _Strip(rows, columns, (ink / 255).astype(np.float32), _away_from_symbols(bare, thickness))


def _away_from_symbols(bare: NDArray[np.bool_], thickness: float) -> Field:
    """Return which columns are bare, and so are their neighbours within the thickness of a line."""
    span = 2 * int(np.ceil(thickness)) + 1
    eroded = cv2.erode(bare[None].astype(np.uint8), np.ones((1, span), np.uint8))
    return np.asarray(eroded[0], np.float32)


def _redrawn(page: LabelledPage, draw: Callable[[_Strip], Field]) -> GreyImage:
    """Return the picture with every line drawn anew where it is bare; `draw` returns darkness (offsets, columns)."""
    out = page.image.copy()
    height = out.shape[0]
    for strip in _strips(page):
        bare = strip.bare[None] > 0
        inside = bare & (strip.rows >= 0) & (strip.rows < height)
        columns = np.broadcast_to(strip.columns, strip.rows.shape)
        out[strip.rows[inside], columns[inside]] = fields.grey(255 * (1 - draw(strip)))[inside]
    return out


def _shifted(strip: _Strip, shift_px: Field) -> Field:
    """Return the strip with each column moved down by `shift_px`, (columns,), a fraction of a pixel allowed."""
    rows, columns = strip.ink.shape
    ys = np.arange(rows, dtype=np.float32)[:, None] - shift_px[None].astype(np.float32)
    xs = np.ascontiguousarray(np.broadcast_to(np.arange(columns, dtype=np.float32), ys.shape))
    return np.asarray(cv2.remap(strip.ink, xs, np.ascontiguousarray(ys), cv2.INTER_LINEAR), np.float32)


@of_pixels
def ragged_staff_lines(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Lines waver by a part of their thickness and are thicker and thinner from one staff space to the next."""
    space, thickness = staff_space_px(page), line_px(page)
    waver = strength * rng.uniform(0.15, 0.45) * thickness
    swell = min(0.9, strength * rng.uniform(0.2, 0.45))

    def ragged(strip: _Strip) -> Field:
        count = len(strip.columns)
        shift = fields.smooth(1, count, 0.7 * space, rng)[0] + fields.smooth(1, count, 0.15 * space, rng)[0]
        heavier = fields.smooth(1, count, 0.5 * space, rng)[0] * np.float32(swell)
        line = _shifted(strip, shift * np.float32(0.5 * waver))
        twin = _shifted(strip, shift * np.float32(0.5 * waver) + np.float32(0.6 * thickness))
        fat = np.maximum(line, twin * heavier.clip(0, 1))
        return np.asarray(fat * (1 + heavier.clip(-1, 0)), np.float32)

    return _redrawn(page, ragged)


@of_pixels
def broken_staff_lines(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Lines are gone for a tenth of a staff space up to a few spaces, in some places much more than in others."""
    space = staff_space_px(page)
    threshold = np.float32(rng.uniform(1.1, 1.7) / max(strength, 0.3))

    def broken(strip: _Strip) -> Field:
        count = len(strip.columns)
        wear = fields.smooth(1, count, 14 * space, rng)[0] * np.float32(0.8)
        gaps = fields.smooth(1, count, rng.uniform(0.3, 1.5) * space, rng)[0] + wear
        teeth = fields.smooth(1, count, 0.12 * space, rng)[0] * np.float32(0.35)
        kept = ((threshold - gaps - teeth) * 4).clip(0, 1)
        return np.asarray(strip.ink * kept, np.float32)

    return _redrawn(page, broken)


@of_pixels
def double_staff_lines(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Beside stretches of a line runs a second, finer one, a fifth of a space away."""
    space, thickness = staff_space_px(page), line_px(page)
    threshold = np.float32(rng.uniform(0.6, 1.3) / max(strength, 0.3))

    def double(strip: _Strip) -> Field:
        count = len(strip.columns)
        where = ((fields.smooth(1, count, 25 * space, rng)[0] - threshold) * 3).clip(0, 1)
        apart = rng.choice([-1, 1]) * max(1.2 * thickness + 1, rng.uniform(0.14, 0.26) * space)
        drift = fields.smooth(1, count, 20 * space, rng)[0] * np.float32(0.03 * space)
        second = _shifted(strip, np.float32(apart) + drift) * where * np.float32(rng.uniform(0.5, 1))
        return np.asarray(np.maximum(strip.ink, second), np.float32)

    return _redrawn(page, double)
