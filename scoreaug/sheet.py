"""What happens to the sheet itself: the paper it is printed on, yellowing, stains, brown edges, folds."""

from __future__ import annotations

import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import fields, spots
from scoreaug.augmentation import Augmentation, of_pixels
from scoreaug.blanks import Blanks, generated
from scoreaug.fields import Field
from scoreaug.page_scale import staff_space_px

#: Ink never turns paler than this share of the paper by what lies on the sheet, or music would vanish in stains.
_MOST_DARK = 0.75


def laid_on(blanks: Blanks) -> Augmentation:
    """Return the augmentation that prints pages on blank ones of a source, such as `blanks.from_folder`."""

    def on_paper(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
        """Printed on a drawn or scanned sheet: ink and paper multiply, so paper grain shows where ink is thin."""
        height, width = page.image.shape
        sheet = blanks(height, width, rng)
        light = 1 - (1 - sheet / np.float32(255)) * np.float32(strength)
        return fields.tinted(page.image, light)

    return of_pixels(on_paper)


on_paper = laid_on(generated)


@of_pixels
def paper_tone(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Yellowed paper and brown ink: paper sinks to 170 to 250, ink rises to at most 90."""
    paper = 255 - strength * rng.uniform(5, 80)
    ink = min(strength * rng.uniform(0, 60), 0.6 * paper)
    return fields.grey(np.arange(256) * ((paper - ink) / 255) + ink)[page.image]


@of_pixels
def stained(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Water and coffee stains with tide lines, foxing, dirt and lint."""
    height, width = page.image.shape
    space = staff_space_px(page)
    layer = spots.dirt(height, width, space, rng, strength)
    if rng.random() < 0.7:
        layer += spots.foxing(height, width, space, rng, strength)
    for _ in range(int(rng.integers(0, 2 + round(strength)))):
        layer += spots.stain(height, width, space, rng)
    return fields.tinted(page.image, 1 - (layer * np.float32(strength)).clip(0, _MOST_DARK))


@of_pixels
def browned_edges(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Paper that air and fingers reached: it darkens towards the edges and the lower corners."""
    height, width = page.image.shape
    space = staff_space_px(page)
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    edge = np.minimum(np.minimum(x, width - 1 - x)[None], np.minimum(y, height - 1 - y))
    reach = np.float32(rng.uniform(1, 7) * space)
    ragged = np.exp(np.float32(0.2) * fields.smooth(height, width, 25 * space, rng))
    brown = np.exp(-edge / (reach * ragged)) * np.float32(strength * rng.uniform(0.1, 0.45))
    return fields.tinted(page.image, 1 - brown.clip(0, _MOST_DARK))


@of_pixels
def folded(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """One to three creases: a fine dark or bright line where ink flaked off, and other light beyond it."""
    levels = page.image.astype(np.float32)
    height, width = page.image.shape
    space = staff_space_px(page)
    for _ in range(int(rng.integers(1, 4))):
        away = _from_crease_sp(height, width, space, rng)
        shade = np.tanh(away * np.float32(0.7)) * np.exp(-np.abs(away) / np.float32(rng.uniform(3, 15)))
        levels *= 1 + shade * np.float32(strength * rng.uniform(-0.12, 0.12))
        core = np.exp(-np.square(away / np.float32(rng.uniform(0.04, 0.1))))
        core *= (np.float32(0.6) + np.float32(0.5) * fields.smooth(height, width, 1.5 * space, rng)).clip(0, 1)
        worn_to = np.float32(255 if rng.random() < 0.5 else rng.uniform(60, 160))
        levels += (worn_to - levels) * core * np.float32(min(1.0, strength * rng.uniform(0.2, 0.8)))
    return fields.grey(levels)


def _from_crease_sp(height: int, width: int, space_px: float, rng: np.random.Generator) -> Field:
    """Return the signed distance from a crease in staff spaces: along or across the page, or over a corner."""
    kind = rng.choice(["across", "along", "corner"], p=[0.45, 0.35, 0.2])
    angle = np.deg2rad(rng.normal(0, 0.6) + {"across": 90, "along": 0, "corner": rng.uniform(30, 60)}[kind])
    near = {"across": (0.5, rng.choice([0.33, 0.5, 0.67])), "along": (rng.choice([0.33, 0.5]), 0.5)}
    x, y = near.get(kind, (rng.uniform(0.05, 0.15), rng.uniform(0.03, 0.12)))
    cos, sin = np.float32(np.cos(angle) / space_px), np.float32(np.sin(angle) / space_px)
    xs = (np.arange(width, dtype=np.float32) - np.float32(x * width)) * cos
    ys = (np.arange(height, dtype=np.float32) - np.float32(y * height)) * sin
    return xs[None] + ys[:, None]
