"""Measure a detector and the reader on pages with truth: AP, and notes found, in three lines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from detect_score import real_pages
from detect_score.outputs import claim
from detect_score.reading_options import add_reading_options, load_detector
from detect_score.symbol_evaluation import (
    add_symbol_options,
    concerns_symbols,
    report_targets,
    report_three_lines,
    run_symbols,
)
from notation.errors import InputError
from notation.files import write_text
from notation.page import Reading
from realscores_eval.differences import cause_table, explain
from realscores_eval.page_folders import MusicPage, dataset_pages, names_of_split, scanned_pages
from realscores_eval.three_lines import END_TO_END, TRUE_SYMBOLS, Detect, PageLines, ThreeLines, three_lines
from realscores_eval.three_lines_report import document, report

#: AP is the area under the whole curve, so its detector must speak below the threshold of the reader.
FAINT = 0.05


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "folder",
        type=Path,
        help="dataset of `detect-score synth`, folders with page.png and truth.mxl, DeepScoresV2 or RealScores, MuNG",
    )
    parser.add_argument("--split", choices=("train", "val", "test"), help="only this split of a dataset")
    parser.add_argument("--pages", type=int, metavar="N", help="only the first N pages")
    add_reading_options(parser)
    parser.add_argument("--real-pages", action="store_true", help="AP against the hand-corrected real pages in FOLDER")
    parser.add_argument("--no-detector", action="store_true", help="only reconstruction from true symbols")
    parser.add_argument("--widen", type=float, default=0.0, metavar="SP", help="also AP with thin boxes this wide")
    parser.add_argument("--explain", action="store_true", help="also why notes were lost, page by page")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    parser.add_argument("--no-classes", action="store_true", help="leave out the table of single classes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the MusicXML that was written for each page")
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    add_symbol_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print the tables; return 0, or 1 when some page failed."""
    if options.real_pages:
        return real_pages.run(options, lambda: _detectors(options)[1])
    claim(report_targets(options), [], force=options.force)
    if concerns_symbols(options):
        return run_symbols(options, lambda: _detectors(options)[1])
    pages = _pages(options)
    detect, faint = (None, None) if options.no_detector else _detectors(options)
    with tqdm(total=len(pages), unit="page", disable=not sys.stderr.isatty(), leave=False) as bar:

        def done(page: PageLines) -> None:
            bar.update()
            _keep(options.keep, page)

        result = three_lines(pages, _rebuild, detect, detect_faint=faint, widen_sp=options.widen, done=done)
    print(report(result, markdown=options.markdown, classes=not options.no_classes))
    report_three_lines(options, pages, result)
    if options.explain:
        print(f"\n{_causes(pages, result, markdown=options.markdown)}")
    if options.json:
        write_text(options.json, json.dumps(document(result), indent=1))
    return 1 if result.failures else 0


def _detectors(options: argparse.Namespace) -> tuple[Detect, Detect]:
    """Return the detector that reads, and the same one reporting faint symbols too, for the AP."""
    return load_detector(options).read, load_detector(options, {"*": FAINT}).read


def _rebuild(readings: Sequence[Reading]) -> str:
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    return musicxml_text(assemble(readings).score)


def _causes(pages: Sequence[MusicPage], result: ThreeLines, *, markdown: bool) -> str:
    """Return a table of causes for each line that wrote notes, the null baseline aside."""
    truth = {page.name: page.musicxml() for page in pages}
    tables = []
    for line in (TRUE_SYMBOLS, END_TO_END):
        written = {page.name: page.musicxml[line] for page in result.pages if line in page.musicxml}
        if written:
            lost = {name: explain(truth[name], text) for name, text in written.items()}
            tables.append(f"{'## ' if markdown else ''}Why notes were lost: {line}\n\n{cause_table(lost)}")
    return "\n\n".join(tables)


def _pages(options: argparse.Namespace) -> list[MusicPage]:
    """Return the pages asked for; a folder with `readings/` is a dataset, any other a shelf of scanned pages."""
    names = names_of_split(options.folder, options.split) if options.split else None
    if (options.folder / "readings").is_dir():
        found: Iterator[MusicPage] = dataset_pages(options.folder, names)
    else:
        found = scanned_pages(options.folder, names)
    pages = list(found)[: options.pages]
    if not pages:
        raise InputError(f"{options.folder}: holds no pages with truth")
    return pages


def _keep(folder: Path | None, page: PageLines) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for line, text in page.musicxml.items():
        write_text(folder / f"{page.name}.{line.replace(' ', '-')}.musicxml", text)
