"""The correction log: one operation a line, from the boxes that a detector proposed to the truth of a page.

    delete 12                                  # printed words taken for a tie
    rename 13 tie
    move 14 1203.5 411 42 8.5 -3.2
    add fingering3 880 402.5 17 25 0           # centre x, centre y, width, height in page pixels, angle in degrees

Numbers of rows are those of the starting boxes, which are stored beside the log and never change, so a log means the
same for ever, whatever later weights find. Angles are clockwise, as in `notation.boxes`, and may be left out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import ConfigurationError, FormatError
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

Kind: TypeAlias = Literal["delete", "rename", "move", "add"]
KINDS: tuple[Kind, ...] = ("delete", "rename", "move", "add")

#: Boxes of one class that overlap by more are one symbol entered twice; heads of a cluster overlap by less.
_SAME_IOU = 0.8


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a log.

    Attributes:
        kind: what is done.
        row: the starting box that it is done to, -1 for `add`.
        name: the class of `rename` and `add`, else "".
        box: (5,) of `move` and `add`: cx, cy, width, height in px, angle in radians; else empty.
        comment: what the corrector remarked.
        line: number in the file, from 1, for messages.
    """

    kind: Kind
    row: int = -1
    name: str = ""
    box: tuple[float, ...] = field(default=())
    comment: str = ""
    line: int = 0


def parse_log(text: str) -> list[Operation]:
    """Return the operations of a log; raises `FormatError` that names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words, _, comment = line.partition("#")
        if words.split():
            found.append(_operation(words.split(), comment.strip(), number))
    return found


def format_operation(one: Operation) -> str:
    """Return the line of an operation, px to a tenth and angles to a tenth of a degree."""
    words: list[str] = [one.kind]
    words += [str(one.row)] if one.kind != "add" else []
    words += [one.name] if one.name else []
    if one.box:
        words += [f"{value:.1f}".removesuffix(".0") for value in (*one.box[:4], math.degrees(one.box[4]))]
    text = " ".join(words)
    return f"{text}  # {one.comment}" if one.comment else text


def replay(start: Symbols, operations: Sequence[Operation]) -> Symbols:
    """Return the truth: the starting boxes after all operations, with scores of 1.

    Raises:
        FormatError: an operation names a row that is not there or is gone, or adds or moves a box off the page or onto
            an equal one.
    """
    names, boxes = list(start.names), start.boxes.copy()
    alive = np.ones(len(start), bool)
    added = [one for one in operations if one.kind == "add"]
    for one in operations:
        _check(one, start, alive)
        match one.kind:
            case "delete":
                alive[one.row] = False
            case "rename":
                names[one.row] = one.name
            case "move":
                boxes[one.row] = one.box
    kept = np.flatnonzero(alive).tolist()
    result, _ = Symbols.of(
        np.concatenate([boxes[kept], np.array([one.box for one in added]).reshape(-1, 5)]),
        [vocabulary().id_of(name) for name in [*(names[row] for row in kept), *(one.name for one in added)]],
        width_px=start.width_px,
        height_px=start.height_px,
    )
    _check_doubles(result)
    return result


def current_rows(start: Symbols, operations: Sequence[Operation]) -> list[tuple[str, str, FloatArray]]:
    """Return (reference, class, box (5,)) of all that stands: "12" for a starting row, "a3" for the third addition."""
    rows = {str(row): (name, start.boxes[row]) for row, name in enumerate(start.names)}
    added = 0
    for one in operations:
        match one.kind:
            case "delete":
                rows.pop(str(one.row), None)
            case "rename":
                rows[str(one.row)] = (one.name, rows[str(one.row)][1])
            case "move":
                rows[str(one.row)] = (rows[str(one.row)][0], np.array(one.box))
            case "add":
                added += 1
                rows[f"a{added}"] = (one.name, np.array(one.box))
    return [(reference, name, box) for reference, (name, box) in rows.items()]


def count_kinds(operations: Iterable[Operation]) -> dict[Kind, int]:
    """Return how many operations of each kind a log holds."""
    counts = Counter(one.kind for one in operations)
    return {kind: counts[kind] for kind in KINDS}


def _operation(words: Sequence[str], comment: str, line: int) -> Operation:
    match words:
        case ["delete", row]:
            return Operation("delete", _row(row, line), comment=comment, line=line)
        case ["rename", row, name]:
            return Operation("rename", _row(row, line), _name(name, line), comment=comment, line=line)
        case ["move", row, *numbers] if len(numbers) in (4, 5):
            return Operation("move", _row(row, line), box=_box(numbers, line), comment=comment, line=line)
        case ["add", name, *numbers] if len(numbers) in (4, 5):
            return Operation("add", name=_name(name, line), box=_box(numbers, line), comment=comment, line=line)
    raise FormatError(
        f"line {line}: expected delete ROW, rename ROW CLASS, move ROW X Y W H [ANGLE] or add CLASS X Y W H [ANGLE], "
        f"got {' '.join(words)!r}"
    )


def _row(word: str, line: int) -> int:
    if not word.isdecimal():
        raise FormatError(f"line {line}: expected the number of a starting row, got {word!r}")
    return int(word)


def _name(word: str, line: int) -> str:
    try:
        vocabulary().id_of(word)
    except ConfigurationError as error:
        raise FormatError(f"line {line}: {error}") from error
    return word


def _box(words: Sequence[str], line: int) -> tuple[float, ...]:
    try:
        numbers = [float(word) for word in words]
        row = [*numbers[:4], math.radians(numbers[4]) if len(numbers) == 5 else 0.0]
        return tuple(geometry.as_boxes([row])[0].tolist())
    except ValueError as error:
        raise FormatError(f"line {line}: expected a box, X Y W H [ANGLE]: {error}") from error


def _check(one: Operation, start: Symbols, alive: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    if one.kind != "add":
        if one.row >= len(start):
            raise FormatError(f"line {one.line}: there is no starting row {one.row}, the last is {len(start) - 1}")
        if not alive[one.row]:
            raise FormatError(f"line {one.line}: row {one.row} was deleted above")
    if one.box:
        x, y, width, height, _ = one.box
        if not (0 <= x <= start.width_px and 0 <= y <= start.height_px) or min(width, height) <= 0:
            raise FormatError(f"line {one.line}: the box lies off the page or has no area")


def _check_doubles(symbols: Symbols) -> None:
    i, j, overlap = geometry.overlapping_pairs(symbols.boxes, symbols.boxes)
    twice = (i < j) & (overlap > _SAME_IOU) & (symbols.class_ids[i] == symbols.class_ids[j])
    if twice.any():
        first = int(i[twice][0])
        x, y = symbols.boxes[first, :2].round().tolist()
        raise FormatError(f"two boxes of one {symbols.names[first]} at {x:g}, {y:g}")
