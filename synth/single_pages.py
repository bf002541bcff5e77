"""Data sets of one page a piece, for engravers that are asked for one page at a time."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from notation.errors import FormatError
from notation.page import LabelledPage
from synth import sources
from synth.dataset import gather
from synth.page_files import digest, make_folders, slug, write_page, write_piece
from synth.sources import Piece
from synth.worker_pool import run_jobs

#: (MusicXML, piece id, generator) to a page; raises `FormatError` for music that it refuses.
MakePage = Callable[[str, str, np.random.Generator], LabelledPage]


def write_single_pages(
    out: str | Path, pieces: Sequence[Piece], make: MakePage, suffix: str, seed: int, workers: int, limit_s: float
) -> Counter[str]:
    """Engrave one page of each piece; finished pieces are skipped.

    Args:
        out: folder of the data set.
        pieces: MusicXML; others fail.
        make: engraves; it must be picklable, and its generator follows from `seed` and the piece.
        suffix: ends the names of the files, and tells the engraver.
        seed: of all that is drawn.
        workers: processes.
        limit_s: a piece that takes longer is reported and left out.

    Returns:
        How many pages each split holds now, and under "failed" how many pieces of this run were refused.

    Raises:
        OutputError: the folder cannot be written.
    """
    folder = Path(out)
    make_folders(folder)
    jobs = [one for one in pieces if not (folder / "pieces" / f"{slug(one.id, suffix)}.json").exists()]
    work = partial(_one_page, folder=folder, make=make, suffix=suffix, seed=seed)
    failed = 0
    bar = tqdm(run_jobs(work, jobs, workers, limit_s), total=len(jobs), unit="piece", file=sys.stderr)
    for outcome in bar:
        if outcome.failure:
            failed += 1
            bar.write(f"{outcome.job.id}: {outcome.failure}", file=sys.stderr)
    return Counter({**gather(folder), "failed": failed})


def _one_page(piece: Piece, folder: Path, make: MakePage, suffix: str, seed: int) -> str:
    text = sources.read_text(piece)
    if not sources.is_musicxml(text):
        raise FormatError("not MusicXML")
    page = make(text, piece.id, np.random.default_rng([seed, int(digest(piece.id), 16)]))
    name = slug(piece.id, suffix)
    write_piece(folder, name, piece, 0, [write_page(folder, f"{name}-p{page.number}", page)])
    return name
