"""The part of `evaluate` that scores symbols: annotation files, proposals in place of a detector, and the report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import shorten

from tqdm import tqdm

from notation.files import write_text
from notation.page import GreyImage
from realscores_eval import analysis_json
from realscores_eval.analysis import Analysis, analyse, renamed
from realscores_eval.analysis_tables import best_section, sections, sections_text
from realscores_eval.average_precision import Evaluation
from realscores_eval.bootstrap import RESAMPLES
from realscores_eval.html_report import report_files, write_report
from realscores_eval.matching import Shape
from realscores_eval.muscima import in_muscima_classes, mung_set
from realscores_eval.page_folders import MusicPage
from realscores_eval.scored_page import ScoredPage
from realscores_eval.symbol_set import Found, SymbolSet, deepscores_set, undeclared
from realscores_eval.three_lines import Detect, ThreeLines

#: Remarks on truth and proposals that are printed, and their width in characters; the report has all of them in full.
_REMARKS, _REMARK_WIDTH = 8, 160


def add_symbol_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that concern symbols alone."""
    group = parser.add_argument_group("symbols")
    group.add_argument("--symbols", action="store_true", help="score symbols only, also where the music is known")
    group.add_argument("--proposals", type=Path, metavar="FILE", help="DeepScoresV2 proposals in place of a detector")
    group.add_argument("--annotations", metavar="NAME", help="the annotation file in the folder, where it has several")
    group.add_argument("--muscima", action="store_true", help="compare in the classes of MUSCIMA++")
    group.add_argument("--report", type=Path, metavar="TARGET", help="also an HTML report: FILE.html, or a folder")
    group.add_argument("--best", type=int, metavar="N", help="also the N best classes, laid out as table 4.1")
    group.add_argument("--score", type=float, metavar="S", help="confusions from this score on; default: best F1")
    group.add_argument(
        "--resamples", type=int, default=RESAMPLES, metavar="N", help="of the bootstrap over pages; 0 for no intervals"
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap")


def concerns_symbols(options: argparse.Namespace) -> bool:
    """Return whether only symbols can be scored, or were asked for."""
    folder: Path = options.folder
    if options.symbols or options.proposals or options.annotations or options.muscima or folder.is_file():
        return True
    has_music = (folder / "readings").is_dir() or any(folder.glob("*/truth.mxl"))
    return not has_music and any(path.suffix in {".json", ".xml"} for path in folder.glob("*.*"))


def report_targets(options: argparse.Namespace) -> list[Path]:
    """Return the files that will be written, and make the folder of the report."""
    targets = [options.json] if options.json else []
    if options.report:
        files = report_files(options.report)
        if len(files) > 1:
            options.report.mkdir(parents=True, exist_ok=True)
        targets += files
    return targets


def run_symbols(options: argparse.Namespace, load: Callable[[], Detect]) -> int:
    """Score symbols and print the tables; return 0, or 1 when some page failed."""
    symbol_set = _symbol_set(options)
    found = symbol_set.proposals(options.proposals) if options.proposals else _detections(symbol_set, load())
    result = _analysis(options, symbol_set, found)
    remarks = [*symbol_set.remarks, *_left_out(symbol_set, found)]
    shown = [shorten(one, _REMARK_WIDTH, placeholder=" ...") for one in remarks[:_REMARKS]]
    print("\n".join([f"{len(symbol_set.pages)} pages of {symbol_set.source}", *shown, ""]))
    print(_text(options, result, sections_text(sections(result, classes=not options.no_classes), **_style(options))))
    settings = {"truth": str(symbol_set.source), **_settings(options, result)}
    settings |= {"remarks": "; ".join(remarks)} if remarks else {}
    _write(options, result, [page.image for page in symbol_set.pages], settings)
    if options.json:
        write_text(options.json, json.dumps(analysis_json.document(result), indent=1))
    return 1 if result.evaluations[0].failures else 0


def report_three_lines(options: argparse.Namespace, pages: Sequence[MusicPage], result: ThreeLines) -> None:
    """Print what the three lines do not say about the symbols, and write the report."""
    if not result.evaluations:
        return
    scored = [page.detected for page in result.pages if page.detected is not None]
    found = _analyse(options, result.evaluations, scored, "oriented")
    shown = sections(found, classes=not options.no_classes, more=True)
    print("\n" + _text(options, found, sections_text(shown, **_style(options))))
    images = {page.name: page.image for page in pages}
    settings = {"truth": str(options.folder), **_settings(options, found)}
    _write(options, found, [images[page.name] for page in scored], settings)


def _symbol_set(options: argparse.Namespace) -> SymbolSet:
    folder: Path = options.folder
    if folder.is_dir() and not options.annotations and any(folder.glob("*.xml")) and not any(folder.glob("*.json")):
        return mung_set(folder).first(options.pages)
    found = deepscores_set(folder, options.annotations, options.split).first(options.pages)
    return in_muscima_classes(found) if options.muscima else found


def _detections(symbol_set: SymbolSet, detect: Detect) -> dict[int, Found]:
    with tqdm(total=len(symbol_set.pages), unit="page", disable=not sys.stderr.isatty(), leave=False) as bar:
        return symbol_set.detections(detect, bar.update)


def _analysis(options: argparse.Namespace, symbol_set: SymbolSet, found: Mapping[int, Found]) -> Analysis:
    shape = symbol_set.shapes[0]
    scored = symbol_set.scored(found, shape, "standard")
    return renamed(_analyse(options, symbol_set.evaluate(found), scored, shape), symbol_set.shown)


def _analyse(
    options: argparse.Namespace, evaluations: Sequence[Evaluation], scored: Sequence[ScoredPage], shape: Shape
) -> Analysis:
    return analyse(
        evaluations, scored, shape=shape, resamples=options.resamples, seed=options.seed, least_score=options.score
    )


def _left_out(symbol_set: SymbolSet, found: Mapping[int, Found]) -> list[str]:
    counts = undeclared(symbol_set, found)
    if not counts:
        return []
    listed = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    return [f"detections of classes that the truth does not know, not compared: {listed}"]


def _text(options: argparse.Namespace, result: Analysis, text: str) -> str:
    """Return the tables, with the best classes behind them where they were asked for."""
    if not options.best:
        return text
    return f"{text}\n\n{best_section(result.evaluations[0], options.best).text(**_style(options))}"


def _style(options: argparse.Namespace) -> dict[str, bool]:
    return {"markdown": options.markdown}


def _settings(options: argparse.Namespace, result: Analysis) -> dict[str, str]:
    """Return what was measured and how, for the head of the report."""
    detector = ", ".join(options.weights or ["shipped weights"]) if options.detector == "yolo" else options.detector
    return {
        "detections": str(options.proposals) if options.proposals else f"{detector}, effort {options.effort}",
        "boxes of errors, curves and crops": f"{result.shape}, standard mode",
        "score of confusions and crops": f"{result.confusion.least_score:.3f}"
        + ("" if options.score is not None else " (best F1 of all symbols)"),
        "bootstrap": f"{options.resamples} resamples of the pages, seed {options.seed}",
    }


def _write(
    options: argparse.Namespace,
    result: Analysis,
    images: Sequence[Callable[[], GreyImage]],
    settings: Mapping[str, str],
) -> None:
    if not options.report:
        return
    title = f"Symbols found on {Path(settings['truth']).name}"
    written = write_report(options.report, result, images, settings, title)
    print(f"\nwrote {', '.join(str(path) for path in written)}")
