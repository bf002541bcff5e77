"""Beam hooks and the dots they speak of: a hook stands beside a note three times as long, a dotted one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from reconstruction.chords import Chord
from reconstruction.sheet import Glyph


def beside_hooks(chords: Sequence[Chord]) -> Iterator[Chord]:
    """Notes without a dot that a hook under their beam points at, and that are twice as long as the hooked note.

    With their dot the two fill a beat; without it they stand in triplets and in meters of three 16ths only.
    """
    users = Counter(beam.row for chord in chords for beam in _beams(chord))
    groups: dict[int, list[Chord]] = defaultdict(list)
    for chord in chords:
        if chord.group is not None and chord.heads:
            groups[chord.group].append(chord)
    for members in groups.values():
        ordered = sorted(members, key=lambda one: one.x)
        for index, chord in enumerate(ordered):
            beside = index + _hook_side(chord, users)
            if beside != index and 0 <= beside < len(ordered):
                partner = ordered[beside]
                if not partner.dots and partner.written_ql == 2 * chord.written_ql:
                    yield partner


def _beams(chord: Chord) -> list[Glyph]:
    return chord.stem.beams if chord.stem is not None else []


def _hook_side(chord: Chord, users: Counter[int]) -> int:
    """Where the hook of a chord points: -1 to the note before, 1 to the one after, 0 without a hook."""
    if chord.stem is None or len(chord.stem.levels) < 2:
        return 0
    inner = chord.stem.levels[-1]
    if any(users[beam.row] > 1 for beam in inner):
        return 0
    return -1 if inner[0].cx < chord.stem.glyph.cx else 1
