"""Engrave pages with exact truth: a DeepScoresV2 dataset folder with graphs and MusicXML beside it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from notation.errors import ConfigurationError, InputError, OutputError
from notation.files import write_text


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
    parser.add_argument("--masks", action="store_true", help="also class and instance segmentation (slower)")


def run(options: argparse.Namespace) -> int:
    """Engrave; return 0, or 1 when some pieces failed."""
    try:
        import resvg_py  # noqa: F401
        import verovio  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(f"engraving needs {error.name}: pip install 'detect-score[synth]'") from None
    import numpy as np

    from synth.dataset import write_dataset
    from synth.sources import find_pieces, music21_pieces, split_of

    pieces = [piece for source in options.sources for piece in find_pieces(source)]
    pieces += music21_pieces() if options.corpus else []
    if options.split:
        pieces = [piece for piece in pieces if split_of(piece.id) == options.split]
    if options.pieces is not None and options.pieces < len(pieces):
        drawn = np.random.default_rng(options.seed).permutation(len(pieces))[: options.pieces]
        pieces = [pieces[index] for index in sorted(drawn.tolist())]
    if options.composed:
        pieces += find_pieces(_composed(options.folder / "composed", options.composed, options.seed))
    if not pieces:
        raise InputError("nothing to engrave: name --sources, --corpus or --composed N")
    counts = write_dataset(
        options.folder, pieces, options.pages, options.seed, options.workers, with_masks=options.masks
    )
    failed = counts.pop("failed", 0)
    print(f"{options.folder}: " + ", ".join(f"{count} {split} pages" for split, count in sorted(counts.items())))
    if failed:
        print(f"detect-score: {failed} pieces could not be engraved", file=sys.stderr)
    return 1 if failed else 0


def _composed(folder: Path, count: int, seed: int) -> Path:
    from synth.composer import compose

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from None
    for number in range(seed, seed + count):
        target = folder / f"composed-{number:05d}.musicxml"
        if not target.exists():
            write_text(target, compose(number))
    return folder
