"""The signs of one key signature to its number of sharps or flats, with signs lost, doubled or out of place."""

from __future__ import annotations

from collections.abc import Sequence

from notation.score import STEPS

SHARP_ORDER = "FCGDAEB"
FLAT_ORDER = "BEADGCF"

#: What a sign that the signature lacks, and one too many, costs, both for signs that were surely found.
LOST_SIGN = 0.8
EXTRA_SIGN = 1.0
#: What a staff position off costs, and what it costs at most: boxes jitter by 0.6, neighbours are 3 apart or more.
OFF_STEP = 0.3
OFF_MOST = 1.5


def fit_key(heights: Sequence[float], scores: Sequence[float], sharps: bool) -> int:
    """The key whose signs agree best with what was found, fifths; the fewer signs in doubt.

    Args:
        heights: steps above C that the signs stand for under their clef, not rounded, left to right.
        scores: how sure the detector is of each.
        sharps: sharps or flats.
    """
    steps = [STEPS.index(step) for step in (SHARP_ORDER if sharps else FLAT_ORDER)]
    costs = [_alignment(heights, scores, steps[:count]) for count in range(1, 8)]
    count = 1 + min(range(7), key=lambda index: costs[index])
    return count if sharps else -count


def _alignment(heights: Sequence[float], scores: Sequence[float], steps: Sequence[int]) -> float:
    """Least cost of matching the signs found with those expected, both in order."""
    row = [LOST_SIGN * j for j in range(len(steps) + 1)]
    for height, score in zip(heights, scores, strict=True):
        after = [row[0] + EXTRA_SIGN * score]
        for j, step in enumerate(steps, start=1):
            matched = row[j - 1] + min(OFF_STEP * _off(height, step), OFF_MOST)
            after.append(min(matched, row[j] + EXTRA_SIGN * score, after[j - 1] + LOST_SIGN))
        row = after
    return row[-1]


def _off(height: float, step: int) -> float:
    """Steps from a height to the nearest octave of a step."""
    away = (height - step) % 7
    return min(away, 7 - away)
