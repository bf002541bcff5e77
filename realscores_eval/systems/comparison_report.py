"""A comparison printed: one table of all systems, the failures with their reasons, every page; text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from realscores_eval.notes import Tally
from realscores_eval.ser import EditTally
from realscores_eval.systems.comparison import Comparison
from realscores_eval.systems.page_scores import EDIT_METRICS, PageScores, edit_document
from realscores_eval.tables import Cell, Table

SCHEMA, VERSION = "detect-score/comparison", 1


def report(result: Comparison, *, markdown: bool = False, pages: bool = False) -> str:
    """Return everything as one text; `pages` adds a row for every page of every system."""
    tables = [("Systems", system_table(result))]
    if pages:
        tables.append(("Pages", page_table(result)))
    if result.failures:
        tables.append(("Complete misses", failure_table(result)))
    remarks = remark_table(result)
    if remarks.rows:
        tables.append(("Metrics that could not be had", remarks))
    head = "## " if markdown else ""
    return "\n\n".join(f"{head}{title}\n\n{one.markdown() if markdown else one.text()}" for title, one in tables)


def system_table(result: Comparison) -> Table:
    """Return one row a system. Rates are over all pages together; beside each, elements found and true."""
    metrics = _metrics(result)
    head = ["system", "pages", "missed"]
    head += [word for name in metrics for word in (name, EDIT_METRICS[name])]
    table = Table([*head, "note F1", "notes", "s a page"])
    for system in result.systems:
        scores = result.scores[system]
        row: list[Cell] = [system, len(scores), sum(bool(one.failure) for one in scores)]
        for name in metrics:
            row += _rate(total(scores, name))
        notes = sum((one.notes for one in scores), start=Tally())
        table.rows.append([*row, notes.f1, f"{notes.result} of {notes.truth}", _mean_seconds(scores)])
    return table


def page_table(result: Comparison) -> Table:
    """Return one row for every page of every system."""
    metrics = _metrics(result)
    table = Table(["system", "page", *metrics, "note F1", "notes", "s"])
    for system in result.systems:
        for one in result.scores[system]:
            rates: list[Cell] = [one.edits[name].rate if name in one.edits else None for name in metrics]
            notes = f"{one.notes.result} of {one.notes.truth}"
            table.rows.append([system, one.page, *rates, one.notes.f1, notes, one.seconds])
    return table


def failure_table(result: Comparison) -> Table:
    """Return the complete misses, and why."""
    return Table(["system", "page", "reason"], [[name, one.page, one.failure] for name, one in result.failures])


def remark_table(result: Comparison) -> Table:
    """Return the pages without one of the metrics, and why."""
    every = [(name, one) for name in result.systems for one in result.scores[name] if one.remark]
    return Table(["system", "page", "reason"], [[name, one.page, one.remark] for name, one in every])


def document(result: Comparison) -> dict[str, Any]:
    """Return everything as a JSON value."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "systems": {
            name: {
                "metrics": {
                    metric: edit_document(one)
                    for metric in _metrics(result)
                    if (one := total(result.scores[name], metric)) is not None
                },
                "seconds_a_page": _mean_seconds(result.scores[name]),
                "pages": [one.document() for one in result.scores[name]],
            }
            for name in result.systems
        },
    }


def total(scores: Sequence[PageScores], metric: str) -> EditTally | None:
    """Add up one metric over the pages that have it."""
    found = [one.edits[metric] for one in scores if metric in one.edits]
    return sum(found, start=EditTally()) if found else None


def _metrics(result: Comparison) -> list[str]:
    """Return the metrics that any page has, in the order of the tables."""
    return [name for name in EDIT_METRICS if any(name in one.edits for rows in result.scores.values() for one in rows)]


def _rate(tally: EditTally | None) -> list[Cell]:
    return [None, "-"] if tally is None else [tally.rate, f"{tally.result} of {tally.truth}"]


def _mean_seconds(scores: Sequence[PageScores]) -> float | None:
    taken = [one.seconds for one in scores if one.seconds is not None]
    return sum(taken) / len(taken) if taken else None
