"""Fragments of long symbols: a cell reaches only so far, so a long beam is often seen twice, and once more in part.

Straight symbols whose views overlap in line become one; a view that lies inside a longer one of its class is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray

#: Symbols that are straight bars and stand alone: what overlaps in line is one of them. Beams do not, they come in
#: bundles: joining them lowers their AP at 0.5 from 0.93 to 0.86, so a beam only loses to a surer one that holds it.
STRAIGHT = frozenset({"systemicBarline", "bracket", "ottavaBracket", "pedalLine", "restHBar"})
#: Symbols of any length whose parts can be taken for the whole.
BENT = frozenset(
    {"slur", "tie", "dynamicCrescendoHairpin", "dynamicDiminuendoHairpin", "volta", "brace", "text", "lyric"}
)
BUNDLED = frozenset({"beam"})
#: A view is inside another when this share of it is covered.
INSIDE_SHARE = 0.75
#: An inner view that is so many times surer than the outer one wins.
SURER = 2.0
#: Two views of a bar are in line when they cover this share of the thinner one across, and turn by less than this.
IN_LINE_SHARE, IN_LINE_RAD = 0.6, 0.12
#: They must also share this part of the shorter one's length, or they are neighbours.
SHARED_LENGTH = 0.1
#: A view with less than this share of the best view's score is no witness of where a bar ends.
WITNESS_SHARE = 0.6


def mend(found: Detections, names: Sequence[str]) -> Detections:
    """Return the detections with views of one long symbol made one; `names` are the network's classes."""
    straight = np.array([name in STRAIGHT for name in names], dtype=bool)[found.labels]
    bent = np.array([name in BENT for name in names], dtype=bool)[found.labels]
    bundled = np.array([name in BUNDLED for name in names], dtype=bool)[found.labels]
    whole = found.take(~straight & ~bent & ~bundled)
    bars = _without_parts(_joined_bars(found.take(straight)), SURER)
    beams = _without_parts(found.take(bundled), 1.0)
    return Detections.join([whole, bars, beams, _without_parts(found.take(bent), SURER)])


def _pairs(found: Detections) -> tuple[IntArray, IntArray]:
    hulls = geometry.upright(found.boxes)
    x0, y0, x1, y1 = hulls.T
    shapes = shapely.box(x0, y0, x1, y1)
    i, j = shapely.STRtree(shapes).query(shapes)
    keep = (i < j) & (found.labels[i] == found.labels[j])
    return i[keep], j[keep]


def _without_parts(found: Detections, surer_by: float) -> Detections:
    """Drop views that lie inside a larger one of their class, unless they are surer than it by a factor."""
    if len(found) < 2:
        return found
    i, j = _pairs(found)
    areas = geometry.areas(found.boxes)
    small, large = np.where(areas[i] < areas[j], i, j), np.where(areas[i] < areas[j], j, i)
    shapes = geometry.polygons(found.boxes)
    shared = shapely.area(shapely.intersection(shapes[small], shapes[large]))
    inside = shared > INSIDE_SHARE * areas[small]
    surer = found.scores[small] > surer_by * found.scores[large]
    dropped = np.zeros(len(found), dtype=bool)
    dropped[small[inside & ~surer]] = True
    if surer_by > 1:
        dropped[large[inside & surer]] = True
    return found.take(~dropped)


def _joined_bars(found: Detections) -> Detections:
    """Join bars that overlap in line; the surest bar takes in the others, then the next one."""
    if len(found) < 2:
        return found
    i, j = _pairs(found)
    line = _in_line(found.boxes[i], found.boxes[j]) & _in_line(found.boxes[j], found.boxes[i])
    partners: dict[int, set[int]] = {}
    for a, b in zip(i[line].tolist(), j[line].tolist(), strict=True):
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    out, taken = [], np.zeros(len(found), dtype=bool)
    for row in np.argsort(-found.scores, kind="stable").tolist():
        if taken[row]:
            continue
        group = _group(row, partners, taken | (found.scores < WITNESS_SHARE * found.scores[row]))
        taken[group] = True
        out.append(_around(found.take(np.array(group))) if len(group) > 1 else found.take(np.array([row])))
    return Detections.join(out)


def _group(row: int, partners: dict[int, set[int]], taken: np.ndarray) -> list[int]:
    group, waiting = {row}, [row]
    while waiting:
        fresh = {one for one in partners.get(waiting.pop(), ()) if not taken[one]} - group
        group |= fresh
        waiting.extend(fresh)
    return sorted(group)


def _around(group: Detections) -> Detections:
    """Return one bar as long as the group, as thick and as slanted as its longest member."""
    longest = group.boxes[np.argmax(group.boxes[:, 2:4].max(1))]
    axis, side = _axis(longest[None])
    points = geometry.corners(group.boxes).reshape(-1, 2) - longest[:2]
    along = points @ axis[0]
    box = longest.copy()
    box[:2] += axis[0] * (along.max() + along.min()) / 2
    box[2 + int(side[0])] = along.max() - along.min()
    return Detections(box[None], group.labels[:1], np.array([group.scores.max()]))


def _axis(boxes: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the unit vector along each box's longer side, and which side that is: 0 width, 1 height."""
    side = (boxes[:, 3] > boxes[:, 2]).astype(np.int64)
    angle = boxes[:, 4] + side * np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], 1), side


def _in_line(first: FloatArray, second: FloatArray) -> np.ndarray:
    """Tell for pairs whether they overlap along and across the axis of the first."""
    axis, side = _axis(first)
    other, _ = _axis(second)
    turn = np.abs(axis[:, 0] * other[:, 1] - axis[:, 1] * other[:, 0])
    across = np.stack([-axis[:, 1], axis[:, 0]], 1)
    rows = np.arange(len(first))
    length, thickness = first[rows, 2 + side], first[rows, 3 - side]
    points = geometry.corners(second) - first[:, None, :2]
    ends = np.einsum("nkc,nc->nk", points, axis)
    shared = np.minimum(length / 2, ends.max(1)) - np.maximum(-length / 2, ends.min(1))
    # where the two lie side by side, how far apart are their middles
    slope = np.einsum("nc,nc->n", other, across) / np.maximum(1e-6, np.abs(np.einsum("nc,nc->n", other, axis)))
    sign = np.sign(np.einsum("nc,nc->n", other, axis))
    middle = (np.minimum(length / 2, ends.max(1)) + np.maximum(-length / 2, ends.min(1))) / 2
    centre = second[:, :2] - first[:, :2]
    offset = np.einsum("nc,nc->n", centre, across) + slope * sign * (middle - np.einsum("nc,nc->n", centre, axis))
    thin = np.minimum(thickness, second[:, 2:4].min(1))
    covered = (thickness + second[:, 2:4].min(1)) / 2 - np.abs(offset)
    shorter = np.minimum(length, second[:, 2:4].max(1))
    result: np.ndarray = (turn < IN_LINE_RAD) & (shared > SHARED_LENGTH * shorter) & (covered > IN_LINE_SHARE * thin)
    return result
