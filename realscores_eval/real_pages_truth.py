"""The test set of real pages: a detector against boxes that were corrected by hand.

The annotations belong to the project, the scans do not: a reader gets the pages (`docs/real_pages.md` names editions
and checksums) and points at a folder with them. Whatever the files are called, their SHA-256 tells which is which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from notation.deepscores import DeepScoresPage
from notation.errors import InputError
from notation.page import GreyImage, Reading
from notation.vocabulary import vocabulary
from realscores_eval.correct_pages import FOLDER, checksum, find_scans, page_names, read_started, read_truth
from realscores_eval.page_folders import read_grey
from realscores_eval.scored_page import ScoredPage, attempt
from realscores_eval.symbol_set import SymbolPage, SymbolSet
from realscores_eval.tables import Table


@dataclass(frozen=True)
class RealPage:
    """One annotated page and what lies in the reader's folder.

    Attributes:
        name: of its annotations.
        edition: publisher and year.
        sha256: checksum of the scan that was annotated.
        scan: the picture with this checksum, or `None`.
        other: a picture that has the name but not the checksum, or `None`.
    """

    name: str
    edition: str
    sha256: str
    scan: Path | None
    other: Path | None

    @property
    def complaint(self) -> str:
        """Why the page cannot be scored, or ""."""
        if self.scan is not None:
            return ""
        if self.other is not None:
            return f"{self.other} has SHA-256 {checksum(self.other)}, the annotated scan has {self.sha256}"
        return f"no picture with SHA-256 {self.sha256} ({self.edition})"


def real_pages(scans: Path, folder: Path = FOLDER) -> list[RealPage]:
    """Return every annotated page with its scan under `scans`, where it is there.

    Raises:
        InputError: `scans` is no folder, or there are no annotations.
        FormatError: a file of the annotations is broken.
    """
    started = [read_started(name, folder) for name in page_names(folder) if (folder / f"{name}.json").is_file()]
    found = find_scans(scans, {one.sha256 for one in started})
    return [
        RealPage(one.name, one.edition, one.sha256, found.get(one.sha256), _namesake(scans, one.name))
        for one in started
    ]


def scored_real_pages(
    pages: Sequence[RealPage],
    read: Callable[[GreyImage], Reading],
    *,
    folder: Path = FOLDER,
    done: Callable[[RealPage], None] = lambda _: None,
) -> list[ScoredPage]:
    """Run a detector over the pages whose scan is there; a page on which it raises is a complete miss.

    Arguments:
        pages: of `real_pages`.
        read: the detector, told to report faint symbols too.
        folder: where the annotations lie.
        done: called after each page.
    """
    scored = []
    for page in pages:
        if page.scan is not None:
            scored.append(_scored(page, page.scan, read, folder))
            done(page)
    return scored


def real_pages_set(scans: Path, folder: Path = FOLDER) -> SymbolSet:
    """Return the annotated pages as a set that any detector or proposals can be scored on.

    In proposals `img_id` counts the pages by name, from 1.

    Raises:
        InputError: the scan of a page is missing, or `scans` is no folder.
        FormatError: a file of the annotations is broken.
    """
    pages = []
    for number, page in enumerate(real_pages(scans, folder), start=1):
        if page.scan is None:
            raise InputError(f"{scans}: {page.complaint}; see docs/real_pages.md")
        labelled = DeepScoresPage.of(Reading(read_truth(page.name, folder), (), page.name), number)
        pages.append(SymbolPage(labelled, partial(read_grey, page.scan)))
    return SymbolSet(scans, tuple(pages))


def published_classes() -> list[str]:
    """Return the classes that DeepScoresV2 and RealScores know, without our own: barlines, text, lyrics and so on."""
    return [one.name for one in vocabulary() if one.annotation_set == "deepscores"]


def page_table(pages: Sequence[RealPage], folder: Path = FOLDER) -> Table:
    """Return which pages were scored, with their true symbols, and why the others were not."""
    table = Table(["page", "edition", "symbols", "scored"])
    for page in pages:
        table.rows.append([page.name, page.edition, len(read_truth(page.name, folder)), page.complaint or "yes"])
    return table


def _scored(page: RealPage, scan: Path, read: Callable[[GreyImage], Reading], folder: Path) -> ScoredPage:
    found, failure = attempt(lambda: read(read_grey(scan)).symbols)
    staves = read_started(page.name, folder).start.staves
    space_px = float(np.median([one.space_px for one in staves])) if staves else None
    return ScoredPage(read_truth(page.name, folder), found, page.name, failure, space_px)


def _namesake(scans: Path, name: str) -> Path | None:
    """Return a picture called NAME.* or lying in a folder NAME, for the message that it is not the right one."""
    found = [path for path in sorted(scans.rglob("*.png")) if name in (path.stem, path.parent.name)]
    return found[0] if found else None
