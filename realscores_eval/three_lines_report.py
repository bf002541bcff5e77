"""The three lines printed: a summary, one row a page, signs, failures by cause; as text, Markdown or JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from realscores_eval.average_precision import Evaluation
from realscores_eval.note_table import summarise
from realscores_eval.notes import LEVELS, NoteScores
from realscores_eval.tables import Cell, Table, class_table, mean_table
from realscores_eval.three_lines import DETECTOR, END_TO_END, NOTE_LINES, TRUE_SYMBOLS, Line, PageLines, ThreeLines

#: Schema of the JSON document.
SCHEMA, VERSION = "detect-score/three-lines", 1
_HEADLINE = tuple(LEVELS)[-1]


def report(result: ThreeLines, *, markdown: bool = False, classes: bool = True) -> str:
    """Return everything as one text; `classes` adds AP by class."""
    tables = [("Three lines", line_table(result)), ("Pages", page_table(result))]
    signs = sign_table(result)
    if signs.rows:
        tables.append(("Signs", signs))
    if result.evaluations:
        tables.append(("Average precision, means", mean_table(result.evaluations)))
    if result.evaluations and classes:
        tables.append(("Average precision by class", class_table(result.evaluations)))
    if result.failures:
        tables.append(("Failures by cause", cause_table(result)))
    head = "## " if markdown else ""
    return "\n\n".join(f"{head}{title}\n\n{one.markdown() if markdown else one.text()}" for title, one in tables)


def line_table(result: ThreeLines) -> Table:
    """Return one row a line: AP of the detector, note F1 of the others (over all notes, and mean over pages)."""
    table = Table(["line", "pages", "failed", "AP25", "AP50", *(f"F1 {level}" for level in LEVELS), "mean F1 of pages"])
    no_notes: list[Cell] = [None] * (len(LEVELS) + 1)
    for one in result.evaluations[:1]:
        precision = [one.mean(0.25), one.mean(0.5)]
        table.rows.append([DETECTOR, one.page_count, len(one.failures), *precision, *no_notes])
    for line in NOTE_LINES:
        notes = result.notes(line)
        if notes:
            table.rows.append([line, len(notes), _lost(result, line), None, None, *_note_means(notes)])
    return table


def page_table(result: ThreeLines) -> Table:
    """Return one row a page: notes, headline F1 by line, bars without a fault, seconds, and what went wrong."""
    lines = [line for line in NOTE_LINES if result.notes(line)]
    stages = sorted({stage for page in result.pages for stage in page.seconds})
    head = ["page", "notes", *(f"F1 {line}" for line in lines)]
    if END_TO_END in lines:
        head += ["F1 pitch", "F1 pitch+onset", "exact bars", "bars"]
    table = Table([*head, *(f"{stage} s" for stage in stages), "failure"])
    for page in result.pages:
        row: list[Cell] = [page.name, _note_count(page), *(_f1(page, line) for line in lines)]
        if END_TO_END in lines:
            row += _end_to_end(page)
        row += [page.seconds.get(stage) for stage in stages]
        table.rows.append([*row, "; ".join(f"{one.line}: {one.cause}" for one in page.failures)])
    return table


def sign_table(result: ThreeLines) -> Table:
    """Return one row for every line and sign beside the notes that truth or result hold, over all pages."""
    table = Table(["line", "sign", "truth", "result", "precision", "recall", "F1"])
    for line in (TRUE_SYMBOLS, END_TO_END):
        for name, one in summarise(result.notes(line)).total.elements.items():
            if one.truth or one.result:
                table.rows.append([line, name, one.truth, one.result, one.precision, one.recall, one.f1])
    return table


def cause_table(result: ThreeLines) -> Table:
    """Return how often each cause cost a line a page, most often first, with an example page."""
    counts = Counter((one.line, one.cause) for one in result.failures)
    first = {(one.line, one.cause): one.page for one in reversed(result.failures)}
    rows: list[Sequence[Cell]] = [[line, cause, n, first[line, cause]] for (line, cause), n in counts.most_common()]
    return Table(["line", "cause", "pages", "for example"], rows)


def document(result: ThreeLines) -> dict[str, Any]:
    """Return everything as a JSON value; nan becomes null."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "lines": {line: _notes_document(result.notes(line)) for line in NOTE_LINES if result.notes(line)},
        "average_precision": [evaluation_document(one) for one in result.evaluations],
        "pages": [_page_document(page) for page in result.pages],
    }


def _note_means(notes: Mapping[str, NoteScores]) -> list[Cell]:
    summary = summarise(notes)
    return [*(summary.total.levels[level].f1 for level in LEVELS), summary.macro_f1[_HEADLINE]]


def _lost(result: ThreeLines, line: Line) -> int:
    """How many pages a line lost; a failure of the detector costs the end to end line its page as well."""
    lines = {DETECTOR, END_TO_END} if line == END_TO_END else {line}
    return len({one.page for one in result.failures if one.line in lines})


def _note_count(page: PageLines) -> int:
    return next(iter(page.notes.values())).pitch.truth if page.notes else 0


def _f1(page: PageLines, line: Line) -> float | None:
    return page.notes[line].f1 if line in page.notes else None


def _end_to_end(page: PageLines) -> list[Cell]:
    if END_TO_END not in page.notes:
        return [None] * 4
    scores = page.notes[END_TO_END]
    return [scores.pitch.f1, scores.pitch_onset.f1, scores.bars.matched, scores.bars.truth]


def _notes_document(notes: Mapping[str, NoteScores]) -> dict[str, Any]:
    summary = summarise(notes)
    return {"pages": summary.pages, "micro": _tallies(summary.total), "macro_f1": summary.macro_f1}


def _tallies(scores: NoteScores) -> dict[str, Any]:
    return {
        name: {"matched": one.matched, "truth": one.truth, "result": one.result, "f1": one.f1}
        for name, one in scores.rows().items()
    }


def evaluation_document(one: Evaluation) -> dict[str, Any]:
    """Return the figures of one kind of box and mode as a JSON value."""
    means = {"AP25": one.mean(0.25), "AP50": one.mean(0.5), "mAP": one.mean(None)}
    weighted = {name: one.mean(level, weighted=True) for name, level in (("AP25", 0.25), ("AP50", 0.5), ("mAP", None))}
    classes = {
        row.name: {
            "truth": row.truth_count,
            "found": row.found_count,
            "AP25": row.at(0.25),
            "AP50": row.at(0.5),
            "mAP": row.coco,
        }
        for row in one.classes
    }
    return {
        "mode": one.mode,
        "boxes": one.shape,
        "widen_sp": one.widen_sp,
        "pages": one.page_count,
        "failed_pages": len(one.failures),
        "mean": {name: _finite(value) for name, value in means.items()},
        "weighted_mean": {name: _finite(value) for name, value in weighted.items()},
        "classes": classes,
    }


def _page_document(page: PageLines) -> dict[str, Any]:
    return {
        "name": page.name,
        "notes": {line: _tallies(scores) for line, scores in page.notes.items()},
        "seconds": page.seconds,
        "failures": [{"line": one.line, "cause": one.cause} for one in page.failures],
    }


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value
