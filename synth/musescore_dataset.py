"""A set of pages engraved by MuseScore, in the folder layout of `synth.dataset`.

Run as `detect-score synth OUT --engraver musescore ...`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from notation.errors import ConfigurationError, FormatError
from notation.page import LabelledPage
from synth import excerpt
from synth.musescore_engraver import engrave
from synth.musescore_program import HOW_TO_INSTALL, musescore_program
from synth.single_pages import write_single_pages
from synth.sources import Piece
from synth.style import Style, random_style

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
    return write_single_pages(recipe.out, pieces, _page, "muse", recipe.seed, workers, limit_s)


def _page(text: str, piece: str, rng: np.random.Generator) -> LabelledPage:
    return page_of(text, random_style(rng), piece, rng)


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
