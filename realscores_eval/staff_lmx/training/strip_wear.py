"""Cheap wear of strips while training: other heights, widths and tilts, then ink, dust, blur, light and threshold."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from notation.page import GreyImage
from realscores_eval.staff_lmx.staff_strip import SPACE_PX

_Wear = Callable[[GreyImage, np.random.Generator], GreyImage]
#: How far traced lines are off, in staff spaces and as shares of the height; widths differ more, by spacing.
_OFF_SP, _SCALE, _STRETCH, _TILT = 0.2, 0.05, 0.2, 0.004


def moved(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Return the strip as lines that are traced a little wrongly would give it, wider or narrower."""
    height, width = strip.shape
    across, along = 1 + rng.uniform(-_SCALE, _SCALE), 1 + rng.uniform(-_STRETCH, _STRETCH)
    made = max(8, round(width * along))
    tilt = rng.uniform(-_TILT, _TILT)
    shift = rng.normal(0, _OFF_SP / 2) * SPACE_PX + height * (1 - across) / 2 - tilt * made / 2
    matrix = np.array([[along, 0, 0], [tilt * along, across, shift]])
    paper = int(np.percentile(strip, 80))
    out = cv2.warpAffine(strip, matrix, (made, height), flags=cv2.INTER_LINEAR, borderValue=paper)
    return out.astype(np.uint8)


def worn(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Return a worn copy of uint8 (height, width)."""
    steps: list[tuple[float, _Wear]] = [(0.2, _coarse), (0.4, _inked), (0.2, _dust), (0.4, _blurred), (0.4, _lit)]
    for share, step in [*steps, (0.4, _noisy), (0.3, _two_tone)]:
        if rng.random() < share:
            strip = step(strip, rng)
    return strip


def _coarse(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    height, width = strip.shape
    share = rng.uniform(0.6, 0.9)
    small = cv2.resize(strip, (max(1, round(width * share)), round(height * share)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _inked(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Ink that spread or starved: blur, then a soft threshold."""
    soft = cv2.GaussianBlur(strip, (0, 0), rng.uniform(0.5, 0.9)).astype(np.float32)
    return _grey((soft - rng.uniform(150, 225)) * rng.uniform(1.5, 5.0) + 127)


def _dust(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    out = strip.copy()
    height, width = strip.shape
    for _ in range(int(rng.integers(3, 40))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(out, centre, int(rng.integers(0, 2)), 0 if rng.random() < 0.5 else 255, -1)
    return out


def _blurred(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    return cv2.GaussianBlur(strip, (0, 0), rng.uniform(0.3, 0.9)).astype(np.uint8)


def _lit(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    ink, paper = rng.uniform(0, 90), rng.uniform(165, 255)
    slope = np.linspace(-0.5, 0.5, strip.shape[1])[None] * rng.uniform(-30, 30)
    return _grey(ink + strip * ((paper - ink) / 255) + slope)


def _noisy(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    return _grey(strip + rng.standard_normal(strip.shape, dtype=np.float32) * np.float32(rng.uniform(2, 18)))


def _two_tone(strip: GreyImage, rng: np.random.Generator) -> GreyImage:
    dark, light = np.percentile(strip, [1, 60])
    level = dark + (light - dark) * rng.uniform(0.55, 0.85)
    out = _grey(np.where(strip > level, 255, 0))
    return _blurred(out, rng) if rng.random() < 0.5 else out


def _grey(values: np.ndarray) -> GreyImage:
    out: GreyImage = np.clip(values, 0, 255).astype(np.uint8)
    return out
