"""Stains, foxing, dirt and worm holes: layers of darkness (0 = nothing, 1 = black) that lie on a sheet."""

from __future__ import annotations

import cv2
import numpy as np

from scoreaug import fields
from scoreaug.fields import Field

#: Stains are soft, so they are drawn at a quarter of the resolution.
_COARSE = 4


def foxing(height: int, width: int, space_px: float, rng: np.random.Generator, amount: float = 1.0) -> Field:
    """Return brown age spots, a tenth to a staff space wide, soft, in clusters."""
    cells = np.zeros((height // _COARSE + 1, width // _COARSE + 1), np.float32)
    for _ in range(max(1, round(amount * rng.integers(1, 8)))):
        centre, spread = rng.uniform(0, 1, 2) * cells.shape[::-1], rng.uniform(0.03, 0.25) * max(cells.shape)
        for x, y in rng.normal(centre, spread, (int(rng.integers(2, 25)), 2)).round().astype(int).tolist():
            radius = round(rng.exponential(0.25) * space_px / _COARSE)
            cv2.circle(cells, (x, y), min(radius, 200), rng.uniform(0.04, 0.25), -1)
    soft = cv2.GaussianBlur(cells, (0, 0), max(0.5, 0.15 * space_px / _COARSE))
    return fields.upscaled(soft, height, width).clip(0, 1)


def stain(height: int, width: int, space_px: float, rng: np.random.Generator) -> Field:
    """Return one water or coffee stain: a ragged blob 4 to 40 staff spaces wide whose tide line is its darkest part."""
    rows, columns = height // _COARSE + 1, width // _COARSE + 1
    radius = rng.uniform(2, 20) * space_px / _COARSE
    x, y = rng.uniform(-0.1, 1.1) * columns, rng.uniform(-0.1, 1.1) * rows
    ys, xs = np.indices((rows, columns), dtype=np.float32)
    away = np.hypot(xs - np.float32(x), (ys - np.float32(y)) * np.float32(rng.uniform(0.6, 1.6)))
    ragged = fields.smooth(rows, columns, radius * 0.7, rng) * np.float32(0.15) * np.float32(radius)
    depth = (np.float32(radius) - away - ragged) / np.float32(max(1.0, 0.12 * space_px / _COARSE))  # in rim widths
    inside = (depth + 1).clip(0, 1) * np.float32(rng.uniform(0.02, 0.12))
    rim = np.exp(-np.square(depth / np.float32(rng.uniform(1.5, 4)))) * np.float32(rng.uniform(0.03, 0.2))
    return fields.upscaled(inside + rim, height, width).clip(0, 1)


def dirt(height: int, width: int, space_px: float, rng: np.random.Generator, amount: float = 1.0) -> Field:
    """Return sharp specks and short fibres of lint, up to half a staff space."""
    layer = np.zeros((height, width), np.float32)
    for _ in range(round(amount * rng.integers(0, 60))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        radius = int(min(rng.exponential(0.06) * space_px, 50))
        cv2.circle(layer, centre, radius, rng.uniform(0.15, 0.7), -1, cv2.LINE_AA)
    for _ in range(round(amount * rng.integers(0, 6))):
        points = lint(rng, space_px) + rng.uniform(0, 1, 2) * [width, height]
        cv2.polylines(layer, [points.round().astype(np.int32)], False, rng.uniform(0.2, 0.8), 1, cv2.LINE_AA)
    return layer


def lint(rng: np.random.Generator, space_px: float) -> np.ndarray:
    """Return (12, 2) points of a curled fibre of half to three staff spaces."""
    turns = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.5, 12))
    step = rng.uniform(0.5, 3) * space_px / 12
    path: np.ndarray = np.cumsum(step * np.stack([np.cos(turns), np.sin(turns)], 1), 0)
    return path
