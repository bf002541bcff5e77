"""A page store engraved by MuseScore: songs, quartets and the composer's music, in the shares of `pages.mixture`.

Run as `python -m detector.pages.musescore_mixture --symbolic FOLDER --store OUT --jobs 150 --split train`;
deterministic and resumable. The piano collections are kern and MEI, which MuseScore does not read; their share goes
to the others. Pieces that MuseScore changes are refused, named and counted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from detector.pages.mixture import MixtureJob, plan_jobs
from detector.pages.store import write_store
from notation.errors import ConfigurationError, FormatError
from notation.page import LabelledPage
from synth import excerpt
from synth.composer import compose
from synth.musescore_engraver import engrave
from synth.musescore_program import HOW_TO_INSTALL, musescore_program
from synth.sources import SEEDS_A_SPLIT, find_pieces, is_musicxml, read_text
from synth.style import Style, random_style
from synth.worker_pool import run_jobs

_NOTES_AN_EXCERPT = 420
_MOST_PAGES = 2
#: A job takes a few seconds; the first one of a music font also draws its specimen sheet.
_LIMIT_S = 240.0


def engrave_job(job: MixtureJob, store: Path, seed: int) -> int:
    """Engrave one job and put its pages into the store; returns their number.

    Raises:
        FormatError: MuseScore cannot read the piece or changes it, or a page has signs without a label.
    """
    rng = np.random.default_rng((seed, 2, job.number))
    pages = _pages(job, random_style(rng), rng)
    for page in pages:
        if "unlabelled" in page.notes:
            raise FormatError(f"ink without a label: {page.notes['unlabelled']}")
    first = job.number * _MOST_PAGES
    return write_store(store, pages, first) - first


def _pages(job: MixtureJob, style: Style, rng: np.random.Generator) -> list[LabelledPage]:
    if job.piece is None:
        return engrave(compose(job.composer_seed), style, f"composer-{job.composer_seed}", _first_pages)
    text = read_text(job.piece)
    counts = excerpt.note_counts(text)
    begin = int(rng.integers(0, max(1, len(counts) - 8))) if rng.random() < 0.6 else 0
    text = excerpt.measures(text, begin, excerpt.window(counts, begin, _NOTES_AN_EXCERPT), half_ties=False)
    return engrave(text, style, job.piece.id, _first_pages)


def _first_pages(count: int) -> range:
    return range(1, min(count, _MOST_PAGES) + 1)


def _readable(job: MixtureJob) -> bool:
    return job.piece is None or is_musicxml(read_text(job.piece))


def main() -> None:
    """Command line: fill a store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbolic", type=Path, required=True, help="folder of OpenScore, NIFC and TROMPA scores")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--jobs", type=int, required=True, help="pieces to engrave; one or two pages each")
    parser.add_argument("--split", choices=list(SEEDS_A_SPLIT), default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if musescore_program() is None:
        raise ConfigurationError(HOW_TO_INSTALL)
    jobs = plan_jobs(find_pieces(options.symbolic), options.jobs, options.split, options.seed)
    options.store.mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if not (options.store / f"{job.number * _MOST_PAGES:05d}.json").exists()]
    readable = [job for job in missing if _readable(job)]
    work = partial(engrave_job, store=options.store, seed=options.seed)
    outcomes = Counter({"not MusicXML": len(missing) - len(readable)})
    bar = tqdm(run_jobs(work, readable, options.workers, _LIMIT_S), total=len(readable), unit="piece", file=sys.stderr)
    for outcome in bar:
        outcomes["refused" if outcome.failure else "engraved"] += 1
        if outcome.failure:
            name = outcome.job.piece.id if outcome.job.piece else f"composer {outcome.job.composer_seed}"
            bar.write(f"{name}: {outcome.failure}", file=sys.stderr)
    print(", ".join(f"{count} pieces {what}" for what, count in sorted(outcomes.items())))


if __name__ == "__main__":
    main()
