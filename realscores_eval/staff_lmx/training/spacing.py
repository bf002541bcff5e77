"""Where words may stand in their measure, by the rules of spacing: a first guess until the model finds them itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realscores_eval.staff_lmx.alphabet import FIELDS, SYMBOLS
from realscores_eval.staff_lmx.decoding import SLOT_PX
from realscores_eval.staff_lmx.staff_strip import SPACE_PX

#: Room of a column by the value of its notes, in no unit: it grows with the root of the value.
_ROOM = {
    "whole": 4.2,
    "half": 3.2,
    "quarter": 2.5,
    "eighth": 2.0,
    "16th": 1.7,
    "32nd": 1.5,
    "measure": 5.0,
    "breve": 5.0,
}
_LITTLE_ROOM = 1.3
#: Width of signs, in staff spaces; of a key, that of each of its signs.
_SIGN_SP = {"clef": 3.2, "time": 2.8, "key": 1.0}
#: From the beginning of a column's room to the middle of its heads.
_HEAD_SP = 0.9
_COLUMN = 1 + tuple(FIELDS).index("column")
_SAME = FIELDS["column"].index("same")


def expected_px(words: NDArray[np.int16], left_px: float, right_px: float) -> NDArray[np.float32]:
    """Return a guess at the middle of each word of a measure, px.

    Args:
        words: int16 (S, 1 + fields), see `alphabet.numbers_of`; the last one is the barline.
        left_px, right_px: where the measure begins and ends.
    """
    places = np.full(len(words), right_px, np.float32)
    rooms = [_room(word) for word in words]
    signs = sum(room for room, fixed in rooms if fixed) * SPACE_PX
    free = sum(room for (room, fixed), word in zip(rooms, words, strict=True) if not fixed and word[_COLUMN] != _SAME)
    scale = max(right_px - left_px - signs, 0.0) / max(free, 1e-6)
    x = middle = left_px
    for at, (word, (room, fixed)) in enumerate(zip(words[:-1], rooms[:-1], strict=True)):
        if word[_COLUMN] != _SAME or at == 0:
            width = room * SPACE_PX if fixed else room * scale
            middle = x + (width / 2 if fixed or _fills_bar(word) else min(_HEAD_SP * SPACE_PX, width / 2))
            x += width
        places[at] = middle
    return places


def _room(word: NDArray[np.int16]) -> tuple[float, bool]:
    """Return the room of a word and whether it is fixed, in spaces, or a share of what is free."""
    kind, _, name = SYMBOLS[max(int(word[0]), 1) - 1].partition(":")
    if kind in _SIGN_SP:
        return _SIGN_SP[kind] * (abs(int(name)) if kind == "key" else 1), True
    return _ROOM.get(FIELDS["value"][word[1]], _LITTLE_ROOM) if kind != "bar" else 0.0, False


def _fills_bar(word: NDArray[np.int16]) -> bool:
    return bool(FIELDS["value"][word[1]] == "measure")


def nearness(expected: NDArray[np.float32], slots: int, spread_sp: float = 1.5) -> NDArray[np.float32]:
    """Return how near each slot is to where each word is expected, as log odds, float32 (N, slots, S)."""
    away = (np.arange(slots, dtype=np.float32)[None, :, None] + 0.5) * SLOT_PX - expected[:, None, :]
    return -0.5 * (away / (spread_sp * SPACE_PX)) ** 2
