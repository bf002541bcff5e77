"""Words and dynamics at bars: tempo, expression, rehearsal marks, chord names, hairpins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from lxml import etree

from synth.decoration.events import Event, direction, insert_before

_TEMPO = (
    "Allegro", "Andante", "Adagio", "Presto", "Largo", "Moderato", "Vivace", "Allegretto", "Allegro ma non troppo",
    "Andante con moto", "Langsam", "Mäßig bewegt", "Sehr schnell", "Lent", "Modéré", "Tempo I", "a tempo",
    "Tempo di Valse", "Più mosso", "Meno mosso", "Poco più lento", "Grave", "Lento assai", "Tempo di Menuetto",
)  # fmt: skip
_WORDS = (
    "cresc.", "dim.", "decresc.", "rit.", "ritard.", "rall.", "dolce", "espress.", "legato", "cantabile", "sempre p",
    "poco a poco", "con fuoco", "leggiero", "marcato", "ten.", "sotto voce", "simile", "accel.", "poco rit.",
    "tranquillo", "morendo", "smorz.", "con espressione", "agitato", "m.d.", "m.g.", "una corda", "senza Ped.",
    "più f", "subito p",
)  # fmt: skip
_STRING_WORDS = ("pizz.", "arco", "div.", "unis.", "con sord.", "sul G", "Solo", "tutti", "trem.")
_DYNAMICS = ("p", "pp", "ppp", "mp", "mf", "f", "ff", "fff", "sf", "sfz", "fp", "rf")
_KINDS = (
    ("major", ""), ("minor", "m"), ("dominant", "7"), ("minor-seventh", "m7"), ("major-seventh", "maj7"),
    ("diminished", "dim"), ("suspended-fourth", "sus4"), ("major-sixth", "6"), ("half-diminished", "m7b5"),
)  # fmt: skip
_BEAT_UNITS = ("quarter", "quarter", "half", "eighth")
_Bars = dict[int, list[Event]]


def _by_bar(events: Sequence[Event], staff: str | None = None) -> _Bars:
    found: _Bars = {}
    for event in events:
        if event.first.get("print-object") != "no" and not event.grace and staff in (None, event.staff):
            found.setdefault(event.bar, []).append(event)
    return found


def _staff_of(event: Event) -> str | None:
    return event.staff if event.first.find("staff") is not None else None


def _put(event: Event, kind: etree._Element, placement: str) -> etree._Element:
    made = direction(kind, placement, _staff_of(event))
    insert_before(event.first, made)
    return made


def _words(text: str, **style: str) -> etree._Element:
    made = etree.Element("words", {name.replace("_", "-"): value for name, value in style.items()})
    made.text = text
    return made


def add_tempo(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put tempo words, metronome marks or both above the first notes of some bars; `events` of the top part."""
    for bar in _by_bar(events, "1").values():
        if rng.random() < rate and bar[0].onset == 0:
            made = _put(bar[0], _words(str(rng.choice(_TEMPO)), font_weight="bold"), "above")
            if rng.random() < 0.4:
                etree.SubElement(made, "direction-type").append(_metronome(rng))
            etree.SubElement(made, "sound", {"tempo": str(int(rng.integers(40, 180)))})


def _metronome(rng: np.random.Generator) -> etree._Element:
    made = etree.Element("metronome", {"parentheses": str(rng.choice(("yes", "no")))})
    etree.SubElement(made, "beat-unit").text = str(rng.choice(_BEAT_UNITS))
    etree.SubElement(made, "per-minute").text = str(int(rng.integers(40, 180)))
    return made


def add_words(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put words of expression above or below some notes."""
    side = str(rng.choice(("above", "below")))
    choice = _WORDS + (_STRING_WORDS if rng.random() < 0.4 else ())
    for bar in _by_bar(events).values():
        if rng.random() < rate:
            slant = {"font_style": "italic"} if rng.random() < 0.75 else {}
            _put(bar[int(rng.integers(len(bar)))], _words(str(rng.choice(choice)), **slant), side)


def add_dynamics(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put dynamics below some notes that have none near."""
    for bar in _by_bar(events).values():
        if rng.random() < rate and not _has(bar, "direction/direction-type/dynamics"):
            kind = etree.Element("dynamics")
            etree.SubElement(kind, str(rng.choice(_DYNAMICS)))
            _put(bar[int(rng.integers(len(bar)))], kind, "below")


def add_hairpins(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put hairpins under stretches of one voice within a bar."""
    for bar in _by_bar(events).values():
        voice = [event for event in bar if (event.voice, event.staff) == (bar[0].voice, bar[0].staff)]
        if rng.random() < rate and len(voice) > 2 and not _has(bar, "direction/direction-type/wedge"):
            first = int(rng.integers(0, len(voice) - 2))
            last = int(rng.integers(first + 2, len(voice)))
            kind = str(rng.choice(("crescendo", "diminuendo")))
            _put(voice[first], etree.Element("wedge", {"type": kind, "number": "1"}), "below")
            _put(voice[last], etree.Element("wedge", {"type": "stop", "number": "1"}), "below")


def _has(bar: Sequence[Event], path: str) -> bool:
    measure = bar[0].first.getparent()
    return measure is not None and measure.find(path) is not None


def add_rehearsal_marks(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put letters or numbers at the starts of some bars; `events` of the top part."""
    named: Callable[[int], str] = (lambda n: chr(65 + n % 26)) if rng.random() < 0.6 else (lambda n: str(n + 1))
    frame = str(rng.choice(("none", "square", "circle")))
    count = int(rng.integers(0, 12))
    for bar in _by_bar(events, "1").values():
        if rng.random() < rate and bar[0].onset == 0:
            mark = etree.Element("rehearsal", {"enclosure": frame, "font-weight": "bold"})
            mark.text = named(count)
            _put(bar[0], mark, "above")
            count += 1


def add_chord_names(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put one or two chord names above some bars; `events` of the top part."""
    for bar in _by_bar(events, "1").values():
        for event in bar[:1] + bar[2:3]:
            if event.sounds and rng.random() < rate * (1.0 if event is bar[0] else 0.4):
                insert_before(event.first, _chord_name(rng))


def _chord_name(rng: np.random.Generator) -> etree._Element:
    made = etree.Element("harmony", {"placement": "above"})
    root = etree.SubElement(made, "root")
    etree.SubElement(root, "root-step").text = str(rng.choice(list("CDEFGAB")))
    alter = int(rng.choice((0, 0, 0, 1, -1)))
    if alter:
        etree.SubElement(root, "root-alter").text = str(alter)
    kind, text = _KINDS[int(rng.integers(len(_KINDS)))]
    etree.SubElement(made, "kind", {"text": text}).text = kind
    return made
