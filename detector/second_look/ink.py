"""Thin symbols measured in the picture: the network says where a stem is, its ink says how wide.

Across each line the darkness is averaged along its length; the dark run nearest to the predicted axis is the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: Straight lines whose thickness is measured: lines that stand, and lines that lie.
STANDING = frozenset({"stem", "barlineSingle", "barlineHeavy", "systemicBarline", "bracket"})
LYING = frozenset({"articTenutoAbove", "articTenutoBelow"})
#: Lines with a head in their middle: only what sticks out of it on both sides is measured.
PIERCED = frozenset({"ledgerLine"})
#: Lines that often outgrow what one cell of the network can reach: followed along their ink to both ends.
FOLLOWED = frozenset({"systemicBarline"})
#: Thick lines that end where their ink ends, at a stem.
THICK = frozenset({"beam"})
#: How far from the predicted axis a line may lie, staff spaces: further away is another line.
REACH_SP = 0.4
#: A line darker than this share of full ink along its length is trusted, else the box stays as it is.
LEAST_DARKNESS = 0.35
#: The line ends where its darkness falls below this share of its darkest place.
EDGE_SHARE = 0.6
_ALONG = 25  # samples along a line
_STEP_PX = 0.5  # samples across
#: Where along a line it is measured, in shares of its length from the middle. The ends of most lines are left out: a
#: head, a beam or a staff line sits there.
_INNER = np.linspace(-0.4, 0.4, _ALONG)
_OUTER = np.concatenate([np.linspace(-0.5, -0.37, _ALONG // 2), np.linspace(0.37, 0.5, _ALONG // 2)])
#: A gap in a followed line, staff spaces, that broken ink explains.
_GAP_SP = 0.2
#: An end of a beam is looked for this far outside the predicted one and this far inside, staff spaces.
_LONGER_SP, _SHORTER_SP = 3.0, 0.3
#: Beams are ink in this share of their thickness at least; a staff line or a stem that goes on from them is not.
_BEAM_SHARE = 0.7
#: Where a beam is looked at across, in shares of its thickness from the middle.
_ACROSS = np.linspace(-0.3, 0.3, 7)


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
    for wanted, side, places in ((STANDING, 2, _INNER), (LYING, 3, _INNER), (PIERCED, 3, _OUTER)):
        rows = _rows(wanted, labels, names)
        if len(rows):
            out[rows] = _measured(image, boxes[rows], side, places, space_px)
    for row in _rows(FOLLOWED, labels, names).tolist():
        out[row] = _followed(image, out[row], space_px)
    for row in _rows(THICK, labels, names).tolist():
        out[row] = _stretched(image, out[row], space_px)
    return out


def _rows(wanted: frozenset[str], labels: IntArray, names: Sequence[str]) -> IntArray:
    known = np.array([name in wanted for name in names], dtype=bool)
    return np.flatnonzero(known[labels]).astype(np.int64)


def _measured(image: GreyImage, boxes: FloatArray, side: int, places: FloatArray, space_px: float) -> FloatArray:
    """Measure lines whose thin side is column `side`: 2 is width (standing), 3 is height (lying)."""
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    across = np.stack([cos, sin], 1) if side == 2 else np.stack([-sin, cos], 1)
    along = np.stack([-sin, cos], 1) if side == 2 else np.stack([cos, sin], 1)
    reach = REACH_SP * space_px + boxes[:, side].max() / 2
    offsets = np.arange(-reach, reach + _STEP_PX, _STEP_PX)
    length = boxes[:, 5 - side]
    points = (
        boxes[:, None, None, :2]
        + across[:, None, None] * offsets[None, None, :, None]
        + along[:, None, None] * (places[None, :, None] * length[:, None, None])[..., None]
    )
    profile = _darkness(image, points).mean(1)
    return _applied(boxes, side, across, offsets, profile, REACH_SP * space_px)


def _followed(image: GreyImage, box: FloatArray, space_px: float) -> FloatArray:
    """Return a standing line whose ends are where its ink ends."""
    along = np.array([-np.sin(box[4]), np.cos(box[4])])
    steps = np.arange(-image.shape[0], image.shape[0] + 1.0)
    dark = _darkness(image, box[:2] + steps[:, None] * along) >= LEAST_DARKNESS
    gap = max(1, round(_GAP_SP * space_px))
    inked = np.convolve(dark, np.ones(gap), "same") > 0  # closes gaps, and adds half a gap to each end
    middle = len(steps) // 2
    if not inked[middle]:
        return box
    below, above = inked[middle:], inked[middle::-1]
    down = len(below) if below.all() else int(np.argmin(below))
    up = len(above) if above.all() else int(np.argmin(above))
    out = box.copy()
    out[:2] += along * (down - up) / 2
    out[3] = max(box[3], down + up - 1 - 2 * (gap // 2))
    return out


def _stretched(image: GreyImage, box: FloatArray, space_px: float) -> FloatArray:
    """Return a lying bar whose ends are where its ink ends; one that its ink does not bear out stays as it is."""
    along = np.array([np.cos(box[4]), np.sin(box[4])])
    across = np.array([-along[1], along[0]])
    steps = np.arange(-box[2] / 2 - _LONGER_SP * space_px, box[2] / 2 + _LONGER_SP * space_px + 1)
    points = box[:2] + steps[:, None, None] * along + (_ACROSS * box[3])[None, :, None] * across
    inked = _darkness(image, points).mean(1) >= _BEAM_SHARE
    gap = max(1, round(_GAP_SP * space_px))
    inked = ndimage.binary_closing(np.pad(inked, gap), np.ones(gap, dtype=bool))[gap:-gap]
    runs, count = ndimage.label(inked)
    lengths = np.bincount(runs)[1:]
    if count == 0 or lengths.max() < box[2] / 2:
        return box
    begin, end = np.flatnonzero(runs == 1 + np.argmax(lengths))[[0, -1]]
    first, last = steps[begin], steps[end] + 1
    first, last = min(first, -box[2] / 2 + _SHORTER_SP * space_px), max(last, box[2] / 2 - _SHORTER_SP * space_px)
    out = box.copy()
    out[:2] += along * (first + last) / 2
    out[2] = last - first
    return out


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
