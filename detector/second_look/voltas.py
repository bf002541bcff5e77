"""Volta brackets measured by their ink: a straight line with a hook down at an end, which a long slur has not.

Of a long bracket the network sees parts, and two brackets side by side may be one island of ink: hooks part them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from detector.second_look.brackets import Island, ink_level, islands_in
from notation import boxes as geometry
from notation.page import GreyImage

_NAME = "volta"
#: A bracket is so long at least, staff spaces, and shares so much with what the network saw.
LEAST_LONG_SP, SHARED_SP = 4.0, 3.0
#: Its ink is looked for so far above and below, staff spaces.
ASIDE_SP = 1.5
#: Its line is no thicker, and strays no further from straight, staff spaces, in nearly all of its columns.
LINE_SP, STRAY_SP, NEARLY_ALL = 0.4, 0.3, 0.9
#: A hook goes down so far from the top of the line, staff spaces; two may stand side by side, over a double barline.
HOOK_SP, HOOK_WIDE_SP = 0.6, 1.6
#: A bracket beside one that the network saw lies at its height, and is not further away, staff spaces.
LEVEL_SP, BESIDE_SP = 0.6, 1.6
#: A bracket without such ink stays where the network is so sure of it.
SURE = 0.5

_Upright = tuple[float, float, float, float]  # x0, y0, x1, y1, px


def voltas_measured(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections where volta brackets lie on their ink, each once, without doubtful ones that have none.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without `volta` among them nothing is done.
        space_px: staff space.
    """
    rows = np.flatnonzero(found.labels == names.index(_NAME)) if _NAME in names else np.zeros(0, np.int64)
    if not len(rows):
        return found
    level = ink_level(image)
    kept = np.ones(len(found), dtype=bool)
    measured: dict[_Upright, float] = {}
    for row in rows.tolist():
        x0, y0, x1, y1 = geometry.upright(found.boxes[row][None])[0].tolist()
        window = np.array([0, y0 - ASIDE_SP * space_px, image.shape[1], y1 + ASIDE_SP * space_px])
        brackets = [one for island in islands_in(image, level, window, 0) for one in _brackets(island, space_px)]
        seen = [one for one in brackets if min(one[2], x1) - max(one[0], x0) >= SHARED_SP * space_px]
        kept[row] = not seen and found.scores[row] >= SURE
        for one in (*seen, *(other for other in brackets if any(_beside(one, other, space_px) for one in seen))):
            measured[one] = max(measured.get(one, 0.0), float(found.scores[row]))
    rest = found.take(np.flatnonzero(kept))
    if not measured:
        return rest
    boxes = geometry.from_upright(np.array(list(measured), np.float64))
    labels = np.full(len(boxes), names.index(_NAME), dtype=found.labels.dtype)
    return Detections.join([rest, Detections(boxes, labels, np.array(list(measured.values())))])


def _beside(one: _Upright, other: _Upright, space_px: float) -> bool:
    """Tell whether two brackets stand side by side; they may share a hook."""
    gap = max(one[0], other[0]) - min(one[2], other[2])
    return abs(one[1] - other[1]) <= LEVEL_SP * space_px and abs(gap) <= BESIDE_SP * space_px


def _brackets(island: Island, space_px: float) -> list[_Upright]:
    """Return the brackets x0, y0, x1, y1 that an island consists of, parted at its hooks; none if it is no line."""
    ink = island.ink
    height, width = ink.shape
    if width < LEAST_LONG_SP * space_px or height < HOOK_SP * space_px:
        return []
    top, bottom = ink.argmax(0), height - 1 - ink[::-1].argmax(0)
    columns = np.arange(width)
    hooked = bottom - top >= HOOK_SP * space_px
    lined = ~hooked
    if hooked.mean() > 1 - NEARLY_ALL or not hooked.any():
        return []
    slope, start = np.polyfit(columns[lined], top[lined], 1)
    stray = np.abs(top - start - slope * columns)[lined] <= max(1.0, STRAY_SP * space_px)
    thin = (bottom - top + 1)[lined] <= max(2.0, LINE_SP * space_px)
    if min(stray.mean(), thin.mean()) < NEARLY_ALL:
        return []
    hooks = _runs(hooked)
    if any(end - begin > HOOK_WIDE_SP * space_px for begin, end in hooks):
        return []
    edges = [0, *(edge for hook in hooks for edge in hook), width]
    spans = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= LEAST_LONG_SP * space_px]
    return [_box(island, a, b, hooks) for a, b in spans]


def _box(island: Island, begin: int, end: int, hooks: list[tuple[int, int]]) -> _Upright:
    """Return the box around the line between two columns and the hooks that touch it."""
    x0 = min([begin, *(one for one, after in hooks if after == begin)])
    x1 = max([end, *(after for one, after in hooks if one == end)])
    rows = np.flatnonzero(island.ink[:, x0:x1].any(1))
    return (
        float(island.x0 + x0),
        float(island.y0 + rows[0]),
        float(island.x0 + x1),
        float(island.y0 + rows[-1] + 1),
    )


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where flags (N,) begin and end to be true."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]
