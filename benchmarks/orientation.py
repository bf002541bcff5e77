"""How well turned pages are uprighted: predicted angle, false turns, notes read from turned pages against upright ones.

    python benchmarks/orientation.py FOLDER [FOLDER ...] [--pages N] [--step 15] [--fine 15] [--worn RECIPE]
    python benchmarks/orientation.py FOLDER --notes 0 3 90 180 [--pages N]

FOLDER holds pictures, or is a data set of `detect-score synth`, or holds one folder a page with `page.png` (and
`truth.mxl`, for `--notes`). Every page is turned by all multiples of `--step` degrees, and by every whole degree from
`-fine` to `fine`; 0 for none. Pages of a data set can be worn first, by a recipe of `scoreaug`. The lean of the page
itself is measured on its traced staves, or is that of the true ones in a data set.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from detector.orientation.upright import facing, page_turn, turned_upright
from detector.staves.tracing import trace_staves
from notation.graph import NotationGraph
from notation.page import GreyImage, LabelledPage, Reading
from notation.page_turn import PageTurn
from notation.staff import Staff
from realscores_eval.page_folders import MusicPage, dataset_pages, read_grey, scanned_pages
from realscores_eval.tables import Table
from scoreaug.recipes import recipe

#: An angle is right within this.
RIGHT_DEGREES = 0.2


@dataclass(frozen=True)
class Page:
    """A page as it is, and by how much its staves lean in it, clockwise."""

    name: str
    image: GreyImage
    lean_degrees: float


@dataclass
class Tally:
    """What was predicted: errors in degrees, by turn; pages where no staves were seen count as 180 degrees off."""

    errors: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    doubtful: int = 0

    def add(self, page: Page, turn: float) -> None:
        """Turn the page, predict, compare; the time is that of one core."""
        height, width = page.image.shape
        turned = turned_upright(page.image, PageTurn.of(np.deg2rad(turn), width, height))
        start = time.process_time()
        lies = facing(turned)
        self.ms.append(1000 * (time.process_time() - start))
        wanted = turn + page.lean_degrees
        error = 180.0 if lies is None else abs((np.rad2deg(lies.lean_rad) - wanted + 180) % 360 - 180)
        self.doubtful += lies is not None and not lies.is_sure
        self.errors.append(error)
        self.turns.append(turn)
        if error > 45:
            self.wrong.append(f"{page.name} at {turn:g}: {'no staves' if lies is None else f'off by {error:.0f}'}")

    def row(self, name: str, keep: Callable[[float], bool]) -> list[object]:
        """Return the table's row for the turns that `keep` wants."""
        chosen = np.array([keep(turn) for turn in self.turns])
        errors, ms = np.array(self.errors)[chosen], np.array(self.ms)[chosen]
        if not len(errors):
            return [name, 0, *["-"] * 5]
        right = errors[errors <= 45]
        fine = [f"{value:.3f}" for value in (np.median(right), right.max())] if len(right) else ["-", "-"]
        share = f"{(errors <= RIGHT_DEGREES).mean():.1%}"
        return [name, len(errors), f"{(errors <= 45).mean():.2%}", *fine, share, round(float(np.median(ms)))]


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    if options.notes:
        _print_notes(options)
        return
    tally = Tally()
    for folder in options.folder:
        for page in _thinned(list(_pages(folder, options.worn)), options.pages):
            for turn in _turns(options.step, options.fine):
                tally.add(page(), turn)
    columns = ["turned by", "pages", "right way up", "median error", "worst", f"within {RIGHT_DEGREES}", "ms"]
    table = Table(columns)
    table.rows.append(tally.row("nothing", lambda turn: turn == 0))
    table.rows.append(tally.row("90, 270", lambda turn: turn in (90, 270)))
    table.rows.append(tally.row("180", lambda turn: turn == 180))
    table.rows.append(tally.row("other steps", lambda turn: turn % 90 != 0 and 0 < turn < 360))
    table.rows.append(tally.row(f"skew up to {options.fine}", lambda turn: turn < 0 or turn > 360))
    print(table.markdown() if options.markdown else table.text())
    print("\n".join(["", *tally.wrong, f"{tally.doubtful} of {len(tally.errors)} turned pages in doubt"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--pages", type=int, metavar="N", help="only N pages of each folder, evenly spread")
    parser.add_argument("--step", type=float, default=15.0, help="degrees between turns, 15 unless given")
    parser.add_argument("--fine", type=int, default=15, help="also every whole degree up to this, both ways")
    parser.add_argument("--worn", metavar="RECIPE", help="wear the pages of data sets first")
    parser.add_argument("--notes", type=float, nargs="+", metavar="DEGREES", help="note F1 of pages turned so")
    parser.add_argument("--as-they-lie", action="store_true", help="with --notes: read without uprighting")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    return parser.parse_args()


def _turns(step: float, fine: int) -> list[float]:
    """Return turns in degrees; skews count on from 360, or are negative, so that they are told from steps."""
    steps = np.arange(0, 360, step).tolist() if step else [0.0]
    skews = [float(one) for one in range(1, fine + 1)]
    return [*steps, *(-one for one in skews), *(360 + one for one in skews)]


Load = Callable[[], Page]


def _thinned(pages: Sequence[Load], most: int | None) -> Iterator[Load]:
    wanted = len(pages) if most is None else min(most, len(pages))
    for row in np.linspace(0, len(pages) - 1, wanted).round().astype(int) if wanted else ():
        loaded = pages[row]()
        yield lambda loaded=loaded: loaded  # type: ignore[misc]


def _pages(folder: Path, worn: str | None) -> Iterator[Load]:
    if (folder / "readings").is_dir():
        for one in dataset_pages(folder):
            yield lambda one=one: _labelled(one, worn)  # type: ignore[misc]
        return
    for path in sorted([*folder.glob("*/page.png"), *folder.glob("*.png"), *folder.glob("*.jpg")]):
        yield lambda path=path: _scanned(path)  # type: ignore[misc]


def _scanned(path: Path) -> Page:
    image = read_grey(path)
    name = path.parent.name if path.name == "page.png" else path.name
    return Page(name, image, _lean_degrees(trace_staves(image)))


def _labelled(page: MusicPage, worn: str | None) -> Page:
    image, reading = page.image(), page.reading() if page.reading else None
    staves = reading.staves if reading else ()
    if worn and reading:
        whole = _worn(image, reading, worn, page.name)
        image, staves = whole.image, whole.reading.staves
    return Page(page.name, image, _lean_degrees(staves))


def _worn(image: GreyImage, reading: Reading, name: str, page: str) -> LabelledPage:
    clean = LabelledPage(image, reading, NotationGraph(len(reading.symbols)))
    return recipe(name)(clean, np.random.default_rng(zlib.crc32(page.encode())), 1.0)


def _lean_degrees(staves: Sequence[Staff]) -> float:
    """Return the mean lean of staves, weighted by their length."""
    if not staves:
        return 0.0
    slopes = [np.polyfit(staff.xs_px, staff.ys_px.mean(0), 1)[0] for staff in staves]
    lengths = [staff.x1_px - staff.x0_px for staff in staves]
    return float(np.rad2deg(np.arctan(np.average(slopes, weights=lengths))))


def _print_notes(options: argparse.Namespace) -> None:
    """Print note F1 (pitch and onset and duration) a page and turn."""
    from detector.reader import Detector
    from realscores_eval.notes import compare
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    detector = Detector.load()
    table = Table(["page", *(f"{turn:g}" for turn in options.notes)])
    for page in [one for folder in options.folder for one in _music(folder, options.pages)]:
        image, truth, row = page.image(), page.musicxml(), []
        for turn in options.notes:
            turned = turned_upright(image, PageTurn.of(np.deg2rad(turn), image.shape[1], image.shape[0]))
            upright = turned if options.as_they_lie else turned_upright(turned, page_turn(turned))
            result = musicxml_text(assemble([detector.read(upright)]).score)
            row.append(compare(truth, result).f1)
        table.rows.append([page.name, *(f"{value:.4f}" for value in row)])
        print(*table.rows[-1], flush=True)
    figures = np.array([[float(value) for value in row[1:]] for row in table.rows])
    table.rows.append(["mean", *(f"{value:.4f}" for value in figures.mean(0))])
    print(table.markdown() if options.markdown else table.text())


def _music(folder: Path, most: int | None) -> list[MusicPage]:
    pages = list(dataset_pages(folder) if (folder / "readings").is_dir() else scanned_pages(folder))
    wanted = len(pages) if most is None else min(most, len(pages))
    return [pages[row] for row in np.linspace(0, len(pages) - 1, wanted).round().astype(int)]


if __name__ == "__main__":
    main()
