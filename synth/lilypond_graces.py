"""The composite boxes of single grace notes on LilyPond's pages, found by where their parts touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from notation.boxes import FloatArray
from synth.lilypond_labels import Mark

#: Parts of one small note lie within this share of its notehead's height from each other.
_TOUCH = 0.35


def grace_marks(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Yield one mark over head, stem, flag and slash of every small note with a flag of its own.

    LilyPond's slash is a glyph beside the flag. Notes in a beam have no flag and so no composite box.
    """
    stems = [mark for mark in marks if mark.name == "stem"]
    flags = [mark for mark in marks if mark.name.startswith("flag") and mark.leaves[0].size < 0.87]
    heads = [mark for mark in marks if mark.name.startswith("notehead") and mark.name.endswith("Small")]
    slashes = [mark for mark in marks if mark.name == "graceNoteSlash"]
    for flag in flags:
        stem = min((stem for stem in stems if _touches(stem, flag)), key=partial(_offset, flag), default=None)
        members = [] if stem is None else [head for head in heads if _touches(head, stem)]
        if stem is None or not members:
            continue
        slash = [one for one in slashes if _touches(one, flag)]
        up = flag.name.removesuffix("Small").endswith("Up")
        name = f"graceNote{'Acciaccatura' if slash else 'Appoggiatura'}Stem{'Up' if up else 'Down'}"
        parts = [flag, stem, *members, *slash]
        yield Mark(name, np.concatenate([part.points for part in parts]), flag.grob)


def _touches(first: Mark, second: Mark) -> bool:
    a, b = _hull(first), _hull(second)
    near = _TOUCH * min(a[3] - a[1], b[3] - b[1])
    return bool(a[0] < b[2] + near and b[0] < a[2] + near and a[1] < b[3] + near and b[1] < a[3] + near)


def _offset(flag: Mark, stem: Mark) -> float:
    """Return how far a stem stands from the left side of a flag, where the flag's own stem is."""
    return abs(float(_hull(flag)[0] - _hull(stem)[0]))


def _hull(mark: Mark) -> FloatArray:
    return np.concatenate([mark.points.min(0), mark.points.max(0)])
