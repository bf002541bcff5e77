"""From the scores of slots to words: the best symbol of each slot, repeats and blanks left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realscores_eval.staff_lmx.alphabet import field_slices, word_of
from realscores_eval.staff_lmx.words import Word

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
            words.append(word_of(int(best[start]), [int(fields[slot, one].argmax()) for one in field_slices()]))
        start = end
    return words
