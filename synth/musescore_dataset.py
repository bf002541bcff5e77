"""A set of pages engraved by MuseScore, in the folder layout of `synth.dataset`.

Run as `detect-score synth OUT --engraver musescore ...`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from notation.errors import ConfigurationError, FormatError, OutputError
from notation.files import write_json, write_text
from notation.page import LabelledPage
from notation.reading_json import write_reading
from synth import excerpt, sources
from synth.dataset import gather, write_image
from synth.musescore_engraver import engrave
from synth.musescore_program import HOW_TO_INSTALL, musescore_program
from synth.sources import Piece, split_of
from synth.style import Style, random_style
from synth.worker_pool import run_jobs

#: Notes of an excerpt: about what one page of a random style holds.
_NOTES_RANGE = (180, 420)
_START_AT_BEGINNING = 0.4


@dataclass(frozen=True)
class MuseScoreRecipe:
    """What is made of each piece: one page, in a style drawn from `seed` and the piece's id."""

    out: str
    seed: int = 0


def write_musescore_set(
    recipe: MuseScoreRecipe, pieces: Sequence[Piece], workers: int = 1, limit_s: float = 300.0
) -> Counter[str]:
    """Engrave one page of each piece; `synth.dataset.read_pages` reads the folder. Finished pieces are skipped.

    Pieces that MuseScore cannot read, changes, or draws with signs that no class stands for are refused and reported.

    Returns:
        How many pages each split holds now, and under "failed" how many pieces of this run were refused.

    Raises:
        ConfigurationError: MuseScore is not installed.
        OutputError: the folder cannot be written.
    """
    if musescore_program() is None:
        raise ConfigurationError(HOW_TO_INSTALL)
    folder = Path(recipe.out)
    try:
        for name in ("images", "readings", "musicxml", "pieces"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error})") from error
    jobs = [piece for piece in pieces if not (folder / "pieces" / f"{_slug(piece)}.json").exists()]
    failed = 0
    bar = tqdm(run_jobs(partial(_one_page, recipe=recipe), jobs, workers, limit_s), total=len(jobs), file=sys.stderr)
    for outcome in bar:
        if outcome.failure:
            failed += 1
            bar.write(f"{outcome.job.id}: {outcome.failure}", file=sys.stderr)
    return Counter({**gather(folder), "failed": failed})


def _slug(piece: Piece) -> str:
    word = re.sub(r"[^A-Za-z0-9]+", "-", piece.id)[-50:].strip("-")
    return f"{word}-{hashlib.sha256(piece.id.encode()).hexdigest()[:8]}-muse"


def _one_page(piece: Piece, recipe: MuseScoreRecipe) -> str:
    rng = np.random.default_rng([recipe.seed, int(hashlib.sha256(piece.id.encode()).hexdigest()[:8], 16)])
    text = sources.read_text(piece)
    if not sources.is_musicxml(text):
        raise FormatError("MuseScore reads MusicXML only")
    page = page_of(text, random_style(rng), piece.id, rng)
    _write(Path(recipe.out), _slug(piece), piece, page)
    return _slug(piece)


def page_of(musicxml: str, style: Style, piece: str, rng: np.random.Generator) -> LabelledPage:
    """Return one page from a random place of the music; of several pages the first.

    Raises:
        FormatError: as `engrave`, or something on the page has no label.
    """
    counts = excerpt.note_counts(musicxml)
    first = 0 if rng.random() < _START_AT_BEGINNING else int(rng.integers(0, max(1, len(counts) * 2 // 3)))
    last = excerpt.window(counts, first, round(float(rng.uniform(*_NOTES_RANGE))))
    (page,) = engrave(excerpt.measures(musicxml, first, last, half_ties=False), style, piece, lambda _: range(1, 2))
    if "unlabelled" in page.notes:
        raise FormatError(f"ink without a label: {page.notes['unlabelled']}")
    return page


def _write(folder: Path, slug: str, piece: Piece, page: LabelledPage) -> None:
    name = f"{slug}-p{page.number}"
    write_image(folder / "images" / f"{name}.png", page.image)
    write_reading(folder / "readings" / f"{name}.json", replace(page.reading, source=f"{name}.png"), page.graph)
    if page.musicxml is not None:
        write_text(folder / "musicxml" / f"{name}.musicxml", page.musicxml)
    record = {
        "piece": piece.id, "variant": 0, "split": split_of(piece.id), "licence": piece.licence.name,
        "attribution": piece.licence.attribution,
        "pages": [{"name": name, "number": page.number, "notes": page.notes}],
    }  # fmt: skip
    write_json(folder / "pieces" / f"{slug}.json", record)
