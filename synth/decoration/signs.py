"""Signs at single notes: tenutos and other articulations, tremolos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

from synth.decoration.events import Event, runs, signs

_ARTICULATIONS = ("staccato", "accent", "strong-accent", "staccatissimo", "staccato")
_VALUES_WITH_TREMOLO = ("whole", "half", "quarter", "eighth")


def add_tenutos(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Add tenutos to runs of notes; in some runs with a dot or an accent."""
    free = [event for event in events if event.sounds and not event.has("notations/articulations")]
    for run in runs(free, rate, 4.0, rng):
        also = str(rng.choice(("", "", "", "staccato", "accent")))
        for event in run:
            holder = signs(event.first, "articulations")
            etree.SubElement(holder, "tenuto")
            if also:
                etree.SubElement(holder, also)


def add_articulations(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Add one articulation to each note of a run."""
    free = [event for event in events if event.sounds and not event.has("notations/articulations")]
    for run in runs(free, rate, 3.0, rng):
        kind = str(rng.choice(_ARTICULATIONS))
        for event in run:
            etree.SubElement(signs(event.first, "articulations"), kind)


def add_tremolos(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Add strokes to the stems of runs of notes, all of a run alike; one stroke is the most common."""
    free = [
        event
        for event in events
        if event.sounds and event.kind in _VALUES_WITH_TREMOLO and not event.has("notations/ornaments")
    ]
    for run in runs(free, rate, 3.0, rng):
        strokes = int(rng.choice((1, 2, 3, 4), p=(0.45, 0.25, 0.25, 0.05)))
        for event in run:
            etree.SubElement(signs(event.first, "ornaments"), "tremolo", {"type": "single"}).text = str(strokes)
