"""The truth of a page under any smooth motion: boxes, staff lines and graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

Points = Callable[[FloatArray], FloatArray]

#: Points along each side of a box that are moved: enough for a slur over a curled page.
_POINTS_A_SIDE = 9
#: Knots of a moved staff, one every two staff spaces at the widest: a page bows over tens of spaces.
_KNOT_SP = 2.0


def moved_reading(reading: Reading, points: Points, size: tuple[int, int]) -> tuple[Reading, IntArray]:
    """Return the moved reading on a page of `size` (width, height), and which old row each of its rows was.

    Symbols that leave the page altogether are dropped; staves stay, so that their numbers do.
    """
    old = reading.symbols
    boxes = moved_boxes(old.boxes, points)
    kept = np.flatnonzero(_on_page(boxes, *size)).astype(np.int64)
    symbols, order = Symbols.of(
        boxes[kept],
        old.class_ids[kept],
        old.scores[kept],
        width_px=size[0],
        height_px=size[1],
        comments=[old.comments[row] for row in kept.tolist()],
    )
    staves = tuple(moved_staff(staff, points) for staff in reading.staves)
    return replace(reading, symbols=symbols, staves=staves), kept[order]


def moved_boxes(boxes: FloatArray, points: Points) -> FloatArray:
    """Return (N, 5) boxes around the moved outlines of boxes, each turned as the long axis of its box is turned."""
    if not len(boxes):
        return boxes.copy()
    quads = geometry.corners(boxes)
    steps = np.linspace(0, 1, _POINTS_A_SIDE, endpoint=False)[:, None]
    sides = [quads[:, [i]] * (1 - steps) + quads[:, [(i + 1) % 4]] * steps for i in range(4)]
    outline = np.concatenate(sides, 1)  # (N, 4 sides of points, 2)
    middles = (quads + np.roll(quads, -1, 1)) / 2  # top, right, bottom, left
    flat = np.concatenate([outline, middles], 1)
    moved = points(flat.reshape(-1, 2)).reshape(flat.shape)
    return _around(moved[:, :-4], _direction_rad(moved[:, -4:], boxes[:, 2] >= boxes[:, 3]))


def _direction_rad(middles: FloatArray, wide: np.ndarray) -> FloatArray:
    """Return the angle of the width, told by the longer axis: (N, 4, 2) middles of top, right, bottom and left."""
    across, down = middles[:, 1] - middles[:, 3], middles[:, 2] - middles[:, 0]
    along = np.where(wide[:, None], across, np.stack([down[:, 1], -down[:, 0]], 1))
    angle: FloatArray = np.arctan2(along[:, 1], along[:, 0])
    return angle


def _around(outlines: FloatArray, angles_rad: FloatArray) -> FloatArray:
    """Return the boxes of given angles around (N, K, 2) points."""
    cos, sin = np.cos(angles_rad)[:, None], np.sin(angles_rad)[:, None]
    x, y = outlines[..., 0], outlines[..., 1]
    along, across = x * cos + y * sin, y * cos - x * sin
    low = np.stack([along.min(1), across.min(1)], 1)
    high = np.stack([along.max(1), across.max(1)], 1)
    u, v = ((low + high) / 2).T
    centre = np.stack([u * cos[:, 0] - v * sin[:, 0], u * sin[:, 0] + v * cos[:, 0]], 1)
    return geometry.canonical(np.concatenate([centre, high - low, angles_rad[:, None]], 1))


def moved_staff(staff: Staff, points: Points) -> Staff:
    """Return the staff with its lines moved; knots are added where they lie wide apart."""
    knots = _dense_enough(staff.xs_px, _KNOT_SP * max(1.0, staff.space_px))
    lines = np.stack([np.broadcast_to(knots, (5, len(knots))), staff.lines_at(knots)], -1)
    moved = points(lines.reshape(-1, 2)).reshape(lines.shape)
    xs = moved[2, :, 0]  # knots of the middle line
    return Staff.of(xs, np.stack([_line_at(xs, line) for line in moved]))


def _dense_enough(xs: FloatArray, apart_px: float) -> FloatArray:
    """Return the knots and others between them, nowhere much wider apart than `apart_px`, nor closer than half of it.

    Knots that were added for one motion serve the next: a second pass adds none.
    """
    count = int(np.ceil((xs[-1] - xs[0]) / apart_px)) + 1
    more = np.linspace(xs[0], xs[-1], max(2, count))
    away = np.abs(more[:, None] - xs[None]).min(1)
    return np.union1d(xs, more[away > apart_px / 2])


def _line_at(xs: FloatArray, line: FloatArray) -> FloatArray:
    """Return the height of a (K, 2) polyline at xs; beyond its ends the outer pieces go on straight."""
    x, y = line.T
    left, right = (y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])
    inner = np.interp(xs, x, y)
    height: FloatArray = inner + np.minimum(xs - x[0], 0) * left + np.maximum(xs - x[-1], 0) * right
    return height


def _on_page(boxes: FloatArray, width_px: int, height_px: int) -> np.ndarray:
    hull = geometry.upright(boxes)
    return (hull[:, 2] > 0) & (hull[:, 3] > 0) & (hull[:, 0] < width_px) & (hull[:, 1] < height_px)


def renumbered(graph: NotationGraph, old_rows: IntArray) -> NotationGraph:
    """Return the graph whose row i is row `old_rows[i]` of `graph`; rows beyond it are new and unrelated."""
    new_row = {old: new for new, old in enumerate(old_rows.tolist())}
    out = NotationGraph(len(old_rows))
    for source, relation, target in graph.edges():
        if source in new_row and target in new_row:
            out.relate(new_row[source], relation, new_row[target])
    for old, new in new_row.items():
        if old in graph.nx:
            out.nx.nodes[new].update(graph.nx.nodes[old])
    return out


def with_symbols(page: LabelledPage, boxes: Sequence[FloatArray], names: Sequence[str]) -> LabelledPage:
    """Return the page with further symbols, unrelated to the old ones; rows are numbered anew."""
    if not boxes:
        return page
    old = page.reading.symbols
    symbols, order = Symbols.of(
        np.concatenate([old.boxes, np.stack(list(boxes))]),
        np.concatenate([old.class_ids, [vocabulary().id_of(name) for name in names]]),
        np.concatenate([old.scores, np.ones(len(names))]),
        width_px=old.width_px,
        height_px=old.height_px,
        comments=[*old.comments, *[""] * len(names)],
    )
    return replace(page, reading=replace(page.reading, symbols=symbols), graph=renumbered(page.graph, order))
