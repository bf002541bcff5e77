"""What looks wrong in corrected boxes, for a second look: none of it is an error for certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.staff import Staff
from notation.symbols import Symbols

#: Steps by which a head may lie off the middle of its line or space before its class is doubted.
_PARITY_SLACK = 0.42
#: Two boxes of different classes that overlap by more are probably one symbol.
_RIVAL_IOU = 0.45
#: A stem touches its head within so many staff spaces.
_TOUCH_SP = 0.35
_PAIRS = ({"staff"}, {"graceNote"}, {"slur"}, {"tie"}, {"Hairpin"})


def suspects(symbols: Symbols, staves: Sequence[Staff]) -> list[str]:
    """Return one line a doubt: heads of the wrong parity, stems and heads without each other, ledgers, rivals."""
    if not len(symbols) or not staves:
        return []
    found = [*_parities(symbols, staves), *_lonely(symbols, staves), *_ledgers(symbols, staves), *_rivals(symbols)]
    return sorted(found, key=lambda line: line.split(":")[0])


def _nearest(staves: Sequence[Staff], x: float, y: float) -> Staff:
    return min(staves, key=lambda one: abs(float(one.lines_at(x)[2]) - y) - 2 * one.space_px)


def _heads(symbols: Symbols) -> list[int]:
    return [row for row, name in enumerate(symbols.names) if name.startswith("notehead")]


def _parities(symbols: Symbols, staves: Sequence[Staff]) -> Iterator[str]:
    for row in _heads(symbols):
        x, y = symbols.boxes[row, :2].tolist()
        position = float(_nearest(staves, x, y).position_at(x, y))
        off = abs(position / 2 - round(position / 2)) * 2  # 0 on a line, 1 in a space
        wrong = off if "OnLine" in symbols.names[row] else 1 - off
        if wrong > 1 - _PARITY_SLACK:
            yield f"{y:05.0f} {x:05.0f}: {symbols.names[row]} at position {position:.2f}"


def _lonely(symbols: Symbols, staves: Sequence[Staff]) -> Iterator[str]:
    hull = geometry.upright(symbols.boxes)
    heads = [row for row in _heads(symbols) if "Whole" not in symbols.names[row]]
    stems = symbols.rows_of("stem").tolist()
    reach = _TOUCH_SP * float(np.median([one.space_px for one in staves]))
    touch = np.array([[_near(hull[a], hull[b], reach) for b in stems] for a in heads]).reshape(len(heads), len(stems))
    for row, alone in [
        *zip(heads, np.asarray(~touch.any(1)), strict=True),
        *zip(stems, np.asarray(~touch.any(0)), strict=True),
    ]:
        if alone:
            x, y = symbols.boxes[row, :2].tolist()
            yield f"{y:05.0f} {x:05.0f}: {symbols.names[row]} alone"


def _near(one: FloatArray, other: FloatArray, reach: float) -> bool:
    return bool((one[:2] - reach <= other[2:]).all() and (other[:2] <= one[2:] + reach).all())


def _ledgers(symbols: Symbols, staves: Sequence[Staff]) -> Iterator[str]:
    """Yield heads whose ledger lines are not all there."""
    lines = symbols.boxes[symbols.rows_of("ledgerLine")]
    for row in _heads(symbols):
        x, y = symbols.boxes[row, :2].tolist()
        staff = _nearest(staves, x, y)
        steps = abs(float(staff.position_at(x, y)))
        way = 1 if float(staff.position_at(x, y)) > 0 else -1
        for step in range(6, int(steps + 0.4) + 1, 2):
            height = float(staff.y_at(x, way * step))
            near = (abs(lines[:, 1] - height) < 0.4 * staff.space_px) & (abs(lines[:, 0] - x) < lines[:, 2] / 2)
            if not near.any():
                yield f"{y:05.0f} {x:05.0f}: {symbols.names[row]} without ledger line {way * step} at {height:.0f}"


def _rivals(symbols: Symbols) -> Iterator[str]:
    i, j, overlap = geometry.overlapping_pairs(symbols.boxes, symbols.boxes)
    for a, b, share in zip(i.tolist(), j.tolist(), overlap.tolist(), strict=True):
        names = symbols.names[a], symbols.names[b]
        limit = 0.3 if names[0] == names[1] and "notehead" not in names[0] else _RIVAL_IOU
        if a < b and share > limit and not any(part in name for pair in _PAIRS for part in pair for name in names):
            x, y = symbols.boxes[a, :2].tolist()
            yield f"{y:05.0f} {x:05.0f}: {names[0]} over {names[1]}, IoU {share:.2f}"
