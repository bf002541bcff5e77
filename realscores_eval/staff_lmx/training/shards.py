"""Writes shards of strips of random excerpts.

Run as `python -m realscores_eval.staff_lmx.training.shards SOURCES --out FOLDER`; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from notation.errors import DetectScoreError, FormatError
from realscores_eval.staff_lmx.strip_file import Strip, write_shard
from realscores_eval.staff_lmx.training.engraved_strips import WORN_SHARE, engraved_strips
from synth.composer import compose
from synth.sources import SEEDS_A_SPLIT, Piece, Split, find_pieces, read_text, split_of

#: Share of the excerpts that the random composer writes: all that LMX knows, in any key and meter.
_COMPOSED = 0.2
#: Share of kern and MEI among the others; whole pieces are loaded for two pages of them, so they are dear.
_KERN = 0.05
_STRIPS_A_SHARD = 150
#: What a text can fail with on its way through engraver and readers.
_UNUSABLE = (DetectScoreError, ValueError, KeyError, IndexError, ArithmeticError, SyntaxError)
_COMPOSER_SEEDS = 500_000


def random_strips(
    pieces: Sequence[Piece], split: Split, rng: np.random.Generator, worn_share: float = WORN_SHARE
) -> Iterator[Strip]:
    """Iterate endlessly over strips of random excerpts; what cannot be engraved or read is passed over."""
    kern = [piece for piece in pieces if ".krn" in piece.id or ".mei" in piece.id]
    xml = [piece for piece in pieces if piece not in kern]
    while True:
        text, source = _random_text(xml, kern, split, rng)
        try:
            yield from engraved_strips(text, rng, source, worn_share)
        except _UNUSABLE:
            continue


def _random_text(xml: list[Piece], kern: list[Piece], split: Split, rng: np.random.Generator) -> tuple[str, str]:
    if rng.random() < _COMPOSED or not (xml or kern):
        seed = SEEDS_A_SPLIT[split] + int(rng.integers(_COMPOSER_SEEDS))
        return compose(seed), f"composer/{seed}"
    shelf = kern if kern and (not xml or rng.random() < _KERN) else xml
    piece = shelf[int(rng.integers(len(shelf)))]
    try:
        return read_text(piece), piece.id
    except FormatError:
        return "", piece.id


def main(arguments: Sequence[str] | None = None) -> None:
    """Write shards until the count is reached; a run that was stopped goes on."""
    parser = argparse.ArgumentParser(description="engrave strips with their LMX")
    parser.add_argument("sources", nargs="+", type=Path, help="folders of MusicXML, MEI and kern")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "val", "test"), default="train")
    parser.add_argument("--strips", type=int, default=20_000)
    parser.add_argument("--worn", type=float, default=WORN_SHARE, metavar="SHARE", help="of the pages")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    pieces = [one for folder in options.sources for one in find_pieces(folder) if split_of(one.id) == options.split]
    size = min(_STRIPS_A_SHARD, options.strips)
    for number in range(options.strips // size):
        path = options.out / f"{options.split}_{number:04d}.zip"
        if path.exists():
            continue
        rng = np.random.default_rng([options.seed, SEEDS_A_SPLIT[options.split], number])
        strips = random_strips(pieces, options.split, rng, options.worn)
        write_shard(path, [strip for strip, _ in zip(strips, range(size), strict=False)])
        print(path, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
