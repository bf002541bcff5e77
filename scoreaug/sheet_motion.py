"""How a sheet lies: askew, bowed, curled towards the spine, or seen from the side by a camera.

Motions here are drawn as (page, rng, strength) to the motion and the grey level of what comes into the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from notation.boxes import FloatArray
from notation.page import GreyImage, LabelledPage
from scoreaug.augmentation import of_motion
from scoreaug.motion import Affine, Mask, Motion, margin_level, turn_about_centre
from scoreaug.page_scale import staff_space_px
from scoreaug.warp import Warp

_LEAST_DEPTH = 0.05  # of a camera's view: keeps the far edge in front of the lens


@of_motion
def skew(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """Laid on the glass askew, mostly by less than a degree."""
    height, width = page.image.shape
    turn = turn_about_centre(width, height, np.deg2rad(strength * rng.normal(0, 0.7)))
    return Affine(turn, (width, height)), margin_level(page.image)


@of_motion
def bowed(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """A sheet that is not flat on the glass: staves bend by up to a staff space over a system, in long waves."""
    height, width = page.image.shape
    space = staff_space_px(page)
    waves = [_wave(height, width, strength * rng.uniform(0.1, 0.6) * space, rng) for _ in range(4)]

    def displacement(xs: FloatArray, ys: FloatArray) -> tuple[FloatArray, FloatArray]:
        across = 0.3 * sum((wave(xs, ys) for wave in waves[2:]), np.zeros(xs.shape))
        return across, sum((wave(xs, ys) for wave in waves[:2]), np.zeros(xs.shape))

    return Warp(width, height, displacement), margin_level(page.image)


class _wave:  # noqa: N801 - it is called like the function that it is
    """One sine over the page, at most a wave and a half across it, flat enough for every height it is given."""

    def __init__(self, height: int, width: int, amplitude_px: float, rng: np.random.Generator) -> None:
        self.length_px = max(height, width) * rng.uniform(0.7, 2.0)
        self.angle_rad = rng.uniform(0, np.pi)
        self.phase_rad = rng.uniform(0, 2 * np.pi)
        self.amplitude_px = min(amplitude_px, 0.02 * self.length_px)

    def __call__(self, xs: FloatArray, ys: FloatArray) -> FloatArray:
        along = xs * np.cos(self.angle_rad) + ys * np.sin(self.angle_rad)
        height: FloatArray = self.amplitude_px * np.sin(2 * np.pi * along / self.length_px + self.phase_rad)
        return height


@of_motion
def page_curl(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """A bound book: towards the spine lines rise or sink like a cube and are foreshortened."""
    height, width = page.image.shape
    spine_left = rng.random() < 0.5
    rise = strength * rng.uniform(0.01, 0.03) * width * rng.choice([-1, 1])
    tilt = rng.uniform(-0.6, 0.6)
    squeeze = strength * rng.uniform(0.005, 0.02) * width

    def displacement(xs: FloatArray, ys: FloatArray) -> tuple[FloatArray, FloatArray]:
        near = (1 - xs / width if spine_left else xs / width).clip(0, 1.05)  # 1 at the spine
        slope = 1 + tilt * (2 * ys / height - 1)
        inward = squeeze * near**4 * (1 if not spine_left else -1)
        return inward, -rise * near**3 * slope

    return Warp(width, height, displacement), margin_level(page.image)


@of_motion
def perspective(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """A camera that did not look straight down: corners move inwards by up to 4 % of a side; beyond lies the table."""
    height, width = page.image.shape
    table = int(rng.integers(20, 140)) if rng.random() < 0.6 else margin_level(page.image)
    reach = min(0.2, 0.04 * strength)
    inwards = rng.uniform(0, reach, (4, 2)) * np.array([width, height])
    return Viewpoint((width, height), inwards), table


class Viewpoint:
    """A homography that moves the corners of a page inwards by (4, 2) px, clockwise from top left."""

    def __init__(self, size: tuple[int, int], inwards_px: FloatArray) -> None:
        self.size = size
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * np.array(size, np.float64)
        signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        target = corners + signs * inwards_px
        self._matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))

    def points(self, points: FloatArray) -> FloatArray:
        """Return where (N, 2) points of the page go."""
        moved = np.column_stack([points, np.ones(len(points))]) @ self._matrix.T
        seen: FloatArray = moved[:, :2] / np.maximum(moved[:, 2:], _LEAST_DEPTH)
        return seen

    def picture(self, image: GreyImage, fill: int) -> GreyImage:
        """Return the moved picture, bilinear; what comes from outside is `fill`."""
        return self._warped(image, cv2.INTER_LINEAR, fill)

    def mask(self, labels: Mask) -> Mask:
        """Return the moved label image, nearest pixel; what comes from outside is 0."""
        return self._warped(labels, cv2.INTER_NEAREST, 0)

    def _warped(self, image: GreyImage, flags: int, fill: int) -> GreyImage:
        to_indices = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
        matrix = to_indices @ self._matrix @ np.linalg.inv(to_indices)
        return np.asarray(cv2.warpPerspective(image, matrix, self.size, flags=flags, borderValue=fill), np.uint8)
