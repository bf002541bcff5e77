"""MEI to events, as far as LMX goes. Meant for MEI that Verovio wrote: kern and MEI files come through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from lxml import etree

from notation.errors import FormatError
from realscores_eval.lmx.delinearise import settle
from realscores_eval.lmx.events import Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.unsaid import onsets
from realscores_eval.systems.mei_layer import LayerReader, local
from realscores_eval.systems.mei_marks import Marks
from realscores_eval.systems.mei_signs import signs_of

_VOICES_A_STAFF = 4


def mei_parts(text: str) -> list[Part]:
    """Read an MEI text; staves in a brace are one part.

    Raises:
        FormatError: it is not MEI, holds no score, or a number in it cannot be read.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(text.encode(), parser)
        score = next(root.iter("{*}score"), None)
        if score is None:
            raise FormatError("expected MEI with a score")
        return settle(_MeiReader(score).parts)
    except (etree.XMLSyntaxError, ValueError, ZeroDivisionError) as error:
        raise FormatError(f"not MEI: {error}") from error


class _MeiReader:
    """Walks the score; definitions wait for the next measure."""

    def __init__(self, score: etree._Element) -> None:
        self._staves = list(_braces(next(score.iter("{*}scoreDef"), score)))
        self.parts = [Part(len(numbers)) for numbers in self._staves]
        self._waiting: dict[str, list[Clef | Key | Time]] = {}
        self._marks = Marks(score)
        self._walk(score)

    def _walk(self, element: etree._Element) -> None:
        for child in element:
            tag = local(child)
            if tag in ("scoreDef", "staffDef"):
                self._define(child)
            elif tag == "measure":
                self._measure(child)
            elif tag in ("section", "ending"):
                self._walk(child)

    def _define(self, element: etree._Element) -> None:
        """Note the signs of a definition: those of the score for every staff, those of a staff for itself."""
        everywhere = signs_of(element) if local(element) == "scoreDef" else []
        staff_defs = [element] if local(element) == "staffDef" else list(element.iter("{*}staffDef"))
        own = {one.get("n", "1"): signs_of(one) for one in staff_defs}
        for number in [one for numbers in self._staves for one in numbers]:
            kinds = {type(sign) for sign in own.get(number, [])}
            inherited = [sign for sign in everywhere if type(sign) not in kinds]
            self._waiting.setdefault(number, []).extend(inherited + own.get(number, []))

    def _measure(self, measure: etree._Element) -> None:
        staves = {one.get("n", "1"): one for one in measure.iterfind("{*}staff")}
        for part, numbers in zip(self.parts, self._staves, strict=True):
            part.measures.append(self._part_measure(numbers, staves))

    def _part_measure(self, numbers: list[str], staves: dict[str, etree._Element]) -> list[Event]:
        places = {number: place for place, number in enumerate(numbers, 1)}
        many = len(numbers) > 1
        events: list[Event] = []
        for number, place in places.items():
            for sign in self._waiting.pop(number, []):
                everywhere = isinstance(sign, Key | Time) and place == 1
                if everywhere or isinstance(sign, Clef):
                    events.append(replace(sign, staff=0 if everywhere or not many else place))
        for number, place in places.items():
            layers = staves[number].iterfind("{*}layer") if number in staves else ()
            for rank, layer in enumerate(layers, 1):
                voice = str(_VOICES_A_STAFF * (place - 1) + rank)
                _append(events, LayerReader(self._marks, voice, number, places).read(layer))
        return events


def _append(events: list[Event], voice: list[Event]) -> None:
    """Put a voice behind others, from the start of the measure."""
    end = Fraction(0)
    for onset, event in zip(onsets(events), events, strict=True):
        end = onset + (event.duration_ql if isinstance(event, Note) else event.by_ql if isinstance(event, Step) else 0)
    if end > 0 and voice:
        events.append(Step(-end))
    events.extend(voice)


def _braces(definition: etree._Element) -> Iterator[list[str]]:
    """Iterate over the parts: the numbers of the staves in each brace, and of each staff outside."""
    for child in definition:
        tag = local(child)
        if tag == "staffDef":
            yield [child.get("n", "1")]
        elif tag == "staffGrp":
            symbols = {child.get("symbol"), *(one.get("symbol") for one in child.iterfind("{*}grpSym"))}
            numbers = [one.get("n", "1") for one in child.iter("{*}staffDef")]
            if "brace" in symbols:
                yield numbers
            else:
                yield from _braces(child)
