"""Which bars stand on which page and begin which system, and the MusicXML of exactly those bars."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from synth import excerpt

_SVG = "{http://www.w3.org/2000/svg}"


def page_scores(musicxml: str, svgs: Sequence[str]) -> list[str | None]:
    """Return for each page the MusicXML of its bars, None where the bars cannot be told.

    Verovio draws one group a bar in the order of the score; a rest of several bars is one group that stands for all.
    """
    systems = [_systems(svg) for svg in svgs]
    total = sum(length for page in systems for system in page for length in system)
    if total != excerpt.bar_count(musicxml):
        return [None] * len(svgs)
    scores: list[str | None] = []
    first = 0
    for page in systems:
        starts, at = [], first
        for system in page:
            starts.append(at)
            at += sum(system)
        scores.append(_bars_of(musicxml, first, at - 1, starts) if at > first else None)
        first = at
    return scores


def _bars_of(musicxml: str, first: int, last: int, starts: list[int]) -> str:
    return excerpt.measures(musicxml, first, last, system_starts=starts, print_meter=first == 0)


def _systems(svg: str) -> list[list[int]]:
    """Return for each system of a page the number of bars that each of its measure groups stands for."""
    root = etree.fromstring(svg.encode())
    systems = [group for group in root.iter(f"{_SVG}g") if group.get("class", "").split()[:1] == ["system"]]
    return [
        [_bars(group) for group in system.iter(f"{_SVG}g") if group.get("class", "").split()[:1] == ["measure"]]
        for system in systems
    ]


def _bars(measure: etree._Element) -> int:
    for group in measure.iter(f"{_SVG}g"):
        if group.get("class", "").split()[:1] == ["multiRest"]:
            return int(group.get("data-num", 1))
    return 1
