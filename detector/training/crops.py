"""Crops of labelled pages at a chosen staff space, with the truth clipped to what is left of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: A compact symbol (head, clef, rest) counts when at least this share of its box is inside the crop.
COMPACT_SHARE = 0.6
#: A piece of a long symbol (slur, beam, hairpin) counts when its longer side is at least this many staff spaces.
PIECE_SP = 1.2


@dataclass(frozen=True)
class Crop:
    """A training example.

    Attributes:
        image: uint8 (height, width), paper 255.
        boxes: float64 (N, 5), crop pixels.
        labels: int64 (N,), rows of the network's class list.
        space_px: staff space in crop pixels.
    """

    image: GreyImage
    boxes: FloatArray
    labels: IntArray
    space_px: float


@dataclass(frozen=True)
class View:
    """Where a crop looks at a page: the point in its middle, how much it magnifies and how far it is turned."""

    centre_px: tuple[float, float]  # page pixels
    scale: float
    angle_rad: float
    height_px: int
    width_px: int

    @property
    def matrix(self) -> FloatArray:
        """The 2 x 3 matrix from page pixels to crop pixels, in the frame where a pixel covers [0, 1)."""
        cos, sin = np.cos(self.angle_rad) * self.scale, np.sin(self.angle_rad) * self.scale
        turn = np.array([[cos, -sin], [sin, cos]])
        shift = np.array([self.width_px / 2, self.height_px / 2]) - turn @ np.array(self.centre_px)
        return np.concatenate([turn, shift[:, None]], 1)


def cut(
    image: GreyImage, boxes: FloatArray, labels: IntArray, space_px: float, view: View, is_long: np.ndarray
) -> Crop:
    """Cut one crop out of a page.

    Args:
        image: uint8 (H, W), may be memory-mapped.
        boxes, labels: the page's symbols, (N, 5) page pixels and (N,).
        space_px: staff space of the page.
        view: what to look at.
        is_long: bool (C,), whether pieces of a class are kept, see `detector.thin.LONG`.
    """
    near = _near(boxes, view)
    moved = geometry.affine(boxes[near], view.matrix) if view.angle_rad else _scaled(boxes[near], view)
    clipped, rows = clip(moved, labels[near], view, is_long, space_px * view.scale)
    return Crop(_pixels(image, view), clipped, labels[near][rows], space_px * view.scale)


def clip(
    boxes: FloatArray, labels: IntArray, view: View, is_long: np.ndarray, space_px: float
) -> tuple[FloatArray, IntArray]:
    """Return what is left of (N, 5) crop-frame boxes inside the crop, and their rows."""
    hull = geometry.upright(boxes)
    inside = (hull[:, :2] >= -0.5).all(1) & (hull[:, 2] <= view.width_px + 0.5) & (hull[:, 3] <= view.height_px + 0.5)
    out, rows = [boxes[inside]], [np.flatnonzero(inside)]
    frame = shapely.box(0, 0, view.width_px, view.height_px)
    for row in np.flatnonzero(~inside).tolist():
        piece = _piece(boxes[row], frame)
        if piece is not None and _worth(piece, boxes[row], bool(is_long[labels[row]]), space_px):
            out.append(piece[None])
            rows.append(np.array([row]))
    return np.concatenate(out), np.concatenate(rows).astype(np.int64)


def shrunk(crop: Crop, height_px: int, width_px: int) -> Crop:
    """Return a crop as a smaller picture of the same."""
    across, down = width_px / crop.image.shape[1], height_px / crop.image.shape[0]
    image = np.asarray(cv2.resize(crop.image, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)
    boxes = geometry.affine(crop.boxes, np.array([[across, 0, 0], [0, down, 0]])) if len(crop.boxes) else crop.boxes
    return Crop(image, boxes, crop.labels, crop.space_px * across)


def _piece(box: FloatArray, frame: shapely.Polygon) -> FloatArray | None:
    shared = shapely.Polygon(geometry.corners(box[None])[0]).intersection(frame)
    if not isinstance(shared, shapely.Polygon) or shared.area <= 0:
        return None
    return geometry.min_area_box(np.asarray(shared.exterior.coords))


def _worth(piece: FloatArray, whole: FloatArray, long: bool, space_px: float) -> bool:
    if long:
        return bool(max(piece[2], piece[3]) >= min(PIECE_SP * space_px, 0.9 * max(whole[2], whole[3])))
    return bool(piece[2] * piece[3] >= COMPACT_SHARE * whole[2] * whole[3])


def _near(boxes: FloatArray, view: View) -> IntArray:
    reach = np.hypot(view.width_px, view.height_px) / 2 / view.scale
    half = np.hypot(boxes[:, 2], boxes[:, 3]) / 2
    gap = np.abs(boxes[:, :2] - np.array(view.centre_px)).max(1)
    return np.flatnonzero(gap <= reach + half).astype(np.int64)


def _scaled(boxes: FloatArray, view: View) -> FloatArray:
    out = boxes.copy()
    out[:, :2] = boxes[:, :2] * view.scale + view.matrix[:, 2]
    out[:, 2:4] = boxes[:, 2:4] * view.scale
    return out


def _pixels(image: GreyImage, view: View) -> GreyImage:
    """Warp the seen part of the page; the part is shrunk by area first, so thin lines keep their weight."""
    reach = np.hypot(view.width_px, view.height_px) / 2 / view.scale + 2
    x0, y0 = (max(0, int(c - reach)) for c in view.centre_px)
    x1, y1 = (int(c + reach) + 1 for c in view.centre_px)
    part = np.ascontiguousarray(image[y0:y1, x0:x1])
    if part.size == 0:
        return np.full((view.height_px, view.width_px), 255, np.uint8)
    shrink = np.array([1.0, 1.0])
    if view.scale < 1:
        size = (max(1, round(part.shape[1] * view.scale)), max(1, round(part.shape[0] * view.scale)))
        shrink = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    to_page = np.array([[1 / shrink[0], 0, x0], [0, 1 / shrink[1], y0], [0, 0, 1]])
    matrix = (np.vstack([view.matrix, [0, 0, 1]]) @ to_page)[:2]
    matrix[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5  # OpenCV counts from pixel centres
    size = (view.width_px, view.height_px)
    warped = cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(255,))
    return np.asarray(warped, np.uint8)
