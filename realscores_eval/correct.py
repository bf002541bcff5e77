"""Correct the boxes of a scanned page by hand: `python -m realscores_eval.correct COMMAND`.

start NAME PAGE.png READING.json    freeze detections (`detect-score detect` writes them) as starting boxes
draw NAME PAGE.png --out FOLDER     numbered close-ups of all that stands, unexplained ink in magenta
take NAME PAGE.png DRAFT            turn rough corrections into exact lines of the log (see `correct_draft`)
check NAME                          list what looks wrong: parities, lonely heads, ledger lines, rivals
apply [NAME ...]                    replay logs and write annotations; counts operations and symbols
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2

from notation.errors import DetectScoreError, InputError
from notation.files import read_text, write_text
from notation.page import GreyImage
from notation.reading_json import read_reading
from notation.staff import Staff
from realscores_eval.correct_draft import FITTED, Draft
from realscores_eval.correct_ink import ink_of, unexplained, without_staff_lines
from realscores_eval.correct_log import KINDS, count_kinds, current_rows, format_operation, replay
from realscores_eval.correct_overlay import draw_window, windows
from realscores_eval.correct_pages import (
    FOLDER,
    StartedPage,
    checksum,
    page_names,
    read_started,
    start_page,
    write_truth,
)
from realscores_eval.correct_suspects import suspects
from realscores_eval.page_folders import read_grey
from realscores_eval.tables import Table


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return 0, or 2 with one line of complaint."""
    options = _parser().parse_args(argv)
    try:
        options.run(options)
    except DetectScoreError as error:
        print(f"correct: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="correct", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files of the pages lie")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    start = commands.add_parser("start", help="freeze detections as starting boxes")
    start.add_argument("name")
    start.add_argument("page", type=Path)
    start.add_argument("reading", type=Path)
    start.add_argument("--edition", default="", help="publisher and year")
    start.set_defaults(run=_start)
    draw = commands.add_parser("draw", help="numbered close-ups")
    draw.add_argument("name")
    draw.add_argument("page", type=Path)
    draw.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    draw.add_argument("--parts", type=int, default=3, help="windows a system")
    draw.add_argument("--scale", type=float, default=1.6)
    draw.add_argument("--staves", type=int, default=2, metavar="N", help="staves a system")
    draw.add_argument("--names", action="store_true", help="name heads, stems, beams and ledger lines too")
    draw.add_argument("--window", type=int, nargs=4, metavar=("X0", "Y0", "X1", "Y1"), help="only this, in page px")
    draw.set_defaults(run=_draw)
    take = commands.add_parser("take", help="append rough corrections to the log, made exact")
    take.add_argument("name")
    take.add_argument("page", type=Path)
    take.add_argument("draft", type=Path)
    take.set_defaults(run=_take)
    check = commands.add_parser("check", help="list what looks wrong")
    check.add_argument("name")
    check.set_defaults(run=_check)
    apply = commands.add_parser("apply", help="write annotations from starting boxes and logs")
    apply.add_argument("names", nargs="*", metavar="NAME")
    apply.set_defaults(run=_apply)
    return parser


def _start(options: argparse.Namespace) -> None:
    reading, _ = read_reading(options.reading)
    start_page(options.name, reading, options.page, options.edition, options.folder)


def _draw(options: argparse.Namespace) -> None:
    page = read_started(options.name, options.folder)
    picture = _picture(page, options.page)
    rows = current_rows(page.start.symbols, page.operations)
    truth = page.truth
    missing = unexplained(without_staff_lines(ink_of(picture), page.start.staves), truth.names, truth.boxes)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.window:
        wanted = [tuple(options.window)]
    else:
        wanted = list(windows(page.start.staves, _systems(page.start.staves, options.staves), options.parts, picture))
    for number, window in enumerate(wanted):
        name = f"{options.name}.window.png" if options.window else f"{options.name}.{_place(number, options.parts)}.png"
        cv2.imwrite(str(options.out / name), draw_window(picture, missing, rows, window, options.scale, options.names))


def _take(options: argparse.Namespace) -> None:
    page = read_started(options.name, options.folder)
    ink = without_staff_lines(ink_of(_picture(page, options.page)), page.start.staves)
    new = Draft(page.start.symbols, page.operations, ink).exact(read_text(options.draft))
    replay(page.start.symbols, [*page.operations, *new])
    log = options.folder / f"{page.name}.log"
    before = read_text(log) if log.is_file() else ""
    write_text(log, before + "".join(f"{format_operation(one)}\n" for one in new))
    print("\n".join(format_operation(one) for one in new))


def _check(options: argparse.Namespace) -> None:
    page = read_started(options.name, options.folder)
    found = suspects(page.truth, page.start.staves)
    print("\n".join([*found, f"{len(found)} places to look at again"]))


def _apply(options: argparse.Namespace) -> None:
    table = Table(["page", "start", "untouched", *KINDS, "fitted", "symbols", "classes"])
    for name in options.names or page_names(options.folder):
        page = read_started(name, options.folder)
        truth = write_truth(page, options.folder)
        counts = count_kinds(page.operations)
        touched = {one.row for one in page.operations if one.kind != "add"}
        fitted = sum(one.comment == FITTED for one in page.operations)
        started = len(page.start.symbols)
        row = [started, started - len(touched), *(counts[kind] for kind in KINDS), fitted]
        table.rows.append([name, *row, len(truth), len(set(truth.names))])
    print(table.text())


def _picture(page: StartedPage, path: Path) -> GreyImage:
    if checksum(path) != page.sha256:
        raise InputError(f"{path}: not the scan that {page.name} was made from, its SHA-256 is not {page.sha256}")
    return read_grey(path)


def _systems(staves: Sequence[Staff], size: int) -> list[list[int]]:
    return [list(range(first, min(first + size, len(staves)))) for first in range(0, len(staves), size)]


def _place(number: int, parts: int) -> str:
    return f"{number // parts + 1}{'abcdefgh'[number % parts]}"


if __name__ == "__main__":
    sys.exit(main())
