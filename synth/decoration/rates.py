"""`Rates`: how much of each decoration a piece gets."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Rates:
    """Chances in [0, 1]; of a note or chord where nothing else is said. All zero: nothing is added.

    Attributes:
        fingering: a fingering at a note; a chord gets one a note or one for all.
        tenuto, articulation: a run of notes with tenutos, or with another articulation.
        acciaccatura, appoggiatura, grace_run: small notes before a note: one with a slash, one without, two to four.
        tremolo: a run of notes with one to four strokes.
        ottava: a bar of a staff under an octave line; lines are one to three bars long.
        volta: a bar that closes a first ending.
        chord_names, rehearsal, tempo, words, dynamics, hairpin: a bar with one of them.
        lyrics: a part of one staff without words gets some.
        credits: the piece gets a title, a composer and the like.
    """

    fingering: float = 0.0
    tenuto: float = 0.0
    articulation: float = 0.0
    acciaccatura: float = 0.0
    appoggiatura: float = 0.0
    grace_run: float = 0.0
    tremolo: float = 0.0
    ottava: float = 0.0
    volta: float = 0.0
    chord_names: float = 0.0
    rehearsal: float = 0.0
    tempo: float = 0.0
    words: float = 0.0
    dynamics: float = 0.0
    hairpin: float = 0.0
    lyrics: float = 0.0
    credits: float = 0.0

    def __post_init__(self) -> None:
        """Raise `ValueError` for chances outside [0, 1]."""
        wrong = [one.name for one in fields(self) if not 0 <= getattr(self, one.name) <= 1]
        if wrong:
            raise ValueError(f"expected chances in [0, 1] for {', '.join(wrong)}")


#: How many pieces have a decoration at all, and the largest rate of those that have it. Pieces differ as editions do:
#: one is fingered throughout and has no words, another the other way round.
_PIECES_AND_MOST = {
    "fingering": (0.75, 0.9), "tenuto": (0.55, 0.35), "articulation": (0.4, 0.3), "acciaccatura": (0.5, 0.2),
    "appoggiatura": (0.3, 0.12), "grace_run": (0.25, 0.08), "tremolo": (0.4, 0.25), "ottava": (0.45, 0.5),
    "volta": (0.35, 0.12), "chord_names": (0.25, 1.0), "rehearsal": (0.25, 0.15), "tempo": (0.5, 0.2),
    "words": (0.5, 0.4), "dynamics": (0.4, 0.4), "hairpin": (0.35, 0.3), "lyrics": (0.25, 1.0), "credits": (0.5, 1.0),
}  # fmt: skip


def random_rates(rng: np.random.Generator) -> Rates:
    """Return rates drawn from `rng`; small rates are more common than large ones."""
    drawn = {
        name: float(most * rng.uniform(0.2, 1.0) ** 1.5) if rng.random() < pieces else 0.0
        for name, (pieces, most) in _PIECES_AND_MOST.items()
    }
    return Rates(**drawn)
