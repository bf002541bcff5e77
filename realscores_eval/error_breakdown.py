"""How much AP each kind of error costs: AP gained when that kind alone is mended, and counts, over all pages.

Mending turns a class or localisation error into a hit on the symbol that it points at, or removes it where that symbol
is taken or a better detection points at it too; it removes detections of the other kinds; and it forgives missed
symbols. The gains do not add up to what is missing, since each is measured with all other errors in place.
A class whose true symbols are all forgiven counts as perfect unless false detections of it are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from notation.boxes import FloatArray, IntArray
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import average_precision
from realscores_eval.error_kinds import CLASS, KINDS, LOCALISATION, RIGHT, ErrorKind, page_errors
from realscores_eval.matching import BoolArray, Shape
from realscores_eval.scored_page import ScoredPage


@dataclass(frozen=True)
class ErrorBreakdown:
    """The errors of a detector at one overlap.

    Attributes:
        threshold: overlap from which a detection is right.
        ap: mean AP over the classes with truth (`standard`), as it is.
        counts: by kind.
        gains: by kind, mean AP with that kind mended, less `ap`; and the same with all false detections gone, and with
            all symbols that no detection takes forgiven.
        class_counts, class_gains: the same by class name: the class of the detection, or of the missed symbol.
    """

    threshold: float
    ap: float
    counts: Mapping[ErrorKind, int]
    gains: Mapping[ErrorKind, float]
    false_gain: float
    lost_gain: float
    class_counts: Mapping[str, Mapping[ErrorKind, int]]
    class_gains: Mapping[str, Mapping[ErrorKind, float]]


@dataclass(frozen=True)
class _Rows:
    """Detections of all pages as columns, and the number of true symbols of each class."""

    ids: IntArray
    scores: FloatArray
    right: BoolArray
    truth_counts: Mapping[int, int]

    def ap(self) -> dict[int, float]:
        """AP of every class with truth, also of those whose truth has been forgiven."""
        return {class_id: self._class_ap(class_id, count) for class_id, count in self.truth_counts.items()}

    def _class_ap(self, class_id: int, count: int) -> float:
        rows = self.ids == class_id
        if not count:
            return 0.0 if rows.any() else 1.0
        return average_precision(self.scores[rows], self.right[rows], count)


@dataclass(frozen=True)
class _Errors:
    """The errors of all pages as columns; true symbols are numbered through over the pages."""

    ids: IntArray
    scores: FloatArray
    kinds: IntArray
    truth: IntArray
    truth_ids: IntArray
    taken: BoolArray
    missed: BoolArray


def error_breakdown(
    pages: Sequence[ScoredPage], *, shape: Shape = "oriented", threshold: float = 0.5
) -> ErrorBreakdown:
    """Count and weigh the errors of a detector."""
    errors = _errors(pages, shape, threshold)
    before = _as_it_is(errors)
    ap = before.ap()
    mended = {kind: _mended(errors, before, number).ap() for number, kind in enumerate(KINDS)}
    no_false = _kept(before, before.right).ap()
    no_loss = _forgiven(before, errors.truth_ids[~errors.taken]).ap()
    return ErrorBreakdown(
        threshold=threshold,
        ap=_mean(ap),
        counts={kind: _count(errors, number) for number, kind in enumerate(KINDS)},
        gains={kind: _mean(after) - _mean(ap) for kind, after in mended.items()},
        false_gain=_mean(no_false) - _mean(ap),
        lost_gain=_mean(no_loss) - _mean(ap),
        class_counts=_class_counts(errors),
        class_gains={
            vocabulary().name_of(one): {kind: after[one] - was for kind, after in mended.items()}
            for one, was in ap.items()
        },
    )


def _errors(pages: Sequence[ScoredPage], shape: Shape, threshold: float) -> _Errors:
    each = [page_errors(page, shape, threshold) for page in pages]
    found = [page.found for page in pages if page.found is not None]
    none, no_mark = np.zeros(0, np.int64), np.zeros(0, bool)
    first_rows = np.cumsum([0, *(len(page.truth) for page in pages)])
    return _Errors(
        ids=np.concatenate([none, *(one.class_ids for one in found)]),
        scores=np.concatenate([np.zeros(0), *(one.scores for one in found)]),
        kinds=np.concatenate([none, *(one.kinds for one in each)]),
        truth=np.concatenate(
            [none, *(_numbered(one.truth, first) for one, first in zip(each, first_rows, strict=False))]
        ),
        truth_ids=np.concatenate([none, *(page.truth.class_ids for page in pages)]),
        taken=np.concatenate([no_mark, *(one.taken for one in each)]),
        missed=np.concatenate([no_mark, *(one.missed for one in each)]),
    )


def _numbered(rows: IntArray, first: int) -> IntArray:
    """Return rows of a page as rows over all pages; -1 stays."""
    return np.where(rows >= 0, rows + first, -1)


def _as_it_is(errors: _Errors) -> _Rows:
    return _Rows(errors.ids, errors.scores, errors.kinds == RIGHT, _counts(errors.truth_ids))


def _mended(errors: _Errors, before: _Rows, kind: int) -> _Rows:
    """Return the detections and truth with one kind of error mended."""
    if KINDS[kind] == "missed":
        return _forgiven(before, errors.truth_ids[errors.missed])
    wrong = errors.kinds == kind
    if kind not in (CLASS, LOCALISATION):
        return _kept(before, ~wrong)
    hits = _first_at_each(errors, wrong)
    ids = before.ids.copy()
    ids[hits] = errors.truth_ids[errors.truth[hits]]
    right = before.right.copy()
    right[hits] = True
    return _kept(_Rows(ids, before.scores, right, before.truth_counts), ~wrong | right)


def _first_at_each(errors: _Errors, wrong: BoolArray) -> IntArray:
    """Return the errors that can become hits: of those that point at one free true symbol, the most certain."""
    rows = np.flatnonzero(wrong)
    rows = rows[~errors.taken[errors.truth[rows]]]
    order = rows[np.argsort(-errors.scores[rows], kind="stable")]
    _, first = np.unique(errors.truth[order], return_index=True)
    return order[first].astype(np.int64)


def _kept(rows: _Rows, keep: BoolArray) -> _Rows:
    return _Rows(rows.ids[keep], rows.scores[keep], rows.right[keep], rows.truth_counts)


def _forgiven(rows: _Rows, lost_ids: IntArray) -> _Rows:
    lost = _counts(lost_ids)
    counts = {class_id: count - lost.get(class_id, 0) for class_id, count in rows.truth_counts.items()}
    return _Rows(rows.ids, rows.scores, rows.right, counts)


def _count(errors: _Errors, kind: int) -> int:
    return int(errors.missed.sum() if KINDS[kind] == "missed" else (errors.kinds == kind).sum())


def _class_counts(errors: _Errors) -> dict[str, dict[ErrorKind, int]]:
    by_kind = [_counts(errors.ids[errors.kinds == number]) for number in range(len(KINDS) - 1)]
    by_kind.append(_counts(errors.truth_ids[errors.missed]))
    ids = sorted({one for counts in by_kind for one in counts})
    return {
        vocabulary().name_of(one): {kind: by_kind[number].get(one, 0) for number, kind in enumerate(KINDS)}
        for one in ids
    }


def _counts(ids: IntArray) -> dict[int, int]:
    values, counts = np.unique(ids, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _mean(ap: Mapping[int, float]) -> float:
    return float(np.mean(list(ap.values()))) if ap else float("nan")
