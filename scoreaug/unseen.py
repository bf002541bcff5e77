"""Wear that training never sees: it belongs to the recipe `worn_unseen`, by which robustness is measured.

The causes are other ones (water, feeding, lenses, faxes), and so is the mathematics: morphology instead of blur and
threshold, local thresholds, row by row faults. Nothing here shares a random field with what training draws from.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from notation.boxes import FloatArray
from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_motion, of_pixels
from scoreaug.motion import Motion, margin_level
from scoreaug.page_scale import line_px, staff_space_px
from scoreaug.warp import Warp


@of_pixels
def washed_out(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Water ran down the sheet: in vertical tongues the ink pales and smears downwards."""
    height, width = page.image.shape
    space = staff_space_px(page)
    tongues = ndimage.gaussian_filter1d(rng.normal(size=width), max(1.0, 2 * space), mode="wrap")
    reach = height * (0.25 + 0.3 * tongues / (tongues.std() + 1e-9))
    wet = (reach[None] - np.arange(height)[:, None]) / np.float32(2 * space)
    wet = wet.clip(0, 1).astype(np.float32)
    smear = cv2.blur(page.image, (1, max(1, round(0.25 * space))))
    pale = 255 - (255 - smear.astype(np.float32)) * np.float32(1 - min(0.6, 0.35 * strength))
    return fields.grey(page.image * (1 - wet) + pale * wet)


@of_pixels
def crumbled_ink(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Ink swells or shrinks by whole brush shapes (dilation, erosion), then crumbs fall out along its edges."""
    side = max(2, round(0.8 * line_px(page)))
    brush = cv2.getStructuringElement(int(rng.choice([cv2.MORPH_ELLIPSE, cv2.MORPH_CROSS])), (side, side))
    swollen = cv2.erode(page.image, brush)  # erosion of light is growth of ink
    opened = cv2.dilate(page.image, np.ones((2, 2), np.uint8))
    share = rng.uniform(0.3, 0.9) * min(1.0, strength)
    shaped = swollen if rng.random() < 0.5 else opened
    mixed = cv2.addWeighted(page.image, 1 - share, shaped, share, 0)
    edge = cv2.morphologyEx(mixed, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 60
    falls = rng.random(mixed.shape, dtype=np.float32) < np.float32(min(0.5, 0.15 * strength))
    return np.where(edge & falls, cv2.dilate(mixed, np.ones((3, 3), np.uint8)), mixed).astype(np.uint8)


@of_pixels
def fibrous_paper(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Recycled paper: thousands of short straight fibres, darker and lighter than the sheet."""
    height, width = page.image.shape
    space = staff_space_px(page)
    sheet = np.full((height, width), round(255 - strength * rng.uniform(10, 40)), np.uint8)
    count = min(20_000, round(height * width / (3 * space * space)))
    starts = rng.uniform(0, 1, (count, 2)) * [width, height]
    angles = rng.uniform(0, 2 * np.pi, count)
    ends = starts + (rng.uniform(0.1, 1, count) * space)[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    segments = np.stack([starts, ends], 1).round().astype(np.int32)
    for part in np.array_split(segments, 8):
        level = float(np.clip(sheet[0, 0] + strength * rng.uniform(-35, 15), 0, 255))
        cv2.polylines(sheet, list(part), False, level, 1)
    return np.minimum(page.image, cv2.blur(sheet, (3, 3))).astype(np.uint8)


@of_motion
def feed_slip(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """The feeder of a fax slipped: rows are stretched and squeezed, and the sheet leans as it went through."""
    height, width = page.image.shape
    knots = np.linspace(0, height, 9)
    slips = np.cumsum(rng.normal(0, 0.004 * strength, 9)) * height / 8
    lean = rng.normal(0, 0.004) * strength

    def displacement(xs: FloatArray, ys: FloatArray) -> tuple[FloatArray, FloatArray]:
        return lean * (ys - height / 2), np.interp(ys, knots, slips - slips.mean()) + 0 * xs

    return Warp(width, height, displacement), margin_level(page.image)


@of_motion
def barrel_lens(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """A wide lens: straight lines bulge outwards or, at its other end, inwards; by up to 1.5 % of the page."""
    height, width = page.image.shape
    bulge = np.clip(strength * rng.choice([-1, 1]) * rng.uniform(0.004, 0.015), -0.05, 0.05)
    half = max(height, width) / 2

    def displacement(xs: FloatArray, ys: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, y = xs - width / 2, ys - height / 2
        factor = bulge * ((x**2 + y**2) / half**2 - 0.5)
        return x * factor, y * factor

    return Warp(width, height, displacement), margin_level(page.image)


@of_pixels
def lamp_bands(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """A lamp that flickered while the scan ran: brighter and darker bands across the page."""
    height = page.image.shape[0]
    rows = np.arange(height) / height
    waves = sum(np.sin(2 * np.pi * (rng.uniform(2, 40) * rows + rng.random())) for _ in range(3))
    light = 1 - strength * rng.uniform(0.02, 0.07) * (1 + np.asarray(waves) / 3)
    return fields.tinted(page.image, light[:, None].clip(0.4, 1))


@of_pixels
def descreened(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Software that removes dots took the median of neighbours: corners round off, hairlines thin out."""
    side = 3 if line_px(page) < 3 * strength else 5
    smooth = cv2.medianBlur(page.image, side)
    share = min(0.7, 0.5 * strength)
    return np.asarray(cv2.addWeighted(page.image, 1 - share, smooth, share, 0), np.uint8)


@of_pixels
def adaptive_threshold(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """A document scanner's local threshold: two tones, solid areas go hollow, paper grain turns to pepper."""
    side = 2 * round(rng.uniform(1.2, 3) * staff_space_px(page)) + 1
    offset = max(3.0, 30 - strength * rng.uniform(5, 20))
    mode, kind = cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY
    return np.asarray(cv2.adaptiveThreshold(page.image, 255, mode, kind, max(3, side), offset), np.uint8)


@of_pixels
def few_greys(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Four to eight grey levels with ordered dots between them, as old viewers and GIF files show pages."""
    levels = max(2, round(9 - strength * rng.integers(1, 5)))
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16
    height, width = page.image.shape
    dots = np.tile(bayer, (height // 4 + 1, width // 4 + 1))[:height, :width].astype(np.float32)
    steps = np.floor(page.image / np.float32(255) * (levels - 1) + dots)
    return fields.grey(steps * (255 / (levels - 1)))


@of_pixels
def dropped_rows(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """A bad line: some rows repeat the one above, or are lost to white for part of their length."""
    out = page.image.copy()
    height, width = out.shape
    for row in rng.integers(1, max(2, height), round(strength * rng.uniform(0.002, 0.01) * height)).tolist():
        if row >= height:
            continue
        start, end = np.sort(rng.integers(0, width + 1, 2)).tolist()
        out[row, start:end] = out[row - 1, start:end] if rng.random() < 0.7 else 255
    return out
