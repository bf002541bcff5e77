"""Oriented boxes: the one geometry of the project.

A set of boxes is an array of float64 with shape (N, 5): cx, cy, width, height, angle.
Frame: page pixels, x right, y down, the first pixel covers [0, 1) x [0, 1).
`width` is the side nearer to horizontal; `angle` is in radians in [-pi/4, pi/4), clockwise positive on the page.
An upright box is the case angle 0.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

#: Corners in the released DeepScoresV2 files are float32, that is 0.00025 px off at 4,000 px.
_ROUNDING_PX = 1e-3
_GRID_PX = 1e-6  # corners are snapped to it where the exact intersection fails
_UNIT_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])  # clockwise from top left


def as_boxes(boxes: ArrayLike) -> FloatArray:
    """Return `boxes` as a fresh (N, 5) float64 array in canonical form.

    Raises:
        ValueError: the shape is not (N, 5), a number is not finite, or a side is negative.
    """
    array = np.array(boxes, dtype=np.float64)
    if array.size == 0:
        return np.zeros((0, 5))
    if array.ndim != 2 or array.shape[1] != 5:
        raise ValueError(f"expected boxes of shape (N, 5), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("expected finite numbers, got nan or infinity")
    if (array[:, 2:4] < 0).any():
        raise ValueError("expected sides of zero or more, got a negative one")
    return canonical(array)


def canonical(boxes: FloatArray) -> FloatArray:
    """Rewrite (N, 5) boxes so that width is the side nearer to horizontal and angle lies in [-pi/4, pi/4)."""
    out, angle = boxes.copy(), boxes[:, 4]
    within = (angle >= -np.pi / 4) & (angle < np.pi / 4)  # left as they are, or the last angle below pi/4 would flip
    turns = np.where(within, 0, np.floor((angle + np.pi / 4) / (np.pi / 2)))
    out[:, 4] = np.maximum(angle - turns * (np.pi / 2), -np.pi / 4)
    edge = out[:, 4] >= np.pi / 4  # rounding can land on the open end
    out[edge, 4] = -np.pi / 4
    odd = ((turns + edge) % 2).astype(bool)
    out[odd, 2], out[odd, 3] = boxes[odd, 3], boxes[odd, 2]
    return out


def corners(boxes: FloatArray) -> FloatArray:
    """Return the corners, shape (N, 4, 2), clockwise from the one that is top left at angle 0."""
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    rotation = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], 1)  # (N, 2, 2), rows times this
    local = _UNIT_CORNERS[None] * boxes[:, None, 2:4]
    turned: FloatArray = local @ rotation + boxes[:, None, :2]
    return turned


def from_corners(points: ArrayLike) -> FloatArray:
    """Return boxes of least area around (N, 4, 2) corner points, which need not be exact rectangles or ordered.

    Corners that form a rectangle come back in full float64 precision, so that writing and reading boxes loses nothing.
    """
    array = np.asarray(points, dtype=np.float64).reshape(-1, 4, 2)
    out, exact = _rectangles(array)
    for row in np.flatnonzero(~exact):
        out[row] = min_area_box(array[row])
    return out


def _rectangles(quads: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the boxes of (N, 4, 2) corners in any order, and which of them are rectangles up to rounding."""
    centre = quads.mean(1)
    spokes = quads - centre[:, None]
    around = np.argsort(np.arctan2(spokes[..., 1], spokes[..., 0]), axis=1, kind="stable")
    ring = np.take_along_axis(spokes, around[..., None], 1)
    first, second = (ring[:, 1] - ring[:, 0]), (ring[:, 2] - ring[:, 1])
    lengths = np.stack([np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)], 1)
    longest = lengths.max(1)
    slant = np.abs((first * second).sum(1))  # shorter side's foot on the longer one, times its length
    open_ends = np.abs(ring[:, 0] + ring[:, 2]).max(1)
    exact = (slant <= _ROUNDING_PX * longest) & (open_ends <= _ROUNDING_PX)
    along = np.where((lengths[:, 0] >= lengths[:, 1])[:, None], first, second)  # the longer side tells the angle best
    flip = lengths[:, 0] < lengths[:, 1]
    sides = np.where(flip[:, None], lengths[:, ::-1], lengths)
    angle = np.arctan2(along[:, 1], along[:, 0])
    return canonical(np.concatenate([centre, sides, angle[:, None]], 1)), exact


def min_area_box(points: ArrayLike) -> FloatArray:
    """Return the rectangle of least area around (K, 2) points as one box, shape (5,); sides can be 0.

    Source: rotating calipers as in OpenCV's `minAreaRect`, run in a frame centred on the points to keep float32 exact.
    """
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    centre = array.mean(0)
    (dx, dy), (width, height), degrees = cv2.minAreaRect((array - centre).astype(np.float32))
    box = np.array([[centre[0] + dx, centre[1] + dy, width, height, np.deg2rad(degrees)]])
    found: FloatArray = canonical(box)[0]
    return found


def from_upright(xyxy: ArrayLike) -> FloatArray:
    """Return boxes for (N, 4) upright corners x0, y0, x1, y1, in any order of the two corners."""
    array = np.asarray(xyxy, dtype=np.float64).reshape(-1, 4)
    low, high = np.minimum(array[:, :2], array[:, 2:]), np.maximum(array[:, :2], array[:, 2:])
    return np.concatenate([(low + high) / 2, high - low, np.zeros((len(array), 1))], 1)


def upright(boxes: FloatArray) -> FloatArray:
    """Return the upright hull x0, y0, x1, y1 of each box, shape (N, 4)."""
    points = corners(boxes)
    return np.concatenate([points.min(1), points.max(1)], 1)


def areas(boxes: FloatArray) -> FloatArray:
    """Return width times height, shape (N,), px^2."""
    product: FloatArray = boxes[:, 2] * boxes[:, 3]
    return product


def affine(boxes: FloatArray, matrix: ArrayLike) -> FloatArray:
    """Move boxes by a 2 x 3 matrix (x' = A x + t) and return the rectangles of least area around the images."""
    transform = np.asarray(matrix, dtype=np.float64)
    if transform.shape != (2, 3):
        raise ValueError(f"expected a matrix of shape (2, 3), got {transform.shape}")
    return from_corners(corners(boxes) @ transform[:, :2].T + transform[:, 2])


def polygons(boxes: FloatArray) -> NDArray[np.object_]:
    """Return one shapely polygon a box, shape (N,)."""
    if not len(boxes):
        return np.empty(0, dtype=object)
    return np.asarray(shapely.polygons(corners(boxes)), dtype=object)


def overlapping_pairs(first: FloatArray, second: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (i, j, iou) for every pair whose oriented boxes share area; each array has shape (P,)."""
    if not len(first) or not len(second):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    left, right = polygons(first), polygons(second)
    i, j = shapely.STRtree(right).query(left)
    shared = shapely.area(shapely.intersection(left[i], right[j]))
    lost = (shared == 0) & _must_share(first[i], second[j])
    shared[lost] = shapely.area(shapely.intersection(left[i[lost]], right[j[lost]], grid_size=_GRID_PX))
    union = areas(first)[i] + areas(second)[j] - shared
    keep = (shared > 0) & (union > 0)
    return i[keep], j[keep], np.minimum(shared[keep] / union[keep], 1)  # rounding can pass 1


def _must_share(first: FloatArray, second: FloatArray) -> NDArray[np.bool_]:
    """Tell which rows of (P, 5) and (P, 5) boxes share area for sure: one's centre lies within the other.

    GEOS 3.13 and 3.14 give an empty intersection for some pairs that differ in their last bits only.
    """
    apart = np.linalg.norm(first[:, :2] - second[:, :2], axis=1)
    inner: FloatArray = np.maximum(first[:, 2:4].min(1), second[:, 2:4].min(1)) / 2
    return np.asarray(apart < inner, dtype=np.bool_)


def iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the intersection over union of every pair of oriented boxes, shape (N, M), 0 where areas vanish."""
    out = np.zeros((len(first), len(second)))
    i, j, value = overlapping_pairs(first, second)
    out[i, j] = value
    return out


def nms(boxes: FloatArray, scores: FloatArray, labels: IntArray, threshold: float) -> IntArray:
    """Return the rows that survive greedy non-maximum suppression within each label, best score first.

    A box is suppressed when its oriented IoU with a better box of its label is above `threshold`.
    Ties in score are broken by row number, so the result does not depend on the machine.
    """
    order = np.lexsort((np.arange(len(scores)), -scores))
    i, j, value = overlapping_pairs(boxes, boxes)
    clash = (value > threshold) & (labels[i] == labels[j]) & (i != j)
    rivals: dict[int, list[int]] = {}
    for a, b in zip(i[clash].tolist(), j[clash].tolist(), strict=True):
        rivals.setdefault(a, []).append(b)
    alive = np.ones(len(boxes), dtype=bool)
    kept = []
    for row in order.tolist():
        if alive[row]:
            kept.append(row)
            alive[rivals.get(row, [])] = False
    return np.array(kept, dtype=np.int64)
