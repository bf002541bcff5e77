"""Numbers for the voices of a part, as MusicXML wants them."""

from __future__ import annotations

from collections import defaultdict

from reconstruction.bar_rhythm import BarRhythm
from reconstruction.chords import Chord

#: Voices are numbered from 1 on the first staff, from 5 on the second.
VOICES_A_STAFF = 4


def voice_numbers(chords: list[Chord], rows: dict[int, int], rhythm: BarRhythm) -> dict[int, int]:
    """Return the voice of every chord, by its identity: by the staff a voice starts on, the upper voice first.

    Args:
        chords: the part's chords in one bar.
        rows: the part's staff numbers, from 1, by page staff.
        rhythm: says which chords follow each other.
    """
    members: dict[int, list[Chord]] = defaultdict(list)
    for chord in chords:
        if id(chord) in rhythm.voice:
            members[rhythm.voice[id(chord)]].append(chord)
    homes: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for voice, mine in members.items():
        first = min(mine, key=lambda one: (rhythm.onset_ql[id(one)], one.x))
        up = sum(one.direction for one in mine)
        homes[rows[first.staff]].append((-up, voice))
    number = {
        voice: 1 + VOICES_A_STAFF * (staff - 1) + rank
        for staff, ranked in homes.items()
        for rank, (_, voice) in enumerate(sorted(ranked))
    }
    found = {id(chord): number[rhythm.voice[id(chord)]] for chord in chords if id(chord) in rhythm.voice}
    taken = set(number.values())
    for rest in rhythm.measure_rests:
        if rest.staff in rows:
            voice = 1 + VOICES_A_STAFF * (rows[rest.staff] - 1)
            while voice in taken:
                voice += 1
            taken.add(voice)
            found[id(rest)] = voice
    for chord in chords:
        found.setdefault(id(chord), 1 + VOICES_A_STAFF * (rows[chord.staff] - 1))
    return found
