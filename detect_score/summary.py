"""What the command says at the end: one screen, what was found and what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence

from detect_score.pipeline import PageRead
from notation.score import Issue, Score

#: Issues listed one by one; the rest is counted, `--json` has all of them.
MOST_DOUBTS = 12
#: Detections and notes below this confidence are called doubtful.
DOUBTFUL = 0.5


def summary(score: Score, pages: Sequence[PageRead]) -> str:
    """Return the report as lines of plain text."""
    lines = [_page_line(one) for one in pages]
    lines.append(_score_line(score))
    lines += _doubts(score)
    return "\n".join(lines)


def _page_line(one: PageRead) -> str:
    remarks = "".join(f"; {remark}" for remark in one.page.remarks)
    symbols = one.reading.symbols
    return (
        f"{one.page.name}: {_count(len(symbols), 'symbol')} on "
        f"{_count(len(one.reading.staves), 'staff', 'staves')} in {one.seconds:.1f} s{remarks}"
    )


def _score_line(score: Score) -> str:
    measures = len(score.parts[0].measures) if score.parts else 0
    events = [event for part in score.parts for measure in part.measures for event in measure.events]
    notes = sum(len(event.notes) for event in events)
    rests = sum(event.is_rest for event in events)
    return (
        f"{_count(len(score.parts), 'part')}, {_count(measures, 'measure')}, "
        f"{_count(notes, 'note')}, {_count(rests, 'rest')}"
    )


def _doubts(score: Score) -> list[str]:
    weak = sum(
        note.confidence < DOUBTFUL
        for part in score.parts
        for measure in part.measures
        for event in measure.events
        for note in event.notes
    )
    lines = [f"{_count(weak, 'note')} read with little confidence"] if weak else []
    if not score.issues:
        return [*lines, "nothing in doubt" if not lines else "no other doubts"]
    lines.append(f"{_count(len(score.issues), 'doubt')}:")
    lines += [f"  {issue_line(issue)}" for issue in score.issues[:MOST_DOUBTS]]
    if len(score.issues) > MOST_DOUBTS:
        lines.append(f"  ... and {len(score.issues) - MOST_DOUBTS} more (--json lists all)")
    return lines


def issue_line(issue: Issue) -> str:
    """Return one doubt as a line: where, what, and its code."""
    where = [f"page {issue.page + 1}"]
    where += [f"bar {issue.measure}"] if issue.measure and not issue.message.startswith("bar ") else []
    where += [f"part {issue.part}"] if issue.part else []
    return f"{', '.join(where)}: {issue.message} [{issue.code}]"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
