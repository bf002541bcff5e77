"""`Score` to a Standard MIDI File (format 1), written byte by byte: the format needs no library.

Source: MIDI Manufacturers Association, *Standard MIDI Files 1.0* (RP-001). Ties are merged, repeats are not played
twice, grace notes take no time and are left out. A bar lasts as long as its meter says, or longer where its events do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from notation.score import Measure, Part, Pitch, Score, Time

_TICKS_PER_QUARTER = 480  # a common choice; odd tuplets are rounded to the nearest tick
_VELOCITY = 80
_DRUM_CHANNEL = 9
_STEP_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
#: Beat types by the exponent of two that stands for them in the file.
_BEAT_TYPES = (1, 2, 4, 8, 16, 32, 64)
_OFF, _META, _ON = 0, 1, 2  # order of messages at one tick: a repeated note must end before it starts again


@dataclass(frozen=True, slots=True)
class Sound:
    """One sounding note: times in quarter lengths from the start of the piece, `key` 0 to 127 (middle C is 60)."""

    onset_ql: Fraction
    duration_ql: Fraction
    key: int


def midi_bytes(score: Score, tempo_bpm: float = 120.0) -> bytes:
    """Return the file: one track of tempo and meters, then one a part; `tempo_bpm` counts quarter notes a minute.

    Raises:
        ValueError: `tempo_bpm` is not between 4 and 60,000,000, what the format's three bytes can hold.
    """
    microseconds = round(60_000_000 / tempo_bpm) if tempo_bpm > 0 else 0
    if not 0 < microseconds < 1 << 24:
        raise ValueError(f"expected a tempo from 4 to 60,000,000 quarters a minute, got {tempo_bpm:g}")
    starts = bar_starts_ql(score)
    tracks = [_conductor(score, starts, microseconds)]
    tracks += [_player(part, starts, _channel(index)) for index, part in enumerate(score.parts)]
    header = b"MThd" + _int(6, 4) + _int(1, 2) + _int(len(tracks), 2) + _int(_TICKS_PER_QUARTER, 2)
    return header + b"".join(b"MTrk" + _int(len(track), 4) + track for track in tracks)


def bar_starts_ql(score: Score) -> list[Fraction]:
    """Return the onset of every bar, and the end of the last one; a bar is as long as its longest part."""
    starts = [Fraction(0)]
    for bars in zip(*(part.measures for part in score.parts), strict=False):
        starts.append(starts[-1] + max(_length_ql(bar) for bar in bars))
    return starts


def sounds(part: Part, starts: list[Fraction]) -> list[Sound]:
    """Return the notes of a part, ties merged, by onset and key. A tie without its second note changes nothing."""
    finished: list[Sound] = []
    open_ties: dict[tuple[int, Fraction], Sound] = {}  # by key and end
    for sound, tie_start, tie_stop in sorted(_heads(part, starts), key=lambda one: (one[0].onset_ql, one[0].key)):
        before = open_ties.pop((sound.key, sound.onset_ql), None) if tie_stop else None
        if before is not None:
            sound = Sound(before.onset_ql, before.duration_ql + sound.duration_ql, sound.key)
        if tie_start:
            replaced = open_ties.get((sound.key, _end_ql(sound)))
            finished += [replaced] if replaced else []
            open_ties[sound.key, _end_ql(sound)] = sound
        else:
            finished.append(sound)
    return sorted([*finished, *open_ties.values()], key=lambda one: (one.onset_ql, one.key, one.duration_ql))


def _heads(part: Part, starts: list[Fraction]) -> Iterator[tuple[Sound, bool, bool]]:
    """Iterate over (sound, tie starts here, tie stops here) of every head that takes time and lies in MIDI's range."""
    for measure, start in zip(part.measures, starts, strict=False):
        for event in measure.events:
            for note in event.notes if event.duration_ql > 0 and not event.grace else ():
                key = midi_key(note.pitch)
                if 0 <= key <= 127:
                    yield Sound(start + event.onset_ql, event.duration_ql, key), note.tie_start, note.tie_stop


def midi_key(pitch: Pitch) -> int:
    """Return the key number of a pitch; C4 is 60."""
    return 12 * (pitch.octave + 1) + _STEP_SEMITONES[pitch.step] + pitch.alter


def _end_ql(sound: Sound) -> Fraction:
    return sound.onset_ql + sound.duration_ql


def _length_ql(measure: Measure) -> Fraction:
    return max([measure.length_ql, *(event.onset_ql + event.duration_ql for event in measure.events)])


def _channel(part_index: int) -> int:
    """Return a channel from 0 to 15 without the one for drums; parts beyond fifteen share."""
    channel = part_index % 15
    return channel if channel < _DRUM_CHANNEL else channel + 1


def _player(part: Part, starts: list[Fraction], channel: int) -> bytes:
    messages = [(0, _META, _text(3, part.name))]
    for sound in sounds(part, starts):
        messages.append((_ticks(sound.onset_ql), _ON, bytes([0x90 | channel, sound.key, _VELOCITY])))
        messages.append((_ticks(_end_ql(sound)), _OFF, bytes([0x80 | channel, sound.key, 0])))
    return _track(messages, _ticks(starts[-1]))


def _conductor(score: Score, starts: list[Fraction], microseconds: int) -> bytes:
    messages = [(0, _META, _text(3, score.title)), (0, _META, b"\xff\x51\x03" + _int(microseconds, 3))]
    for measure, start in zip(score.parts[0].measures if score.parts else [], starts, strict=False):
        if measure.time is not None:
            messages += [(_ticks(start), _META, message) for message in _meter(measure.time)]
    return _track(messages, _ticks(starts[-1]))


def _meter(time: Time) -> Iterator[bytes]:
    """Yield the meter message; nothing where the beats or the beat type cannot be said in MIDI."""
    parts = time.beats.split("+")
    beats = sum(int(one) for one in parts) if all(one.isdecimal() for one in parts) else 0
    if 0 < beats < 256 and time.beat_type in _BEAT_TYPES:
        yield bytes([0xFF, 0x58, 4, beats, _BEAT_TYPES.index(time.beat_type), 24, 8])


def _text(kind: int, text: str) -> bytes:
    data = text.encode("utf-8")
    return bytes([0xFF, kind]) + _variable_length(len(data)) + data


def _track(messages: list[tuple[int, int, bytes]], end_ticks: int) -> bytes:
    """Return delta times and messages in order, closed by the end-of-track message at the end of the last bar."""
    data, now = b"", 0
    for tick, _, message in sorted(messages, key=lambda one: one[:2]):
        data += _variable_length(tick - now) + message
        now = tick
    return data + _variable_length(max(end_ticks - now, 0)) + b"\xff\x2f\x00"


def _ticks(time_ql: Fraction) -> int:
    return round(time_ql * _TICKS_PER_QUARTER)


def _int(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def _variable_length(value: int) -> bytes:
    """Return seven bits a byte, most significant first, the top bit set on all bytes but the last."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
