"""From the scores of slots to words: the best symbol of each slot, repeats and blanks left out."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from realscores_eval.lmx.unsaid import flag_count
from realscores_eval.staff_lmx.alphabet import FIELDS, SYMBOLS, field_slices, word_of
from realscores_eval.staff_lmx.words import REST, Word

#: Columns of a strip that one slot stands for: a quarter of a staff space.
SLOT_PX = 2
BLANK = 0


def words_read(symbols: NDArray[np.float32], fields: NDArray[np.float32]) -> list[Word]:
    """Return the words of a strip.

    Args:
        symbols: float32 (slots, 1 + symbols), scores, blank first.
        fields: float32 (slots, values of all fields), scores.
    """
    best = symbols.argmax(1)
    lead = symbols.max(1) - np.logaddexp.reduce(symbols, axis=1)  # log probability of the best symbol
    words: list[Word] = []
    start = 0
    for end in range(1, len(best) + 1):
        if end < len(best) and best[end] == best[start]:
            continue
        if best[start] != BLANK:
            slot = start + int(lead[start:end].argmax())
            words.append(word_of(int(best[start]), _agreed(fields[slot], SYMBOLS[best[start] - 1] == REST)))
        start = end
    return words


def _agreed(scores: NDArray[np.float32], is_rest: bool) -> list[int]:
    """Return the best value of each field; of value and beams the best pair that has as many flags as beams."""
    rows = {name: scores[one] for name, one in zip(FIELDS, field_slices(), strict=True)}
    best = {name: int(row.argmax()) for name, row in rows.items()}
    values, beams = (rows[name] - np.logaddexp.reduce(rows[name]) for name in ("value", "beams"))
    pairs = np.where(_possible(is_rest), values[:, None] + beams[None], -np.inf)
    best["value"], best["beams"] = (int(one) for one in np.unravel_index(pairs.argmax(), pairs.shape))
    return list(best.values())


@cache
def _possible(is_rest: bool) -> NDArray[np.bool_]:
    """Tell which values go with which beams; a rest that fills its bar is no head."""
    table = [[not beams or flag_count(value) == len(beams) for beams in FIELDS["beams"]] for value in FIELDS["value"]]
    out = np.array(table)
    if not is_rest:
        out[FIELDS["value"].index("measure")] = False
    return out
