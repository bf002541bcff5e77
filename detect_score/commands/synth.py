"""Engrave pages with exact truth: a DeepScoresV2 dataset folder with graphs and MusicXML beside it."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from notation.errors import ConfigurationError, InputError, OutputError
from notation.files import write_text

if TYPE_CHECKING:
    from synth.sources import Piece, Split
    from synth.variety import Variety


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("folder", type=Path, help="dataset folder; a run that was stopped goes on where it was")
    parser.add_argument("--sources", type=Path, nargs="*", default=[], help="folders or files: MusicXML, kern, MEI")
    parser.add_argument("--corpus", action="store_true", help="also the public-domain pieces of music21's corpus")
    parser.add_argument("--composed", type=int, default=0, metavar="N", help="also N pieces of the random composer")
    parser.add_argument("--split", choices=("train", "val", "test"), help="only pieces of this split")
    parser.add_argument("--pieces", type=int, metavar="N", help="only N of those pieces, drawn by the seed")
    parser.add_argument("--pages", type=int, default=2, help="most pages a piece, a random excerpt (default 2)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engraver", choices=("verovio", "lilypond", "musescore"), default="verovio")
    parser.add_argument("--decorated", type=float, default=0.0, help="share of the pieces with fingerings, words, ...")
    parser.add_argument("--small-staves", type=float, default=0.0, help="share of the pieces with ossias or cue staves")
    parser.add_argument("--fonts", type=Path, help="folder or tarball of fonts beside the engraver's own")
    parser.add_argument("--masks", action="store_true", help="also class and instance segmentation (slower)")


def run(options: argparse.Namespace) -> int:
    """Engrave; return 0, or 1 when some pieces failed."""
    try:
        import resvg_py  # noqa: F401
        import verovio  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(f"engraving needs {error.name}: pip install 'detect-score[synth]'") from None
    counts = _engrave(options, _pieces(options))
    failed = counts.pop("failed", 0)
    print(f"{options.folder}: " + ", ".join(f"{count} {split} pages" for split, count in sorted(counts.items())))
    if failed:
        print(f"detect-score: {failed} pieces could not be engraved", file=sys.stderr)
    return 1 if failed else 0


def _engrave(options: argparse.Namespace, pieces: list[Piece]) -> Counter[str]:
    if options.engraver == "verovio":
        from synth.dataset import write_dataset

        return write_dataset(
            options.folder, pieces, options.pages, options.seed, options.workers,
            with_masks=options.masks, variety=_variety(options),
        )  # fmt: skip
    if options.masks:
        raise ConfigurationError("--masks are made by Verovio alone")
    if options.engraver == "musescore":
        from synth.musescore_dataset import MuseScoreRecipe, write_musescore_set

        return write_musescore_set(MuseScoreRecipe(str(options.folder), options.seed), pieces, options.workers)
    from synth.lilypond_dataset import LilypondRecipe, write_lilypond_set

    return write_lilypond_set(
        LilypondRecipe(str(options.folder), options.seed, _variety(options)), pieces, options.workers
    )


def _variety(options: argparse.Namespace) -> Variety:
    """Return what the options add to the music, and say which fonts there are."""
    from synth.font_shelf import NO_FONTS, open_shelf, report
    from synth.variety import Variety

    shelf = open_shelf(options.fonts) if options.fonts else NO_FONTS
    for line in report(shelf):
        print(line, file=sys.stderr)
    return Variety(options.decorated, options.small_staves, shelf)


def _pieces(options: argparse.Namespace) -> list[Piece]:
    import numpy as np

    from synth.sources import find_pieces, music21_pieces, split_of

    pieces = [piece for source in options.sources for piece in find_pieces(source)]
    pieces += music21_pieces() if options.corpus else []
    if options.split:
        pieces = [piece for piece in pieces if split_of(piece.id) == options.split]
    if options.pieces is not None and options.pieces < len(pieces):
        drawn = np.random.default_rng(options.seed).permutation(len(pieces))[: options.pieces]
        pieces = [pieces[index] for index in sorted(drawn.tolist())]
    if options.composed:
        pieces += find_pieces(_composed(options.folder / "composed", options.composed, options.seed, options.split))
    if not pieces:
        raise InputError("nothing to engrave: name --sources, --corpus or --composed N")
    return pieces


def _composed(folder: Path, count: int, seed: int, split: Split | None) -> Path:
    """Compose; with a split, from the seeds and under the names that no other split has."""
    from synth.composer import compose
    from synth.sources import SEEDS_A_SPLIT, split_of

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from None
    numbers = itertools.count(seed + (SEEDS_A_SPLIT[split] if split else 0))
    names = ((number, f"composed-{number:05d}.musicxml") for number in numbers)
    wanted = (one for one in names if split is None or split_of(one[1]) == split)
    for number, name in itertools.islice(wanted, count):
        if not (folder / name).exists():
            write_text(folder / name, compose(number))
    return folder
