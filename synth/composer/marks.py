"""Marks on single notes: graces, tremolos, articulations, ornaments, fingerings, fermatas, special heads."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random
from xml.etree.ElementTree import Element, SubElement

from synth.composer.model import Event
from synth.composer.rhythm import beam_run
from synth.composer.taste import Taste

_ARTICULATIONS = ("staccato", "tenuto", "accent", "staccatissimo", "strong-accent")
_ORNAMENTS = ("trill-mark", "turn", "inverted-turn", "mordent", "inverted-mordent")
_HEADS = ("x", "diamond", "x", "diamond", "cross")


def add_graces(voice: list[Event], taste: Taste, rng: Random) -> None:
    """Put grace notes before some notes: one with or without slash, or a beamed run."""
    for event in voice:
        if not event.silent and rng.random() < taste.grace:
            event.graces = _graces(event.onset, rng)


def _graces(onset: Fraction, rng: Random) -> list[Event]:
    count = rng.choice((1, 1, 1, 1, 2, 3))
    plain_values = (Fraction(1, 8),) * 5 + (Fraction(1, 4), Fraction(1, 2))
    kind = rng.choice(("slashed", "plain"))
    value = rng.choice(plain_values) if count == 1 and kind == "plain" else Fraction(1, 8)
    if count > 1:
        kind, value = "plain", rng.choice((Fraction(1, 8), Fraction(1, 16), Fraction(1, 16)))
    stem = rng.choice(("up", "up", "down"))
    made = [Event(onset, Fraction(0), value, stem=stem) for _ in range(count)]
    for event in made:
        event.grace = "slashed" if kind == "slashed" else "plain"
    beam_run(made)
    return made


def add_marks(voice: list[Event], taste: Taste, rng: Random) -> None:
    """Add the notations of single notes to one voice of a bar, in the piece's manner."""
    manner = rng.choice(_ARTICULATIONS)  # one articulation prevails within a bar, as in real music
    for event in voice:
        if event.silent:
            _mark_rest(event, taste, rng)
            continue
        if rng.random() < taste.articulation:
            kind = manner if rng.random() < 0.5 else rng.choice(_ARTICULATIONS)
            event.note("articulations", Element(kind, _side(kind, rng)))
            if kind in ("tenuto", "accent") and rng.random() < 0.25:
                event.note("articulations", Element("staccato"))
        _ornament(event, taste, rng)
        _tremolo(event, taste, rng)
        _technical(event, taste, rng)
        _fermata_and_breath(event, taste, rng)
        if len(event.pitches) > 1 and rng.random() < taste.arpeggio:
            event.note("", Element("arpeggiate"))


def _side(kind: str, rng: Random) -> dict[str, str]:
    """Half of the marcatos lie below, where an engraver alone would seldom put them."""
    if kind == "strong-accent" and rng.random() < 0.5:
        return {"type": "down", "placement": "below"}
    return {}


def _mark_rest(event: Event, taste: Taste, rng: Random) -> None:
    if rng.random() < taste.fermata:
        event.note("", Element("fermata", {"type": rng.choice(("upright", "inverted"))}))


def _ornament(event: Event, taste: Taste, rng: Random) -> None:
    if rng.random() < taste.ornament:
        event.note("ornaments", Element(rng.choice(_ORNAMENTS), {"placement": "above"}))


def _tremolo(event: Event, taste: Taste, rng: Random) -> None:
    if event.value > Fraction(1, 2) or rng.random() >= taste.tremolo:
        return
    strokes = Element("tremolo", {"type": "single"})
    strokes.text = str(rng.randint(1, 5))
    event.note("ornaments", strokes)


def _technical(event: Event, taste: Taste, rng: Random) -> None:
    if rng.random() < taste.bowing:
        event.note("technical", Element(rng.choice(("up-bow", "down-bow"))))
    if rng.random() < taste.fingering:
        for _ in event.pitches[:3]:
            finger = Element("fingering")
            finger.text = str(rng.randint(0, 5))
            event.note("technical", finger)


def _fermata_and_breath(event: Event, taste: Taste, rng: Random) -> None:
    if rng.random() < taste.fermata:
        event.note("", Element("fermata", {"type": rng.choice(("upright", "inverted"))}))
    if rng.random() < taste.breath:
        event.note("articulations", Element(rng.choice(("breath-mark", "caesura"))))


def add_glissandi(events: list[Event], staff: int, taste: Taste, rng: Random) -> None:
    """Join some neighbouring single notes by a glissando line."""
    for first, second in pairwise(events):
        plain = len(first.pitches) == len(second.pitches) == 1 and not second.graces
        if plain and first.pitches[0].diatonic != second.pitches[0].diatonic and rng.random() < taste.glissando:
            style = rng.choice(("solid", "wavy"))
            for event, kind in ((first, "start"), (second, "stop")):
                event.note("", Element("glissando", {"type": kind, "number": str(staff), "line-type": style}))


def special_heads(voice: list[Event], taste: Taste, rng: Random) -> None:
    """Give all notes of a bar the same special head now and then."""
    if rng.random() < taste.special_heads:
        head = rng.choice(_HEADS)
        for event in voice:
            event.notehead = "x" if head == "cross" else head


def direction(kind: Element, placement: str, staff: int) -> Element:
    """Return a MusicXML direction that holds one direction type."""
    made = Element("direction", {"placement": placement})
    SubElement(made, "direction-type").append(kind)
    SubElement(made, "staff").text = str(staff)
    return made
