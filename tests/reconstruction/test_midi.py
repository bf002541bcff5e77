"""MIDI files: exact bytes of a small one, and the music read back by an independent reader."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.score import Event, Measure, Note, Part, Pitch, Score, Time
from reconstruction.midi import Sound, bar_starts_ql, midi_bytes, midi_key, sounds


def head(onset: object, duration: object, pitch: Pitch | None = None, **more: bool) -> Event:
    note = Note(pitch or Pitch("C", 0, 4), **more)
    return Event(Fraction(onset), Fraction(duration), "quarter", notes=[note])  # type: ignore[arg-type]


def bar(*events: Event, length: object = 4, time: Time | None = None) -> Measure:
    return Measure("1", Fraction(length), list(events), time=time)  # type: ignore[arg-type]


def played(*measures: Measure) -> list[Sound]:
    score = Score([Part("P1", measures=list(measures))])
    return sounds(score.parts[0], bar_starts_ql(score))


def test_an_empty_score_has_a_tempo_and_nothing_else() -> None:
    assert midi_bytes(Score()).hex(" ") == (
        "4d 54 68 64 00 00 00 06 00 01 00 01 01 e0 4d 54 72 6b 00 00 00 0f 00 ff 03 00 00 ff 51 03 07 a1 20 00 ff 2f 00"
    )


def test_one_note_byte_by_byte() -> None:
    score = Score([Part("P1", "Flute", measures=[bar(head(1, 1), length=2, time=Time("2", 4))])])
    conductor, player = midi_bytes(score).split(b"MTrk")[1:]
    assert bytes.fromhex("ff 58 04 02 02 18 08") in conductor
    assert player[4:] == bytes.fromhex("00 ff 03 05") + b"Flute" + bytes.fromhex(
        "83 60 90 3c 50 83 60 80 3c 00 00 ff 2f 00"
    )


@pytest.mark.parametrize(
    ("pitch", "key"),
    [(Pitch("C", 0, 4), 60), (Pitch("B", 1, 3), 60), (Pitch("C", -1, 4), 59), (Pitch("A", 0, 0), 21)],
)
def test_keys(pitch: Pitch, key: int) -> None:
    assert midi_key(pitch) == key


def test_ties_are_merged_over_barlines() -> None:
    tied = played(
        bar(head(2, 2, tie_start=True)), bar(head(0, 4, tie_start=True, tie_stop=True)), bar(head(0, 1, tie_stop=True))
    )
    assert tied == [Sound(Fraction(2), Fraction(7), 60)]


def test_half_ties_sound_like_plain_notes() -> None:
    assert played(bar(head(0, 1, tie_stop=True), head(1, 1, tie_start=True), head(3, 1))) == [
        Sound(Fraction(0), Fraction(1), 60),
        Sound(Fraction(1), Fraction(1), 60),
        Sound(Fraction(3), Fraction(1), 60),
    ]


def test_two_open_ties_on_one_key_lose_no_note() -> None:
    assert len(played(bar(head(0, 1, tie_start=True), head(0, 1, tie_start=True)))) == 2


def test_grace_notes_and_keys_beyond_the_range_are_left_out() -> None:
    grace = head(0, 0)
    grace.grace = "acciaccatura"
    assert played(bar(grace, head(0, 1, Pitch("C", 0, 12)))) == []


def test_overfull_bars_push_the_next_one() -> None:
    assert [one.onset_ql for one in played(bar(head(0, 5)), bar(head(0, 1)))] == [0, 5]


def test_bars_wait_for_their_longest_part() -> None:
    score = Score([Part("P1", measures=[bar(), bar()]), Part("P2", measures=[bar(head(0, 6)), bar()])])
    assert bar_starts_ql(score) == [0, 6, 10]


@pytest.mark.parametrize("tempo", [0.0, -1.0, 3.0])
def test_impossible_tempi(tempo: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        midi_bytes(Score(), tempo)


@pytest.mark.parametrize("time", [Time("4", 9), Time("x", 4), Time("300", 4)])
def test_meters_that_midi_cannot_say_are_left_out(time: Time) -> None:
    assert b"\xff\x58" not in midi_bytes(Score([Part("P1", measures=[bar(time=time)])]))


pitches = st.builds(Pitch, st.sampled_from("CDEFGAB"), st.integers(-2, 2), st.integers(1, 7))
notes = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 16), pitches), max_size=12)


@settings(deadline=None)
@given(notes)
def test_music21_reads_back_the_same_notes(content: list[tuple[int, int, Pitch]]) -> None:
    from music21 import midi

    events = [head(Fraction(i, 1) * 16 + Fraction(a, 4), Fraction(b, 4), p) for i, (a, b, p) in enumerate(content)]
    score = Score([Part("P1", measures=[bar(*events)])])
    file = midi.MidiFile()
    file.readstr(midi_bytes(score))
    assert file.format == 1 and file.ticksPerQuarterNote == 480
    now, found = 0, []
    for event in file.tracks[1].events:
        now += event.time if event.isDeltaTime() else 0
        if event.isNoteOn():
            found.append((now, event.pitch))
    assert sorted(found) == sorted((int(e.onset_ql * 480), midi_key(e.notes[0].pitch)) for e in events)
    assert all(len(track.events) for track in file.tracks)


def test_it_can_be_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi_bytes(Score([Part("P1", measures=[bar(head(0, 1))])])))
    assert path.read_bytes()[:4] == b"MThd"
