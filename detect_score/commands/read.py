"""Read pages of music (pictures, PDF) into one MusicXML file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from detect_score.outputs import claim
from detect_score.pipeline import Outcome, PageFailed, PageRead, read_files
from detect_score.reading_options import add_reading_options, load_detector
from notation.errors import InputError
from notation.files import write_bytes, write_text


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="PNG, JPEG, TIFF, ... or PDF, in order")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: the first page's name + .musicxml")
    parser.add_argument("--separate", action="store_true", help="one MusicXML a file instead of one joined score")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write symbols, graph, issues and links")
    parser.add_argument("--overlay", type=Path, metavar="FILE.png", help="also draw what was found on the page")
    parser.add_argument("--midi", type=Path, metavar="FILE", help="also write the music as MIDI")
    add_reading_options(parser)
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary")


def run(options: argparse.Namespace) -> int:
    """Read all pages; return 0, 1 when some failed, 2 when none could be used."""
    if options.separate:
        return _read_separately(options)
    return _read_joined(options, options.pages, options.output or _beside(options.pages[0]))


def _read_separately(options: argparse.Namespace) -> int:
    if options.output or options.json or options.overlay or options.midi:
        raise InputError("--separate names its outputs itself; leave out -o, --json, --overlay and --midi")
    claim([_beside(page) for page in options.pages], options.pages, force=options.force)
    codes = []
    for page in options.pages:
        try:
            codes.append(_read_joined(options, [page], _beside(page)))
        except InputError as error:
            print(f"detect-score: {error}", file=sys.stderr)
            codes.append(2)
    return 2 if min(codes) == 2 else min(1, max(codes))


def _read_joined(options: argparse.Namespace, pages: Sequence[Path], target: Path) -> int:
    extras = [path for path in (options.json, options.overlay, options.midi) if path is not None]
    claim([target, *extras], pages, force=options.force)
    outcomes = _read_all(options, pages)
    read = [one for one in outcomes if isinstance(one, PageRead)]
    failed = [one for one in outcomes if isinstance(one, PageFailed)]
    if not read:
        _complain(failed[:-1])
        raise InputError(failed[-1].reason if failed else f"{pages[0]}: holds no page")
    _complain(failed)
    _write(options, read, target)
    return 1 if failed else 0


def _read_all(options: argparse.Namespace, pages: Sequence[Path]) -> list[Outcome]:
    return read_files(pages, load_detector(options), quiet=options.quiet)


def _write(options: argparse.Namespace, read: Sequence[PageRead], target: Path) -> None:
    from detect_score.summary import summary
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    assembly = assemble([one.reading for one in read])
    write_text(target, musicxml_text(assembly.score))
    if options.json:
        from detect_score.result_json import result_text

        write_text(options.json, result_text(read, assembly.graphs, assembly.score))
    if options.midi:
        from reconstruction.midi import midi_bytes

        write_bytes(options.midi, midi_bytes(assembly.score))
    if options.overlay:
        overlays = list(_numbered(options.overlay, len(read)))
        claim(overlays, options.pages, force=options.force)
        for path, one in zip(overlays, read, strict=True):
            _write_overlay(path, one)
    if not options.quiet:
        print(summary(assembly.score, read))
        print(f"wrote {target}")


def _write_overlay(path: Path, one: PageRead) -> None:
    from detect_score.overlay import draw, png_bytes

    write_bytes(path, png_bytes(draw(one.page.pixels, one.reading)))


def _numbered(path: Path, count: int) -> Iterator[Path]:
    """Yield the path itself for one page, path-1, path-2, ... for several."""
    for number in range(1, count + 1):
        yield path if count == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _beside(page: Path) -> Path:
    return page.with_name(page.name + ".musicxml") if page.suffix == ".musicxml" else page.with_suffix(".musicxml")


def _complain(failed: Sequence[PageFailed]) -> None:
    for one in failed:
        print(f"detect-score: {one.reason}", file=sys.stderr)
