"""Tables of results, as plain text for the terminal and as Markdown for documents."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TypeAlias

from realscores_eval.average_precision import ClassScore, Evaluation

Cell: TypeAlias = str | int | float | None

#: Classes with fewer true instances say little; the second block of means leaves them out.
FEW_INSTANCES = 10


@dataclass
class Table:
    """Rows of cells under a head. Numbers stand to the right; fractions have four digits, nan and `None` are a dash."""

    head: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)

    def text(self) -> str:
        """Return the table in columns two blanks apart."""
        cells = [list(self.head), *([_shown(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        right = self._numeric()
        lines = ("  ".join(_padded(*one) for one in zip(row, widths, right, strict=True)).rstrip() for row in cells)
        return "\n".join(lines)

    def markdown(self) -> str:
        """Return the table in Markdown."""
        rule = ["---:" if right else "---" for right in self._numeric()]
        cells = [list(self.head), rule, *([_shown(cell).replace("|", "\\|") for cell in row] for row in self.rows)]
        return "\n".join(f"| {' | '.join(row)} |" for row in cells)

    def html(self) -> str:
        """Return the table in HTML."""
        right = self._numeric()
        lines = [_html_row("th", self.head, right)]
        lines += [_html_row("td", [_shown(cell) for cell in row], right) for row in self.rows]
        return f"<table>{''.join(lines)}</table>"

    def _numeric(self) -> list[bool]:
        columns = [[row[k] for row in self.rows] for k in range(len(self.head))]
        return [bool(column) and not any(isinstance(cell, str) for cell in column) for column in columns]


def class_table(evaluations: Sequence[Evaluation], least: int = 0) -> Table:
    """Return AP at 0.25 and 0.5 and COCO's mAP of every class with at least `least` true instances, most common first.

    All `evaluations` must be of the same pages; their columns stand side by side.
    """
    head = ["class", "truth", "found"]
    by_name: dict[str, dict[int, ClassScore]] = {}
    for number, evaluation in enumerate(evaluations):
        head += [f"{evaluation.short_title} AP25", "AP50", "mAP"]
        for row in evaluation.classes:
            by_name.setdefault(row.name, {})[number] = row
    table = Table(head)
    for name, rows in sorted(by_name.items(), key=lambda item: (-_truth_count(item[1]), item[0])):
        if _truth_count(rows) >= least:
            found_count = max(row.found_count for row in rows.values())
            scores = [value for number in range(len(evaluations)) for value in _three(rows.get(number))]
            table.rows.append([name, _truth_count(rows), found_count, *scores])
    return table


def mean_table(evaluations: Sequence[Evaluation], least: int = FEW_INSTANCES) -> Table:
    """Return the means of every evaluation, with and without silent classes, over all classes and the common ones.

    Each row says how many classes and true instances it counts. "*" marks the rule that belongs to the mode.
    """
    head = ["boxes and mode", "counted", "classes", "instances"]
    head += ["AP25", "AP50", "mAP", "AP25 weighted", "AP50 weighted", "mAP weighted"]
    table = Table(head)
    for one in evaluations:
        for fewest in (0, least):
            for silent in (True, False):
                table.rows.append(_mean_row(one, silent, fewest))
    return table


def failure_table(evaluation: Evaluation) -> Table:
    """Return the pages that counted as a complete miss, and why."""
    return Table(["page", "cause"], [list(one) for one in evaluation.failures])


def report(evaluations: Sequence[Evaluation], *, markdown: bool = False) -> str:
    """Return means, classes and failed pages of one detector as one text."""
    tables = [mean_table(evaluations), class_table(evaluations)]
    tables += [failure_table(one) for one in evaluations[:1] if one.failures]
    return "\n\n".join(table.markdown() if markdown else table.text() for table in tables)


def _mean_row(evaluation: Evaluation, silent: bool, least: int) -> list[Cell]:
    counted = evaluation.counted(silent, least)
    own = "*" if silent == (evaluation.mode == "standard") else ""
    which = f"{'all' if silent else 'without silent'}{own}" + (f", >= {least} instances" if least else "")
    row: list[Cell] = [evaluation.title, which, len(counted), sum(one.truth_count for one in counted)]
    for weighted in (False, True):
        for threshold in (0.25, 0.5, None):
            row.append(evaluation.mean(threshold, weighted=weighted, silent=silent, least=least))
    return row


def _truth_count(rows: Mapping[int, ClassScore]) -> int:
    return max(row.truth_count for row in rows.values())


def _three(row: ClassScore | None) -> tuple[Cell, Cell, Cell]:
    return (None, None, None) if row is None else (row.at(0.25), row.at(0.5), row.coco)


def _shown(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "-"
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)


def _html_row(tag: str, cells: Sequence[str], right: Sequence[bool]) -> str:
    marks = [' class="number"' if numeric else "" for numeric in right]
    return (
        f"<tr>{''.join(f'<{tag}{mark}>{escape(cell)}</{tag}>' for cell, mark in zip(cells, marks, strict=True))}</tr>"
    )


def _padded(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)
