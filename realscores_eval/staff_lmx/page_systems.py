"""Which staves of a page are systems, and which of those are one part: told by the lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

#: How far left and right of the left end of a staff its system's line is looked for, in staff spaces.
_EDGE_SP = 1.2
#: Share of the way between two staves that a line must be inked; worn lines break, and columns are a pixel off.
_INKED = 0.85
#: Columns that count as one line lie closer than this, in staff spaces.
_SAME_LINE_SP = 0.8
#: Barlines through the gap that make two staves one part, and one system where the line at the left is worn away; a
#: stem or a stroke of text may cross the gap once.
_BARLINES = 2
#: Two staves stand above each other when they share this much of their widths.
_SHARED = 0.6


@dataclass(frozen=True)
class PageSystem:
    """A system: its staves from the top, by number, and for each but the last whether barlines join it to the next."""

    staves: tuple[int, ...]
    joined: tuple[bool, ...]

    def parts(self) -> list[tuple[int, ...]]:
        """Return the staves of each part: two that barlines join, and only those two, are one part."""
        runs: list[list[int]] = []
        for rank, staff in enumerate(self.staves):
            if rank and self.joined[rank - 1]:
                runs[-1].append(staff)
            else:
                runs.append([staff])
        return [part for run in runs for part in ([tuple(run)] if len(run) == 2 else [(one,) for one in run])]


def page_systems(image: GreyImage, staves: Sequence[Staff]) -> list[PageSystem]:
    """Return the systems of a page from top to bottom.

    Args:
        image: uint8 (H, W).
        staves: of the page, in any order.
    """
    dark = _ink(image)
    order = sorted(range(len(staves)), key=lambda one: float(staves[one].ys_px.mean()))
    found: list[PageSystem] = []
    for number in order:
        above = found[-1].staves[-1] if found else None
        lines = [] if above is None else lines_between(dark, staves[above], staves[number])
        left = 0.0 if above is None else max(staves[above].x0_px, staves[number].x0_px)
        within = left + _EDGE_SP * staves[number].space_px
        joined = sum(x > within for x in lines) >= _BARLINES
        if not joined and not any(x <= within for x in lines):
            found.append(PageSystem((number,), ()))
            continue
        found[-1] = PageSystem((*found[-1].staves, number), (*found[-1].joined, joined))
    return found


def lines_between(dark: NDArray[np.bool_], upper: Staff, lower: Staff) -> list[float]:
    """Return the columns at which an upright line of ink leads from one staff to the next one below, page px."""
    space = (upper.space_px + lower.space_px) / 2
    x0, x1 = max(upper.x0_px, lower.x0_px), min(upper.x1_px, lower.x1_px)
    if x1 - x0 < _SHARED * max(upper.x1_px - upper.x0_px, lower.x1_px - lower.x0_px):
        return []
    columns = np.arange(max(0, int(x0 - _EDGE_SP * space)), min(dark.shape[1], int(x1 + space)))
    at = np.clip(columns, x0, x1)
    tops, bottoms = upper.lines_at(at)[-1], lower.lines_at(at)[0]
    if not len(columns) or (bottoms - tops).min() < space / 2:
        return []
    share = _inked_share(dark, columns, tops, bottoms)
    inked = columns[share >= _INKED]
    groups = np.split(inked, np.flatnonzero(np.diff(inked) > _SAME_LINE_SP * space) + 1) if len(inked) else []
    return [float(group.mean()) for group in groups]


def _inked_share(
    dark: NDArray[np.bool_], columns: NDArray[np.int64], tops: FloatArray, bottoms: FloatArray
) -> FloatArray:
    """Return for each column the share of the way that is ink in it or beside it."""
    samples = max(2, int((bottoms - tops).mean()))
    ways = np.linspace(0, 1, samples)[:, None]
    rows = (tops[None] + ways * (bottoms - tops)[None]).round().astype(int).clip(0, dark.shape[0] - 1)
    beside = [dark[rows, (columns + shift).clip(0, dark.shape[1] - 1)[None]] for shift in (-1, 0, 1)]
    share: FloatArray = np.logical_or.reduce(beside).mean(0)
    return share


def _ink(image: GreyImage) -> NDArray[np.bool_]:
    """Tell what is darker than half way from paper to ink, each taken from every fourth pixel."""
    if not image.size:
        return np.zeros(image.shape, np.bool_)
    paper, ink = np.percentile(image[::4, ::4], [70, 1])
    return np.asarray(image < (paper + ink) / 2)
