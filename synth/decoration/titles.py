"""Invented words: lyrics under notes, title, composer and the like over the music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

from synth.decoration.events import Event

_ONSETS = ("", "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "sch", "st", "qu", "tr", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ei", "au", "ie", "ä", "é", "ö", "ou", "è", "ü")
_ENDS = ("", "", "", "n", "r", "l", "s", "t", "ch", "m", "nt", "ng")
_MARKS = ("", "", "", "", "", ",", ".", "!", ";")
#: Of the words of a text, how many have one syllable, two, three.
_SYLLABLES = (0.55, 0.33, 0.12)


def add_lyrics(events: Sequence[Event], rng: np.random.Generator) -> None:
    """Put one or two verses of invented syllables under the first voice of a part."""
    notes = [event for event in events if event.sounds and not event.tied("stop") and event.voice == events[0].voice]
    for verse in range(1, 2 + int(rng.random() < 0.3)):
        at = 0
        while at < len(notes):
            count = min(1 + int(rng.choice(3, p=_SYLLABLES)), len(notes) - at)
            for place, event in enumerate(notes[at : at + count]):
                _lyric(event.first, verse, _syllable(rng, place, count), place, count)
            at += count


def _syllable(rng: np.random.Generator, place: int, count: int) -> str:
    text = str(rng.choice(_ONSETS)) + str(rng.choice(_VOWELS)) + str(rng.choice(_ENDS))
    text += str(rng.choice(_MARKS)) if place == count - 1 else ""
    return text.capitalize() if place == 0 and rng.random() < 0.2 else text


def _lyric(note: etree._Element, verse: int, text: str, place: int, count: int) -> None:
    whole = "begin" if place == 0 else "end" if place == count - 1 else "middle"
    lyric = etree.SubElement(note, "lyric", {"number": str(verse)})
    etree.SubElement(lyric, "syllabic").text = "single" if count == 1 else whole
    etree.SubElement(lyric, "text").text = text


def invented_words(rng: np.random.Generator, count: int) -> str:
    """Return a line of `count` invented words."""
    words = ("".join(_syllable(rng, 0, 2) for _ in range(int(rng.integers(1, 4)))) for _ in range(count))
    return " ".join(word.lower().capitalize() for word in words)


def add_credits(root: etree._Element, rng: np.random.Generator) -> None:
    """Give a piece a title, its composer, and now and then a subtitle and a poet, where it has no credits."""
    if root.find("credit") is not None:
        return
    lines = [("center", "title", invented_words(rng, int(rng.integers(1, 4))), 24, 1550)]
    if rng.random() < 0.5:
        lines.append(
            ("center", "subtitle", f"Op. {int(rng.integers(1, 120))}, No. {int(rng.integers(1, 12))}", 14, 1500)
        )
    lines.append(("right", "composer", invented_words(rng, 2), 12, 1450))
    if rng.random() < 0.4:
        lines.append(("left", "lyricist", invented_words(rng, 2), 12, 1450))
    place = next(index for index, child in enumerate(root) if child.tag in ("part-list", "part"))
    for number, line in enumerate(lines):
        root.insert(place + number, _credit(*line))


def _credit(justify: str, kind: str, text: str, size: int, height: int) -> etree._Element:
    credit = etree.Element("credit", {"page": "1"})
    etree.SubElement(credit, "credit-type").text = kind
    x = {"left": 80, "center": 600, "right": 1120}[justify]
    words = etree.SubElement(
        credit, "credit-words",
        {"default-x": str(x), "default-y": str(height), "font-size": str(size), "justify": justify,
         "halign": justify, "valign": "top"},
    )  # fmt: skip
    words.text = text
    return credit
