"""Real pages with boxes: starting boxes, correction log and annotations of each page, and which scan they belong to.

    real_pages/NAME.start.json   what a detector found, frozen (a `Reading`), with the checksum of the scan
    real_pages/NAME.log          the corrections, one operation a line
    real_pages/NAME.json         the result as a DeepScoresV2 annotation file

The scans are not part of the project. A page is found by its SHA-256 checksum, whatever its file is called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from notation.deepscores import DeepScoresPage, read_deepscores, write_deepscores
from notation.errors import FormatError, InputError
from notation.files import Json, PathLike, read_json, read_text, write_json
from notation.page import Reading
from notation.reading_json import from_document, to_document
from notation.symbols import Symbols
from realscores_eval.correct_log import Operation, parse_log, replay

FOLDER = Path(__file__).parent / "real_pages"
_PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"}


@dataclass(frozen=True)
class StartedPage:
    """A page under correction.

    Attributes:
        name: of the three files.
        start: the frozen detection; boxes of the log's rows, and the traced staves.
        sha256: checksum of the scan's file.
        edition: what was scanned.
        operations: the log.
    """

    name: str
    start: Reading
    sha256: str
    edition: str
    operations: tuple[Operation, ...]

    @property
    def truth(self) -> Symbols:
        """The starting boxes after the log; raises `FormatError` as `correct_log.replay` does."""
        try:
            return replay(self.start.symbols, self.operations)
        except FormatError as error:
            raise FormatError(f"{self.name}.log: {error}") from error


def page_names(folder: Path = FOLDER) -> list[str]:
    """Return the names of all pages that were started."""
    return sorted(path.name.removesuffix(".start.json") for path in folder.glob("*.start.json"))


def checksum(path: PathLike) -> str:
    """Return the SHA-256 of a file in hexadecimal; raises `InputError` when it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def start_page(name: str, reading: Reading, picture: PathLike, edition: str = "", folder: Path = FOLDER) -> None:
    """Freeze a detection as the starting boxes of a page; boxes to a tenth of a pixel, scores to a thousandth.

    Raises:
        InputError: the page was started already: its log would lose its meaning.
        OutputError: the file cannot be written.
    """
    path = folder / f"{name}.start.json"
    if path.exists():
        raise InputError(f"{path}: this page was started already, and its log means those boxes")
    symbols = reading.symbols
    rounded, _ = Symbols.of(
        np.concatenate([symbols.boxes[:, :4].round(1), symbols.boxes[:, 4:].round(4)], 1),
        symbols.class_ids,
        symbols.scores.round(3),
        width_px=symbols.width_px,
        height_px=symbols.height_px,
    )
    document = to_document(Reading(rounded, reading.staves, f"{name}{Path(picture).suffix}"))
    shorter = {key: _rounded(value, 4) for key, value in document.items()}
    write_json(path, shorter | {"page_sha256": checksum(picture), "edition": edition})


def read_started(name: str, folder: Path = FOLDER) -> StartedPage:
    """Read starting boxes and log of a page; a page without a log has none yet.

    Raises:
        InputError: there is no such page.
        FormatError: a file is broken.
    """
    path = folder / f"{name}.start.json"
    document = read_json(path)
    try:
        reading, _ = from_document(document)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    log = folder / f"{name}.log"
    try:
        operations = parse_log(read_text(log)) if log.is_file() else []
    except FormatError as error:
        raise FormatError(f"{log}: {error}") from error
    match document:
        case {"page_sha256": str(sha256), "edition": str(edition)}:
            return StartedPage(name, reading, sha256, edition, tuple(operations))
    raise FormatError(f"{path}: expected page_sha256 and edition")


def write_truth(page: StartedPage, folder: Path = FOLDER) -> Symbols:
    """Replay a log, write the annotations and return them; corners to a hundredth of a pixel."""
    truth, path = page.truth, folder / f"{page.name}.json"
    reading = Reading(truth, (), page.start.source)
    about = f"{page.name}, {page.edition}; scan with SHA-256 {page.sha256}; detections corrected by hand"
    write_deepscores(path, [DeepScoresPage.of(reading, 1)], description=about)
    write_json(path, _rounded(read_json(path), 2))
    return truth


def read_truth(name: str, folder: Path = FOLDER) -> Symbols:
    """Read the annotations of a page; raises `InputError` or `FormatError`."""
    pages, _ = read_deepscores(folder / f"{name}.json")
    if len(pages) != 1:
        raise FormatError(f"{folder / name}.json: expected one page, got {len(pages)}")
    return pages[0].reading.symbols


def find_scans(folder: Path, wanted: Collection[str]) -> dict[str, Path]:
    """Return the picture for each checksum of `wanted` that lies under `folder`, whatever its name.

    Raises:
        InputError: the folder is not there.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of scanned pages")
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES and path.is_file())
    sums = ((checksum(path), path) for path in pictures)
    return {sha256: path for sha256, path in sums if sha256 in wanted}


def _rounded(value: Json, digits: int) -> Json:
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, list):
        return [_rounded(one, digits) for one in value]
    if isinstance(value, dict):
        return {key: _rounded(one, digits) for key, one in value.items()}
    return value
