"""How large the music is drawn: staff space and line thickness of a page, from dark runs down its columns.

The histogram of line distances (black plus white run length) of Cardoso and Rebelo, "Robust staffline thickness and
distance estimation in binary and gray-level music scores" (ICPR 2010), narrowed to the one pattern that staves alone
show: the crossings of `detector.staves.crossings`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.staves.crossings import (
    LARGEST_SPACE_PX,
    LINES,
    SMALLEST_SPACE_PX,
    Crossings,
    find_crossings,
    pairs_at_lag,
)
from detector.staves.darkness import Grey, darkness
from notation.page import GreyImage

LEAST_SUPPORT_SP = 3.0  # a staff of six spaces with nothing but a clef still shows three clear ones
SIZE_SPREAD = 0.10  # staves of one size differ less than this on a bent page; cue staves differ by a quarter
SLOPE_SPREAD = 0.04  # slopes of bowed lines lie this near the median; what is further off is a chance pair
SLOPE_BASES_PX = (16.0, 24.0, 32.0, 40.0)  # slopes are measured over these distances
FULL_INK = 255.0
LINE_REACH_SP = 0.3  # ink of a line is summed this far up and down


@dataclass(frozen=True, eq=False)
class StaffScale:
    """One size of staff on a page."""

    space_px: float
    thickness_px: float
    slope: float  # dy/dx of staff lines, the median over all of the page
    crossings: Crossings  # the places that show it


def staff_scales(dark: Grey) -> list[StaffScale]:
    """Return every size of staff seen in a darkness picture, the one with most crossings first."""
    crossings = find_crossings(dark)
    scales: list[StaffScale] = []
    slope = _median_slope(crossings, dark.shape[0])
    left = crossings
    while len(left):
        scale, members = _strongest(dark, left, slope)
        if scale.crossings.width_sp < LEAST_SUPPORT_SP:
            break
        scales.append(scale)
        left = left.where(~members)
    return scales


def _strongest(dark: Grey, crossings: Crossings, slope: float) -> tuple[StaffScale, NDArray[np.bool_]]:
    size = np.log(crossings.space_px)
    edges = np.arange(np.log(SMALLEST_SPACE_PX) - 0.1, np.log(LARGEST_SPACE_PX) + 0.1, 0.02)
    counts = np.histogram(size, edges)[0]
    peak = edges[np.argmax(np.convolve(counts, np.ones(5), "same"))] + 0.01
    core = np.abs(size - peak) < SIZE_SPREAD / 2
    centre = float(np.median(size[core])) if core.any() else float(peak)
    members = np.abs(size - centre) < SIZE_SPREAD
    group = crossings.where(members)
    scale = StaffScale(
        space_px=float(np.median(group.space_px)),
        thickness_px=_thickness(dark, group),
        slope=slope,
        crossings=group,
    )
    return scale, members


def _thickness(dark: Grey, crossings: Crossings) -> float:
    """Return the amount of ink of one staff line at the crossings: median thickness in px of full ink, sub-pixel."""
    offsets = np.arange(LINES)[:, None] - 2.0
    centre = crossings.y_px + offsets * crossings.space_px  # (5, N)
    reach = max(2, round(LINE_REACH_SP * float(np.median(crossings.space_px))))
    rows = np.floor(centre).astype(int)[..., None] + np.arange(-reach, reach + 1)
    columns = np.minimum(crossings.x_px.astype(int), dark.shape[1] - 1)[None, :, None]
    ink = dark[np.clip(rows, 0, dark.shape[0] - 1), columns].astype(np.float64)
    ink = np.maximum(ink - ink.min(-1, keepdims=True), 0.0).sum(-1) / FULL_INK
    return float(np.median(ink))


def _median_slope(crossings: Crossings, height: int) -> float:
    column_lags = np.unique(np.round(np.array(SLOPE_BASES_PX) / crossings.step_px).astype(int))
    rises = []
    for lag in column_lags:
        rows, partners = pairs_at_lag(crossings, int(lag), height)
        rises.append((crossings.y_px[partners] - crossings.y_px[rows]) / (lag * crossings.step_px))
    rise = np.concatenate(rises)
    usual = rise[np.abs(rise - np.median(rise)) < SLOPE_SPREAD] if len(rise) else rise
    return float(np.mean(usual)) if len(usual) else 0.0  # a median between two heaps has nothing near it


def staff_space_px(image: GreyImage) -> float | None:
    """Return the distance of neighbouring staff lines, px, of the commonest staff on a grey page; None without staves.

    Args:
        image: uint8 (H, W), 0 = ink.
    """
    scales = staff_scales(darkness(image))
    return scales[0].space_px if scales else None


def line_thickness_px(image: GreyImage) -> float | None:
    """Return the thickness of the staff lines, px, of the commonest staff on a grey page; None without staves."""
    scales = staff_scales(darkness(image))
    return scales[0].thickness_px if scales else None
