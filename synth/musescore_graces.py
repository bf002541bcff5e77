"""The composite boxes of single grace notes on MuseScore's pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from lxml import etree

from synth.musescore_marks import Mark
from synth.musescore_score import MuseScore, is_grace

_PARTS = ("notehead", "stem", "flag", "graceNoteSlash")


def grace_marks(marks: Sequence[Mark], music: MuseScore) -> Iterator[Mark]:
    """Yield one mark over head, stem, flag and slash of every grace note with a flag of its own."""
    chords: dict[etree._Element, list[Mark]] = {}
    for mark in marks:
        chord = music.within(mark.number, "Chord") if mark.name.startswith(_PARTS) else None
        if chord is not None and is_grace(chord):
            chords.setdefault(chord, []).append(mark)
    for members in chords.values():
        flag = next((mark for mark in members if mark.name.startswith("flag")), None)
        heads = [mark for mark in members if mark.name.startswith("notehead")]
        if flag is not None and heads:
            slash = any(mark.name == "graceNoteSlash" for mark in members)
            up = flag.name.removesuffix("Small").endswith("Up")
            name = f"graceNote{'Acciaccatura' if slash else 'Appoggiatura'}Stem{'Up' if up else 'Down'}"
            yield Mark(name, np.concatenate([one.points for one in members]), heads[0].number, heads[0].staff)
