"""The numbers of words: what the model can say of the place of a sign, and of each of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from realscores_eval.staff_lmx.words import BAR, HEAD, REST, Word

#: Heads further out than this do not fit into a strip.
_FARTHEST = 17
_CLEFS = (
    "G2", "F4", "C3", "C4", "C1", "C2", "C5", "G1", "F3", "F5", "percussion", "G2:-1", "G2:1", "G2:-2", "G2:2",
    "F4:-1", "F4:1",
)  # fmt: skip
_TIMES = (
    "common", "cut", "4/4", "3/4", "2/4", "6/8", "3/8", "9/8", "12/8", "2/2", "3/2", "4/2", "6/4", "5/4", "1/4", "9/4",
    "7/4", "8/4", "12/4", "5/8", "7/8", "2/8", "4/8", "8/8", "10/8", "6/2", "2/1", "3/16", "6/16", "9/16", "12/16",
    "4/16", "24/16",
)  # fmt: skip
#: What stands at a place; the blank of connectionist temporal classification comes before, as number 0.
SYMBOLS: tuple[str, ...] = (
    BAR,
    REST,
    *(f"{HEAD}:{position}" for position in range(-_FARTHEST, _FARTHEST + 1)),
    *(f"clef:{one}" for one in _CLEFS),
    *(f"key:{fifths}" for fifths in range(-7, 8)),
    *(f"time:{one}" for one in _TIMES),
)
#: What is said of heads and rests. Combinations are whole values: those that were counted in 900 lines of music.
FIELDS: dict[str, tuple[str, ...]] = {
    "value": (
        "quarter", "eighth", "16th", "half", "32nd", "whole", "measure", "64th", "128th", "breve", "256th", "long",
    ),
    "dots": ("0", "1", "2"),
    "ratio": ("", "3in2", "6in4", "5in4", "7in4", "2in3", "4in3", "9in8", "7in8", "5in6", "8in6", "4in6", "12in8"),
    "voice": ("1", "2", "3", "4"),
    "column": ("new", "same"),
    "accidental": ("", "natural", "sharp", "flat", "double-sharp", "flat-flat"),
    "stem": ("", "up", "down"),
    "beams": (
        "", "b", "e", "c", "cc", "ee", "bb", "cb", "ce", "ek", "bf", "ccc", "bbb", "eee", "cee", "cbb", "ccb", "cce",
        "cf", "ck", "cccc", "bbbb", "eeee", "cccb", "ccce", "ccbb", "ccee", "eek", "bbf", "ekk", "bff", "cef", "cck",
    ),
    "tied": ("", "start", "stop", "stop start"),
    "tuplet": ("", "start", "stop"),
    "slur": ("", "stop", "start", "stop start", "start start", "stop stop"),
    "marks": (
        "", "staccato", "accent", "fermata", "tenuto", "strong-accent", "arpeggiate", "trill-mark", "tremolo:single",
        "staccato accent", "staccato tenuto", "tremolo:start", "tremolo:stop", "accent tenuto",
    ),
    "grace": ("", "grace", "slash"),
}  # fmt: skip
#: Stands for what the model cannot say.
UNKNOWN = -1


@cache
def _numbers(name: str) -> dict[str, int]:
    values = SYMBOLS if name == "symbol" else FIELDS[name]
    return {value: number for number, value in enumerate(values)}


def numbers_of(word: Word) -> NDArray[np.int64]:
    """Return int64 (1 + fields,): the symbol's number from 1 and those of the fields, `UNKNOWN` where there is none."""
    symbol = _numbers("symbol").get(word.symbol, UNKNOWN - 1) + 1
    told = word.kind in (HEAD, REST)
    fields = [_numbers(name).get(getattr(word, name), UNKNOWN) if told else UNKNOWN for name in FIELDS]
    return np.array([symbol, *fields], dtype=np.int64)


def word_of(symbol: int, fields: Sequence[int]) -> Word:
    """Return the word of a symbol's number, from 1, and of the numbers of its fields."""
    name = SYMBOLS[symbol - 1]
    if name.partition(":")[0] not in (HEAD, REST):
        return Word(name)
    said = {field: values[number] for (field, values), number in zip(FIELDS.items(), fields, strict=True)}
    return Word(name, **said)


@cache
def field_slices() -> tuple[slice, ...]:
    """Return where the scores of each field lie in a row of all fields."""
    ends = np.cumsum([len(values) for values in FIELDS.values()]).tolist()
    return tuple(slice(end - len(values), end) for end, values in zip(ends, FIELDS.values(), strict=True))
