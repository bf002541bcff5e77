"""Assemble saved symbols into MusicXML, without looking at the picture again."""

from __future__ import annotations

import argparse
from pathlib import Path

from detect_score.outputs import claim
from detect_score.summary import issue_line
from notation.files import write_bytes, write_text
from notation.reading_json import read_reading


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("symbols", nargs="+", type=Path, help="files of `detect-score detect`, one a page, in order")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: the first name + .musicxml")
    parser.add_argument("--midi", type=Path, metavar="FILE", help="also write the music as MIDI")
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")


def run(options: argparse.Namespace) -> int:
    """Write the score; return 0."""
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    target = options.output or options.symbols[0].with_suffix(".musicxml")
    claim([target, *([options.midi] if options.midi else [])], options.symbols, force=options.force)
    score = assemble([read_reading(path)[0] for path in options.symbols]).score
    write_text(target, musicxml_text(score))
    if options.midi:
        from reconstruction.midi import midi_bytes

        write_bytes(options.midi, midi_bytes(score))
    for issue in score.issues:
        print(issue_line(issue))
    print(f"wrote {target}")
    return 0
