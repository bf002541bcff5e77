"""The decoration of a whole score, from a generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

from synth import excerpt
from synth.decoration import words
from synth.decoration.endings import add_endings
from synth.decoration.events import Event, events_of
from synth.decoration.fingerings import add_fingerings
from synth.decoration.graces import add_graces
from synth.decoration.octaves import add_octave_lines
from synth.decoration.rates import Rates
from synth.decoration.signs import add_articulations, add_tenutos, add_tremolos
from synth.decoration.titles import add_credits, add_lyrics


def decorate(musicxml: str, rates: Rates, rng: np.random.Generator) -> str:
    """Return a score with decorations at the given rates, drawn from `rng`; the notes keep their places on the page.

    What the score has already stays, and nothing of a kind is added to a note or bar that has some of it. All is
    written as MusicXML, so that every engraver draws it and the text stays the truth of the page.

    Raises:
        FormatError: as `synth.excerpt.parse`.
    """
    root = excerpt.parse(musicxml)
    parts = root.findall("part")
    if rates.volta:
        add_endings(parts, rates.volta, rng)
    for index, part in enumerate(parts):
        _decorate_part(part, index == 0, rates, rng)
    if rng.random() < rates.credits:
        add_credits(root, rng)
    return str(etree.tostring(root, encoding="unicode", pretty_print=True))


def _decorate_part(part: etree._Element, top: bool, rates: Rates, rng: np.random.Generator) -> None:
    add_graces(part, events_of(part), rates, rng)
    events = events_of(part)
    if not events:
        return
    several = any(event.staff != "1" for event in events)
    keyboard = several or rng.random() < 0.4
    add_octave_lines(events, rates.ottava, rng)
    add_tenutos(events, rates.tenuto, rng)
    add_articulations(events, rates.articulation, rng)
    add_tremolos(events, rates.tremolo, rng)
    add_fingerings(events, rates.fingering, keyboard, rng)
    words.add_dynamics(events, rates.dynamics, rng)
    words.add_hairpins(events, rates.hairpin, rng)
    words.add_words(events, rates.words, rng)
    if part.find("measure/note/lyric") is None and not several and rng.random() < rates.lyrics:
        add_lyrics(events, rng)
    if top:
        _over_the_system(events, rates, rng)


def _over_the_system(events: Sequence[Event], rates: Rates, rng: np.random.Generator) -> None:
    words.add_chord_names(events, rates.chord_names, rng)
    words.add_rehearsal_marks(events, rates.rehearsal, rng)
    words.add_tempo(events, rates.tempo, rng)
