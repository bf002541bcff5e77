"""First and second endings with their repeat signs, the same in every part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

#: Bars before a first ending that must be free of repeats and endings, so that each bracket has music of its own.
_FREE_BEFORE = 2


def add_endings(parts: Sequence[etree._Element], rate: float, rng: np.random.Generator) -> None:
    """Close some bars as first endings and open the next as second ones."""
    columns = list(zip(*(part.findall("measure") for part in parts), strict=False))
    at = _FREE_BEFORE
    while at + 1 < len(columns):
        length = int(rng.choice((1, 1, 2)))
        around = columns[at - _FREE_BEFORE : at + length + 1]
        drawn = rng.random() < rate
        if drawn and at + length < len(columns) and not any(_is_taken(bar) for column in around for bar in column):
            repeat = bool(rng.random() < 0.5)
            for bars in zip(*around, strict=True):
                _end(bars, length, repeat)
            at += length + _FREE_BEFORE
        at += 1


def _is_taken(bar: etree._Element) -> bool:
    return bar.find("barline") is not None


def _end(bars: Sequence[etree._Element], length: int, repeat: bool) -> None:
    """Write the endings of one part: `bars` are the free ones, the first ending, and the bar after it."""
    if repeat:
        _left(bars[0], [etree.Element("repeat", {"direction": "forward"})], "heavy-light")
    first, last, second = bars[_FREE_BEFORE], bars[_FREE_BEFORE + length - 1], bars[_FREE_BEFORE + length]
    _left(first, [_ending("1", "start")])
    _right(last, [_ending("1", "stop"), etree.Element("repeat", {"direction": "backward"})], "light-heavy")
    _left(second, [_ending("2", "start")])
    _right(second, [_ending("2", "discontinue")])


def _ending(number: str, kind: str) -> etree._Element:
    made = etree.Element("ending", {"number": number, "type": kind})
    made.text = f"{number}." if kind == "start" else None
    return made


def _barline(location: str, inner: Sequence[etree._Element], style: str) -> etree._Element:
    made = etree.Element("barline", {"location": location})
    if style:
        etree.SubElement(made, "bar-style").text = style
    made.extend(inner)
    return made


def _left(bar: etree._Element, inner: Sequence[etree._Element], style: str = "") -> None:
    place = next((i for i, child in enumerate(bar) if child.tag not in ("print", "attributes")), len(bar))
    bar.insert(place, _barline("left", inner, style))


def _right(bar: etree._Element, inner: Sequence[etree._Element], style: str = "") -> None:
    bar.append(_barline("right", inner, style))
