"""What is wrong with each detection, and which true symbols are missed: the six kinds of TIDE, for oriented boxes.

A detection that takes no true symbol of its class is exactly one of these, tried in this order:

====================  ==========================================================================================
localisation          its best overlap with its own class lies between FLOOR and the threshold
class                 it overlaps a symbol of another class by the threshold or more
duplicate             it overlaps a symbol of its own class by the threshold or more, which a better one has taken
background            it overlaps nothing by more than FLOOR
class and place       all else: between FLOOR and the threshold, and of another class
====================  ==========================================================================================

A true symbol is *missed* when no detection takes it and no localisation or class error points at it.
Source: Bolya et al. 2020, A General Toolbox for Identifying Object Detection Errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from notation.boxes import IntArray
from notation.symbols import Symbols
from realscores_eval.matching import (
    BoolArray,
    Pairs,
    Shape,
    all_pairs,
    best_partners,
    class_pairs,
    reaches,
    truth_taken,
)
from realscores_eval.scored_page import ScoredPage

ErrorKind: TypeAlias = Literal["class", "localisation", "class and place", "duplicate", "background", "missed"]

#: In the order of the tables; the first five are errors of detections.
KINDS: tuple[ErrorKind, ...] = ("class", "localisation", "class and place", "duplicate", "background", "missed")
CLASS, LOCALISATION, BOTH, DUPLICATE, BACKGROUND = range(5)
RIGHT = -1
#: Overlap up to which a detection shares nothing with a symbol (the paper's background threshold).
FLOOR = 0.1


@dataclass(frozen=True)
class PageErrors:
    """The errors of one page at one threshold.

    Attributes:
        kinds: int64 (N,), number in `KINDS` of each detection, `RIGHT` for hits.
        truth: int64 (N,), row of the true symbol that a detection takes, or that its error points at; -1 for none.
        taken: bool (M,), which true symbols are taken.
        missed: bool (M,), which true symbols are missed.
    """

    kinds: IntArray
    truth: IntArray
    taken: BoolArray
    missed: BoolArray


def page_errors(page: ScoredPage, shape: Shape = "oriented", threshold: float = 0.5) -> PageErrors:
    """Tell the errors of a page apart; on a page where the detector failed, everything is missed."""
    found = page.found if page.found is not None else Symbols.empty(page.truth.width_px, page.truth.height_px)
    takes = truth_taken(class_pairs(page.truth, found, shape, "standard"), found.scores, threshold)
    kinds, aims = _kinds(takes, all_pairs(page.truth, found, shape), page.truth, found, threshold)
    taken, pointed_at = np.zeros(len(page.truth), bool), np.zeros(len(page.truth), bool)
    taken[takes[takes >= 0]] = True
    pointed_at[aims[(kinds == CLASS) | (kinds == LOCALISATION)]] = True
    return PageErrors(kinds, np.where(kinds == RIGHT, takes, aims), taken, ~taken & ~pointed_at)


def _kinds(
    takes: IntArray, pairs: Pairs, truth: Symbols, found: Symbols, threshold: float
) -> tuple[IntArray, IntArray]:
    """Return the kind of each detection and the true symbol that its error points at."""
    same = found.class_ids[pairs.found] == truth.class_ids[pairs.truth]
    own_overlap, own = best_partners(pairs.where(same), len(found))
    other_overlap, other = best_partners(pairs.where(~same), len(found))
    any_overlap, nearest = best_partners(pairs, len(found))
    rules = [  # in the order of precedence
        (RIGHT, takes >= 0, takes),
        (LOCALISATION, (own_overlap > FLOOR) & ~reaches(own_overlap, threshold), own),
        (CLASS, reaches(other_overlap, threshold), other),
        (DUPLICATE, reaches(own_overlap, threshold), own),
        (BACKGROUND, any_overlap <= FLOOR, np.full(len(found), -1)),
    ]
    conditions = [condition for _, condition, _ in rules]
    kinds = np.select(conditions, [np.full(len(found), kind) for kind, _, _ in rules], BOTH)
    aims = np.select(conditions, [aim for _, _, aim in rules], nearest)
    return kinds.astype(np.int64), aims.astype(np.int64)
