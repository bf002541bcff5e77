"""Scores as sequences of symbols in the manner of homr: per staff, by time, each note one word of five properties.

homr (https://github.com/liebharc/homr) reads a staff into symbols of several branches: rhythm, pitch, lift (the printed
accidental), articulation, slur, position. Its own comparison splits systems of two staves, drops the position, sorts
chords, and counts a symbol as right where all branches agree; so does this. `docs/sequence_models.md` lists the words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.events import MEASURE_REST, TYPE_QL, Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.unsaid import onsets
from realscores_eval.ser import EditTally, symbol_error_rate

_LIFT = {"sharp": "#", "double-sharp": "##", "sharp-sharp": "##", "natural": "N", "flat": "b", "flat-flat": "bb"}
_ARTICULATIONS = {
    "accent": "accent",
    "arpeggiate": "arpeggiate",
    "fermata": "fermata",
    "staccato": "staccato",
    "tenuto": "tenuto",
    "tremolo:single": "tremolo",
    "tremolo:start": "tremolo",
    "tremolo:stop": "tremolo",
    "trill-mark": "trill",
}
_EMPTY = "_"


def homr_sequences(parts: Sequence[Part]) -> list[list[str]]:
    """Return one sequence a staff, top to bottom over all parts."""
    return [_staff(part, staff) for part in canonical(parts) for staff in range(1, part.staves + 1)]


def homr_error_rate(truth: Sequence[Part], result: Sequence[Part]) -> EditTally:
    """Return the symbol error rate over staves paired from the top; a staff without a partner is all wrong."""
    first, second = homr_sequences(truth), homr_sequences(result)
    longest = max(len(first), len(second))
    pairs = zip(_filled(first, longest), _filled(second, longest), strict=True)
    return sum((symbol_error_rate(*pair) for pair in pairs), start=EditTally())


def _filled(sequences: list[list[str]], count: int) -> list[list[str]]:
    return sequences + [[] for _ in range(count - len(sequences))]


def _staff(part: Part, staff: int) -> list[str]:
    found: list[str] = []
    for events in part.measures:
        words = _measure(events, staff)
        for onset in sorted(words):
            for rank in sorted(words[onset]):
                group = sorted(words[onset][rank])
                found += [one for word in group for one in ("chord", word)][1:] if rank == _NOTES else group
        found.append("barline")
    return found


#: Signs stand before grace notes, those before the notes of the beat; each grace note stands by itself.
_SIGNS, _NOTES = -1, 10_000


def _measure(events: list[Event], staff: int) -> dict[Fraction, dict[int, list[str]]]:
    """Return the words of a staff by onset and rank."""
    words: dict[Fraction, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    graces = 0
    for onset, event in zip(onsets(events), events, strict=True):
        if isinstance(event, Note):
            if event.staff == staff:
                graces += bool(event.grace) and not event.chord
                words[onset][graces if event.grace else _NOTES].append(_note(event))
        elif not isinstance(event, Step) and event.staff in (0, staff):
            words[onset][_SIGNS].append(_sign(event))
    return words


def _sign(sign: Clef | Key | Time) -> str:
    match sign:
        case Clef():
            return f"clef_{sign.sign}{sign.line}"
        case Key():
            return f"keySignature_{sign.fifths or 0}"
    return f"timeSignature/{sign.fractions[-1][1] if sign.fractions else 1}"


def _note(note: Note) -> str:
    kind = "rest" if note.kind == "rest" else "note"
    pitch = _EMPTY if note.kind == "rest" else f"{note.step}{note.octave}"
    lift = _LIFT.get(note.accidental, _EMPTY)
    articulation = "_".join(sorted({_ARTICULATIONS[one] for one in note.marks if one in _ARTICULATIONS})) or _EMPTY
    return " ".join((f"{kind}_{_rhythm(note)}", pitch, lift, articulation, _slur(note)))


def _rhythm(note: Note) -> str:
    """Return the value as kern writes it: the part of a whole note, dots behind it, "0" for breves and bar rests."""
    if note.type == MEASURE_REST:
        return "0"
    part = 4 / TYPE_QL[note.type] * (Fraction(*note.ratio) if note.ratio and not note.grace else 1)
    number = "0" if part < 1 and part.denominator > 1 and note.ratio is None else str(part)
    return number + "G" * bool(note.grace) + "." * note.dots


def _slur(note: Note) -> str:
    """Ties count as slurs, as homr writes them."""
    starts = "slur:start" in note.marks or "start" in note.tied
    stops = "slur:stop" in note.marks or "stop" in note.tied
    return "_".join(["slurStart"] * starts + ["slurStop"] * stops) or _EMPTY
