"""Precision-recall curves and confusions as SVG pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from notation.boxes import FloatArray
from realscores_eval.average_precision import ClassScore, Evaluation
from realscores_eval.faults import Confusion
from realscores_eval.matching import BoolArray
from realscores_eval.svg import Canvas
from realscores_eval.tables import FEW_INSTANCES

#: Overlap and colour of the curves.
CURVES = ((0.25, "#1f77b4"), (0.5, "#d95f02"))
_COLUMNS, _PANEL_PX, _PLOT_PX, _MARGIN_PX = 5, (220.0, 200.0), (168.0, 130.0), (36.0, 40.0)
_CELL_PX, _LABELS_PX = 34.0, 190.0
_RIGHT, _WRONG = (44, 140, 80), (200, 60, 40)
_MISSED, _FALSE = "(missed)", "(false)"


def curve_classes(evaluation: Evaluation, common: int = 7, weak: int = 7) -> list[ClassScore]:
    """Return the most common classes, and of the others with enough instances those with the lowest AP at 0.5."""
    by_count = sorted(evaluation.classes, key=lambda one: (-one.truth_count, one.name))
    first = [one for one in by_count if one.truth_count][:common]
    rest = [one for one in by_count if one.truth_count >= FEW_INSTANCES and one not in first]
    return first + sorted(rest, key=lambda one: (one.at(0.5), one.name))[:weak]


def precision_recall_svg(evaluation: Evaluation, classes: Sequence[ClassScore]) -> str:
    """Return one panel for all symbols together and one for each class; precision upward, recall to the right."""
    pool = evaluation.pool
    ids = dict(zip((one.name for one in evaluation.classes), pool.class_ids, strict=True))
    panels: list[tuple[str, str, BoolArray, int]] = [
        ("all symbols together", f"n = {len(pool.truth_ids)}", np.ones(len(pool.scores), bool), len(pool.truth_ids))
    ]
    for one in classes:
        legend = f"AP {one.at(0.25):.3f} / {one.at(0.5):.3f}, n = {one.truth_count}"
        panels.append((one.name, legend, pool.found_ids == ids[one.name], one.truth_count))
    rows = -(-len(panels) // _COLUMNS)
    canvas = Canvas(_COLUMNS * _PANEL_PX[0] + 10, rows * _PANEL_PX[1] + 30)
    for k, (threshold, colour) in enumerate(CURVES):
        canvas.line([(12 + 130 * k, 14), (34 + 130 * k, 14)], colour, 3)
        canvas.words(40 + 130 * k, 18, f"overlap {threshold:g}", size=12)
    for number, (title, legend, kept, truth_count) in enumerate(panels):
        left = (number % _COLUMNS) * _PANEL_PX[0] + _MARGIN_PX[0]
        top = (number // _COLUMNS) * _PANEL_PX[1] + 26 + _MARGIN_PX[1]
        _frame(canvas, left, top, title, legend)
        for threshold, colour in CURVES:
            recall, precision = precision_recall(pool.scores[kept], pool.hits_at(threshold)[kept], truth_count)
            points = zip(left + recall * _PLOT_PX[0], top + (1 - precision) * _PLOT_PX[1], strict=True)
            canvas.line(list(points), colour, 1.8)
    return canvas.text()


def precision_recall(scores: FloatArray, right: BoolArray, truth_count: int) -> tuple[FloatArray, FloatArray]:
    """Return recall and precision as the score falls, thinned to what a small picture can show.

    Detections of equal score enter together, as in AP.
    """
    if not truth_count or not len(scores):
        return np.zeros(0), np.zeros(0)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hit_count = np.cumsum(right[order])[ends]
    recall, precision = hit_count / truth_count, hit_count / (ends + 1)
    bins = np.round(recall * 150) * 151 + np.round(precision * 150)
    kept = np.append(np.diff(bins) != 0, True)
    return np.append(recall[0], recall[kept]), np.append(precision[0], precision[kept])


def confusion_svg(confusion: Confusion, count: int = 18) -> str:
    """Return the classes with most confusions as a matrix: true ones down, found ones across; shade: share of the row.

    The last column counts what was missed, the last row what was found where nothing is.
    """
    names = _most_confused(confusion, count)
    missed, false, pairs = confusion.of_kind("missed"), confusion.of_kind("false"), confusion.pairs
    size = (len(names) + 1) * _CELL_PX
    canvas = Canvas(_LABELS_PX + size + 110, _LABELS_PX + size + 30)
    canvas.words(_LABELS_PX + size / 2, 14, "found as", anchor="middle", bold=True)
    canvas.words(14, _LABELS_PX + size / 2, "true class", anchor="middle", bold=True, turn_deg=-90)
    for k, name in enumerate([*names, _MISSED]):
        x = _LABELS_PX + (k + 0.5) * _CELL_PX
        canvas.words(x + 4, _LABELS_PX - 6, name, turn_deg=-55)
    for row, true_name in enumerate([*names, _FALSE]):
        y = _LABELS_PX + row * _CELL_PX
        canvas.words(_LABELS_PX - 6, y + _CELL_PX / 2 + 4, true_name, anchor="end")
        counts = [false[name] if true_name == _FALSE else pairs[true_name, name] for name in names]
        if true_name != _FALSE:
            counts[row] = confusion.right[true_name]
        counts.append(0 if true_name == _FALSE else missed[true_name])
        _matrix_row(canvas, y, counts, right=row if true_name != _FALSE else -1)
    return canvas.text()


def _most_confused(confusion: Confusion, count: int) -> list[str]:
    totals: Counter[str] = Counter()
    for (true_name, found_name), times in confusion.pairs.items():
        totals[true_name] += times
        totals[found_name] += times
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    return sorted(ranked[:count])


def _matrix_row(canvas: Canvas, y: float, counts: Sequence[int], right: int) -> None:
    total = max(sum(counts), 1)
    for column, number in enumerate(counts):
        x = _LABELS_PX + column * _CELL_PX
        share = number / total
        hue = _RIGHT if column == right else _WRONG
        canvas.rectangle(
            x, y, _CELL_PX, _CELL_PX, _shade(hue, min(share**0.5, 1.0)) if number else "#ffffff", "#cccccc"
        )
        if number:
            colour = "#ffffff" if share > 0.3 else "#222222"
            canvas.words(x + _CELL_PX / 2, y + _CELL_PX / 2 + 4, str(number), size=10, anchor="middle", colour=colour)


def _shade(hue: tuple[int, int, int], strength: float) -> str:
    return "#" + "".join(f"{round(255 - (255 - part) * strength):02x}" for part in hue)


def _frame(canvas: Canvas, left: float, top: float, title: str, legend: str) -> None:
    width, height = _PLOT_PX
    canvas.words(left, top - 22, title, size=12, bold=True)
    canvas.words(left, top - 7, legend, size=10, colour="#555")
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = left + level * width, top + (1 - level) * height
        canvas.line([(left, y), (left + width, y)], "#e2e2e2")
        canvas.line([(x, top), (x, top + height)], "#e2e2e2")
        if level in (0.0, 0.5, 1.0):
            canvas.words(left - 4, y + 3, f"{level:g}", size=9, anchor="end", colour="#777")
            canvas.words(x, top + height + 11, f"{level:g}", size=9, anchor="middle", colour="#777")
    canvas.rectangle(left, top, width, height, "none", "#888")
