"""The little 8 at clefs, settled over all systems: it is tiny, sooner lost than invented, and stated at every head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconstruction.signs import ClefSign

#: A digit that was seen as surely as this at one head of a run stands at all of them.
SURE = 0.5
#: Less sure ones must be seen at this share of the heads.
AGREED = 0.5


@dataclass(frozen=True, slots=True)
class HeadClef:
    """The clefs that one staff shows in one system.

    Attributes:
        sign: the one at the system's head.
        digit_score: of its 8 or 15, 0 without.
        only: no other clef follows on the staff within the system.
    """

    sign: ClefSign
    digit_score: float
    only: bool


def settle_octaves(heads: Sequence[HeadClef]) -> None:
    """Give the clefs of one staff in successive systems, where they go on unchanged, the same octave.

    A change of clef is announced at the end of the line before, so a run ends where another clef follows the head's.
    """
    run: list[HeadClef] = []
    for head in heads:
        if run and not (run[-1].only and _same_but_octave(run[-1].sign, head.sign)):
            _settle(run)
            run = []
        run.append(head)
    _settle(run)


def _same_but_octave(first: ClefSign, second: ClefSign) -> bool:
    return (first.clef.sign, first.clef.line) == (second.clef.sign, second.clef.line)


def _settle(run: Sequence[HeadClef]) -> None:
    shown = [head for head in run if head.sign.clef.octave_change]
    if len({head.sign.clef.octave_change for head in run}) < 2:
        return
    surest = max(shown, key=lambda head: head.digit_score)
    counts = surest.digit_score >= SURE or len(shown) >= AGREED * len(run)
    change = surest.sign.clef.octave_change if counts else 0
    for head in run:
        head.sign.clef = replace(head.sign.clef, octave_change=change)
