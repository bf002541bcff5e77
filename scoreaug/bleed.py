"""Ink of another page: the back of the sheet shines through, or the facing page left its mark."""

from __future__ import annotations

import cv2
import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_pixels
from scoreaug.page_scale import staff_space_px


@of_pixels
def bleed_through(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The back of the sheet, mirrored, soft, and stronger where the paper is thin: up to a third of black.

    The back is a page of the same edition, so this page itself stands in for it: mirrored, moved and turned over.
    """
    space = staff_space_px(page)
    back = other_page(page.image, space, rng)
    soft = cv2.GaussianBlur(back, (0, 0), max(0.3, rng.uniform(0.04, 0.16) * space))
    depth = strength * rng.uniform(0.07, 0.3)
    return _under(page.image, soft, depth, rng.uniform(4, 20) * space, rng)


@of_pixels
def set_off(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Wet ink of the facing page came off on this one: sharp, in patches, and scans show scattered bits of it."""
    space = staff_space_px(page)
    facing = other_page(page.image, space, rng)
    height, width = facing.shape
    bits = fields.grain(height, width, 0.15 * space, rng) > np.float32(rng.uniform(0.4, 1.2))
    spotty = np.where(bits, facing, 255).astype(np.uint8)
    return _under(page.image, spotty, strength * rng.uniform(0.2, 0.6), rng.uniform(3, 10) * space, rng)


def other_page(image: GreyImage, space_px: float, rng: np.random.Generator) -> GreyImage:
    """Return a mirrored page that is this one turned over, moved by whole systems and put a little askew."""
    back = image[::-1, ::-1] if rng.random() < 0.5 else image
    back = np.roll(back, int(rng.integers(0, back.shape[0])), axis=0)[:, ::-1]
    height, width = back.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-1, 1), rng.uniform(0.95, 1.05))
    turn[0, 2] += rng.uniform(-4, 4) * space_px
    moved = cv2.warpAffine(np.ascontiguousarray(back), turn, (width, height), borderValue=255)
    return np.asarray(moved, np.uint8)


def _under(image: GreyImage, ghost: np.ndarray, depth: float, patch_px: float, rng: np.random.Generator) -> GreyImage:
    """Return the picture with a ghost of `depth` in [0, 1] under it, in patches."""
    height, width = image.shape
    thin = (1 + np.float32(0.6) * fields.smooth(height, width, patch_px, rng)).clip(0, 2) * np.float32(depth / 255)
    return fields.tinted(image, 1 - ((255 - ghost) * thin).clip(0, 0.8))
