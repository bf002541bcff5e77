"""What scanning and saving do: resolution, noise, sharpening, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from notation.boxes import FloatArray
from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_motion, of_pixels
from scoreaug.motion import Mask, Motion, moved
from scoreaug.page_scale import staff_space_px

#: Below this many pixels a staff space, accidentals can no longer be told apart by eye.
LEAST_SPACE_PX = 6.0
#: Above this many, pages are no longer called coarse: 150 ppi is 10.6 px for a staff of 7.2 mm.
_COARSE_SPACE_PX = 13.0


@dataclass(frozen=True)
class Scaling:
    """The whole page drawn to another size; `clean_size` and `size` are width and height in px."""

    clean_size: tuple[int, int]
    size: tuple[int, int]

    def points(self, points: FloatArray) -> FloatArray:
        """Return where (N, 2) points of the page go."""
        scaled: FloatArray = points * (np.array(self.size) / np.array(self.clean_size))
        return scaled

    def picture(self, image: GreyImage, fill: int) -> GreyImage:
        """Return the picture, averaged over areas where it shrinks; nothing comes from outside."""
        shrinks = self.size[0] < self.clean_size[0]
        flags = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, self.size, interpolation=flags), np.uint8)

    def mask(self, labels: Mask) -> Mask:
        """Return the label image, nearest pixel."""
        return np.asarray(cv2.resize(labels, self.size, interpolation=cv2.INTER_NEAREST), np.uint8)


def scaling(page: LabelledPage, factor: float) -> Scaling:
    """Return the motion that draws a page `factor` times as large, at least one pixel."""
    height, width = page.image.shape
    return Scaling((width, height), (max(1, round(width * factor)), max(1, round(height * factor))))


def at_staff_space(page: LabelledPage, space_px: float) -> LabelledPage:
    """Return the whole page, with its truth, scaled to a staff space of `space_px`."""
    return moved(page, scaling(page, space_px / staff_space_px(page)), 255)


@of_motion
def low_resolution(page: LabelledPage, rng: np.random.Generator, strength: float) -> tuple[Motion, int]:
    """The page was scanned small and comes back smaller, at 6 to 13 px a staff space; it is never enlarged."""
    widest = max(LEAST_SPACE_PX, _COARSE_SPACE_PX - (strength - 1) * 5)
    wanted = rng.uniform(LEAST_SPACE_PX, widest)
    return scaling(page, min(1.0, wanted / staff_space_px(page))), 255


@of_pixels
def rescanned(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Scanned small and enlarged again: soft or, where a viewer took the nearest pixel, in steps; the size stays."""
    share = max(1 - strength * rng.uniform(0.2, 0.55), LEAST_SPACE_PX / staff_space_px(page))
    height, width = page.image.shape
    small = scaling(page, min(1.0, share)).picture(page.image, 255)
    flags = rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.45, 0.35, 0.2])
    return np.asarray(cv2.resize(small, (width, height), interpolation=int(flags)), np.uint8)


@of_pixels
def sensor_noise(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Noise of the sensor, 2 to 15 grey levels, of single pixels or of a JPEG-smoothed two."""
    size_px = rng.choice([0.5, 1.6])
    height, width = page.image.shape
    noise = fields.grain(height, width, size_px, rng)
    return fields.grey(page.image + noise * np.float32(strength * rng.uniform(2, 15)))


@of_pixels
def sharpened(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The scanner's unsharp mask: light halos round the ink, filled corners, noise brought out."""
    radius = rng.uniform(0.05, 0.12) * staff_space_px(page)
    soft = cv2.GaussianBlur(page.image, (0, 0), max(0.6, radius))
    amount = strength * rng.uniform(0.5, 2)
    return np.asarray(cv2.addWeighted(page.image, 1 + amount, soft, -amount, 0), np.uint8)


@of_pixels
def defocused(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Out of focus by up to a seventh of a staff space."""
    sigma = strength * rng.uniform(0.02, 0.09) * staff_space_px(page)
    return np.asarray(cv2.GaussianBlur(page.image, (0, 0), max(0.3, sigma)), np.uint8)


@of_pixels
def jpeg(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Saved as JPEG of quality 60 down to 10: ringing round the ink, blocks of eight pixels."""
    quality = round(max(5, rng.uniform(70 - 35 * strength, 70 - 10 * strength)))
    _, coded = cv2.imencode(".jpg", page.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
