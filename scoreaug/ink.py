"""What printing does to ink: it spreads, starves, grows uneven, frays, flecks, fades and is struck twice.

Nothing moves here. Lengths are measured in staff spaces (sp) and in the thickness of a staff line.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_pixels
from scoreaug.fields import Field
from scoreaug.page_scale import line_px, staff_space_px
from scoreaug.wear import added_brightness

#: Ink creeps along paper fibres over about this width; it closes corners narrower than that.
_CREEP_SP = 0.06
#: Where lines are fine, plates were made with less ink: beyond this share of a line's thickness, lines would vanish.
_CREEP_OF_LINE = 0.5
#: Width in grey levels over which the new edge of the ink runs from black to white: scans at 300 ppi are that sharp.
_EDGE_LEVELS = 60


def reinked(image: GreyImage, radius_px: float, level: float | Field) -> GreyImage:
    """Return ink that crept by `radius_px` and took where it is darker than `level` (0 to 255, one or a field).

    Blur and threshold is the classic model of printing and scanning (Baird 1990): a high level thickens everything and
    closes corners, a low one thins it and breaks what is thinner than the blur.
    """
    soft = cv2.GaussianBlur(image, (0, 0), max(0.3, radius_px)).astype(np.float32)
    return fields.grey((soft - level) * np.float32(255 / _EDGE_LEVELS) + np.float32(127.5))


def creep_px(page: LabelledPage) -> float:
    """Return how far ink creeps on a page of this scale, px."""
    return min(_CREEP_SP * staff_space_px(page), _CREEP_OF_LINE * line_px(page))


def thin_line_level(page: LabelledPage, radius_px: float) -> float:
    """Return the grey level in the middle of a staff line that crept by `radius_px`: the level at which lines break."""
    half = line_px(page) / 2
    return 255 * (1 - math.erf(half / (math.sqrt(2) * max(0.3, radius_px))))


@of_pixels
def ink_spread(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Too much ink: everything thickens, small counters and the gaps between beams close."""
    creep = _CREEP_SP * staff_space_px(page) * rng.uniform(0.9, 1.4)
    level = 127.5 + strength * rng.uniform(35, 72)
    thin_lines_stay = thin_line_level(page, creep) + 25
    return reinked(page.image, creep, min(max(level, thin_lines_stay), 225))


@of_pixels
def ink_erosion(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Too little ink: everything thins, and staff lines, stems and slurs break where the pressure was least."""
    creep = creep_px(page) * rng.uniform(0.8, 1.3)
    breaks = thin_line_level(page, creep)
    height, width = page.image.shape
    pressure = fields.smooth(height, width, rng.uniform(0.4, 3) * staff_space_px(page), rng)
    level = breaks + (127.5 - breaks) * 0.55 + pressure * np.float32(strength * rng.uniform(7, 14))
    level -= np.float32(strength * rng.uniform(0, 8))
    return reinked(page.image, creep, np.minimum(level, 127.5))


@of_pixels
def uneven_inking(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Fat in one corner, starved in the next: the level of taking ink drifts over bars and systems."""
    space = staff_space_px(page)
    height, width = page.image.shape
    drift = fields.smooth(height, width, rng.uniform(8, 40) * space, rng)
    patches = fields.smooth(height, width, rng.uniform(1, 4) * space, rng)
    creep = creep_px(page)
    breaks = thin_line_level(page, creep)
    level = 135 + (drift * 30 + patches * 10) * np.float32(strength)
    return reinked(page.image, creep, level.clip(breaks + 4, 225))


@of_pixels
def frayed_edges(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Coarse paper or a worn plate: the edges of all ink are ragged by a fraction of a line's thickness."""
    space = staff_space_px(page)
    height, width = page.image.shape
    grains = fields.grain(height, width, rng.uniform(0.08, 0.2) * space, rng)
    creep = creep_px(page) * rng.uniform(0.9, 1.4)
    level = 135 + grains * np.float32(strength * rng.uniform(12, 26))
    return reinked(page.image, creep, level.clip(thin_line_level(page, creep) - 10, 235))


@of_pixels
def pinholes(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """White flecks in beams and noteheads, where air or dust kept the ink off the paper."""
    height, width = page.image.shape
    size_px = rng.uniform(0.07, 0.16) * staff_space_px(page)
    flecks = fields.grain(height, width, size_px, rng)
    threshold = rng.uniform(2.3, 3.0) - 0.35 * strength  # 1 % to 0.1 % of the ink at strength 1, and its rims
    lost = ((flecks - np.float32(threshold)) * 3).clip(0, 1)
    return fields.grey(page.image + (255 - page.image) * lost)


@of_pixels
def doubled_impression(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """The sheet slipped under the press: a lighter second impression lies beside everything."""
    space = staff_space_px(page)
    angle = rng.uniform(0, 2 * np.pi)
    reach = strength * rng.uniform(0.06, 0.16) * space
    shift = np.array([[1, 0, reach * np.cos(angle)], [0, 1, reach * np.sin(angle)]])
    size = (page.image.shape[1], page.image.shape[0])
    ghost = cv2.warpAffine(page.image, shift, size, flags=cv2.INTER_LINEAR, borderValue=255).astype(np.uint8)
    lighter = added_brightness(ghost, rng.uniform(30, 130))
    return np.minimum(page.image, lighter)


@of_pixels
def faded_ink(page: LabelledPage, rng: np.random.Generator, strength: float) -> GreyImage:
    """Brown or grey ink: black rises by up to 130 levels, unevenly over the page; paper stays white."""
    height, width = page.image.shape
    rise = strength * rng.uniform(20, 100)
    patches = fields.smooth(height, width, rng.uniform(5, 30) * staff_space_px(page), rng)
    share = (np.float32(rise / 255) * (1 + np.float32(0.25) * patches)).clip(0, 0.7)
    return fields.grey(page.image + (255 - page.image) * share)
