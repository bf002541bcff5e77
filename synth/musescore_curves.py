"""Which notes the ties and slurs of a MuseScore page join: the score tells the notes, the drawing which curve it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from lxml import etree

from notation.boxes import FloatArray
from synth.musescore_marks import Mark
from synth.musescore_score import MuseScore
from synth.musescore_staves import StaffRows

Edge = tuple[Mark, str, Mark]
#: A curve begins and ends within this distance of the centre of its head, across and up or down, in staff spaces. Slurs
#: at the stem's end stand further away than ties, which touch their heads.
_TIE_REACH_SP = (2.5, 1.5)
_SLUR_REACH_SP = (2.0, 7.0)


def bow_edges(
    marks: Sequence[Mark],
    music: MuseScore,
    heads: Mapping[etree._Element, Sequence[Mark]],
    notes: Mapping[etree._Element, Mark],
    staves: StaffRows,
) -> Iterator[Edge]:
    """Yield an edge from the head at either end of every tie and slur, as far as that end is on the curve's system."""
    begins, ends = _ends(music, "Tie")
    tied = [notes[one] for one in begins if one in notes], [notes[one] for one in ends if one in notes]
    yield from _linked(marks, "tie", tied, _TIE_REACH_SP, staves)
    begins, ends = _ends(music, "Slur")
    starting, stopping = ([head for one in chords for head in heads.get(one, [])] for chords in (begins, ends))
    yield from _linked(marks, "slur", (starting, stopping), _SLUR_REACH_SP, staves)


def _ends(music: MuseScore, kind: str) -> tuple[list[etree._Element], list[etree._Element]]:
    """Return the notes or chords at which ties or slurs begin, and those at which they end."""
    begins: list[etree._Element] = []
    ends: list[etree._Element] = []
    for spanner in music.root.iter("Spanner"):
        holder = spanner.getparent()
        if spanner.get("type") == kind and holder is not None:
            (begins if spanner.find(kind) is not None else ends).append(holder)
    return begins, ends


def _linked(
    marks: Sequence[Mark],
    name: str,
    heads: tuple[Sequence[Mark], Sequence[Mark]],
    reach_sp: tuple[float, float],
    staves: StaffRows,
) -> Iterator[Edge]:
    reach = np.array(reach_sp) * staves.space_px
    for mark in (mark for mark in marks if mark.name == name):
        points = mark.points
        tips = points[points[:, 0].argmin()], points[points[:, 0].argmax()]
        for tip, side in zip(tips, heads, strict=True):
            head = _nearest(tip, side, reach)
            if head is not None:
                yield head, name, mark


def _nearest(tip: FloatArray, heads: Sequence[Mark], reach: FloatArray) -> Mark | None:
    near = [head for head in heads if (np.abs(head.centre - tip) < reach).all()]
    return min(near, key=lambda head: float(np.hypot(*(head.centre - tip))), default=None)
