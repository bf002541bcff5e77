"""The tokens of LMX: the published set and our additions, as the table `vocabulary.csv` lists them.

Published tokens are those of Mayer, Straka, Hajič and Pecina, "Practical End-to-End Optical Music Recognition for
Pianoform Music" (ICDAR 2024), as their documentation of Linearized MusicXML gives them. What MusicXML prints and they
leave out, and what cannot be seen but must not be lost in a round trip, has tokens of ours.
"""

from __future__ import annotations

import csv
import itertools
import re
from functools import cache
from importlib.resources import files

#: Tokens that stand for signs at a note, in the order in which they are written.
MARKS = (
    "slur:stop",
    "slur:start",
    "fermata",
    "arpeggiate",
    "staccato",
    "accent",
    "strong-accent",
    "tenuto",
    "tremolo:single",
    "tremolo:start",
    "tremolo:stop",
    "tremolo:unmeasured",
    "trill-mark",
)
#: Tokens of ours that no list can hold in full: any number fits.
OPEN = re.compile(
    r"(key:fifths:-?\d+|key:(step|alter):\S+|beats:[\d+]+|beat-type:\d+|clef:\S+|staff:\d+|staves:\d+|voice:\S+|"
    r"\d+in\d+|alter:-?\d+(/\d+)?|duration:-?\d+(/\d+)?|beam:\d+:\S+|accidental:\S+|[A-G]-?\d+)"
)


@cache
def tokens(origin: str = "") -> tuple[str, ...]:
    """Return the tokens of one origin ("published" or "ours"), or all of them, in the order of the table."""
    return tuple(one for row in _rows() if origin in ("", row["origin"]) for one in _expanded(row["tokens"]))


@cache
def published() -> frozenset[str]:
    """Return the published tokens."""
    return frozenset(tokens("published"))


def is_token(text: str) -> bool:
    """Tell whether a word is a token: one of the table, or of an open family with any number."""
    return text in _known() or OPEN.fullmatch(text) is not None


@cache
def _known() -> frozenset[str]:
    return frozenset(tokens())


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with files(__package__).joinpath("vocabulary.csv").open(encoding="utf-8") as table:
        return tuple(csv.DictReader(table))


def _expanded(patterns: str) -> list[str]:
    """Write out `{1..3}` and `{a;b}` of a row: every combination, the last one varying fastest."""
    found = []
    for pattern in patterns.split():
        pieces = re.split(r"\{(.*?)\}", pattern)
        choices = [_choices(piece) if odd % 2 else [piece] for odd, piece in enumerate(pieces)]
        found += ["".join(words) for words in itertools.product(*choices)]
    return found


def _choices(text: str) -> list[str]:
    ends = re.fullmatch(r"(-?\d+)\.\.(-?\d+)", text)
    return [str(number) for number in range(int(ends[1]), int(ends[2]) + 1)] if ends else text.split(";")
