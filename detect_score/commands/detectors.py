"""Compare detectors on the same pages in one table: AP, time a page, size, training."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from detect_score.commands.evaluate import FAINT
from detect_score.outputs import claim
from notation.errors import ConfigurationError, InputError
from notation.files import write_text
from realscores_eval.detector_comparison import Entrant, Training, compare_detectors
from realscores_eval.detector_tables import document, report
from realscores_eval.real_pages_truth import real_pages_set
from realscores_eval.symbol_set import SymbolSet, deepscores_set

#: Name of the hand-corrected real pages in the tables, and of their proposals.
REAL_PAGES = "real"
#: Common classes of which published tables of detectors give the AP.
PATTERNS = ("noteheadBlackOnLine", "noteheadBlackInSpace", "clefG", "restQuarter", "rest8th")
_DETECTOR_HELP = (
    "[LABEL=]WHAT, may be repeated (default: yolo): what --detector of other commands takes, or DeepScoresV2 "
    "proposals: FILE.json for a single set of pages, or a folder with SET.json for every set"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="PAGES",
        help="dataset of `detect-score synth`, DeepScoresV2, RealScores",
    )
    parser.add_argument("--detector", dest="detectors", action="append", metavar="WHAT", help=_DETECTOR_HELP)
    parser.add_argument(
        "--real-pages", type=Path, metavar="FOLDER", help=f"also the hand-corrected pages; their set is `{REAL_PAGES}`"
    )
    parser.add_argument("--split", choices=("train", "val", "test"), help="of datasets (default: test)")
    parser.add_argument("--pages", type=int, metavar="N", help="only N pages of each set, evenly spread")
    parser.add_argument(
        "--show",
        action="append",
        metavar="PATTERN",
        help="classes with columns of their own, as rest* (default: " + ", ".join(PATTERNS) + ")",
    )
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure")
    parser.add_argument("--force", action="store_true", help="overwrite FILE where it exists")


def run(options: argparse.Namespace) -> int:
    """Print the tables; return 0, or 1 when a detector failed on some page."""
    claim([options.json] if options.json else [], [], force=options.force)
    sets = _sets(options)
    entrants = _entrants(options.detectors or ["yolo"], sets)
    turns = sum(len(one.pages) for one in sets.values()) * sum(one.detect is not None for one in entrants)
    with tqdm(total=turns, unit="page", disable=not sys.stderr.isatty(), leave=False) as bar:

        def done(detector: str, test_set: str) -> None:
            bar.set_postfix_str(f"{detector} {test_set}")
            bar.update()

        result = compare_detectors(sets, entrants, done=done)
    print(report(result, options.show or PATTERNS, markdown=options.markdown))
    if options.json:
        write_text(options.json, json.dumps(document(result), indent=1))
    return 1 if result.failures else 0


def _sets(options: argparse.Namespace) -> dict[str, SymbolSet]:
    """Return the test sets by the name of their folder."""
    found = [(folder.resolve().stem, deepscores_set(folder, split=options.split)) for folder in options.folders]
    found += [(REAL_PAGES, real_pages_set(options.real_pages))] if options.real_pages else []
    if not found:
        raise InputError("no pages to compare on: name folders of pages, or --real-pages")
    for name, test_set in found:
        if not test_set.pages:
            raise InputError(f"{test_set.source}: holds no pages")
        if [one for one, _ in found].count(name) > 1:
            raise InputError(f"{test_set.source}: another set is called {name} too")
    return {name: test_set.spread(options.pages) for name, test_set in found}


def _entrants(words: Sequence[str], sets: Mapping[str, SymbolSet]) -> list[Entrant]:
    entrants = [_entrant(word, sets) for word in words]
    names = [one.name for one in entrants]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"expected a label of its own for every detector, got {', '.join(names)}")
    return entrants


def _entrant(word: str, sets: Mapping[str, SymbolSet]) -> Entrant:
    """Return the detector that an option names."""
    label, equals, what = word.partition("=")
    what = what if equals else word
    label = label if equals else Path(what).stem if Path(what).suffix in {".onnx", ".json"} else Path(what).name
    if what.endswith(".json") or Path(what).is_dir():
        return Entrant(label, proposals=_proposals(Path(what), sets))
    return _loaded(label, what)


def _proposals(path: Path, sets: Mapping[str, SymbolSet]) -> dict[str, Path]:
    """Return the file of proposals for every set."""
    if path.is_dir():
        files = {name: path / f"{name}.json" for name in sets}
        missing = [str(one) for one in files.values() if not one.is_file()]
        if missing:
            raise InputError(f"{', '.join(missing)}: missing; expected proposals for every set")
        return files
    if len(sets) > 1:
        raise InputError(
            f"{path}: holds proposals for one set; name a folder with {', '.join(f'{one}.json' for one in sets)}"
        )
    return dict.fromkeys(sets, path)


def _loaded(label: str, what: str) -> Entrant:
    """Load a detector of the registry, which reports faint symbols too: AP is the area under the whole curve."""
    from detector.model_record import ModelRecord, model_file, record_of
    from detector.registry import Wish, load_detector

    detector = load_detector(what, Wish(least_scores={"*": FAINT}))
    path, stated = model_file(what), getattr(detector, "classes", None)
    known = None if stated is None else frozenset(stated)
    record: ModelRecord | None = getattr(detector, "record", None) if path is None else record_of(path)
    if record is None:
        return Entrant(label, detector.read, classes=known)
    training = Training(record.minutes, record.steps)
    return Entrant(label, detector.read, {}, known or frozenset(record.classes), record.megabytes, training)
