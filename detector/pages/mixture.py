"""The pages that the shipped weights learned from: songs, quartets, piano music, and the composer's, in fixed shares.

Run as `python -m detector.pages.mixture --symbolic FOLDER --store OUT --jobs 700 --split train`; deterministic and
resumable; every beginning of a run has the same mixture, so a store can grow while it is being used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from detector.pages.store import write_store
from notation.errors import InputError
from notation.page import LabelledPage
from synth import excerpt
from synth.composer import compose
from synth.font_shelf import NO_FONTS, open_shelf, report
from synth.orchestral_pages import orchestral_pages
from synth.sources import SEEDS_A_SPLIT, Piece, Split, find_pieces, is_musicxml, read_text, split_of
from synth.variety import Dress, Variety
from synth.verovio_engraver import engrave
from synth.worker_pool import run_jobs

#: Share of the jobs, by the first folder of a piece's id; piano stands for two collections.
SHARES = {"openscore-lieder": 0.42, "openscore-sq": 0.20, "piano": 0.15, "composer": 0.23}
_PIANO = ("nifc-chopin-first-editions", "trompa")
#: The composer's seeds of two stores lie this far apart.
_SEEDS_A_STORE = 10_000
_NOTES_AN_EXCERPT = 420
_MOST_PAGES = 2


@dataclass(frozen=True)
class MixtureJob:
    """One piece, one seed of the composer, or the pieces of a full score, to be engraved in one style."""

    number: int
    piece: Piece | None
    composer_seed: int
    orchestra: tuple[Piece, ...] = ()


def plan_jobs(
    pieces: Sequence[Piece], count: int, split: Split, seed: int, composer: float = SHARES["composer"]
) -> list[MixtureJob]:
    """Return `count` jobs of one split, a share of them the composer's.

    Raises `InputError` when a collection is missing.
    """
    rng = np.random.default_rng((seed, 1))
    mine = [piece for piece in pieces if split_of(piece.id) == split]
    shelves = {name: [piece for piece in mine if _shelf(piece) == name] for name in SHARES}
    empty = [name for name in SHARES if name != "composer" and not shelves[name]]
    if empty:
        raise InputError(f"no {split} pieces of {', '.join(empty)}")
    rest = (1 - composer) / (1 - SHARES["composer"])
    odds = [composer if name == "composer" else share * rest for name, share in SHARES.items()]
    jobs = []
    for number in range(count):
        name = str(rng.choice(list(SHARES), p=odds))
        pick = int(rng.integers(1 << 30))
        piece = shelves[name][pick % len(shelves[name])] if shelves[name] else None
        jobs.append(MixtureJob(number, piece, SEEDS_A_SPLIT[split] + (seed - 1) * _SEEDS_A_STORE + number))
    return jobs


def with_orchestra(
    jobs: Sequence[MixtureJob], pieces: Sequence[Piece], split: Split, share: float, seed: int
) -> list[MixtureJob]:
    """Return the jobs, a share of them as full scores made from two quartets and a song of the split."""
    rng = np.random.default_rng((seed, 4))
    mine = [piece for piece in pieces if split_of(piece.id) == split]
    shelves = [[piece for piece in mine if _shelf(piece) == f"openscore-{name}"] for name in ("sq", "sq", "lieder")]
    made = []
    for job in jobs:
        chosen, picks = rng.random() < share, rng.integers(1 << 30, size=len(shelves))
        parts = (
            tuple(shelf[int(pick) % len(shelf)] for shelf, pick in zip(shelves, picks, strict=True)) if chosen else ()
        )
        made.append(replace(job, orchestra=parts))
    return made


def engrave_job(job: MixtureJob, store: Path, seed: int, variety: Variety) -> int:
    """Engrave one job and put its pages into the store; returns their number."""
    rng = np.random.default_rng((seed, 2, job.number))
    pages = _pages(job, rng, variety.dress((seed, 3, job.number)))
    first = job.number * _MOST_PAGES
    return write_store(store, pages[:_MOST_PAGES], first) - first


def _pages(job: MixtureJob, rng: np.random.Generator, dress: Dress) -> list[LabelledPage]:
    style = dress.style(rng)
    if job.orchestra:
        texts = [read_text(piece) for piece in job.orchestra]
        return orchestral_pages(texts, style, f"orchestra of {job.orchestra[0].id}", rng)
    if job.piece is None:
        return engrave(dress.music(compose(job.composer_seed)), style, f"composer-{job.composer_seed}", _first_pages)
    text = read_text(job.piece)
    if is_musicxml(text):
        counts = excerpt.note_counts(text)
        begin = int(rng.integers(0, max(1, len(counts) - 8))) if rng.random() < 0.6 else 0
        text = excerpt.measures(text, begin, excerpt.window(counts, begin, _NOTES_AN_EXCERPT), half_ties=False)
        return engrave(dress.music(text), style, job.piece.id, _first_pages)
    return engrave(text, style, job.piece.id, partial(_one_page, rng=rng))


def _first_pages(count: int) -> range:
    return range(1, min(count, _MOST_PAGES) + 1)


def _one_page(count: int, rng: np.random.Generator) -> range:
    number = int(rng.integers(1, count + 1))
    return range(number, number + 1)


def _shelf(piece: Piece) -> str:
    head = piece.id.split("/")[0]
    return "piano" if head in _PIANO else head


def main() -> None:
    """Command line: fill a store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbolic", type=Path, required=True, help="folder of OpenScore, NIFC and TROMPA scores")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--jobs", type=int, required=True, help="pieces to engrave; one or two pages each")
    parser.add_argument("--split", choices=list(SEEDS_A_SPLIT), default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--composer", type=float, default=SHARES["composer"], help="share of the composer's pieces")
    parser.add_argument("--decorated", type=float, default=0.0, help="share of the pieces with decorations (0)")
    parser.add_argument("--small-staves", type=float, default=0.0, help="share of the pieces with small staves (0)")
    parser.add_argument("--orchestra", type=float, default=0.0, help="share of the jobs that make full scores (0)")
    parser.add_argument("--fonts", type=Path, help="folder or tarball of fonts beside the engraver's own")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit-s", type=float, default=60.0, help="longest time for one piece (60)")
    options = parser.parse_args()
    jobs = plan_jobs(find_pieces(options.symbolic), options.jobs, options.split, options.seed, options.composer)
    if options.orchestra:
        jobs = with_orchestra(jobs, find_pieces(options.symbolic), options.split, options.orchestra, options.seed)
    shelf = open_shelf(options.fonts) if options.fonts else NO_FONTS
    print("\n".join(report(shelf)), file=sys.stderr)
    variety = Variety(options.decorated, options.small_staves, shelf)
    options.store.mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if not (options.store / f"{job.number * _MOST_PAGES:05d}.json").exists()]
    work = partial(engrave_job, store=options.store, seed=options.seed, variety=variety)
    bar = tqdm(run_jobs(work, missing, options.workers, options.limit_s), total=len(missing), file=sys.stderr)
    for outcome in bar:
        if outcome.failure:
            name = outcome.job.piece.id if outcome.job.piece else f"composer {outcome.job.composer_seed}"
            bar.write(f"{name}: {outcome.failure}", file=sys.stderr)


if __name__ == "__main__":
    main()
