"""Library stamps, shelf marks and accession numbers: ink that is no music and may lie over it."""

from __future__ import annotations

import cv2
import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_pixels
from scoreaug.fields import Field
from scoreaug.lettering import laid_over, phrase, printed, round_a_ring
from scoreaug.page_scale import staff_space_px


@of_pixels
def library_stamp(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """One or two rubber stamps, round, oval or framed, 6 to 14 staff spaces wide, turned and unevenly inked."""
    levels = page.image.astype(np.float32)
    height, width = page.image.shape
    for _ in range(int(rng.integers(1, 2 + round(strength)))):
        side = max(8, round(rng.uniform(6, 14) * staff_space_px(page)))
        ink = _turned(_round(side, rng) if rng.random() < 0.6 else _framed(side, rng), rng)
        ink = _inked_unevenly(ink, rng)
        left, top = rng.uniform(0, 1, 2) * [max(1, width - side), max(1, height - side)]
        laid_over(levels, ink, int(left), int(top), min(0.95, strength * rng.uniform(0.3, 0.75)))
    return fields.grey(levels)


def _inked_unevenly(ink: Field, rng: np.random.Generator) -> Field:
    """Return a stamp that was pressed down more at one side, on paper with a grain."""
    height, width = ink.shape
    pressure = np.float32(0.8) + fields.smooth(height, width, height / 5, rng) * np.float32(0.35)
    return np.asarray(ink * pressure.clip(0, 1) * (fields.grain(height, width, 1.5, rng) > -1.3), np.float32)


def _round(side: int, rng: np.random.Generator) -> Field:
    """Two rings with words between them and a word or date inside."""
    ink = np.zeros((side, side), np.float32)
    middle, outer = (side // 2, side // 2), round(0.47 * side)
    letter = max(4.0, side * rng.uniform(0.08, 0.13))
    inner = round(outer - 1.9 * letter)
    stroke = max(1, round(0.012 * side))
    for radius in (outer, inner):
        cv2.circle(ink, middle, max(1, radius), 1.0, stroke, cv2.LINE_AA)
    foot = inner + 0.4 * letter
    around = printed(phrase(rng, 4).upper(), letter, weight=0.03)
    around = around[:, : int(1.9 * np.pi * foot)]
    ink = np.maximum(ink, round_a_ring(around, side, foot, rng.uniform(0, 2 * np.pi)))
    inside = printed(str(rng.integers(1800, 1990)) if rng.random() < 0.5 else phrase(rng, 1), 1.3 * letter)
    return _with_middle(ink, inside[:, : max(1, 2 * inner)])


def _framed(side: int, rng: np.random.Generator) -> Field:
    """A frame with one to three lines of words."""
    lines = [printed(phrase(rng, 2), max(4.0, 0.1 * side), weight=0.02) for _ in range(int(rng.integers(1, 4)))]
    gap = round(0.06 * side)
    ink = np.zeros(
        (sum(len(line) + gap for line in lines) + gap, max(line.shape[1] for line in lines) + 2 * gap), np.float32
    )
    top = gap
    for line in lines:
        left = (ink.shape[1] - line.shape[1]) // 2
        ink[top : top + len(line), left : left + line.shape[1]] = line
        top += len(line) + gap
    cv2.rectangle(ink, (1, 1), (ink.shape[1] - 2, ink.shape[0] - 2), 1.0, max(1, round(0.015 * side)))
    return ink


def _with_middle(ink: Field, word: Field) -> Field:
    top, left = (ink.shape[0] - word.shape[0]) // 2, (ink.shape[1] - word.shape[1]) // 2
    if top >= 0 and left >= 0:
        part = ink[top : top + word.shape[0], left : left + word.shape[1]]
        np.maximum(part, word, out=part)
    return ink


def _turned(ink: Field, rng: np.random.Generator) -> Field:
    """Return a stamp flattened to an oval and turned by up to 25 degrees, on a canvas that holds it."""
    height, width = ink.shape
    side = int(np.hypot(height, width)) + 2
    angle, flat = np.deg2rad(rng.normal(0, 10)), rng.uniform(0.7, 1.0)
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin * flat], [sin, cos * flat]])
    matrix = np.column_stack([linear, np.array([side / 2, side / 2]) - linear @ [width / 2, height / 2]])
    return np.asarray(cv2.warpAffine(ink, matrix, (side, side)), np.float32)
