"""Who plays: parts with clefs, and the groups that brackets and braces join."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from synth.composer.model import Clef, PartPlan
from synth.composer.taste import Taste

G2, F4, C3, C4, PERCUSSION = Clef("G", 2), Clef("F", 4), Clef("C", 3), Clef("C", 4), Clef("percussion")
#: Every clef but the percussion one; rare ones here are as likely as common ones.
ODD_CLEFS = (
    *(Clef("C", line) for line in (1, 2, 3, 4, 5)),
    Clef("G", 1),
    Clef("F", 3),
    Clef("F", 5),
    G2,
    F4,
    *(Clef("G", 2, octaves) for octaves in (-1, -1, 1, 2, -2)),
    *(Clef("F", 4, octaves) for octaves in (-1, 1, 2)),
)

#: Name, clefs of the staves, whether it has words.
_Player = tuple[str, tuple[Clef, ...], bool]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Who plays together, and how the left edge joins them: groups are (first part, last part, symbol)."""

    players: tuple[_Player, ...]
    groups: tuple[tuple[int, int, str], ...] = ()


_VIOLIN: _Player = ("Violin", (G2,), False)
_VIOLA: _Player = ("Viola", (C3,), False)
_CELLO: _Player = ("Violoncello", (F4,), False)
_BASS: _Player = ("Contrabass", (Clef("F", 4, -1),), False)
_FLUTE: _Player = ("Flute", (G2,), False)
_BASSOON: _Player = ("Bassoon", (C4,), False)
_VOICE: _Player = ("Voice", (G2,), True)
_TENOR: _Player = ("Tenor", (Clef("G", 2, -1),), True)
_PIANO: _Player = ("Piano", (G2, F4), False)
_DRUM: _Player = ("Drum", (PERCUSSION,), False)

ENSEMBLES: dict[str, Ensemble] = {
    "solo": Ensemble((_FLUTE,)),
    "strings solo": Ensemble((_VIOLIN,)),
    "song line": Ensemble((_VOICE,)),
    "percussion": Ensemble((_DRUM,)),
    "percussion duo": Ensemble((_DRUM, _DRUM), ((0, 1, "bracket"),)),
    "drum trio": Ensemble((_DRUM, _DRUM, _DRUM), ((0, 2, "bracket"),)),
    "piano": Ensemble((_PIANO,)),
    "song": Ensemble((_VOICE, _PIANO)),
    "organ": Ensemble((("Organ", (G2, F4), False), ("Pedal", (F4,), False))),
    "two pianos": Ensemble((("Piano I", (G2, F4), False), ("Piano II", (G2, F4), False))),
    "duo": Ensemble((_VIOLIN, _CELLO), ((0, 1, "bracket"),)),
    "trio": Ensemble((_FLUTE, _VIOLA, _CELLO), ((1, 2, "brace"),)),
    "piano trio": Ensemble((_VIOLIN, _CELLO, _PIANO), ((0, 1, "bracket"),)),
    "quartet": Ensemble((_VIOLIN, _VIOLIN, _VIOLA, _CELLO), ((0, 3, "bracket"),)),
    "choir": Ensemble(
        (("Soprano", (G2,), True), ("Alto", (G2,), True), _TENOR, ("Bass", (F4,), True)), ((0, 3, "bracket"),)
    ),
    "sextet": Ensemble((_FLUTE, _BASSOON, _VIOLIN, _VIOLA, _CELLO, _BASS), ((0, 1, "bracket"), (2, 5, "bracket"))),
}


def pick_parts(taste: Taste, rng: Random) -> tuple[list[PartPlan], list[tuple[int, int, str]]]:
    """Return the players of a piece and their groups."""
    ensemble = ENSEMBLES[rng.choice(taste.parts or tuple(ENSEMBLES))]
    return [_part(player, taste, rng) for player in ensemble.players], list(ensemble.groups)


def _part(player: _Player, taste: Taste, rng: Random) -> PartPlan:
    name, clefs, sung = player
    percussion = clefs[0].sign == "percussion"
    odd = not percussion and rng.random() < taste.odd_clefs
    chosen = [rng.choice(ODD_CLEFS) if odd else clef for clef in clefs]
    return PartPlan(name, chosen, sung=sung or rng.random() < taste.lyrics * 0.3, percussion=percussion)
