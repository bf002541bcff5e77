"""A set of pages engraved by LilyPond, in the folder layout of `synth.dataset`."""

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

from notation.errors import FormatError, OutputError
from notation.files import write_json, write_text
from notation.page import LabelledPage
from notation.reading_json import write_reading
from synth import excerpt, sources
from synth.dataset import gather, write_image
from synth.lilypond_engraver import engrave
from synth.lilypond_style import LilypondStyle, random_lilypond_style
from synth.sources import Piece, split_of
from synth.variety import PLAIN, Dress, Variety
from synth.worker_pool import run_jobs

#: Notes that the first attempt puts on a page; each further attempt takes `_SHRINK` of the one before.
_NOTES_RANGE = (140, 320)
_SHRINK = 0.6
_ATTEMPTS = 4
#: At least this share of the notes of the MusicXML must be drawn: unisons share a head, but musicxml2ly also loses
#: voices now and then, and such a page would carry a score that it does not show.
_DRAWN_SHARE = 0.95


@dataclass(frozen=True)
class LilypondRecipe:
    """What is made of each piece: one page, in a style drawn from `seed` and the piece's id.

    Of `variety` the decorations and LilyPond's fonts are used; small staves are Verovio's.
    """

    out: str
    seed: int = 0
    variety: Variety = PLAIN


def write_lilypond_set(
    recipe: LilypondRecipe, pieces: Sequence[Piece], workers: int = 1, limit_s: float = 300.0
) -> Counter[str]:
    """Engrave one page of each piece; `synth.dataset.read_pages` reads the folder. Finished pieces are skipped.

    Returns:
        How many pages each split holds now, and under "failed" how many pieces of this run failed.

    Raises:
        OutputError: the folder cannot be written.
    """
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
    return f"{word}-{_digest(piece)}-lily"


def _digest(piece: Piece) -> str:
    return hashlib.sha256(piece.id.encode()).hexdigest()[:8]


def _one_page(piece: Piece, recipe: LilypondRecipe) -> str:
    rng = np.random.default_rng([recipe.seed, int(_digest(piece), 16)])
    text = sources.read_text(piece)
    if not sources.is_musicxml(text):
        raise FormatError("LilyPond reads MusicXML only")
    dress = replace(recipe.variety, small_staves=0.0).dress([recipe.seed, int(_digest(piece), 16), 1])
    folders = {font.name: font.folder for font in recipe.variety.shelf.lilypond}
    style = random_lilypond_style(rng, fonts=("emmentaler", *folders))
    style = replace(style, font_folder=folders.get(style.font, ""))
    page = page_of(text, style, piece.id, rng, dress)
    _check(page)
    _write(Path(recipe.out), _slug(piece), piece, page)
    return _slug(piece)


def _check(page: LabelledPage) -> None:
    """Raise `FormatError` for ink without a label, and for pages that do not show the notes of their score.

    A line that LilyPond cannot break, because beams or ties of values cross every barline, runs off the page.
    """
    if any(staff.x1_px > page.image.shape[1] for staff in page.reading.staves):
        raise FormatError("a line of music runs off the page")
    if "unlabelled" in page.notes:
        raise FormatError(f"ink without a label: {page.notes['unlabelled']}")
    heads = sum(name.startswith("notehead") for name in page.reading.symbols.names)
    notes = note_count(page.musicxml or "")
    if not _DRAWN_SHARE * notes <= heads <= notes:
        raise FormatError(f"{heads} noteheads drawn for {notes} notes")


def note_count(musicxml: str) -> int:
    """Return the number of notes that have a head to print; raises `FormatError` as `excerpt.parse` does."""
    notes = excerpt.parse(musicxml).iter("note")
    return sum(note.find("rest") is None and note.get("print-object") != "no" for note in notes)


def page_of(musicxml: str, style: LilypondStyle, piece: str, rng: np.random.Generator, dress: Dress) -> LabelledPage:
    """Return one page from a random place of the music in its `dress`, shortening the excerpt until it fits.

    Raises:
        FormatError: LilyPond cannot engrave it, or even a short excerpt takes more than one page.
    """
    counts = excerpt.note_counts(musicxml)
    wanted = float(rng.uniform(*_NOTES_RANGE))
    first = 0 if rng.random() < 0.4 else int(rng.integers(0, max(1, len(counts) * 2 // 3)))
    for _ in range(_ATTEMPTS):
        last = excerpt.window(counts, first, round(wanted))
        text = dress.music(excerpt.measures(musicxml, first, last, half_ties=False))
        pages = engrave(text, style, piece)
        if len(pages) == 1:
            return pages[0]
        wanted *= _SHRINK
    raise FormatError("no excerpt fits on one page")


def _write(folder: Path, slug: str, piece: Piece, page: LabelledPage) -> None:
    name = f"{slug}-p{page.number}"
    write_image(folder / "images" / f"{name}.png", page.image)
    reading = type(page.reading)(page.reading.symbols, page.reading.staves, f"{name}.png")
    write_reading(folder / "readings" / f"{name}.json", reading, page.graph)
    if page.musicxml is not None:
        write_text(folder / "musicxml" / f"{name}.musicxml", page.musicxml)
    record = {
        "piece": piece.id, "variant": 0, "split": split_of(piece.id), "licence": piece.licence.name,
        "attribution": piece.licence.attribution,
        "pages": [{"name": name, "number": page.number, "notes": page.notes}],
    }  # fmt: skip
    write_json(folder / "pieces" / f"{slug}.json", record)
