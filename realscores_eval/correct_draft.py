"""Rough corrections as a person notes them at a close-up, turned into exact lines of the log.

delete 12 13 stem@1203,455            rows of the start, or the nearest box of a class to a place
rename 12 13 tie
move 14 1180 405 1225 418             two corners, shrunk to the ink within
move! 14 1180 405 1225 418            two corners as they are
add fingering3 870 388 890 417
add! text 100 50 400 80
add slur 100 50 150 30 200 50         three points and more: the box of least area around them
line beam 100 50 200 70               a stroke, fitted to the ink near the line between its two ends
line beam 100 50 200 70 9             the same with a stated thickness, as it is
arc slur 100 50 150 30 200 50         an arc, fitted to the ink near a smooth curve through three points and more
reline 12 100 50 200 70               as `line` and `arc`, for a box that is there
rearc 12 100 50 150 30 200 50
fit beam 0.8                          `reline` for all of a class that overlap the fit by less (beam, ledgerLine)
tighten 12 13                         shrink or grow to the ink within a few pixels around
put noteheadBlackOnLine 1203 455      a box as large as the others of the class on this page, on the best ink
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import FormatError
from notation.symbols import Symbols
from realscores_eval.correct_fit import best_place, fitted_arc, fitted_ledger, fitted_stroke, snapped
from realscores_eval.correct_ink import Mask
from realscores_eval.correct_log import Operation, current_rows

#: Marks the moves that `fit` made without a person's eye on each.
FITTED = "fitted"
#: A place names a box when its outline is this near, in px.
_REACH_PX = 14.0
#: `tighten` looks so far around.
_TIGHTEN_PX = 7


@dataclass(frozen=True)
class Draft:
    """What rough lines are measured against: starting boxes, the log so far, and the ink without staff lines."""

    start: Symbols
    operations: Sequence[Operation]
    ink: Mask

    def exact(self, text: str) -> list[Operation]:
        """Return the operations that rough lines mean; raises `FormatError` that names the line."""
        found: list[Operation] = []
        for number, line in enumerate(text.splitlines(), 1):
            words, _, comment = line.partition("#")
            if words.split():
                try:
                    found += self._line(words.split(), comment.strip())
                except (ValueError, FormatError) as error:
                    raise FormatError(f"line {number}: {line.strip()}: {error}") from error
        return found

    def _line(self, words: Sequence[str], comment: str) -> list[Operation]:
        match words:
            case ["delete", *references] if references:
                return [Operation("delete", self._row(one), comment=comment) for one in references]
            case ["rename", *references, name] if references:
                return [Operation("rename", self._row(one), name, comment=comment) for one in references]
            case ["move" | "move!" as verb, reference, *numbers]:
                row = self._row(reference)
                box = self._box(self.start.names[row], numbers, exact=verb.endswith("!"))
                return [Operation("move", row, box=box, comment=comment)]
            case ["add" | "add!" as verb, name, *numbers]:
                return [_added(name, self._box(name, numbers, exact=verb.endswith("!")), comment)]
            case ["line", name, *numbers]:
                return [_added(name, self._line_box(numbers), comment)]
            case ["reline", reference, *numbers]:
                return [Operation("move", self._row(reference), box=self._line_box(numbers), comment=comment)]
            case ["arc", name, *numbers]:
                return [_added(name, self._arc_box(numbers), comment)]
            case ["rearc", reference, *numbers]:
                return [Operation("move", self._row(reference), box=self._arc_box(numbers), comment=comment)]
            case ["fit", name, least]:
                return list(self._fitted(name, float(least), comment))
            case ["tighten", *references] if references:
                return [self._tightened(self._row(one), comment) for one in references]
            case ["put", name, x, y]:
                return [_added(name, self._put(name, float(x), float(y)), comment)]
        raise FormatError("not an operation")

    def _row(self, reference: str) -> int:
        if reference.isdecimal():
            return int(reference)
        name, _, place = reference.partition("@")
        x, y = (float(one) for one in place.split(","))
        near = [
            (_distance(box, x, y), int(row))
            for row, one, box in current_rows(self.start, self.operations)
            if one.startswith(name) and row.isdecimal()
        ]
        distance, row = min(near, default=(math.inf, -1))
        if distance > _REACH_PX:
            raise FormatError(f"no {name} near {x:g}, {y:g}")
        return row

    def _box(self, name: str, numbers: Sequence[str], *, exact: bool) -> tuple[float, ...]:
        values = [float(one) for one in numbers]
        if len(values) == 4:
            box = geometry.from_upright([values])[0] if exact else snapped(self.ink, name, values)
        elif len(values) >= 6 and len(values) % 2 == 0:
            box = geometry.min_area_box(np.array(values).reshape(-1, 2))
        else:
            raise FormatError("expected two corners or at least three points")
        return tuple(box.tolist())

    def _line_box(self, numbers: Sequence[str]) -> tuple[float, ...]:
        values = [float(one) for one in numbers]
        if len(values) == 5:
            return _stroke(*values)
        if len(values) == 4:
            return tuple(fitted_stroke(self.ink, values).tolist())
        raise FormatError("expected two ends, with or without a thickness")

    def _arc_box(self, numbers: Sequence[str]) -> tuple[float, ...]:
        points = np.array([float(one) for one in numbers])
        if len(points) < 6 or len(points) % 2:
            raise FormatError("expected at least three points")
        return tuple(fitted_arc(self.ink, points.reshape(-1, 2)).tolist())

    def _fitted(self, name: str, least_iou: float, comment: str) -> Iterator[Operation]:
        moved = {one.row for one in self.operations if one.kind == "move"}
        for reference, one, box in current_rows(self.start, self.operations):
            if one == name and reference.isdecimal() and int(reference) not in moved:
                fitted = _fit(self.ink, name, box)
                if float(geometry.iou(box[None], fitted[None])[0, 0]) < least_iou:
                    yield Operation("move", int(reference), box=tuple(fitted.tolist()), comment=comment or FITTED)

    def _tightened(self, row: int, comment: str) -> Operation:
        x0, y0, x1, y1 = geometry.upright(self.start.boxes[row][None])[0].tolist()
        around = [x0 - _TIGHTEN_PX, y0 - _TIGHTEN_PX, x1 + _TIGHTEN_PX, y1 + _TIGHTEN_PX]
        return Operation(
            "move", row, box=tuple(snapped(self.ink, self.start.names[row], around).tolist()), comment=comment
        )

    def _put(self, name: str, x: float, y: float) -> tuple[float, ...]:
        stem = name.replace("OnLine", "*").replace("InSpace", "*").split("*")
        like = [all(part in one for part in stem) and one.endswith(stem[-1]) for one in self.start.names]
        sizes = self.start.boxes[np.array(like, bool), 2:4]
        if not len(sizes):
            raise FormatError(f"no {name} on this page to take the size from")
        width, height = np.median(sizes, axis=0).tolist()
        return tuple(best_place(self.ink, x, y, width, height).tolist())


def _fit(ink: Mask, name: str, box: FloatArray) -> FloatArray:
    """Return a thin box fitted to the ink around it: beams along their own axis."""
    if name == "beam":
        half = np.array([math.cos(box[4]), math.sin(box[4])]) * box[2] / 2
        return fitted_stroke(ink, [*(box[:2] - half), *(box[:2] + half)])
    if name == "ledgerLine":
        return fitted_ledger(ink, box)
    raise FormatError("only beams and ledger lines can be fitted all at once")


def _added(name: str, box: tuple[float, ...], comment: str) -> Operation:
    return Operation("add", name=name, box=box, comment=comment)


def _stroke(x0: float, y0: float, x1: float, y1: float, thickness: float) -> tuple[float, ...]:
    row = [(x0 + x1) / 2, (y0 + y1) / 2, math.hypot(x1 - x0, y1 - y0), thickness, math.atan2(y1 - y0, x1 - x0)]
    return tuple(geometry.as_boxes([row])[0].tolist())


def _distance(box: FloatArray, x: float, y: float) -> float:
    """Return how far a point lies outside of a box, or a negative number within, least at the centre."""
    cos, sin = math.cos(box[4]), math.sin(box[4])
    dx, dy = x - box[0], y - box[1]
    along, across = abs(dx * cos + dy * sin) - box[2] / 2, abs(dy * cos - dx * sin) - box[3] / 2
    if along <= 0 and across <= 0:
        return float(max(along / max(box[2], 1), across / max(box[3], 1)))
    return math.hypot(max(along, 0), max(across, 0))
