"""Thin symbols measured in the picture: the network says where a stem is, its ink says how wide.

Across each line the darkness is averaged along its length; the dark run nearest to the predicted axis is the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: Straight lines whose thickness is measured: lines that stand, and lines that lie.
STANDING = frozenset({"stem", "barlineSingle", "barlineHeavy", "systemicBarline", "bracket"})
LYING = frozenset({"ledgerLine", "articTenutoAbove", "articTenutoBelow"})
#: How far from the predicted axis a line may lie, staff spaces: further away is another line.
REACH_SP = 0.4
#: A line darker than this share of full ink along its length is trusted, else the box stays as it is.
LEAST_DARKNESS = 0.35
#: The line ends where its darkness falls below this share of its darkest place.
EDGE_SHARE = 0.5
_ALONG = 25  # samples along a line
_STEP_PX = 0.5  # samples across
#: The ends of a line are left out: a head, a beam or a staff line sits there.
_INNER = 0.8


def snap_to_ink(
    image: GreyImage, boxes: FloatArray, labels: IntArray, names: Sequence[str], space_px: float
) -> FloatArray:
    """Return boxes (N, 5) whose thin side and axis are measured in `image` wherever it shows a clear line.

    Args:
        image: uint8 (H, W), 0 = ink.
        boxes: float64 (N, 5), pixels of `image`, already narrowed to typical sides.
        labels: int64 (N,), rows of `names`.
        names: class names.
        space_px: staff space.
    """
    out = boxes.copy()
    for wanted, side in ((STANDING, 2), (LYING, 3)):
        known = np.array([name in wanted for name in names])
        rows = np.flatnonzero(known[labels]) if len(labels) else np.zeros(0, np.int64)
        if len(rows):
            out[rows] = _measured(image, boxes[rows], side, space_px)
    return out


def _measured(image: GreyImage, boxes: FloatArray, side: int, space_px: float) -> FloatArray:
    """Measure lines whose thin side is column `side`: 2 is width (standing), 3 is height (lying)."""
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    across = np.stack([cos, sin], 1) if side == 2 else np.stack([-sin, cos], 1)
    along = np.stack([-sin, cos], 1) if side == 2 else np.stack([cos, sin], 1)
    reach = REACH_SP * space_px + boxes[:, side].max() / 2
    offsets = np.arange(-reach, reach + _STEP_PX, _STEP_PX)
    shares = np.linspace(-0.5, 0.5, _ALONG) * _INNER
    length = boxes[:, 5 - side]
    points = (
        boxes[:, None, None, :2]
        + across[:, None, None] * offsets[None, None, :, None]
        + along[:, None, None] * (shares[None, :, None] * length[:, None, None])[..., None]
    )
    profile = _darkness(image, points).mean(1)
    return _applied(boxes, side, across, offsets, profile, REACH_SP * space_px)


def _darkness(image: GreyImage, points: FloatArray) -> FloatArray:
    """Return ink in [0, 1] at points (..., 2), nearest pixel; outside the page is paper."""
    x, y = np.floor(points[..., 0]).astype(int), np.floor(points[..., 1]).astype(int)
    height, width = image.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    values = image[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    dark: FloatArray = np.where(inside, (255.0 - values) / 255, 0)
    return dark


def _applied(
    boxes: FloatArray, side: int, across: FloatArray, offsets: FloatArray, profile: FloatArray, reach_px: float
) -> FloatArray:
    out = boxes.copy()
    near = np.abs(offsets) <= reach_px
    peak = np.where(near, profile, 0).max(1)
    for row in np.flatnonzero(peak >= LEAST_DARKNESS).tolist():
        run = _run(profile[row], offsets, EDGE_SHARE * peak[row], near)
        thickness = float(profile[row][run].sum() * _STEP_PX / max(profile[row][run].max(), 1e-6))
        if 0.3 * boxes[row, side] <= thickness <= 2.5 * boxes[row, side]:
            middle = float(np.average(offsets[run], weights=profile[row][run]))
            out[row, :2] += across[row] * middle
            out[row, side] = thickness
    return out


def _run(profile: FloatArray, offsets: FloatArray, level: float, near: np.ndarray) -> slice:
    """Return the dark run nearest to the axis, with one paler sample at each edge."""
    dark = profile >= level
    places = np.flatnonzero(dark & near)
    start = stop = int(places[np.argmin(np.abs(offsets[places]))])
    while start > 0 and dark[start - 1]:
        start -= 1
    while stop + 1 < len(dark) and dark[stop + 1]:
        stop += 1
    return slice(max(0, start - 1), min(len(dark), stop + 2))
