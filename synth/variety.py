"""`Variety`: how far pages go beyond music as it stands in its collection, drawn in the styles of `random_style`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from lxml import etree

from synth import excerpt
from synth.decoration import decorate, random_rates
from synth.font_shelf import NO_FONTS, FontShelf
from synth.ossia import with_ossias, with_small_staff
from synth.style import Style, random_style
from synth.varied_style import varied_style

#: How often the accompaniment of a song stands alone, as piano music.
_PIANO_ALONE = 0.35
#: How many of the pieces with small staves have them as ossias; in the others one part is small throughout.
_OSSIAS = 0.65


@dataclass(frozen=True)
class Variety:
    """Shares of the pieces that get something more. By default none does.

    Attributes:
        decorated: share of the MusicXML pieces that get decorations, and a style of `varied_style`.
        small_staves: share of the MusicXML pieces that get ossias, or a part in small staves.
        shelf: fonts beside the engraver's own; with any, all styles are those of `varied_style`.
    """

    decorated: float = 0.0
    small_staves: float = 0.0
    shelf: FontShelf = NO_FONTS

    def dress(self, seed: Sequence[int]) -> Dress:
        """Return what one piece gets; `seed` tells the pieces apart."""
        rng = np.random.default_rng(tuple(seed))
        decorated, small = rng.random(2) < (self.decorated, self.small_staves)
        return Dress(bool(decorated), bool(small), self.shelf, rng)


PLAIN = Variety()


@dataclass(frozen=True)
class Dress:
    """What one piece gets; without anything it stays as it is, and its style comes from `random_style` alone."""

    decorated: bool
    small_staves: bool
    shelf: FontShelf
    rng: np.random.Generator

    def style(self, rng: np.random.Generator) -> Style:
        """Return the style; the page and the plain options come from `rng`, as without any variety."""
        style = random_style(rng)
        varied = self.decorated or self.shelf.smufl or self.shelf.text
        return varied_style(style, self.rng, self.shelf) if varied else style

    def music(self, musicxml: str) -> str:
        """Return the music to engrave, as MusicXML or, with ossias, as MEI.

        Raises:
            FormatError: as `synth.excerpt.parse`, or the engraver cannot read the text.
        """
        if self.decorated:
            alone = self.rng.random() < _PIANO_ALONE
            musicxml = decorate(keyboard_alone(musicxml) if alone else musicxml, random_rates(self.rng), self.rng)
        if not self.small_staves:
            return musicxml
        ossia = self.rng.random() < _OSSIAS
        return with_ossias(musicxml, self.rng) if ossia else with_small_staff(musicxml, self.rng)


def keyboard_alone(musicxml: str) -> str:
    """Return the one part of two staves or more without the others; the whole text where there is no such part.

    Raises:
        FormatError: as `synth.excerpt.parse`.
    """
    root = excerpt.parse(musicxml)
    parts = root.findall("part")
    kept = [part for part in parts if int(part.findtext("measure/attributes/staves") or 1) > 1]
    if len(kept) != 1 or len(parts) == 1:
        return musicxml
    for one in [one for one in root.iter("part", "score-part") if one.get("id") != kept[0].get("id")]:
        one.getparent().remove(one)  # type: ignore[union-attr]
    return str(etree.tostring(root, encoding="unicode", pretty_print=True))
