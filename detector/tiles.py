"""Cutting a page into overlapping tiles, and making one list of symbols out of what the tiles show.

Compact symbols belong to the tile that owns their centre: the overlap is wider than any of them. Long ones (slurs,
beams, hairpins, braces) come in pieces; pieces that cover each other in the overlap are one symbol.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: Paler than this is paper (255 is full ink).
LEAST_INK = 64
#: Sides of tiles are multiples of this, the network's coarsest cell, px.
STEP_PX = 32
#: A centre this far over the border of its tile's own ground still counts, staff spaces; suppression takes duplicates.
SLACK_SP = 0.5
#: Two pieces are one symbol when their parts in the common ground share at least this much (IoU).
SAME_OVERLAP = 0.3
#: A box that comes this near to an inner border of its tile may be cut by it, staff spaces.
CUT_SP = 0.6


@dataclass(frozen=True)
class Tile:
    """Where a tile lies on the scaled page, and which part of it is its own (x0, y0, x1, y1)."""

    x: int
    y: int
    width: int
    height: int
    own: tuple[float, float, float, float]


def inked_part(dark: NDArray[np.uint8], margin_px: int) -> tuple[int, int, int, int]:
    """Return x0, y0, x1, y1 of the part of a page that holds all its ink, and a margin; without ink the whole page.

    Args:
        dark: uint8 (H, W), 255 = full ink, as `detector.staves.darkness` has it.
        margin_px: paper that is kept on each side.
    """
    height, width = dark.shape
    rows, columns = np.flatnonzero(dark.max(1) >= LEAST_INK), np.flatnonzero(dark.max(0) >= LEAST_INK)
    if not len(rows):
        return 0, 0, width, height
    x0, y0 = max(0, int(columns[0]) - margin_px), max(0, int(rows[0]) - margin_px)
    return x0, y0, min(width, int(columns[-1]) + 1 + margin_px), min(height, int(rows[-1]) + 1 + margin_px)


def fitted_tile(width: int, height: int, longest_px: int, overlap_px: int) -> tuple[int, int]:
    """Return (height, width) of the smallest tiles of which as few as possible cover a page.

    Args:
        width, height: what is to be covered, px.
        longest_px: no side is longer; a multiple of `STEP_PX`.
        overlap_px: least overlap of neighbours.

    Raises:
        ValueError: the longest side is no multiple of `STEP_PX`, or not longer than the overlap.
    """
    if longest_px % STEP_PX or longest_px <= overlap_px:
        raise ValueError(f"expected a multiple of {STEP_PX} px that is longer than the overlap, got {longest_px}")
    return _fitted_side(height, longest_px, overlap_px), _fitted_side(width, longest_px, overlap_px)


def _fitted_side(length: int, longest: int, overlap: int) -> int:
    count = 1 if length <= longest else math.ceil((length - overlap) / (longest - overlap))
    return max(1, math.ceil((length + (count - 1) * overlap) / count / STEP_PX)) * STEP_PX


def lay_tiles(
    width: int, height: int, tile: tuple[int, int], overlap_px: int, *, left: int = 0, top: int = 0
) -> list[Tile]:
    """Return tiles of (height, width) `tile` that cover a page, evenly spread, overlapping by at least `overlap_px`.

    With `left` and `top`, a part of the page is covered that begins there.
    """
    columns, rows = _origins(width, tile[1], overlap_px), _origins(height, tile[0], overlap_px)
    return [
        Tile(left + x, top + y, tile[1], tile[0], (left + x0, top + y0, left + x1, top + y1))
        for y, (y0, y1) in zip(rows, _grounds(rows, tile[0], height), strict=True)
        for x, (x0, x1) in zip(columns, _grounds(columns, tile[1], width), strict=True)
    ]


def pixels_of(page: GreyImage, tile: Tile) -> GreyImage:
    """Return a tile's pixels; what lies beyond the page is paper."""
    part = page[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
    if part.shape == (tile.height, tile.width):
        return np.ascontiguousarray(part)
    out = np.full((tile.height, tile.width), 255, dtype=np.uint8)
    out[: part.shape[0], : part.shape[1]] = part
    return out


def merge(parts: list[tuple[Tile, Detections]], is_long: np.ndarray, space_px: float) -> Detections:
    """Return one list for the page from the detections of each tile, all in page frame.

    Args:
        parts: each tile with what it shows, already free of duplicates within the tile.
        is_long: bool (C,), classes that come in pieces.
        space_px: staff space.
    """
    compact = [_own(tile, found.take(~is_long[found.labels]), SLACK_SP * space_px) for tile, found in parts]
    long = [(tile, found.take(is_long[found.labels])) for tile, found in parts]
    return Detections.join([*compact, _joined(long, space_px)])


def _origins(length: int, tile: int, overlap: int) -> list[int]:
    if length <= tile:
        return [0]
    count = int(np.ceil((length - overlap) / (tile - overlap)))
    return [round(float(start)) for start in np.linspace(0, length - tile, count)]


def _grounds(origins: list[int], tile: int, length: int) -> Iterator[tuple[float, float]]:
    """Yield the own range of each tile: overlaps are shared at their middle."""
    middles = [(a + tile + b) / 2 for a, b in pairwise(origins)]
    yield from zip([0.0, *middles], [*middles, float(max(length, tile))], strict=True)


def _own(tile: Tile, found: Detections, slack: float) -> Detections:
    x0, y0, x1, y1 = tile.own
    x, y = found.boxes[:, 0], found.boxes[:, 1]
    return found.take((x >= x0 - slack) & (x < x1 + slack) & (y >= y0 - slack) & (y < y1 + slack))


def _joined(parts: list[tuple[Tile, Detections]], space_px: float) -> Detections:
    found = Detections.join([one for _, one in parts])
    if not len(found):
        return found
    tiles = [tile for tile, _ in parts]
    tile_of = np.concatenate([np.full(len(one), index) for index, (_, one) in enumerate(parts)])
    frames = np.array([[tile.x, tile.y, tile.x + tile.width, tile.y + tile.height] for tile in tiles], dtype=float)
    cut = _is_cut(found.boxes, frames[tile_of], _inner_sides(tiles)[tile_of], CUT_SP * space_px)
    group = _groups(len(found), _same_symbol(found, tile_of, frames))
    return Detections.join([_one_of(found.take(rows), cut[rows]) for rows in group])


def _inner_sides(tiles: list[Tile]) -> np.ndarray:
    """Return bool (T, 4): which of left, top, right, bottom is a border to another tile."""
    left, top = min(tile.x for tile in tiles), min(tile.y for tile in tiles)
    right, bottom = max(tile.x for tile in tiles), max(tile.y for tile in tiles)
    return np.array([[tile.x > left, tile.y > top, tile.x < right, tile.y < bottom] for tile in tiles])


def _is_cut(boxes: FloatArray, frames: FloatArray, inner: np.ndarray, margin: float) -> np.ndarray:
    hull = geometry.upright(boxes)
    gaps = np.concatenate([hull[:, :2] - frames[:, :2], frames[:, 2:] - hull[:, 2:]], 1)
    cut: np.ndarray = ((gaps < margin) & inner).any(1)
    return cut


def _same_symbol(found: Detections, tile_of: IntArray, frames: FloatArray) -> list[tuple[int, int]]:
    """Return pairs of rows from different tiles that show one symbol."""
    x0, y0, x1, y1 = geometry.upright(found.boxes).T
    hulls = shapely.box(x0, y0, x1, y1)
    i, j = shapely.STRtree(hulls).query(hulls)
    keep = (i < j) & (found.labels[i] == found.labels[j]) & (tile_of[i] != tile_of[j])
    i, j = i[keep], j[keep]
    if not len(i):
        return []
    first, second = frames[tile_of[i]], frames[tile_of[j]]
    low, high = np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])
    ground = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    shapes = geometry.polygons(found.boxes)
    a, b = shapely.intersection(shapes[i], ground), shapely.intersection(shapes[j], ground)
    shared = shapely.area(shapely.intersection(a, b))
    total = shapely.area(a) + shapely.area(b) - shared
    same = (total > 0) & (shared >= SAME_OVERLAP * total)
    return list(zip(i[same].tolist(), j[same].tolist(), strict=True))


def _groups(count: int, pairs: list[tuple[int, int]]) -> list[IntArray]:
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for a, b in pairs:
        parent[root(a)] = root(b)
    members: dict[int, list[int]] = {}
    for row in range(count):
        members.setdefault(root(row), []).append(row)
    return [np.array(rows, dtype=np.int64) for rows in members.values()]


def _one_of(group: Detections, cut: np.ndarray) -> Detections:
    """Return the best whole view of a symbol, or the box around all its pieces when no tile shows it whole."""
    if len(group) == 1:
        return group
    best = int(np.argmax(np.where(cut, -1.0, group.scores)))
    if not cut[best]:
        return group.take(np.array([best]))
    around = geometry.min_area_box(geometry.corners(group.boxes).reshape(-1, 2))
    return Detections(around[None], group.labels[:1], np.array([group.scores.max()]))
