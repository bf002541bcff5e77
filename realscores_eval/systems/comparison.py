"""Systems over the same pages: run, keep what they wrote, score.

Everything a system wrote lies in `FOLDER/SYSTEM/PAGE.musicxml`, with `PAGE.json` for its time or its failure beside it,
and the OMR-NED of the page, which takes longest. A run that was stopped goes on where it was; a page that failed is a
complete miss and is tried again only in a new folder.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from notation.errors import DetectScoreError, FormatError, OutputError
from notation.files import Json, read_json, write_bytes, write_json, write_text
from realscores_eval.musicxml_notes import read_musicxml
from realscores_eval.page_folders import MusicPage
from realscores_eval.scored_page import attempt
from realscores_eval.ser import EditTally
from realscores_eval.systems.page_scores import OMR_NED, OmrNedMetric, PageScores, score_page
from realscores_eval.systems.system import System


@dataclass(frozen=True)
class Comparison:
    """Scores of every system, page by page, in the order of both."""

    systems: tuple[str, ...]
    scores: dict[str, list[PageScores]]

    @property
    def failures(self) -> list[tuple[str, PageScores]]:
        """The pages that were complete misses, with their systems."""
        return [(name, one) for name in self.systems for one in self.scores[name] if one.failure]


def compare_systems(
    pages: Sequence[MusicPage],
    systems: Sequence[System],
    folder: Path,
    *,
    omr_ned: OmrNedMetric | None = None,
    done: Callable[[str, PageScores], object] = lambda system, scores: None,
) -> Comparison:
    """Run every system on every page, page by page.

    Arguments:
        folder: for what the systems write; is made where it is missing.
        done: called with the system and its scores after each page.

    Raises:
        InputError, FormatError: the truth of a page cannot be read.
        OutputError: the folder cannot be written.
    """
    scores: dict[str, list[PageScores]] = {system.name: [] for system in systems}
    for page in pages:
        truth_xml = page.musicxml()
        for system in systems:
            one = _one_page(page, truth_xml, system, folder, omr_ned)
            scores[system.name].append(one)
            done(system.name, one)
    return Comparison(tuple(scores), scores)


def _one_page(
    page: MusicPage, truth_xml: str, system: System, folder: Path, omr_ned: OmrNedMetric | None
) -> PageScores:
    own = folder / system.name
    written, record = own / f"{page.name}.musicxml", own / f"{page.name}.json"
    if not record.is_file():
        _run(page, system, folder, written, record)
    facts = _record(record)
    failure = str(facts.get("failure") or "")
    text: str | None = None
    try:
        text = read_musicxml(written) if not failure else None
        scores = score_page(page.name, truth_xml, text)
    except DetectScoreError as error:  # of the result: the truth was read before
        text, failure = None, str(error).removeprefix(f"{written}: ")
        scores = score_page(page.name, truth_xml, None)
    seconds = facts.get("seconds")
    scores = replace(scores, failure=failure, seconds=float(seconds) if isinstance(seconds, int | float) else None)
    return scores if omr_ned is None else _with_omr_ned(scores, truth_xml, text, record, omr_ned)


def _run(page: MusicPage, system: System, folder: Path, written: Path, record: Path) -> None:
    """Let a system read a page; keep its result, its time and its failure."""
    picture = _picture(page, folder)
    work = folder / system.name / "work" / page.name
    shutil.rmtree(work, ignore_errors=True)
    _make(work)
    start = time.perf_counter()
    text, failure = attempt(lambda: system.read(picture, work))
    seconds = time.perf_counter() - start
    if text is not None:
        write_text(written, text)
    write_json(record, {"seconds": seconds if system.timed else None, "failure": failure})
    shutil.rmtree(work, ignore_errors=True)


def _picture(page: MusicPage, folder: Path) -> Path:
    """Return a PNG of the page, which any system can open."""
    path = folder / "pages" / f"{page.name}.png"
    if not path.is_file():
        _make(path.parent)
        write_bytes(path, cv2.imencode(".png", page.image())[1].tobytes())
    return path


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror or error})") from error


def _record(path: Path) -> dict[str, Json]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise FormatError(f"{path}: expected the record of a page")
    return value


def _with_omr_ned(
    scores: PageScores, truth_xml: str, text: str | None, record: Path, omr_ned: OmrNedMetric
) -> PageScores:
    """Add OMR-NED, from the record where the same two texts were compared before."""
    facts = _record(record)
    texts = hashlib.sha256(f"{truth_xml}\0{text}".encode()).hexdigest()
    match facts.get("omr_ned"):
        case [str(known), [int() | float() as cost, int() | float() as whole, int(truth), int(result)]] if (
            known == texts
        ):
            tally = EditTally(cost, whole, truth, result)
        case _:
            try:
                tally = omr_ned(truth_xml, text)
            except DetectScoreError as error:
                return replace(scores, remark=str(error))
            kept: Json = [texts, [tally.distance, tally.whole, tally.truth, tally.result]]
            write_json(record, {**facts, "omr_ned": kept})
    return replace(scores, edits={**scores.edits, OMR_NED: tally})
