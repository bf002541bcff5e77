"""The three lines of every evaluation: detector alone, reconstruction from true symbols, end to end.

The first line is average precision, the other two are note scores between MusicXML files. Together they tell which
side lost a note. Detector and reconstruction come in as callables; a page on which one raises is a complete miss in
every line that it spoils. The null baseline scores the truth against itself, after `rewrite` where that is given, and
must be perfect: it shows that reader, writer and metric lose nothing on their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from notation.page import GreyImage, Reading
from realscores_eval.average_precision import Evaluation, evaluate_all
from realscores_eval.notes import NoteScores, compare, missed
from realscores_eval.page_folders import MusicPage
from realscores_eval.scored_page import ScoredPage, attempt

Detect: TypeAlias = Callable[[GreyImage], Reading]
Rebuild: TypeAlias = Callable[[Sequence[Reading]], str]
Line: TypeAlias = Literal["null baseline", "detector alone", "reconstruction from true symbols", "end to end"]
Result = TypeVar("Result")

NULL: Line = "null baseline"
DETECTOR: Line = "detector alone"
TRUE_SYMBOLS: Line = "reconstruction from true symbols"
END_TO_END: Line = "end to end"
#: The lines that are note scores, in the order of the tables.
NOTE_LINES: tuple[Line, ...] = (NULL, TRUE_SYMBOLS, END_TO_END)


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that one line lost altogether, and the cause in one line of text."""

    page: str
    line: Line
    cause: str


@dataclass
class PageLines:
    """One page in all lines.

    Attributes:
        notes: note scores by line; a line that does not apply to the page (no true symbols, no detector) is absent.
        detected: true and found symbols, where both true symbols and a detector are there.
        seconds: wall time of "detect", "rebuild" and "rebuild true symbols", where they ran.
        musicxml: what the lines wrote, by line, for looking at.
    """

    name: str
    notes: dict[Line, NoteScores] = field(default_factory=dict)
    detected: ScoredPage | None = None
    failures: list[Failure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    musicxml: dict[Line, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ThreeLines:
    """All lines over all pages; `evaluations` is empty where no page had both true symbols and a detector."""

    pages: tuple[PageLines, ...]
    evaluations: tuple[Evaluation, ...] = ()

    def notes(self, line: Line) -> Mapping[str, NoteScores]:
        """Return the note scores of a line by page; pages to which the line does not apply are absent."""
        return {page.name: page.notes[line] for page in self.pages if line in page.notes}

    @property
    def failures(self) -> list[Failure]:
        """All failures, in the order of the pages."""
        return [one for page in self.pages for one in page.failures]


def three_lines(
    pages: Iterable[MusicPage],
    rebuild: Rebuild,
    detect: Detect | None = None,
    *,
    detect_faint: Detect | None = None,
    rewrite: Callable[[str], str] | None = None,
    widen_sp: float = 0.0,
    done: Callable[[PageLines], object] = lambda page: None,
) -> ThreeLines:
    """Run and score every page.

    Arguments:
        rebuild: readings of the pages of one piece to MusicXML text; called with one page at a time.
        detect: an image to its reading; without it only reconstruction is evaluated.
        detect_faint: the same detector, reporting also what a reader leaves out: AP is the area under the whole curve.
        rewrite: MusicXML text through a reader and a writer and back, for the null baseline.
        widen_sp: as in `average_precision.evaluate_all`.
        done: called after each page, for progress and for keeping what was written.

    Raises:
        InputError, FormatError: the truth of a page cannot be read; nothing can be said about such a page.
    """
    results = []
    for page in pages:
        one = _one_page(page, rebuild, detect, detect_faint, rewrite)
        results.append(one)
        done(one)
    detected = [one.detected for one in results if one.detected is not None]
    evaluations = evaluate_all(detected, widen_sp=widen_sp) if detected else []
    return ThreeLines(tuple(results), tuple(evaluations))


def _one_page(
    page: MusicPage,
    rebuild: Rebuild,
    detect: Detect | None,
    detect_faint: Detect | None,
    rewrite: Callable[[str], str] | None,
) -> PageLines:
    result = PageLines(page.name)
    truth_xml, truth = page.musicxml(), page.reading() if page.reading else None
    same, _ = _run(result, NULL, "", lambda: rewrite(truth_xml) if rewrite else truth_xml)
    _score(result, NULL, truth_xml, same)
    if truth is not None:
        rebuilt, _ = _run(result, TRUE_SYMBOLS, "rebuild true symbols", lambda: rebuild([truth]))
        _score(result, TRUE_SYMBOLS, truth_xml, rebuilt)
    if detect is not None:
        found, cause = _run(result, DETECTOR, "detect", lambda: detect(page.image()))
        if truth is not None:
            faint = found
            if detect_faint is not None:
                faint, cause = _run(result, DETECTOR, "", lambda: detect_faint(page.image()))
            result.detected = _scored(page, truth, faint, cause)
        read = None
        if found is not None:
            read, _ = _run(result, END_TO_END, "rebuild", lambda: rebuild([found]))
        _score(result, END_TO_END, truth_xml, read)
    return result


def _run(result: PageLines, line: Line, stage: str, work: Callable[[], Result]) -> tuple[Result | None, str]:
    """Do a stage of a page, and note its time and its failure."""
    start = time.perf_counter()
    value, cause = attempt(work)
    if stage:
        result.seconds[stage] = time.perf_counter() - start
    if value is None:
        result.failures.append(Failure(result.name, line, cause))
    return value, cause


def _score(result: PageLines, line: Line, truth_xml: str, written: str | None) -> None:
    """Score what a line wrote; nothing written, or something that is no MusicXML, is a complete miss."""
    scores = None
    if written is not None:
        result.musicxml[line] = written
        scores, _ = _run(result, line, "", lambda: compare(truth_xml, written))
    result.notes[line] = missed(truth_xml) if scores is None else scores


def _scored(page: MusicPage, truth: Reading, found: Reading | None, cause: str) -> ScoredPage:
    spaces_px = [one.space_px for one in truth.staves]
    space_px = float(np.median(spaces_px)) if spaces_px else page.space_px
    return ScoredPage(truth.symbols, found.symbols if found else None, page.name, cause, space_px)
