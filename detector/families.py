"""Classes that exclude each other on the same ink: a head is black or half, a digit belongs to a meter or a tuplet."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from detector.suppression import suppress
from notation.boxes import IntArray

#: Each pattern is a family; a class that matches none is a family of its own.
_FAMILIES = (
    r"notehead.*",
    r"(accidental(?!Parenthesis)|key(?!board)).*",
    r"clef[A-Z].*",
    r"rest(?!H).*",
    r"(timeSig\d|fingering\d|tuplet\d|clef8|clef15|restHNr).*",
    r"timeSigC.*",
    r"flag.*",
    r"tremolo.*",
    r"(augmentationDot|repeatDot|articStaccato(Above|Below))",
    r"articStaccatissimo.*",
    r"articAccent.*|dynamic(Crescendo|Diminuendo)Hairpin",
    r"articMarcato.*",
    r"articTenuto.*|ledgerLine",
    r"fermata.*",
    r"slur|tie",
    r"dynamic[A-Z]",
    r"ornament.*",
    r"strings.*",
    r"graceNoteA.*",
    r"(barline.*|systemicBarline|stem)",
    r"text|lyric",
    r"ottava(Alta|Bassa)|quindicesima",
    r"brace|bracket",
)

#: Boxes of one family that overlap by more than this are rival readings of the same ink.
RIVAL_OVERLAP = 0.5


def families_of(names: Sequence[str]) -> IntArray:
    """Return the family number of each class."""
    return np.array([_family(name, index) for index, name in enumerate(names)], dtype=np.int64)


def suppress_rivals(found: Detections, families: IntArray) -> Detections:
    """Return the best reading of each place: oriented suppression within families."""
    return suppress(found, families[found.labels], RIVAL_OVERLAP)


def _family(name: str, index: int) -> int:
    for number, pattern in enumerate(_FAMILIES):
        if re.fullmatch(pattern, name):
            return number
    return len(_FAMILIES) + index
