"""Marks over several notes: ties, slurs, hairpins, ottavas, pedals, trill lines; and words, dynamics, chord names."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random
from xml.etree.ElementTree import Element, SubElement

from synth.composer.marks import direction
from synth.composer.model import Event
from synth.composer.taste import Taste

_DYNAMICS = (
    "p",
    "pp",
    "ppp",
    "mp",
    "mf",
    "f",
    "ff",
    "fff",
    "sf",
    "sfz",
    "fz",
    "rfz",
    "fp",
    "sfp",
    "rf",
    "sffz",
    "rfz",
    "sfz",
    "fz",
    "mp",
    "mf",
)
_WORDS = (
    "dolce",
    "cresc.",
    "dim.",
    "rit.",
    "a tempo",
    "poco rit.",
    "espressivo",
    "pizz.",
    "arco",
    "cantabile",
    "sempre legato",
    "marcato",
    "Solo",
    "con moto",
    "sotto voce",
    "tutti",
    "piu mosso",
    "meno mosso",
    "leggiero",
    "simile",
    "sul G",
    "con sord.",
    "div.",
    "m.s.",
    "ten.",
    "rall.",
    "tranquillo",
    "agitato",
    "ad lib.",
)
_KINDS = (
    ("major", ""),
    ("minor", "m"),
    ("dominant", "7"),
    ("minor-seventh", "m7"),
    ("major-seventh", "maj7"),
    ("diminished", "dim"),
    ("augmented", "+"),
    ("suspended-fourth", "sus4"),
)


def tie_notes(events: list[Event], taste: Taste, rng: Random) -> None:
    """Repeat the pitches of some notes in the next one and tie them; `events` are a whole voice in order."""
    for first, second in pairwise(events):
        if first.silent or second.silent or second.graces or rng.random() >= taste.tie:
            continue
        kept = first.pitches[: rng.randint(1, len(first.pitches))] if rng.random() < 0.2 else first.pitches
        second.pitches = [type(pitch)(pitch.diatonic, pitch.alter, tie_stop=True) for pitch in kept]
        for pitch in kept:
            pitch.tie_start = True


def add_slurs(events: list[Event], staff: int, taste: Taste, rng: Random) -> None:
    """Add slurs that do not overlap."""
    i = 0
    while i < len(events) - 1:
        if rng.random() >= taste.slur:
            i += 1
            continue
        span = rng.randint(5, 14) if rng.random() < taste.long_slur else rng.randint(1, 4)
        end = min(i + span, len(events) - 1)
        if not events[i].silent and not events[end].silent and end > i:
            events[i].note("", Element("slur", {"type": "start", "number": str(staff)}))
            events[end].note("", Element("slur", {"type": "stop", "number": str(staff)}))
            i = end
        i += 1


def add_hairpins(events: list[Event], staff: int, taste: Taste, rng: Random, above: bool) -> None:
    """Add hairpins that do not overlap, under (for singers over) the staff."""
    placement = "above" if above else "below"
    i = 0
    while i < len(events) - 2:
        if rng.random() < taste.hairpin:
            end = min(i + rng.randint(1, 6), len(events) - 1)
            kind = rng.choice(("crescendo", "diminuendo"))
            events[i].before.append(direction(Element("wedge", {"type": kind}), placement, staff))
            events[end].after.append(direction(Element("wedge", {"type": "stop"}), placement, staff))
            i = end
        i += 1


def add_ottavas(events: list[Event], staff: int, taste: Taste, rng: Random) -> None:
    """Add 8va, 8vb, 15ma and 15mb over a few notes; the written pitches stay, the sounding ones move."""
    i = 0
    while i < len(events) - 2:
        if rng.random() < taste.ottava:
            end = min(i + rng.randint(2, 9), len(events) - 1)
            size, up = rng.choice(("8", "8", "15")), rng.random() < 0.5
            sounding = not events[i].silent and not events[end].silent
            if sounding and _shift(events[i : end + 1], (1 if up else -1) * (7 if size == "8" else 14)):
                _ottava(events[i], events[end], size, up, staff)
                i = end
        i += 1


def _ottava(first: Event, last: Event, size: str, up: bool, staff: int) -> None:
    placement = "above" if up else "below"
    start = Element("octave-shift", {"type": "down" if up else "up", "size": size, "number": str(staff)})
    stop = Element("octave-shift", {"type": "stop", "size": size, "number": str(staff)})
    first.before.append(direction(start, placement, staff))
    last.after.append(direction(stop, placement, staff))


def _shift(events: list[Event], by: int) -> bool:
    """Move the sounding pitches; False where that would cut a tie or leave MusicXML's octaves 0 to 9."""
    pitches = [pitch for event in events for one in (event, *event.graces) for pitch in one.pitches]
    cut = any(pitch.tie_stop for pitch in events[0].pitches) or any(pitch.tie_start for pitch in events[-1].pitches)
    if cut or any(not 0 <= pitch.diatonic + by < 70 for pitch in pitches):
        return False
    for pitch in pitches:
        pitch.diatonic += by
    return True


def add_pedals(events: list[Event], staff: int, taste: Taste, rng: Random) -> None:
    """Add Ped. and * under the staff, or a pedal line now and then."""
    i = 0
    while i < len(events) - 2:
        if rng.random() < taste.pedal:
            end = min(i + rng.randint(1, 8), len(events) - 1)
            line = rng.random() < 0.2
            style = {"line": "yes" if line else "no", "sign": "no" if line else "yes"}
            events[i].before.append(direction(Element("pedal", {"type": "start", **style}), "below", staff))
            events[end].after.append(direction(Element("pedal", {"type": "stop", **style}), "below", staff))
            i = end
        i += 1


def add_trill_lines(events: list[Event], staff: int, taste: Taste, rng: Random) -> None:
    """Add trills with a wavy line up to the next note."""
    for first, second in pairwise(events):
        long_enough = first.value >= Fraction(1, 4) and not first.silent and "ornaments" not in first.notations
        if long_enough and rng.random() < taste.ornament:
            first.note("ornaments", Element("trill-mark", {"placement": "above"}))
            first.note("ornaments", Element("wavy-line", {"type": "start", "number": str(staff)}))
            second.note("ornaments", Element("wavy-line", {"type": "stop", "number": str(staff)}))


def add_dynamics(events: list[Event], staff: int, taste: Taste, rng: Random, above: bool) -> None:
    """Add dynamics letters in front of notes."""
    for event in events:
        if not event.silent and rng.random() < taste.dynamic:
            mark = Element("dynamics")
            SubElement(mark, rng.choice(_DYNAMICS))
            event.before.append(direction(mark, "above" if above else "below", staff))


def add_words(events: list[Event], staff: int, taste: Taste, rng: Random) -> None:
    """Add expression words and chord names."""
    for event in events:
        if rng.random() < taste.words:
            words = Element("words", {"font-style": "italic"})
            words.text = rng.choice(_WORDS)
            event.before.append(direction(words, rng.choice(("above", "below")), staff))
        if rng.random() < taste.harmony:
            event.before.append(_chord_name(rng))


def _chord_name(rng: Random) -> Element:
    made = Element("harmony")
    root = SubElement(made, "root")
    SubElement(root, "root-step").text = rng.choice("CDEFGAB")
    alter = rng.choice((0, 0, 0, -1, 1))
    if alter:
        SubElement(root, "root-alter").text = str(alter)
    kind, text = rng.choice(_KINDS)
    SubElement(made, "kind", {"text": text}).text = kind
    return made


def tempo(rng: Random) -> list[Element]:
    """Return the tempo words, often with a metronome mark, for the first bar."""
    words = Element("words", {"font-weight": "bold"})
    words.text = rng.choice(("Allegro", "Andante", "Adagio", "Presto", "Moderato", "Largo", "Vivace", "Allegretto"))
    made = direction(words, "above", 1)
    if rng.random() < 0.6:
        metronome = Element("metronome", {"parentheses": rng.choice(("yes", "no"))})
        SubElement(metronome, "beat-unit").text = rng.choice(("quarter", "half", "eighth"))
        SubElement(metronome, "per-minute").text = str(rng.randrange(40, 200, 2))
        kind = Element("direction-type")
        kind.append(metronome)
        made.insert(1, kind)
    return [made]


def bar_sign(rng: Random) -> Element:
    """Return a segno, coda or rehearsal mark above the staff."""
    kind = rng.choice(("segno", "coda", "segno", "coda", "rehearsal"))
    mark = Element(kind)
    if kind == "rehearsal":
        mark.text = rng.choice("ABCDEFGH")
    return direction(mark, "above", 1)


def add_lyrics(events: list[Event], rng: Random) -> None:
    """Put a syllable under every note that starts a sound."""
    syllables = ("la", "no", "ri", "ma", "ten", "sol", "vo", "lu", "ce", "ra", "dor", "mi", "stel", "fe", "an", "o")
    left = 0
    for event in events:
        if event.silent or any(pitch.tie_stop for pitch in event.pitches):
            continue
        starts = left == 0
        left = rng.choice((1, 1, 2, 2, 3)) if starts else left
        left -= 1
        syllabic = ("single" if left == 0 else "begin") if starts else ("end" if left == 0 else "middle")
        text = rng.choice(syllables)
        event.lyric = (syllabic, text.capitalize() if starts and rng.random() < 0.2 else text)
