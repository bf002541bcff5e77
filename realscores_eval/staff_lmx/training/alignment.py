"""Where the words of a strip stand, after what the model says of its slots: the likeliest path through the scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realscores_eval.staff_lmx.decoding import BLANK

_NEVER = np.float32(-1e30)


def slots_of_words(
    log_odds: NDArray[np.float32],
    slots: NDArray[np.int64],
    words: NDArray[np.int64],
    counts: NDArray[np.int64],
    leaning: NDArray[np.float32] | None = None,
) -> NDArray[np.int64]:
    """Return the slot of each word on the likeliest path, int64 (N, S); -1 where there is none.

    A word that the path holds over several slots stands where it is likeliest.

    Args:
        log_odds: float32 (N, T, symbols), log probabilities, blank first.
        slots: int64 (N,), slots of each strip.
        words: int64 (N, S), symbols of the words, padded with blanks.
        counts: int64 (N,), words of each strip.
        leaning: float32 (N, T, S), added to the scores of words: where they are expected.

    Source: Graves et al., "Connectionist Temporal Classification" (2006), with maxima in the place of sums.
    """
    states = np.full((len(words), 2 * words.shape[1] + 1), BLANK)
    states[:, 1::2] = words
    scores = np.take_along_axis(log_odds, np.broadcast_to(states[:, None], (*log_odds.shape[:2], states.shape[1])), 2)
    if leaning is not None:
        scores[:, :, 1::2] += leaning
    steps = _steps(scores, _may_skip(states), slots)
    return _walk_back(steps, scores, slots, counts)


def _may_skip(states: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each state whether the blank before it may be passed over: before a word that differs from the last."""
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    return skips


def _steps(
    scores: NDArray[np.float32], skips: NDArray[np.bool_], slots: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return how many states back the best path to each state of each slot came from, and the scores at the end."""
    count, length, width = scores.shape
    back = np.zeros((count, length, width), np.int8)
    best = np.full((count, width), _NEVER)
    best[:, :2] = scores[:, 0, :2]
    final = best.copy()
    barred = np.where(skips, np.float32(0), _NEVER)
    options = np.full((3, count, width), _NEVER)
    for slot in range(1, length):
        options[0] = best
        options[1, :, 1:] = best[:, :-1]
        options[2, :, 2:] = best[:, :-2] + barred[:, 2:]
        back[:, slot] = options.argmax(0)
        best = options.max(0) + scores[:, slot]
        final = np.where((slots > slot)[:, None], best, final)
    return back, final


def _walk_back(
    steps: tuple[NDArray[np.int8], NDArray[np.float32]],
    scores: NDArray[np.float32],
    slots: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.int64]:
    back, final = steps
    rows = np.arange(len(counts))
    last_word = np.maximum(2 * counts - 1, 0)
    state = np.where(final[rows, 2 * counts] > final[rows, last_word], 2 * counts, last_word)
    possible = (final[rows, state] > _NEVER / 2) & (counts > 0)
    found = np.full((len(counts), (back.shape[2] - 1) // 2), -1)
    peaks = np.full(found.shape, _NEVER)
    for slot in range(back.shape[1] - 1, -1, -1):
        word = state // 2
        here = (slot < slots) & (state % 2 == 1) & possible
        score = scores[rows, slot, state]
        better = rows[here & (score > peaks[rows, np.minimum(word, found.shape[1] - 1)])]
        found[better, word[better]] = slot
        peaks[better, word[better]] = score[better]
        state = np.where(slot < slots, state - back[rows, slot, state], state)
    return found
