"""A comparison of detectors printed: one table of all detectors on all sets, upright boxes, named classes; JSON."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from realscores_eval.average_precision import Evaluation
from realscores_eval.detector_comparison import Ranking, Trial, matching, mean_ap
from realscores_eval.tables import FEW_INSTANCES, Cell, Table
from realscores_eval.three_lines_report import evaluation_document

SCHEMA, VERSION = "detect-score/detectors", 1
_LEVELS = (0.25, 0.5)


def report(ranking: Ranking, patterns: Sequence[str], *, markdown: bool = False) -> str:
    """Return everything as one text; `patterns` name the classes that have columns of their own."""
    first = ranking.trials[0].evaluations[0].shape
    tables = [(f"Detectors, {first} boxes", _words(ranking), detector_table(ranking))]
    words = f"Mean over the classes of a pattern with at least {FEW_INSTANCES} true symbols; their number beside it."
    tables.append(("Named classes", words, class_table(ranking, patterns)))
    if len(ranking.trials[0].evaluations) > 1:
        tables.append(("Upright boxes", "The same means, over upright boxes.", upright_table(ranking)))
    if ranking.failures:
        lost = Table(["pages", "detector", "page", "cause"], [list(one) for one in ranking.failures])
        tables.append(("Complete misses", "The detector failed on these pages.", lost))
    head = "## " if markdown else ""
    shown = ((title, words, one.markdown() if markdown else one.text()) for title, words, one in tables)
    return "\n\n".join(f"{head}{title}\n\n{words}\n\n{text}" for title, words, text in shown)


def detector_table(ranking: Ranking) -> Table:
    """Return one row for each detector on each set: AP, time a page, size and training of the model."""
    table = Table(["pages", "detector", *_HEAD, "missed", "s a page", "CPU s", "MB", "minutes", "steps"])
    for one in ranking.trials:
        first, entrant = one.evaluations[0], one.entrant
        size = None if entrant.megabytes is None else f"{entrant.megabytes:.1f}"
        trained: list[Cell] = [None, None]
        if entrant.training is not None:
            trained = [f"{entrant.training.minutes:.0f}", entrant.training.steps]
        paces = [f"{statistics.median(times):.2f}" if times else None for times in (one.seconds, one.cpu_seconds)]
        means = _means(ranking, one, first)
        table.rows.append([one.test_set, entrant.name, *means, len(first.failures), *paces, size, *trained])
    return table


def upright_table(ranking: Ranking) -> Table:
    """Return AP of upright boxes, which is what detectors without angles were published with."""
    table = Table(["pages", "detector", *_HEAD])
    for one in ranking.trials:
        for upright in one.evaluations[1:]:
            table.rows.append([one.test_set, one.entrant.name, *_means(ranking, one, upright)])
    return table


def class_table(ranking: Ranking, patterns: Sequence[str]) -> Table:
    """Return AP of the classes that each pattern names, for every kind of box."""
    table = Table(["pages", "detector", "boxes", *(cell for one in patterns for cell in (f"{one} AP25", "AP50", "n"))])
    for one in ranking.trials:
        for evaluation in one.evaluations:
            row: list[Cell] = [one.test_set, one.entrant.name, evaluation.shape]
            for pattern in patterns:
                row += _named(evaluation, pattern)
            table.rows.append(row)
    return table


def document(ranking: Ranking) -> dict[str, Any]:
    """Return every figure as a JSON value."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "common_classes": sorted(ranking.common),
        "trials": [_trial(ranking, one) for one in ranking.trials],
    }


_HEAD = ("common AP25", "common AP50", "n", "own AP25", "own AP50", "n own")


def _means(ranking: Ranking, trial: Trial, evaluation: Evaluation) -> list[Cell]:
    """Return AP at both levels and the number of classes, over common classes and over the detector's own."""
    cells: list[Cell] = []
    for names in (ranking.common, ranking.known(trial.entrant.name)):
        means = [mean_ap(evaluation, names, level) for level in _LEVELS]
        cells += [*(value for value, _ in means), means[0][1]]
    return cells


def _named(evaluation: Evaluation, pattern: str) -> list[Cell]:
    means = [mean_ap(evaluation, matching(evaluation, pattern), level) for level in _LEVELS]
    return [*(value for value, _ in means), means[0][1]]


def _words(ranking: Ranking) -> str:
    knows = {one.entrant.name: len(ranking.known(one.entrant.name)) for one in ranking.trials}
    listed = ", ".join(f"{name} {count}" for name, count in knows.items())
    return (
        f"Standard AP at 0.25 and 0.5, mean over the classes with at least {FEW_INSTANCES} true symbols: those that "
        f"all know (common, {len(ranking.common)} classes) and those that the detector knows (own; {listed}); n counts "
        "them. Seconds are medians over the pages, CPU without programs that a detector starts; minutes and steps of "
        "training are what the model file says."
    )


def _trial(ranking: Ranking, trial: Trial) -> dict[str, Any]:
    training = trial.entrant.training
    return {
        "pages": trial.test_set,
        "detector": trial.entrant.name,
        "knows": sorted(ranking.known(trial.entrant.name)),
        "megabytes": trial.entrant.megabytes,
        "training": None if training is None else {"minutes": training.minutes, "steps": training.steps},
        "seconds": list(trial.seconds),
        "cpu_seconds": list(trial.cpu_seconds),
        "average_precision": [evaluation_document(one) for one in trial.evaluations],
    }
