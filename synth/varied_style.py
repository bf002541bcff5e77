"""Styles beyond `random_style`: other looks of fingerings and words, spacing from crowded to wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from synth.font_shelf import FontShelf
from synth.style import Style

#: Families that fingerings and words are set in; the rasteriser takes another serif where one is missing.
_FAMILIES = ("STIXGeneral", "DejaVu Serif", "DejaVu Sans")
_FAMILY_ODDS = (0.6, 0.25, 0.15)
#: Horizontal and vertical spacing as factors of what `random_style` draws: crowded, as drawn, wide.
_SPACINGS = ((0.5, 0.75), (1.0, 1.0), (1.6, 1.5))
_SPACING_ODDS = (0.25, 0.5, 0.25)
#: With a shelf of fonts, how many pieces take their music font from it, and how many a family for words.
_FROM_SHELF = 0.65
#: Fonts like handwriting, rare in print: their odds against the others.
_HANDWRITTEN = ("finaleash", "finalebroadway", "finalejazz", "musejazz", "improviso", "lilyboulez")
_HANDWRITTEN_WORDS = ("Finale Ash", "Finale Broadway", "Finale Jazz", "MuseJazz")
_HANDWRITTEN_ODDS = 0.15
_VERTICAL = ("spacingStaff", "spacingSystem", "spacingBraceGroup", "spacingBracketGroup")


def varied_style(style: Style, rng: np.random.Generator, shelf: FontShelf) -> Style:
    """Return a style of `random_style` with changes drawn from `rng`; page size and lines stay."""
    along, across = _SPACINGS[int(rng.choice(3, p=_SPACING_ODDS))]
    options = dict(style.options)
    changes: dict[str, Any] = {"spacingLinear": options["spacingLinear"] * along}
    changes |= {name: max(2, round(options[name] * across)) for name in _VERTICAL}
    changes["fingeringScale"] = float(rng.uniform(0.5, 1.0))
    style = replace(style, options=MappingProxyType(options | changes), finger_look=_finger_look(rng, shelf))
    return _with_fonts(style, rng, shelf)


def _finger_look(rng: np.random.Generator, shelf: FontShelf) -> tuple[tuple[str, str], ...]:
    family = str(rng.choice(_FAMILIES, p=_FAMILY_ODDS))
    if shelf.text and rng.random() < _FROM_SHELF:
        family = _family(rng, shelf)
    return (
        ("font-family", family),
        ("font-style", str(rng.choice(("normal", "italic"), p=(0.55, 0.45)))),
        ("font-weight", str(rng.choice(("normal", "bold"), p=(0.65, 0.35)))),
    )


def _with_fonts(style: Style, rng: np.random.Generator, shelf: FontShelf) -> Style:
    if shelf.text:
        files = tuple(file for font in shelf.text for file in font.files)
        family = _family(rng, shelf) if rng.random() < _FROM_SHELF else style.text_family
        style = replace(style, text_files=files, text_family=family)
    if shelf.smufl and rng.random() < _FROM_SHELF:
        font = shelf.smufl[_pick(rng, [font.name.startswith(_HANDWRITTEN) for font in shelf.smufl])]
        style = replace(style, font=font.name, font_folder=font.folder)
    return style


def _family(rng: np.random.Generator, shelf: FontShelf) -> str:
    return shelf.text[_pick(rng, [font.family.startswith(_HANDWRITTEN_WORDS) for font in shelf.text])].family


def _pick(rng: np.random.Generator, handwritten: Sequence[bool]) -> int:
    odds = np.where(handwritten, _HANDWRITTEN_ODDS, 1.0)
    return int(rng.choice(len(odds), p=odds / odds.sum()))
