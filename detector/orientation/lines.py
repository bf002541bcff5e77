"""The direction of staff lines on a page that lies any way round, from the crossings that staves alone show.

Columns cross staves in five thin runs as long as the lines lie within some 20 degrees of level (`staves.crossings`).
The page is looked at turned by one multiple of 15 degrees after the other, and turned on by the slopes of what looks
like staves, until crossings stand beside crossings at the same height over many staff spaces. Small print in columns
shows crossings too (a page of a publisher's list 344 staff spaces of them, on its side), but not one such neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from detector.staves.crossings import pairs_at_lag
from detector.staves.darkness import Grey, as_grey, darkness
from detector.staves.scale import StaffScale, staff_scales
from notation.boxes import FloatArray
from notation.page import GreyImage

#: Pages are looked at in this size; pages of small print in full, where this one shows no staves.
LONG_SIDE_PX = 1400
FULL_SIDE_PX = 3600
#: Turns that are tried lie this far apart; crossings halve about 12 degrees from level.
STEP_RAD = np.deg2rad(15.0)
#: Level lines go on over these distances, in staff spaces; what looks like five lines by chance does not.
LONG_BASES_SP = (8.0, 11.0, 14.0)
#: Share of crossings that go on so far: 0.16 to 0.65 on level pages.
LEAST_LEVEL = 0.15
#: Less than this share, or so few staff spaces, are no staves: halftones and words on their side leave 0.01.
LEAST_LEVEL_AT_ALL, LEAST_LEVEL_SP = 0.1, 5.0
#: Width of level crossings, in staff spaces, that makes other turns needless: a line of music.
PLAUSIBLE_SP = 20.0
#: A page is turned again while its staves lean by more; over the longest base that is a third of a staff space.
LEVEL_RAD = np.deg2rad(1.2)
_ROUNDS = 4


@dataclass(frozen=True)
class StaffLines:
    """Direction and size of the staves of a page.

    Attributes:
        angle_rad: of the lines against horizontal, clockwise positive, in [-pi/2, pi/2); which way is up stays open.
        space_px: staff space, page px.
        support_sp: width of page that shows it, in staff spaces.
        level: share of the places that lie on lines of this direction over `LONG_BASES_SP`.
        x_px, y_px: float64 (N,), places on middle lines of staves, page px.
    """

    angle_rad: float
    space_px: float
    support_sp: float
    level: float
    x_px: FloatArray
    y_px: FloatArray


def find_lines(image: GreyImage) -> StaffLines | None:
    """Return the staff lines of a grey page, uint8 (H, W), 0 = ink; None where there are no staves."""
    for side in (LONG_SIDE_PX, FULL_SIDE_PX):
        small, factor = shrunk(image, side)
        found = _find(darkness(small))
        if found is not None or side >= max(image.shape):
            break
    if found is None:
        return None
    x, y = found.x_px / factor, found.y_px / factor
    return replace(found, space_px=found.space_px / factor, x_px=x, y_px=y)


def shrunk(image: GreyImage, side_px: int) -> tuple[GreyImage, float]:
    """Return a picture whose longer side has at most `side_px`, and small px per px."""
    factor = side_px / max(image.shape)
    if factor >= 1:
        return image, 1.0
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return as_grey(cv2.resize(image, size, interpolation=cv2.INTER_AREA)), factor


@dataclass(frozen=True)
class _Look:
    """What a page shows when lines that lean by `angle_rad` are turned level.

    Attributes:
        matrix: from the page to the turned page, 2 x 3.
        scale: the strongest size of staff on the turned page, None without staves.
        rest_rad: by how much its lines still lean.
        level: share of its crossings that go on over `LONG_BASES_SP`.
    """

    angle_rad: float
    matrix: FloatArray
    scale: StaffScale | None
    rest_rad: float = 0.0
    level: float = 0.0

    @property
    def support_sp(self) -> float:
        """Width of page that shows staves, in staff spaces."""
        return self.scale.crossings.width_sp if self.scale else 0.0

    @property
    def level_sp(self) -> float:
        """The part of it on lines that go on over `LONG_BASES_SP`."""
        return self.level * self.support_sp


def _find(dark: Grey) -> StaffLines | None:
    """Look at one turn after the other, quarter circles and what is near them first, until lines lie level."""
    best = _Look(0.0, np.eye(2, 3), None)
    for turn in sorted(np.arange(0, np.pi - 1e-6, STEP_RAD).tolist(), key=lambda turn: abs(np.sin(2 * turn))):
        best = max(best, _refined(dark, _look(dark, turn)), key=lambda look: look.level_sp)
        if best.level >= LEAST_LEVEL and best.level_sp >= PLAUSIBLE_SP:
            break
    believed = best.level >= LEAST_LEVEL_AT_ALL and best.level_sp >= LEAST_LEVEL_SP
    return _lines(best, best.scale) if believed and best.scale else None


def _look(dark: Grey, angle_rad: float) -> _Look:
    turned, matrix = turned_by(dark, -angle_rad) if angle_rad else (dark, np.eye(2, 3))
    scales = staff_scales(turned)
    if not scales:
        return _Look(angle_rad, matrix, None)
    slope, level = _long_slope(scales[0], turned.shape[0])
    known = level >= LEAST_LEVEL
    return _Look(angle_rad, matrix, scales[0], float(np.arctan(slope if known else scales[0].slope)), level)


def _long_slope(scale: StaffScale, height: int) -> tuple[float, float]:
    """Return the mean slope over long bases, and the share of crossings that have a partner there."""
    crossings, rises = scale.crossings, []
    for base_sp in LONG_BASES_SP:
        lag = max(1, round(base_sp * scale.space_px / crossings.step_px))
        rows, partners = pairs_at_lag(crossings, lag, height)
        rises.append((crossings.y_px[partners] - crossings.y_px[rows]) / (lag * crossings.step_px))
    rise = np.concatenate(rises)
    share = len(rise) / (len(LONG_BASES_SP) * len(crossings))
    usual = rise[np.abs(rise - np.median(rise)) < np.tan(LEVEL_RAD)] if len(rise) else rise
    return float(usual.mean()) if len(usual) else scale.slope, share


def _refined(dark: Grey, look: _Look) -> _Look:
    """Turn the page by what its slopes say until they say nothing more."""
    for _ in range(_ROUNDS):
        if abs(look.rest_rad) < LEVEL_RAD:
            break
        again = _look(dark, look.angle_rad + look.rest_rad)
        if again.support_sp < look.support_sp and again.level < look.level:
            break
        look = again
    return look


def _lines(look: _Look, scale: StaffScale) -> StaffLines:
    crossings = scale.crossings
    there = np.stack([crossings.x_px, crossings.y_px], 1)
    back = (there - look.matrix[:, 2]) @ look.matrix[:, :2]  # the inverse of a rotation is its transpose
    angle = (look.angle_rad + look.rest_rad + np.pi / 2) % np.pi - np.pi / 2
    return StaffLines(angle, scale.space_px, look.support_sp, look.level, back[:, 0], back[:, 1])


def turned_by(picture: Grey, angle_rad: float, fill: int = 0) -> tuple[Grey, FloatArray]:
    """Return a picture turned clockwise on a sheet that holds all of it, and the 2 x 3 matrix in continuous px."""
    height, width = picture.shape
    matrix, size = turn_matrix(width, height, angle_rad)
    pixels = matrix.copy()
    pixels[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # pixel i covers [i, i + 1)
    return as_grey(cv2.warpAffine(picture, pixels, size, flags=cv2.INTER_LINEAR, borderValue=fill)), matrix


def turn_matrix(width: int, height: int, angle_rad: float) -> tuple[FloatArray, tuple[int, int]]:
    """Return the 2 x 3 matrix of a clockwise turn, and the width and height of the least sheet that holds all."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    wide, high = width * abs(cos) + height * abs(sin), width * abs(sin) + height * abs(cos)
    size = (int(np.ceil(wide - 1e-6)), int(np.ceil(high - 1e-6)))
    rotation = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(size) / 2 - rotation @ (width / 2, height / 2)
    return np.concatenate([rotation, shift[:, None]], 1), size
