"""Find the symbols and staff lines of one page and save them for a later `rebuild` or for other tools."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from detect_score.orientation import in_file_frame
from detect_score.outputs import claim
from detect_score.pipeline import PageFailed, read_files
from detect_score.reading_options import add_reading_options, load_detector
from notation.errors import InputError
from notation.page import Reading

FORMATS = ("json", "deepscores", "coco", "yolo-obb", "mung")
_SUFFIXES = {"yolo-obb": ".txt", "mung": ".xml"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("page", type=Path, help="a picture of one page")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: the page's name + .symbols.json")
    parser.add_argument("--format", choices=FORMATS, default="json", help="json (for `rebuild`, with staff lines), ...")
    add_reading_options(parser)
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")


def run(options: argparse.Namespace) -> int:
    """Write the symbols; return 0."""
    target = options.output or options.page.with_suffix(".symbols" + _SUFFIXES.get(options.format, ".json"))
    beside = [target.with_suffix(".yaml")] if options.format == "yolo-obb" else []
    claim([target, *beside], [options.page], force=options.force)
    outcomes = read_files([options.page], load_detector(options))
    if len(outcomes) != 1:
        raise InputError(f"{options.page}: holds {len(outcomes)} pages; `detect` takes one page at a time")
    outcome = outcomes[0]
    if isinstance(outcome, PageFailed):
        raise InputError(outcome.reason)
    writer(options.format)(target, outcome.reading)
    print(f"{len(outcome.reading.symbols)} symbols, {len(outcome.reading.staves)} staves; wrote {target}")
    return 0


def writer(format_name: str) -> Callable[[Path, Reading], None]:
    """Return the function that writes a reading in one of `FORMATS`, in the frame of the file that was read."""
    from notation import coco, deepscores_proposals, mung, reading_json

    return {
        "json": reading_json.write_reading,
        "deepscores": lambda path, seen: deepscores_proposals.write_proposals(path, {1: in_file_frame(seen).symbols}),
        "coco": lambda path, seen: coco.write_coco(path, {1: in_file_frame(seen)}),
        "yolo-obb": lambda path, seen: _write_yolo_obb(path, in_file_frame(seen)),
        "mung": lambda path, seen: mung.write_mung(path, in_file_frame(seen)),
    }[format_name]


def _write_yolo_obb(path: Path, reading: Reading) -> None:
    """Write the labels, and beside them the class list that gives their numbers a meaning."""
    from notation.vocabulary import vocabulary
    from notation.yolo_obb import write_class_list, write_yolo_obb

    write_yolo_obb(path, reading.symbols, vocabulary().names(), with_scores=True)
    write_class_list(path.with_suffix(".yaml"), vocabulary().names())
