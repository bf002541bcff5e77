"""`Analysis`: all that is said about a detector on a set of pages, from one matching of each page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from realscores_eval.average_precision import Evaluation
from realscores_eval.bootstrap import RESAMPLES, Resampled, resample
from realscores_eval.error_breakdown import ErrorBreakdown, error_breakdown
from realscores_eval.faults import Confusion, Fault, best_score, confusion
from realscores_eval.matching import Shape
from realscores_eval.scored_page import ScoredPage

#: Overlaps at which errors are told apart: the one of the RealScores paper and the usual one.
OVERLAPS = (0.25, 0.5)


@dataclass(frozen=True)
class Analysis:
    """What was measured.

    Attributes:
        evaluations: AP by kind of box and mode.
        resampled: their spread over resampled pages; empty when none was asked for.
        breakdowns: the kinds of errors at `OVERLAPS`.
        confusion: hits and faults at one score.
        page_names: by the page numbers of the faults.
        shape: the kind of box of the breakdowns and of the confusion.
    """

    evaluations: tuple[Evaluation, ...]
    resampled: tuple[Resampled, ...]
    breakdowns: tuple[ErrorBreakdown, ...]
    confusion: Confusion
    page_names: tuple[str, ...]
    shape: Shape


def analyse(
    evaluations: Sequence[Evaluation],
    pages: Sequence[ScoredPage],
    *,
    shape: Shape = "oriented",
    resamples: int = RESAMPLES,
    seed: int = 0,
    least_score: float | None = None,
    overlap: float = 0.5,
) -> Analysis:
    """Analyse detections.

    Arguments:
        evaluations: of these pages, one of them `shape`, standard.
        pages: truth and detections as `shape`, standard counts them.
        resamples: of the bootstrap; 0 for none.
        least_score: where hits and faults are counted; None for the score of the best F1.
        overlap: from which hits count in the confusion.

    Raises:
        ValueError: no evaluation is `shape`, standard.
    """
    plain = [one for one in evaluations if (one.shape, one.mode, one.widen_sp) == (shape, "standard", 0.0)]
    if not plain:
        raise ValueError(f"expected an evaluation of {shape} boxes in standard mode")
    score = best_score(plain[0].pool, overlap) if least_score is None else least_score
    return Analysis(
        evaluations=tuple(evaluations),
        resampled=tuple(resample(one, resamples=resamples, seed=seed) for one in evaluations if resamples),
        breakdowns=tuple(error_breakdown(pages, shape=shape, threshold=one) for one in OVERLAPS),
        confusion=confusion(pages, score, shape=shape, threshold=overlap),
        page_names=tuple(page.name for page in pages),
        shape=shape,
    )


def renamed(analysis: Analysis, shown: Callable[[str], str]) -> Analysis:
    """Return an analysis whose classes have other names, for class sets that join several classes of ours."""
    resampled = tuple(replace(one, evaluation=_evaluation(one.evaluation, shown)) for one in analysis.resampled)
    return replace(
        analysis,
        evaluations=tuple(_evaluation(one, shown) for one in analysis.evaluations),
        resampled=resampled,
        breakdowns=tuple(_breakdown(one, shown) for one in analysis.breakdowns),
        confusion=_confusion(analysis.confusion, shown),
    )


def _evaluation(evaluation: Evaluation, shown: Callable[[str], str]) -> Evaluation:
    return replace(evaluation, classes=tuple(replace(one, name=shown(one.name)) for one in evaluation.classes))


def _breakdown(breakdown: ErrorBreakdown, shown: Callable[[str], str]) -> ErrorBreakdown:
    return replace(
        breakdown,
        class_counts={shown(name): one for name, one in breakdown.class_counts.items()},
        class_gains={shown(name): one for name, one in breakdown.class_gains.items()},
    )


def _confusion(confusion: Confusion, shown: Callable[[str], str]) -> Confusion:
    def fault(one: Fault) -> Fault:
        true_name, found_name = (None if name is None else shown(name) for name in (one.true_name, one.found_name))
        near = None if one.near is None else replace(one.near, name=shown(one.near.name))
        return replace(one, true_name=true_name, found_name=found_name, near=near)

    right = Counter({shown(name): count for name, count in confusion.right.items()})
    return replace(confusion, right=right, faults=tuple(fault(one) for one in confusion.faults))
