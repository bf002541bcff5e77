"""Tables of results, as plain text for the terminal and as Markdown for documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from realscores_eval.average_precision import Evaluation

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

    def _numeric(self) -> list[bool]:
        columns = [[row[k] for row in self.rows] for k in range(len(self.head))]
        return [bool(column) and not any(isinstance(cell, str) for cell in column) for column in columns]


def class_table(evaluations: Sequence[Evaluation], least: int = 0) -> Table:
    """Return AP at 0.25 and 0.5 and COCO's mAP of every class with at least `least` true instances.

    All `evaluations` must be of the same pages; their columns stand side by side.
    """
    head = ["class", "truth", "found"]
    for one in evaluations:
        head += [f"{_short(one)} AP25", "AP50", "mAP"]
    table = Table(head)
    for rows in zip(*(one.classes for one in evaluations), strict=True) if _same(evaluations) else _aligned(evaluations):
        if rows[0].truth_count >= least:
            scores = [value for row in rows for value in (row.at(0.25), row.at(0.5), row.coco)]
            table.rows.append([rows[0].name, rows[0].truth_count, rows[0].found_count, *scores])
    return table
