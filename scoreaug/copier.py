"""What copiers and two-tone scanners add: thresholds, toner dust, salt along the edges, black margins, streaks."""

from __future__ import annotations

import cv2
import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_pixels
from scoreaug.fields import Field
from scoreaug.page_scale import line_level, staff_space_px

#: A threshold nearer to paper than this share of the contrast turns paper grain black.
_CLEAR_OF_PAPER = 0.15
#: Dust thickens over staff spaces, so how much of it there is gets drawn at this part of the resolution.
_COARSE = 8


@of_pixels
def two_tone(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """A one-bit scan: a threshold between ink and paper that is off the middle, over sensor noise; pixels stay jagged.

    Nearly every scan of the public domain is one. Whoever made it looked at it: lines that could be seen are not lost
    altogether.
    """
    dark, light = ink_and_paper(page.image)
    level = dark + (light - dark) * np.clip(0.5 + strength * rng.uniform(-0.18, 0.22), 0.15, 0.85)
    visible = line_level(page) + rng.uniform(-5, 15)
    level = max(level, min(visible, light - _CLEAR_OF_PAPER * (light - dark)))
    height, width = page.image.shape
    noise = fields.white(height, width, rng) * np.float32(strength * rng.uniform(2, 14))
    return np.where(page.image + noise > np.float32(level), 255, 0).astype(np.uint8)


def ink_and_paper(image: GreyImage) -> tuple[float, float]:
    """Return the grey levels of ink and of paper: the darkest percent, and the middle of the lighter half."""
    counts = np.cumsum(np.bincount(image[::3, ::3].ravel(), minlength=256))
    dark, light = np.searchsorted(counts, [0.01 * counts[-1], 0.7 * counts[-1]])
    return float(min(dark, light - 1)), float(light)


@of_pixels
def toner_dust(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Specks of one to a few pixels over the whole page, thicker in some regions, and white ones in the ink."""
    rows, columns = _coarse_size(page)
    clouds = fields.smooth(rows, columns, rng.uniform(10, 50) * staff_space_px(page) / _COARSE, rng)
    return _specked(page, strength * 10 ** rng.uniform(-4.0, -2.2) * np.exp(np.float32(0.8) * clouds), rng)


@of_pixels
def edge_salt(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Dust and fibres that gather along one to four edges of the glass and thin out within a few staff spaces."""
    rows, columns = _coarse_size(page)
    space = staff_space_px(page) / _COARSE
    share = np.full((rows, columns), 1e-5, np.float32)
    for side in rng.permutation(4)[: int(rng.integers(1, 5))].tolist():
        falloff = np.exp(-_distance_px(rows, columns, side) / np.float32(rng.uniform(0.8, 4) * space))
        share = share + falloff * np.float32(strength * 10 ** rng.uniform(-1.9, -0.9))
    return _specked(page, share * np.exp(fields.smooth(rows, columns, 5 * space, rng)), rng)


def _coarse_size(page: LabelledPage) -> tuple[int, int]:
    height, width = page.image.shape
    return height // _COARSE + 1, width // _COARSE + 1


@of_pixels
def black_margins(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The lid was open: beyond one or two slightly slanting edges of the sheet the copy is black."""
    height, width = page.image.shape
    space = staff_space_px(page)
    out = page.image.copy()
    for side in rng.permutation(4)[: int(rng.integers(1, 3))].tolist():
        length = height if side % 2 == 0 else width
        ends = strength * rng.uniform(0.1, 1.4, 2) * space
        edge = np.linspace(ends[0], ends[1], length, dtype=np.float32)
        edge = edge + fields.smooth(1, length, 0.5 * space, rng)[0] * np.float32(0.05 * space)
        across = edge[:, None] if side % 2 == 0 else edge[None]
        out[_distance_px(height, width, side) < across] = rng.integers(0, 30)
    return out


@of_pixels
def streaks(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """A dirty drum: a few hairlines down the whole page, broken and wavering, dark ones or white ones."""
    height, width = page.image.shape
    space = staff_space_px(page)
    levels = page.image.astype(np.float32)
    for _ in range(int(rng.integers(1, 2 + round(3 * strength)))):
        x = rng.uniform(0, width) + fields.smooth(1, height, 30 * space, rng)[0] * np.float32(0.08 * space)
        there = (fields.smooth(1, height, 6 * space, rng)[0] > np.float32(rng.uniform(-1.5, 0.8))).astype(np.float32)
        half = max(0.5, rng.uniform(0.02, 0.06) * space)
        left = max(0, int(x.min() - half - 2))
        columns = np.arange(left, min(width, int(x.max() + half + 3)), dtype=np.float32)
        share = (half + 0.5 - np.abs(columns + np.float32(0.5) - x[:, None])).clip(0, 1) * there[:, None]
        ink = 255.0 if rng.random() < 0.3 else rng.uniform(0, 150)
        part = levels[:, left : left + len(columns)]
        part += (np.float32(ink) - part) * share * np.float32(rng.uniform(0.4, 1))
    return fields.grey(levels)


def _distance_px(height: int, width: int, side: int) -> Field:
    """Return how far each pixel lies from an edge: 0 left, 1 top, 2 right, 3 bottom; it broadcasts over the page."""
    length = width if side % 2 == 0 else height
    near = np.arange(length, dtype=np.float32)
    far = near if side < 2 else near[::-1]
    return far[None] if side % 2 == 0 else far[:, None]


def _specked(page: LabelledPage, share: Field, rng: np.random.Generator) -> GreyImage:
    """Return the picture with specks over `share` (a coarse field) of the page, and half as many white ones in ink.

    Specks are the peaks of slightly blurred noise, so they have the odd shapes of dust.
    """
    height, width = page.image.shape
    size_px = max(1.0, rng.uniform(0.03, 0.11) * staff_space_px(page))
    noise = fields.grain(height, width, size_px, rng)
    threshold = cv2.resize(_normal_quantile(share), (width, height), interpolation=cv2.INTER_LINEAR)
    out = page.image.copy()
    out[noise > threshold] = rng.integers(0, 60)
    out[(noise < -threshold - np.float32(0.2)) & (page.image < 128)] = 255
    return out


def _normal_quantile(share: Field) -> Field:
    """Return what a normal variate exceeds in `share` of cases, within 0.03 for shares below 0.2.

    Source: Abramowitz and Stegun (1964), formula 26.2.22, good enough for dust and fast in float32.
    """
    t = np.sqrt(-2 * np.log(share.clip(1e-9, 0.3)))
    return np.asarray(t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t), np.float32)
