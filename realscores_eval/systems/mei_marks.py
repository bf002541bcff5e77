"""Signs of MEI that stand beside the notes and point at them: ties, slurs, spanners, fermatas."""

from __future__ import annotations

from collections import defaultdict

from lxml import etree

#: Signs that point at one note, by element.
_AT_NOTE = {"fermata": "fermata", "trill": "trill-mark", "arpeg": "arpeggiate"}
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


class Marks:
    """What is said of each note or chord, by its id.

    Attributes:
        tied: "start" and "stop".
        marks: tokens of LMX.
        beams: ids in each beam that is drawn over notes without enclosing them.
    """

    def __init__(self, score: etree._Element) -> None:
        self.tied: dict[str, set[str]] = defaultdict(set)
        self.marks: dict[str, list[str]] = defaultdict(list)
        self.beams: list[list[str]] = []
        for tie in score.iter("{*}tie"):
            self.tied[_target(tie, "startid")].add("start")
            self.tied[_target(tie, "endid")].add("stop")
        for slur in score.iter("{*}slur"):
            self.marks[_target(slur, "startid")].append("slur:start")
            self.marks[_target(slur, "endid")].append("slur:stop")
        for tag, token in _AT_NOTE.items():
            for sign in score.iter(f"{{*}}{tag}"):
                for name in _targets(sign):
                    self.marks[name].append(token)
        for beam in score.iter("{*}beamSpan"):
            self.beams.append(_targets(beam))


def identity(element: etree._Element) -> str:
    """Return the id of an element, "" where it has none."""
    return element.get(_XML_ID, "")


def _target(element: etree._Element, attribute: str) -> str:
    return element.get(attribute, "").lstrip("#")


def _targets(element: etree._Element) -> list[str]:
    listed = [one.lstrip("#") for one in element.get("plist", "").split()]
    return listed or [name for name in [_target(element, "startid")] if name]
