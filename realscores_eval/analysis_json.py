"""An analysis as a JSON value."""

from __future__ import annotations

import math
from typing import Any

from realscores_eval.analysis import Analysis
from realscores_eval.bootstrap import HEADLINES, Interval, Resampled
from realscores_eval.error_breakdown import ErrorBreakdown
from realscores_eval.three_lines_report import evaluation_document

#: Schema of the JSON document.
SCHEMA, VERSION = "detect-score/symbols", 1


def document(analysis: Analysis) -> dict[str, Any]:
    """Return every figure; nan becomes null."""
    faults = analysis.confusion
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "pages": list(analysis.page_names),
        "average_precision": [evaluation_document(one) for one in analysis.evaluations],
        "intervals": [_intervals(one) for one in analysis.resampled],
        "errors": [_errors(one) for one in analysis.breakdowns],
        "confusion": {
            "least_score": faults.least_score,
            "overlap": faults.threshold,
            "right": dict(faults.right),
            "missed": dict(faults.of_kind("missed")),
            "false": dict(faults.of_kind("false")),
            "pairs": [[true, found, times] for (true, found), times in sorted(faults.pairs.items())],
        },
    }


def _intervals(resampled: Resampled) -> dict[str, Any]:
    one = resampled.evaluation
    names = {0.25: "AP25", 0.5: "AP50"}
    return {
        "mode": one.mode,
        "boxes": one.shape,
        "resamples": resampled.count,
        "seed": resampled.seed,
        "mean": {names[level]: _ends(resampled.of_mean(level)) for level in HEADLINES},
        "classes": {
            row.name: {names[level]: _ends(resampled.of_class(row.name, level)) for level in HEADLINES}
            for row in one.classes
        },
    }


def _ends(interval: Interval) -> list[float] | None:
    return None if math.isnan(interval.low) else [interval.low, interval.high]


def _errors(breakdown: ErrorBreakdown) -> dict[str, Any]:
    known = not math.isnan(breakdown.ap)
    return {
        "overlap": breakdown.threshold,
        "AP": breakdown.ap if known else None,
        "counts": dict(breakdown.counts),
        "dAP": dict(breakdown.gains) if known else None,
        "dAP_false": breakdown.false_gain if known else None,
        "dAP_lost": breakdown.lost_gain if known else None,
        "classes": {name: dict(counts) for name, counts in breakdown.class_counts.items()},
    }
