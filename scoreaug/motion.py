"""Moving a page: picture, boxes, staff lines, graph and masks go along with one motion.

Frame: page pixels, x right, y down, the first pixel covers [0, 1) x [0, 1). OpenCV puts its centre at 0, we at 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray
from notation.page import GreyImage, LabelledPage
from scoreaug.truth import moved_reading, renumbered

Mask = NDArray[np.uint8]  # (height, width), any labels

_PageT = TypeVar("_PageT", bound=LabelledPage)


@dataclass(frozen=True)
class MaskedPage(LabelledPage):
    """A page whose segmentation masks move along through every augmentation.

    Attributes:
        masks: uint8 (height, width) each, label images over the page; they are moved without mixing labels.
    """

    masks: tuple[Mask, ...] = ()


class Motion(Protocol):
    """Where the points of a page go."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the moved page, px."""

    def points(self, points: FloatArray) -> FloatArray:
        """Return where (N, 2) points of the page go."""

    def picture(self, image: GreyImage, fill: int) -> GreyImage:
        """Return the moved picture; what comes from outside is `fill`."""

    def mask(self, labels: Mask) -> Mask:
        """Return the moved label image; what comes from outside is 0."""


@dataclass(frozen=True)
class Affine:
    """A 2 x 3 matrix of page pixels, onto a page of `size` (width, height)."""

    matrix: FloatArray
    size: tuple[int, int]

    def points(self, points: FloatArray) -> FloatArray:
        """Return where (N, 2) points of the page go."""
        moved: FloatArray = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved

    def picture(self, image: GreyImage, fill: int) -> GreyImage:
        """Return the moved picture, bilinear; shrinking is left to `scanner.resized`, which averages."""
        return self._warped(image, cv2.INTER_LINEAR, fill)

    def mask(self, labels: Mask) -> Mask:
        """Return the moved label image, nearest pixel."""
        return self._warped(labels, cv2.INTER_NEAREST, 0)

    def _warped(self, image: GreyImage, flags: int, fill: int) -> GreyImage:
        half = np.array([0.5, 0.5])
        linear = self.matrix[:, :2]
        indices = np.column_stack([linear, self.matrix[:, 2] + linear @ half - half])
        return cv2.warpAffine(image, indices, self.size, flags=flags, borderValue=fill).astype(np.uint8)


def moved(page: _PageT, motion: Motion, fill: int) -> _PageT:
    """Return the page with everything on it moved; what comes from outside is `fill`."""
    return replace(with_moved_truth(page, motion), image=motion.picture(page.image, fill))


def with_moved_truth(page: _PageT, motion: Motion) -> _PageT:
    """Return the page with symbols, staves, graph and masks moved, and the picture as it was.

    Symbols that leave the page altogether are dropped, with their relations. Rows are numbered anew.
    """
    reading, old_rows = moved_reading(page.reading, motion.points, motion.size)
    out = replace(page, reading=reading, graph=renumbered(page.graph, old_rows))
    if isinstance(out, MaskedPage):
        return replace(out, masks=tuple(motion.mask(one) for one in out.masks))
    return out


def turn_about_centre(width_px: int, height_px: int, angle_rad: float) -> FloatArray:
    """Return the 2 x 3 matrix that turns a page about its centre, clockwise for positive angles."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    linear = np.array([[cos, -sin], [sin, cos]])
    centre = np.array([width_px / 2, height_px / 2])
    return np.column_stack([linear, centre - linear @ centre])


def moved_image(image: GreyImage, matrix: FloatArray, fill: int) -> GreyImage:
    """Return the picture under a 2 x 3 matrix of page pixels, in its old size; what comes from outside is `fill`."""
    return Affine(matrix, (image.shape[1], image.shape[0])).picture(image, fill)


def moved_truth(page: _PageT, matrix: FloatArray) -> _PageT:
    """Return the page with its truth moved by a 2 x 3 matrix, and the picture as it was; see `with_moved_truth`."""
    symbols = page.reading.symbols
    return with_moved_truth(page, Affine(matrix, (symbols.width_px, symbols.height_px)))


def margin_level(image: GreyImage) -> int:
    """Return the median grey level along the edge of a picture: what continues the paper beyond it."""
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return int(np.median(edge))
