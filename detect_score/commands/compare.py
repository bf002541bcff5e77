"""Compare systems that read music on the same pages: error rates on tokens, trees and notes, time per page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tqdm import tqdm

from detect_score.outputs import claim
from detect_score.staff_lmx import STAFF_LMX, staff_lmx_reader
from notation.errors import ConfigurationError, InputError
from notation.files import write_text
from realscores_eval.omr_ned import DETAILS, OmrNed
from realscores_eval.page_folders import MusicPage, dataset_pages, names_of_split, scanned_pages, spread
from realscores_eval.systems.comparison import compare_systems
from realscores_eval.systems.comparison_report import document, report
from realscores_eval.systems.page_scores import OmrNedMetric, PageScores
from realscores_eval.systems.system import TIMEOUT_S, System, command_system, folder_system, homr_system, null_system

_SYSTEM_HELP = (
    "NAME=COMMAND with {page} and {out}, NAME=FOLDER of MusicXML, kern, MEI or LMX named after the pages, "
    "`homr` where it is installed, `ours` or NAME=ours:MODEL, `staff-lmx` or NAME=staff-lmx:MODEL, "
    "which reads staves as sequences; may be repeated (default: ours)"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="PAGES",
        help="dataset of `detect-score synth`, or folders with page.png and truth.mxl",
    )
    parser.add_argument("--system", action="append", default=[], metavar="NAME=WHAT", help=_SYSTEM_HELP)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="what the systems write; goes on there"
    )
    parser.add_argument("--split", choices=("train", "val", "test"), help="only this split of a dataset")
    parser.add_argument("--pages", type=int, metavar="N", help="only N pages of each folder, evenly spread")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S, metavar="S", help="for a command, per page")
    parser.add_argument("--omr-ned", metavar="PYTHON", help="a Python with musicdiff (default: this one, if it has it)")
    parser.add_argument("--omr-ned-all", action="store_true", help="with everything that musicdiff compares")
    parser.add_argument("--no-omr-ned", action="store_true", help="leave OMR-NED out, which takes longest")
    parser.add_argument("--no-null", action="store_true", help="leave out the truth through our own reader and writer")
    parser.add_argument("--every-page", action="store_true", help="also a row for every page")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure")
    parser.add_argument("--force", action="store_true", help="overwrite FILE where it exists")


def run(options: argparse.Namespace) -> int:
    """Print the table; return 0, or 1 when some page of some system was a complete miss."""
    claim([options.json] if options.json else [], [], force=options.force)
    pages = _pages(options.folders, options.split, options.pages)
    systems = _systems(options, {page.name: page for page in pages})
    omr_ned, why_not = _omr_ned(options)
    with tqdm(total=len(pages) * len(systems), disable=not sys.stderr.isatty(), leave=False) as bar:

        def done(system: str, scores: PageScores) -> None:
            bar.set_postfix_str(f"{system} {scores.page}")
            bar.update()

        result = compare_systems(pages, systems, options.out, omr_ned=omr_ned, done=done)
    print(report(result, markdown=options.markdown, pages=options.every_page))
    if why_not:
        print(f"\nno OMR-NED: {why_not}")
    if options.json:
        write_text(options.json, json.dumps(document(result), indent=1))
    return 1 if result.failures else 0


def _pages(folders: list[Path], split: str | None, count: int | None) -> list[MusicPage]:
    """Return the pages of all folders; one with `readings/` is a dataset, any other a shelf of scanned pages."""
    pages: list[MusicPage] = []
    for folder in folders:
        wanted = names_of_split(folder, split) if split else None
        listed = dataset_pages(folder, wanted) if (folder / "readings").is_dir() else scanned_pages(folder, wanted)
        pages += spread(listed, count)
    names = [page.name for page in pages]
    twice = {name for name in names if names.count(name) > 1}
    if not pages or twice:
        raise InputError(
            f"{folders[0]}: " + (f"page {min(twice)} stands twice" if twice else "holds no pages with truth")
        )
    return pages


def _systems(options: argparse.Namespace, pages: Mapping[str, MusicPage]) -> list[System]:
    words = options.system or ["ours"]
    systems = [] if options.no_null else [null_system(lambda name: pages[name].musicxml())]
    systems += [_system(word, options.timeout) for word in words]
    names = [one.name for one in systems]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"expected a name of its own for every system, got {', '.join(names)}")
    return systems


def _system(word: str, timeout_s: float) -> System:
    """Return the system that an option names."""
    name, equals, what = word.partition("=")
    what = what if equals else name
    if not name or "/" in name or name in ("pages", "."):
        raise ConfigurationError(f"--system {word}: expected NAME=WHAT, with a name that can name a folder")
    if what == "ours" or what.startswith("ours:"):
        return System(name, _own_reader(what.partition(":")[2] or None))
    if what == STAFF_LMX or what.startswith(f"{STAFF_LMX}:"):
        return System(name, staff_lmx_reader(what.partition(":")[2] or None))
    if "{page}" in what:
        return command_system(name, what, timeout_s)
    if what == "homr":
        return homr_system(name, timeout_s)
    if not Path(what).is_dir():
        known = f"homr, nor ours, nor {STAFF_LMX}"
        raise ConfigurationError(f"--system {word}: neither a command with {{page}}, nor a folder, nor {known}")
    return folder_system(name, Path(what))


def _own_reader(weights: str | None) -> Callable[[Path, Path], str]:
    """Return our reader from the picture to MusicXML; the model is loaded before the first page, not timed with it."""
    from detect_score.pages import open_pages
    from detect_score.pipeline import PageFailed, read_page
    from detector.reader import Detector
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    detector = Detector.load(weights)

    def read(page: Path, folder: Path) -> str:
        loaders = open_pages(page)  # kept while the page loads: the file closes with it
        outcome = read_page(next(iter(loaders))(), page, detector)
        if isinstance(outcome, PageFailed):
            raise InputError(outcome.reason)
        return musicxml_text(assemble([outcome.reading]).score)

    return read


def _omr_ned(options: argparse.Namespace) -> tuple[OmrNedMetric | None, str]:
    """Return the metric, or why there is none; an interpreter that was named must have it."""
    if options.no_omr_ned:
        return None, ""
    try:
        return OmrNed.find(options.omr_ned, () if options.omr_ned_all else DETAILS).score, ""
    except ConfigurationError as error:
        if options.omr_ned:
            raise
        return None, str(error)
