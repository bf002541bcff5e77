"""Decorations: they add what their rates say, the same every time, and leave the music in its place."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from synth.decoration import Rates, decorate, random_rates
from synth.decoration.events import events_of
from synth.decoration.graces import add_graces
from synth.style import Style
from synth.verovio_engraver import engrave

PAGE = Style(width_px=1400, height_px=900, staff_space_px=14, margin_px=(40, 40, 40, 40))
HIGH = ("C6", "D6", "E6", "C6")


def bars(note, pitches: tuple[str, ...] = HIGH, count: int = 6) -> list[str]:
    return ["".join(note(pitch) for pitch in pitches)] * count


def names_of(musicxml: str) -> Counter[str]:
    return Counter(name for page in engrave(musicxml, PAGE) for name in page.reading.symbols.names)


def heads(names: Counter[str]) -> Counter[str]:
    return Counter({name: count for name, count in names.items() if name.startswith("notehead")})


def test_no_rates_add_nothing(score, note) -> None:
    text = score(*bars(note))
    plain = decorate(text, Rates(), np.random.default_rng(1))
    assert names_of(plain) == names_of(text)


def test_a_score_without_notes_stays_without_them(score, note) -> None:
    everything = Rates(**dict.fromkeys(Rates.__dataclass_fields__, 1.0))
    made = decorate(score(note("rest", "whole", 16)), everything, np.random.default_rng(1))
    assert not heads(names_of(made))


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_rates_are_chances(wrong: float) -> None:
    with pytest.raises(ValueError, match="fingering"):
        Rates(fingering=wrong)


@pytest.mark.parametrize(
    ("kind", "start", "least"),
    [
        ("fingering", "fingering", 20), ("tenuto", "articTenuto", 8), ("articulation", "artic", 8),
        ("acciaccatura", "graceNoteAcciaccatura", 8), ("appoggiatura", "graceNoteAppoggiatura", 8),
        ("tremolo", "tremolo", 8), ("ottava", "ottava", 2), ("volta", "volta", 2), ("chord_names", "text", 4),
        ("rehearsal", "text", 4), ("tempo", "text", 4), ("words", "text", 4), ("dynamics", "dynamic", 4),
        ("hairpin", "dynamic", 4), ("lyrics", "lyric", 12), ("credits", "text", 2),
    ],
    ids=lambda value: str(value),
)  # fmt: skip
def test_each_kind_is_drawn_and_named(score, note, kind: str, start: str, least: int) -> None:
    text = score(*bars(note))
    made = decorate(text, Rates(**{kind: 1.0}), np.random.default_rng(3))
    before, after = names_of(text), names_of(made)
    added = sum(count for name, count in (after - before).items() if name.startswith(start))
    assert added >= least
    assert not any(page.notes.get("unlabelled") for page in engrave(made, PAGE))


@pytest.mark.parametrize("kind", ["ottava", "fingering", "tenuto", "tremolo", "words", "lyrics"])
def test_notes_keep_their_places(score, note, kind: str) -> None:
    text = score(*bars(note))
    made = decorate(text, Rates(**{kind: 1.0}), np.random.default_rng(5))
    assert heads(names_of(made)) == heads(names_of(text))


def test_an_octave_line_changes_what_sounds(score, note) -> None:
    made = etree.fromstring(decorate(score(*bars(note)), Rates(ottava=1.0), np.random.default_rng(5)).encode())
    assert {one.text for one in made.iter("octave")} > {"6"}


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_decoration_depends_on_the_seed_alone(score, note, seed: int) -> None:
    text = score(*bars(note))
    first, second = (
        decorate(text, random_rates(np.random.default_rng(seed)), np.random.default_rng(seed)) for _ in range(2)
    )
    assert first == second


def test_small_notes_within_a_beam_have_their_boxes(score, note) -> None:
    begin, end = (note("C6", "eighth", 2, f'<beam number="1">{word}</beam>') for word in ("begin", "end"))
    small = note("D6", "eighth", 0, '<grace slash="yes"/>')
    names = names_of(score(begin + small + end + note("C6", "half", 8) + note("C6")))
    assert names["graceNoteAcciaccaturaStemUp"] == 1
    assert names["graceNoteSlash"] == 1


def test_small_notes_stand_on_heights_of_their_own(score, note) -> None:
    root = etree.fromstring(score(*bars(note)).encode())
    part = root.find("part")
    assert part is not None
    add_graces(part, events_of(part), Rates(acciaccatura=1.0), np.random.default_rng(2))
    assert part.find("measure/note/grace") is not None
    for bar in part.findall("measure"):
        places: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
        for one in bar.findall("note"):
            where = (one.findtext("pitch/step", ""), one.findtext("pitch/octave", ""))
            places[one.find("grace") is not None].add(where)
        assert not places[True] & places[False]
