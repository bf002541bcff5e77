"""A set of pages engraved by LilyPond, in the folder layout of `synth.dataset`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from notation.errors import FormatError
from notation.page import LabelledPage
from synth import excerpt
from synth.lilypond_engraver import engrave
from synth.lilypond_style import LilypondStyle, random_lilypond_style
from synth.page_files import digest
from synth.single_pages import write_single_pages
from synth.sources import Piece
from synth.variety import PLAIN, Dress, Variety

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
    make = partial(_page, variety=recipe.variety, seed=recipe.seed)
    return write_single_pages(recipe.out, pieces, make, "lily", recipe.seed, workers, limit_s)


def _page(text: str, piece: str, rng: np.random.Generator, variety: Variety, seed: int) -> LabelledPage:
    dress = replace(variety, small_staves=0.0).dress([seed, int(digest(piece), 16), 1])
    folders = {font.name: font.folder for font in variety.shelf.lilypond}
    style = random_lilypond_style(rng, fonts=("emmentaler", *folders))
    page = page_of(text, replace(style, font_folder=folders.get(style.font, "")), piece, rng, dress)
    _check(page)
    return page


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
