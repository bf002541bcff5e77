"""The composer: bars add up, the same seed gives the same text, every feature occurs."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from xml.etree import ElementTree

import pytest

from synth.composer import compose
from synth.composer.meter import METERS
from synth.composer.model import DIVISIONS, TYPES, written
from synth.composer.taste import THEMES

SEEDS = range(len(THEMES))


@cache
def _root(seed: int) -> ElementTree.Element:
    return ElementTree.fromstring(compose(seed).encode())


@cache
def _seen() -> Counter[str]:
    """Count tags, and tags with one telling attribute or text, over one round of themes."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        for element in _root(seed).iter():
            seen[element.tag] += 1
            seen.update(f"{element.tag}@{name}={value}" for name, value in element.attrib.items())
            if element.text and element.text.strip():
                seen[f"{element.tag}={element.text.strip()}"] += 1
    return seen


def test_same_seed_same_text() -> None:
    assert compose(3) == compose(3)
    assert compose(3) != compose(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_voice_adds_up_to_the_meter(seed: int) -> None:
    for part in _root(seed).iter("part"):
        length = Fraction(0)
        for measure in part.iter("measure"):
            time = measure.find("attributes/time")
            if time is not None:
                beats = sum(int(one) for one in time.findtext("beats", "").split("+"))
                length = Fraction(beats, int(time.findtext("beat-type", "")))
            for voice, total in _voice_lengths(measure).items():
                assert total == length, (measure.get("number"), voice)


def _voice_lengths(measure: ElementTree.Element) -> dict[str, Fraction]:
    totals: dict[str, Fraction] = {}
    for note in measure.iter("note"):
        if note.find("chord") is None and note.find("grace") is None:
            share = Fraction(int(note.findtext("duration", "")), 4 * DIVISIONS)
            voice = note.findtext("voice", "")
            totals[voice] = totals.get(voice, Fraction(0)) + share
    return totals


@pytest.mark.parametrize("seed", SEEDS)
def test_written_values_agree_with_durations(seed: int) -> None:
    names = {name: value for value, name in TYPES.items()}
    for note in _root(seed).iter("note"):
        kind, duration = note.findtext("type"), note.findtext("duration")
        if kind is None or duration is None:
            continue
        value = names[kind] * (2 - Fraction(1, 2 ** len(note.findall("dot"))))
        ratio = note.find("time-modification")
        if ratio is not None:
            value *= Fraction(int(ratio.findtext("normal-notes", "")), int(ratio.findtext("actual-notes", "")))
        assert Fraction(int(duration), 4 * DIVISIONS) == value


@pytest.mark.parametrize("seed", SEEDS)
def test_starts_and_stops_are_paired(seed: int) -> None:
    for part in _root(seed).iter("part"):
        for tag in ("slur", "tied", "octave-shift", "wavy-line", "glissando", "pedal", "tuplet"):
            kinds = Counter(element.get("type") for element in part.iter(tag))
            assert kinds["stop"] == sum(count for kind, count in kinds.items() if kind != "stop"), tag


@pytest.mark.parametrize("name", METERS)
def test_meters_are_as_long_as_they_say(name: str) -> None:
    meter = METERS[name]
    beats = sum(int(one) for one in meter.beats.split("+"))
    assert meter.length == Fraction(beats, meter.beat_type)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (Fraction(0), None),
        (Fraction(1, 4), (Fraction(1, 4), 0)),
        (Fraction(3, 8), (Fraction(1, 4), 1)),
        (Fraction(7, 16), (Fraction(1, 4), 2)),
        (Fraction(5, 16), None),
        (Fraction(3, 256), None),
    ],
)
def test_written_lengths(length: Fraction, expected: tuple[Fraction, int] | None) -> None:
    assert written(length) == expected


FEATURES = (
    *(f"type={name}" for name in ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")),
    *(f"accidental={name}" for name in ("sharp", "flat", "natural", "double-sharp", "flat-flat")),
    *(f"tremolo={count}" for count in range(1, 6)),
    *(f"fingering={finger}" for finger in range(6)),
    *(f"actual-notes={count}" for count in (*range(2, 10), 12)),
    *(f"line={line}" for line in range(1, 6)),
    *(f"clef-octave-change={octaves}" for octaves in (-2, -1, 1, 2)),
    *(f"fifths={fifths}" for fifths in range(-7, 8)),
    *(f"bar-style={style}" for style in ("light-light", "light-heavy", "heavy-light", "dashed", "dotted")),
    *(f"octave-shift@{one}" for one in ("type=up", "type=down", "size=8", "size=15")),
    *("sign=G", "sign=F", "sign=C", "sign=percussion", "time@symbol=common", "time@symbol=cut"),
    *("beats=3+2", "beats=10", "staves=2"),
    *("grace@slash=yes", "grace", "cue", "chord", "accidental@parentheses=yes", "tied", "slur", "multiple-rest"),
    *("staccato", "tenuto", "accent", "staccatissimo", "strong-accent", "breath-mark", "caesura", "up-bow", "down-bow"),
    *("fermata@type=upright", "fermata@type=inverted", "trill-mark", "wavy-line", "turn", "inverted-turn", "mordent"),
    *("inverted-mordent", "arpeggiate", "glissando", "segno", "coda", "rehearsal", "harmony", "words", "metronome"),
    *("wedge@type=crescendo", "wedge@type=diminuendo", "pedal", "lyric", "measure-repeat", "notehead=x", "cancel"),
    *("notehead=diamond", "repeat@direction=forward", "repeat@direction=backward", "ending", "tuplet@bracket=yes"),
    *("tuplet@bracket=no", "group-symbol=bracket", "group-symbol=brace", "p", "mf", "sfz", "rfz", "fz", "ppp"),
)


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_occurs_within_one_round_of_themes(feature: str) -> None:
    assert _seen()[feature] > 0
