"""An analysis as tables, each under a title and with one sentence that says how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from realscores_eval.analysis import Analysis
from realscores_eval.average_precision import Evaluation
from realscores_eval.bootstrap import HEADLINES, Resampled
from realscores_eval.error_breakdown import ErrorBreakdown
from realscores_eval.error_kinds import KINDS
from realscores_eval.faults import Confusion
from realscores_eval.tables import FEW_INSTANCES, Cell, Table, class_table, failure_table, mean_table

#: Rows of the tables that show the most frequent cases only.
TOP = 20


@dataclass(frozen=True)
class Section:
    """A table with its title and what it says."""

    title: str
    words: str
    table: Table

    def text(self, *, markdown: bool) -> str:
        """Return the section for the terminal or for a document."""
        if markdown:
            return f"## {self.title}\n\n{self.words}\n\n{self.table.markdown()}"
        return f"{self.title}\n{self.words}\n\n{self.table.text()}"


def sections(analysis: Analysis, *, classes: bool = True, more: bool = False) -> list[Section]:
    """Return every table.

    Arguments:
        classes: also the long ones with a row a class.
        more: only what `three_lines_report` does not say.
    """
    shown = [] if more else [_means(analysis)]
    if analysis.resampled:
        shown.append(_intervals(analysis.resampled))
    shown.append(_errors(analysis))
    if classes:
        shown += [_class_intervals(analysis)] if analysis.resampled else []
        shown += [] if more else [_classes(analysis)]
        shown.append(_class_errors(analysis.breakdowns[-1]))
    shown.append(_confusions(analysis.confusion))
    if analysis.evaluations[0].failures and not more:
        words = "Each counts as a complete miss."
        shown.append(Section("Pages that failed", words, failure_table(analysis.evaluations[0])))
    return shown


def sections_text(shown: Sequence[Section], *, markdown: bool = False) -> str:
    """Return tables as one text."""
    return "\n\n".join(one.text(markdown=markdown) for one in shown)


def best_table(evaluation: Evaluation, count: int = TOP) -> Table:
    """Return the best detected classes at 0.5 and at 0.25 side by side, as in table 4.1 of Tuggener 2024."""
    columns = [
        sorted(evaluation.counted(), key=lambda one: (-one.at(level), one.name))[:count] for level in (0.5, 0.25)
    ]
    table = Table(["class", "AP at 1/2", "class", "AP at 1/4"])
    for half, quarter in zip(*columns, strict=True):
        table.rows.append([half.name, half.at(0.5), quarter.name, quarter.at(0.25)])
    return table


def best_section(evaluation: Evaluation, count: int) -> Section:
    """Return `best_table` with its title."""
    words = f"{evaluation.title}; in the layout of table 4.1 of Tuggener 2024."
    return Section(f"The {count} best detected classes", words, best_table(evaluation, count))


def confusion_table(confusion: Confusion, count: int = TOP) -> Table:
    """Return the most frequent pairs of different classes, and how often the true class was found as itself."""
    table = Table(["true class", "found as", "times", "found right", "missed"])
    missed = confusion.of_kind("missed")
    for (true_name, found_name), times in sorted(confusion.pairs.items(), key=lambda one: (-one[1], one[0]))[:count]:
        table.rows.append([true_name, found_name, times, confusion.right[true_name], missed[true_name]])
    return table


def error_table(breakdowns: Sequence[ErrorBreakdown]) -> Table:
    """Return one row a kind of error: how many there are, and AP gained when they alone are mended."""
    table = Table(["error", *(text for one in breakdowns for text in (f"count at {one.threshold:g}", "dAP"))])
    for kind in KINDS:
        cells: list[Cell] = [cell for one in breakdowns for cell in (one.counts[kind], one.gains[kind])]
        table.rows.append([kind, *cells])
    table.rows.append(["all false detections", *(cell for one in breakdowns for cell in (None, one.false_gain))])
    table.rows.append(["all truth not taken", *(cell for one in breakdowns for cell in (None, one.lost_gain))])
    return table


def _means(analysis: Analysis) -> Section:
    words = (
        "Mean AP over classes, at overlap 0.25 and 0.5 and as COCO's mean over 0.5 to 0.95. "
        '"*" marks the rule that belongs to the mode.'
    )
    return Section("Average precision, means", words, mean_table(analysis.evaluations))


def _intervals(resampled: Sequence[Resampled]) -> Section:
    first = resampled[0]
    words = (
        f"Percentiles of {first.count} resamples of the {first.evaluation.page_count} pages, seed {first.seed}; "
        "means by the rule of the mode."
    )
    table = Table(["boxes and mode", "counted", "AP25", "AP25 95 %", "AP50", "AP50 95 %"])
    for one in resampled:
        for least in (0, FEW_INSTANCES):
            cells: list[Cell] = []
            for level in HEADLINES:
                cells += [one.evaluation.mean(level, least=least), str(one.of_mean(level, least))]
            table.rows.append([one.evaluation.title, f">= {least} instances" if least else "all", *cells])
    return Section("95 % confidence intervals of the means", words, table)


def _class_intervals(analysis: Analysis) -> Section:
    standard, legacy = analysis.resampled[:2]
    names = {one.name: one for one in legacy.evaluation.classes}
    table = Table(["class", "truth", "found", "AP25", "AP25 95 %", "AP50", "AP50 95 %", "legacy AP25", "legacy AP50"])
    for one in sorted(standard.evaluation.classes, key=lambda row: (-row.truth_count, row.name)):
        cells: list[Cell] = []
        for level in HEADLINES:
            cells += [one.at(level), str(standard.of_class(one.name, level))]
        old = names.get(one.name)
        cells += [None, None] if old is None else [old.at(level) for level in HEADLINES]
        table.rows.append([one.name, one.truth_count, one.found_count, *cells])
    words = f"{standard.evaluation.title}, most common classes first; legacy beside it."
    return Section("Average precision by class with 95 % confidence intervals", words, table)


def _classes(analysis: Analysis) -> Section:
    words = "Every kind of box and mode side by side; mAP is the mean over the overlaps 0.5 to 0.95."
    return Section("Average precision by class", words, class_table(analysis.evaluations))


def _errors(analysis: Analysis) -> Section:
    levels = " and ".join(f"{one.ap:.4f} at {one.threshold:g}" for one in analysis.breakdowns)
    words = (
        f"{analysis.shape.capitalize()} boxes, mean AP {levels}. dAP is the AP gained when that kind of error alone is "
        "mended (TIDE); the gains do not add up."
    )
    return Section("Errors by kind", words, error_table(analysis.breakdowns))


def _class_errors(breakdown: ErrorBreakdown) -> Section:
    table = Table(["class", *KINDS, "greatest gain", "dAP of the class"])
    names = sorted(breakdown.class_counts, key=lambda one: (-sum(breakdown.class_counts[one].values()), one))
    for name in names[:TOP]:
        gains = breakdown.class_gains.get(name, {})
        kind, gain = max(gains.items(), key=lambda one: one[1], default=("", 0.0))
        best: tuple[str, float | None] = (kind, gain) if gain > 0 else ("-", None)
        table.rows.append([name, *(breakdown.class_counts[name][one] for one in KINDS), *best])
    words = (
        f"At overlap {breakdown.threshold:g}; the {TOP} classes with most errors. False detections count under the "
        "class that they claim."
    )
    return Section("Errors by class", words, table)


def _confusions(confusion: Confusion) -> Section:
    words = (
        f"Detections with a score of at least {confusion.least_score:.2f}, overlap {confusion.threshold:g}: "
        f"{sum(confusion.right.values())} right, {sum(confusion.of_kind('missed').values())} missed, "
        f"{sum(confusion.of_kind('false').values())} false, {sum(confusion.pairs.values())} confused."
    )
    return Section("Most frequent confusions", words, confusion_table(confusion))
