"""What players and librarians wrote into the page: fingerings, rings, ticks, underlines, words. None of it is music."""

from __future__ import annotations

import cv2
import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_pixels
from scoreaug.fields import Field
from scoreaug.page_scale import staff_space_px

#: Handwritten figures as polylines in a box of 1 x 1.6, y down; fingerings are 1 to 5.
_FIGURES: dict[int, list[tuple[float, float]]] = {
    1: [(0.35, 0.3), (0.6, 0.0), (0.55, 0.8), (0.5, 1.6)],
    2: [(0.1, 0.4), (0.3, 0.05), (0.75, 0.1), (0.8, 0.5), (0.4, 1.1), (0.05, 1.5), (0.4, 1.45), (0.95, 1.55)],
    3: [(0.1, 0.2), (0.5, 0.0), (0.85, 0.3), (0.4, 0.75), (0.9, 1.0), (0.7, 1.5), (0.3, 1.6), (0.05, 1.35)],
    4: [(0.6, 0.0), (0.1, 1.0), (0.95, 0.95), (0.65, 0.6), (0.6, 1.6)],
    5: [(0.85, 0.05), (0.3, 0.05), (0.2, 0.7), (0.6, 0.6), (0.9, 1.0), (0.6, 1.5), (0.05, 1.45)],
}


@of_pixels
def pencil_fingerings(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Handwritten figures 1 to 5 above and below noteheads, alone or in twos and threes."""
    space = staff_space_px(page)
    layer = np.zeros(page.image.shape, np.float32)
    for x, y in _places(page, rng, round(strength * rng.integers(4, 40))):
        size = space * rng.uniform(0.9, 1.7)
        away = rng.choice([-1, 1]) * rng.uniform(1.5, 4) * space
        for row in range(int(rng.choice([1, 1, 1, 2, 3]))):
            figure = np.array(_FIGURES[int(rng.integers(1, 6))]) + rng.normal(0, 0.05, 2)
            middle = np.array([x - 0.5 * size, y + away - 0.8 * size + 1.9 * row * size])
            _stroke(layer, figure * size + middle, rng.uniform(0.1, 0.18) * space, rng)
    return _written(page.image, layer, space, strength, rng)


@of_pixels
def pencil_marks(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Rings round notes, ticks, crosses, underlines, bar strokes, spectacles and words in a flowing hand."""
    space = staff_space_px(page)
    layer = np.zeros(page.image.shape, np.float32)
    kinds = [_ring, _tick, _cross, _underline, _upright, _spectacles, _scribbled_word, _scribbled_word]
    for x, y in _places(page, rng, round(strength * rng.integers(3, 16))):
        draw = kinds[int(rng.integers(len(kinds)))]
        width = rng.uniform(0.1, 0.26) * space
        for path in draw(rng):
            _stroke(layer, path * space + [x, y], width, rng)
    return _written(page.image, layer, space, strength, rng)


def _places(page: LabelledPage, rng: np.random.Generator, count: int) -> np.ndarray:
    """Return (count, 2) points near symbols, or anywhere on a page that has none."""
    boxes = page.reading.symbols.boxes
    if not len(boxes):
        return rng.uniform(0, 1, (count, 2)) * page.image.shape[::-1]
    points: np.ndarray = boxes[rng.integers(0, len(boxes), count), :2] + rng.normal(0, staff_space_px(page), (count, 2))
    return points


def _ring(rng: np.random.Generator) -> list[np.ndarray]:
    angles = np.linspace(0, rng.uniform(5.8, 7.2), 16) + rng.uniform(0, 6)
    radii = rng.uniform(1.2, 3.5, 2) * rng.normal(1, 0.05, (16, 1))
    return [np.stack([np.cos(angles), np.sin(angles)], 1) * radii]


def _tick(rng: np.random.Generator) -> list[np.ndarray]:
    return [np.array([[-0.5, -0.6], [0, 0], [0.4, -1.1], [1.1, -2.4]]) * rng.uniform(0.6, 1.4)]


def _cross(rng: np.random.Generator) -> list[np.ndarray]:
    size = rng.uniform(0.5, 1.2)
    return [np.array([[-1, -1], [0, 0.1], [1, 1]]) * size, np.array([[1, -1], [0.1, 0], [-1, 1]]) * size]


def _underline(rng: np.random.Generator) -> list[np.ndarray]:
    x = np.linspace(0, rng.uniform(3, 14), 12)
    return [np.stack([x, 2 + np.cumsum(rng.normal(0, 0.06, 12))], 1)]


def _upright(rng: np.random.Generator) -> list[np.ndarray]:
    y = np.linspace(-rng.uniform(2, 5), rng.uniform(2, 5), 8)
    return [np.stack([np.cumsum(rng.normal(0, 0.06, 8)), y], 1)]


def _spectacles(rng: np.random.Generator) -> list[np.ndarray]:
    angles = np.linspace(0, 6.6, 14)
    lens = np.stack([np.cos(angles), 0.8 * np.sin(angles)], 1)
    aside = np.array([1.3, 0])
    return [lens - aside, lens + aside, np.array([[-0.3, 0], [0, -0.3], [0.3, 0]])]


def _scribbled_word(rng: np.random.Generator) -> list[np.ndarray]:
    """Loops and humps that lean forward: nobody can read them, and they are not meant to be."""
    letters = int(rng.integers(3, 9))
    t = np.linspace(0, letters, 10 * letters)
    tall = np.repeat(rng.choice([0.5, 0.5, 0.6, 1.4], letters), 10)
    loop = rng.uniform(0.2, 0.45)
    y = -tall * (0.5 - 0.5 * np.cos(2 * np.pi * t))
    x = 0.75 * t + loop * np.sin(2 * np.pi * t + 0.6) - 0.3 * y
    return [np.stack([x, y + 0.02 * np.cumsum(rng.normal(0, 0.3, len(t)))], 1) * rng.uniform(1.2, 3)]


def _stroke(layer: Field, points: np.ndarray, width_px: float, rng: np.random.Generator) -> None:
    """Draw a smooth stroke through (K, 2) points that presses harder and softer, into darkness, in place."""
    at = np.linspace(0, len(points) - 1, 8 * len(points))
    known = np.arange(len(points))
    path = np.stack([np.interp(at, known, points[:, i]) for i in (0, 1)], 1)
    path = np.stack([np.convolve(np.pad(path[:, i], 4, mode="edge"), np.ones(9) / 9, "valid") for i in (0, 1)], 1)
    path += fields.smooth(1, 2 * len(path), 12, rng).reshape(2, -1).T * np.float32(0.2 * width_px)
    fixed = (path * 16).round().clip(-(2**24), 2**24).astype(np.int32)
    pressure = (0.75 + 0.25 * fields.smooth(1, len(fixed), 10, rng)[0]).clip(0.3, 1)
    for start in range(0, len(fixed) - 1, 4):
        part = fixed[start : start + 5]
        cv2.polylines(layer, [part], False, float(pressure[start]), max(1, round(width_px)), cv2.LINE_AA, shift=4)


def _written(image: GreyImage, layer: Field, space_px: float, strength: float, rng: np.random.Generator) -> GreyImage:
    """Return the picture under a layer of pencil: graphite stays on the teeth of the paper only."""
    height, width = image.shape
    teeth = fields.grain(height, width, max(0.8, 0.06 * space_px), rng)
    held = (np.float32(rng.uniform(0.8, 1.4)) + teeth * np.float32(0.5)).clip(0, 1)
    return fields.tinted(image, 1 - layer * held * np.float32(min(0.9, rng.uniform(0.4, 0.85) * max(strength, 0.5))))
