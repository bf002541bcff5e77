"""How light falls on a page in front of a camera or over a book's spine, and how the camera holds still."""

from __future__ import annotations

import cv2
import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import borders, fields
from scoreaug.augmentation import of_pixels
from scoreaug.fields import Field
from scoreaug.page_scale import staff_space_px

#: Light changes slowly: it is drawn on a page of at most this many pixels a side and scaled up.
_COARSE_SIDE_PX = 256
#: A page is left at least this share of its light, or there would be nothing to read.
_LEAST_LIGHT = 0.25


@of_pixels
def cast_shadow(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The shadow of a hand, a telephone or a head: one or two large shapes with edges from sharp to very soft."""
    rows, columns = _coarse_size(page)
    light = np.ones((rows, columns), np.float32)
    for _ in range(int(rng.integers(1, 3))):
        shape = np.zeros((rows, columns), np.float32)
        cv2.fillPoly(shape, [_outline(rows, columns, rng)], 1.0)
        soft = cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.004, 0.06) * max(rows, columns) + 0.5)
        light *= 1 - soft * np.float32(strength * rng.uniform(0.12, 0.45))
    return _lit(page, light)


def _outline(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Return (K, 2) points of a bulky shape that reaches in from beyond the page."""
    side = rng.uniform(0, 2 * np.pi)
    centre = np.array([0.5, 0.5]) + rng.uniform(0.45, 0.8) * np.array([np.cos(side), np.sin(side)])
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radii = rng.uniform(0.25, 0.6, 9)[:, None]
    points = (centre + radii * np.stack([np.cos(angles), np.sin(angles)], 1)) * [columns, rows]
    outline: np.ndarray = points.round().astype(np.int32)
    return outline


@of_pixels
def uneven_light(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """One lamp to the side and a lens that darkens towards its corners; near the lamp the paper is blown out."""
    rows, columns = _coarse_size(page)
    y, x = np.linspace(-1, 1, rows, dtype=np.float32)[:, None], np.linspace(-1, 1, columns, dtype=np.float32)[None]
    lamp_x, lamp_y = rng.uniform(-1.6, 1.6, 2).astype(np.float32)
    near = 1 / (1 + np.float32(rng.uniform(0.05, 0.35)) * ((x - lamp_x) ** 2 + (y - lamp_y) ** 2))
    lens = 1 - np.float32(rng.uniform(0, 0.25)) * (x**2 + y**2) / 2
    light = near * lens
    light = light / light.max() * np.float32(rng.uniform(0.95, 1.15))
    return _lit(page, 1 + (light - 1) * np.float32(strength))


@of_pixels
def gutter_shadow(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The spine of a book at one side: light falls off towards it within a tenth of the width."""
    height, width = page.image.shape
    left = 1 + (borders.gutter(height, width, rng) - 1) * np.float32(strength)
    return fields.tinted(page.image, left.clip(_LEAST_LIGHT, 1))


@of_pixels
def auto_exposed(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The camera chose the exposure: the lighter parts of the page come out at 170 to 265, burnt out beyond 255."""
    lighter = max(1.0, float(np.percentile(page.image[::7, ::7], 85)))
    gain = 1 + (rng.uniform(170, 265) / lighter - 1) * min(1.0, strength)
    return fields.grey(np.arange(256) * np.float32(gain))[page.image]


@of_pixels
def shaken(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The camera moved: smeared along one direction by up to a fifth of a staff space."""
    length = max(2.0, strength * rng.uniform(0.06, 0.2) * staff_space_px(page))
    reach = int(np.ceil(length / 2))
    angle = rng.uniform(0, np.pi)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, 64):
        x, y = reach + step * np.cos(angle), reach + step * np.sin(angle)
        kernel[round(y), round(x)] += 1
    return np.asarray(cv2.filter2D(page.image, -1, kernel / kernel.sum()), np.uint8)


def _coarse_size(page: LabelledPage) -> tuple[int, int]:
    height, width = page.image.shape
    share = min(1.0, _COARSE_SIDE_PX / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def _lit(page: LabelledPage, light: Field) -> GreyImage:
    height, width = page.image.shape
    full = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    return fields.tinted(page.image, full.clip(_LEAST_LIGHT, 2))
