"""Cheap wear for training crops: what printing, age and a scanner do to ink, without moving any symbol."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from notation.page import GreyImage

Wear = Callable[[GreyImage, np.random.Generator], GreyImage]


def worn(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Return a worn copy of uint8 (H, W): spread or starved ink, specks, low resolution, then grey or two-tone scan."""
    steps: list[tuple[float, Wear]] = [
        (0.35, low_resolution),
        (0.5, spread_or_starve),
        (0.3, specks),
        (0.3, broken_ink),
        (0.5, blur),
        (0.5, contrast),
        (0.5, noise),
    ]
    for share, step in steps:
        if rng.random() < share:
            image = step(image, rng)
    if rng.random() < 0.45:  # nearly every public-domain scan is two-tone
        image = two_tone(image, rng)
    return image


def low_resolution(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Scan at 45 to 85 % of the resolution."""
    height, width = image.shape
    share = rng.uniform(0.45, 0.85)
    small = cv2.resize(image, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return _grey(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def spread_or_starve(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Move the edge of the ink by up to about a pixel: blur, then a threshold with a soft slope."""
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.7, 1.4)).astype(np.float32)
    level, slope = rng.uniform(130, 215), rng.uniform(2.0, 8.0)
    return _grey(np.clip((soft - level) * slope + 127, 0, 255))


def specks(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Dust: a few dark and light spots of one to three pixels."""
    out = image.copy()
    height, width = image.shape
    for _ in range(int(rng.integers(5, 120))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(out, centre, int(rng.integers(0, 3)), 0 if rng.random() < 0.5 else 255, -1)
    return out


def broken_ink(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Ink that did not take: smooth random patches are thinned towards paper."""
    height, width = image.shape
    coarse = rng.normal(size=(height // 6 + 1, width // 6 + 1)).astype(np.float32)
    field = np.asarray(cv2.resize(cv2.GaussianBlur(coarse, (0, 0), rng.uniform(0.6, 2.0)), (width, height)))
    field = field / (field.std() + 1e-6)
    fade = np.clip((field - rng.uniform(1.2, 2.2)) * 1.2, 0, 0.9)
    return _grey(image + (255 - image) * fade)


def blur(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Out of focus, sigma 0.3 to 1.3 px."""
    return _grey(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.3)))


def contrast(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Grey ink on yellowed paper, with a slow change of light over the crop."""
    ink, paper = rng.uniform(0, 90), rng.uniform(165, 255)
    height, width = image.shape
    slope = rng.uniform(-25, 25, 2)
    light = np.linspace(-0.5, 0.5, width)[None] * slope[0] + np.linspace(-0.5, 0.5, height)[:, None] * slope[1]
    return _grey(np.clip(ink + image * ((paper - ink) / 255) + light, 0, 255))


def noise(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Sensor noise, sigma 2 to 18 grey levels."""
    drawn = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(rng.uniform(2, 18))
    return _grey(np.clip(image + drawn, 0, 255))


def two_tone(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Threshold between ink and paper, off the middle as scanners do."""
    dark, light = np.percentile(image, [1, 60])
    level = dark + (light - dark) * rng.uniform(0.4, 0.75)
    out = _grey(np.where(image > level, 255, 0))
    return _grey(cv2.GaussianBlur(out, (0, 0), 0.6)) if rng.random() < 0.5 else out


def _grey(values: np.ndarray) -> GreyImage:
    return np.asarray(values).astype(np.uint8)
