"""Note scores of many pages in one table: micro means (all notes alike) and macro means (all pages alike)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from realscores_eval.notes import NoteScores, Tally

_HEADLINES = ("pitch", "pitch+onset", "pitch+onset+duration")


@dataclass(frozen=True)
class NoteSummary:
    """Scores over several pages.

    Attributes:
        pages: how many pages went in.
        total: all tallies added up; its precision, recall and F1 are the micro means.
        macro_f1: by row name, the mean of the F1 of those pages where truth or result holds anything in that row.
    """

    pages: int
    total: NoteScores
    macro_f1: dict[str, float]


def summarise(pages: Mapping[str, NoteScores]) -> NoteSummary:
    """Add up the scores of `pages` by name; a failed page belongs in it as `notes.missed`."""
    scores = list(pages.values())
    total = NoteScores(
        **{part: _added([getattr(one, part) for one in scores]) for part in ("levels", "diagnosis", "elements")},
        bars=sum((one.bars for one in scores), start=Tally()),
        staves=sum((one.staves for one in scores), start=Tally()),
    )
    return NoteSummary(len(scores), total, {name: _macro_f1(scores, name) for name in total.rows()})


def summary_table(pages: Mapping[str, NoteScores]) -> str:
    """Return a Markdown table of every row: counts, micro precision, recall and F1, macro F1."""
    summary = summarise(pages)
    lines = ["| | truth | result | precision | recall | F1 | macro F1 |", "|---|---:|---:|---:|---:|---:|---:|"]
    for name, tally in summary.total.rows().items():
        numbers = (tally.precision, tally.recall, tally.f1, summary.macro_f1[name])
        figures = " | ".join(f"{one:.3f}" for one in numbers)
        lines.append(f"| {name} | {tally.truth} | {tally.result} | {figures} |")
    return "\n".join(lines) + "\n"


def page_table(pages: Mapping[str, NoteScores]) -> str:
    """Return a Markdown table with one line a page: notes, F1 at the three levels, bars read without a fault."""
    lines = ["| page | notes | " + " | ".join(f"F1 {name}" for name in _HEADLINES) + " | exact bars |"]
    lines.append("|---|---:|" + "---:|" * (len(_HEADLINES) + 1))
    for name, scores in pages.items():
        figures = " | ".join(f"{scores.levels[level].f1:.3f}" for level in _HEADLINES)
        lines.append(f"| {name} | {scores.pitch.truth} | {figures} | {scores.bars.matched} of {scores.bars.truth} |")
    return "\n".join(lines) + "\n"


def _added(tallies: list[dict[str, Tally]]) -> dict[str, Tally]:
    total: dict[str, Tally] = {}
    for one in tallies:
        for name, tally in one.items():
            total[name] = total.get(name, Tally()) + tally
    return total


def _macro_f1(scores: list[NoteScores], name: str) -> float:
    """Return the mean F1 of one row; 1 where no page holds anything in it."""
    tallies = [one.rows()[name] for one in scores]
    used = [one.f1 for one in tallies if one.truth or one.result]
    return sum(used) / len(used) if used else 1.0
