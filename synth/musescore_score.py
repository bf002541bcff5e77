"""MuseScore's own score file: numbers for its elements, and what its notes are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree

from notation.errors import FormatError
from synth.musescore_glyphs import colour

#: Elements whose colour MuseScore draws with; each gets a number of its own.
_NUMBERED = (
    "Note", "Rest", "Accidental", "Articulation", "Fermata", "Dynamic", "HairPin", "Trill", "Tuplet", "Lyrics", "Clef",
    "KeySig", "TimeSig", "Text", "Arpeggio", "Tremolo", "Fingering", "Tempo", "StaffText", "SystemText",
    "RehearsalMark", "Harmony", "Volta", "Ottava", "Pedal", "Breath", "BarLine", "Marker", "Jump", "Symbol",
    "Glissando", "Stem", "Hook", "StemSlash", "Beam", "TextLine", "RepeatMeasure", "Number", "NoteDot",
)  # fmt: skip
_GRACES = ("acciaccatura", "appoggiatura", "grace4", "grace16", "grace32", "grace8after", "grace16after",
           "grace32after")  # fmt: skip
#: Where pedal signs stand below the top line, in staff spaces.
_PEDAL_SP = 9
_TYPES = {
    "long": Fraction(16), "breve": Fraction(8), "whole": Fraction(4), "half": Fraction(2), "quarter": Fraction(1),
    "eighth": Fraction(1, 2), "16th": Fraction(1, 4), "32nd": Fraction(1, 8), "64th": Fraction(1, 16),
    "128th": Fraction(1, 32), "256th": Fraction(1, 64), "512th": Fraction(1, 128), "1024th": Fraction(1, 256),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Event:
    """A chord or a rest.

    Attributes:
        element: the `<Chord>` or `<Rest>`.
        staff: staff of the score on which it is drawn, from 0.
        part: part of that staff, from 0.
        measure: bar, from 0; `voice` from 1; `order` counts the events of a voice in its bar.
        onset_ql, duration_ql: in quarter notes within the bar, as sounded.
        tuplet: the innermost `<Tuplet>` around it.
        grace: whether it takes no time.
    """

    element: etree._Element
    staff: int
    part: int
    measure: int
    voice: int
    order: int
    onset_ql: Fraction
    duration_ql: Fraction
    tuplet: etree._Element | None
    grace: bool


class MuseScore:
    """A score as MuseScore holds it.

    Attributes:
        root: the `<museScore>` element.
        events: all chords and rests, in the order of the file.
        bars: for each bar that is drawn, how many bars of the music it stands for.
        elements: the elements by their number.
    """

    def __init__(self, mscx: str) -> None:
        try:
            # white space stays: MuseScore 3 loses the elements of a file without line breaks
            self.root = etree.fromstring(mscx.encode(), etree.XMLParser(huge_tree=True))
        except etree.XMLSyntaxError as error:
            raise FormatError(f"MuseScore wrote a score that is no XML: {error}") from error
        score = self.root.find("Score")
        if score is None or score.find("Staff/Measure") is None:
            raise FormatError("MuseScore found no music")
        self._score = score
        self.part_of_staff = [
            number for number, part in enumerate(score.findall("Part")) for _ in part.findall("Staff")
        ]  # fmt: skip
        self.bars = _bar_lengths(score.findall("Staff")[0])
        self._staves = score.findall("Staff")
        self._bars = {bar: i for staff in self._staves for i, bar in enumerate(_single_bars(staff))}
        self.events = [event for number, staff in enumerate(self._staves) for event in self._events(number, staff)]
        self.elements: dict[int, etree._Element] = {}

    def numbered(self, style: etree._Element) -> str:
        """Return the score with another style, every element in the colour that is its number."""
        for old in self._score.findall("Style"):
            self._score.remove(old)
        self._score.insert(0, style)
        for chord in self.root.iter("Chord"):
            for tag in ("Stem", "Hook", "StemSlash"):
                if chord.find(tag) is None:
                    etree.SubElement(chord, tag)
        for symbol in self.root.iter("Symbol"):
            _lower(symbol)
        for tuplet in self.root.iter("Tuplet"):
            _spell(tuplet)
        for number, element in enumerate(self.root.iter(*_NUMBERED), start=1):
            for old in element.findall("color"):
                element.remove(old)
            element.insert(0, etree.fromstring(colour(number)))
            self.elements[number] = element
        return etree.tostring(self.root, encoding="unicode")

    def within(self, number: int, tag: str) -> etree._Element | None:
        """Return the element of a number, or the nearest one around it, whose tag is `tag`."""
        element = self.elements.get(number)
        while element is not None and element.tag != tag:
            element = element.getparent()
        return element

    def owner_of(self, number: int) -> etree._Element | None:
        """Return the chord or rest that the element of a number is or belongs to."""
        chord = self.within(number, "Chord")
        return self.within(number, "Rest") if chord is None else chord

    def place_of(self, number: int) -> tuple[int, int] | None:
        """Return bar and staff, from 0, in which the element of a number is drawn; None without such an element."""
        measure, chord = self.within(number, "Measure"), self.within(number, "Chord")
        staff = None if measure is None else measure.getparent()
        if measure is None or staff is None or measure not in self._bars:
            return None
        moved = 0 if chord is None else int(chord.findtext("staffMove", "0"))
        return self._bars[measure], self._staves.index(staff) + moved

    def is_multi_rest(self, number: int) -> bool:
        """Tell whether the element of a number stands in a bar that stands for several."""
        measure = self.within(number, "Measure")
        return measure is not None and measure.find("multiMeasureRest") is not None

    def ties(self) -> list[etree._Element]:
        """Return the ties."""
        return list(self.root.iter("Tie"))

    @property
    def drum_parts(self) -> set[int]:
        """The parts whose notes have no pitch."""
        found = enumerate(self._score.findall("Part"))
        return {number for number, part in found if part.find("Staff/StaffType[@group='percussion']") is not None}

    def _events(self, number: int, staff: etree._Element) -> Iterator[Event]:
        for index, measure in enumerate(_single_bars(staff)):
            for voice_number, voice in enumerate(measure.findall("voice"), start=1):
                yield from self._voice(voice, number, index, voice_number)

    def _voice(self, voice: etree._Element, staff: int, measure: int, number: int) -> Iterator[Event]:
        at = Fraction(0)
        order = 0
        trembles = False  # the chord before shares a tremolo with this one; each sounds for half of what is written
        tuplets: list[etree._Element] = []
        for child in voice:
            if child.tag == "location":
                at += Fraction(child.findtext("fractions", "0")) * 4
            elif child.tag == "Tuplet":
                tuplets.append(child)
            elif child.tag == "endTuplet" and tuplets:
                tuplets.pop()
            elif child.tag in ("Chord", "Rest", "RepeatMeasure"):
                grace = is_grace(child)
                length = Fraction(0) if grace else _length(child, tuplets)
                if not grace:
                    length, trembles = length / 2 if trembles or _trembles(child) else length, _trembles(child)
                drawn = staff + int(child.findtext("staffMove", "0"))
                part = self.part_of_staff[staff] if staff < len(self.part_of_staff) else 0
                around = tuplets[-1] if tuplets else None
                yield Event(child, drawn, part, measure, number, order, at, length, around, grace)
                at += length
                order += 1


def is_grace(chord: etree._Element) -> bool:
    """Tell whether a chord is a grace note."""
    return any(chord.find(tag) is not None for tag in _GRACES)


def _lower(symbol: etree._Element) -> None:
    """Put a pedal sign below the staff: MuseScore 3 reads it from MusicXML as a free sign on the staff's top line."""
    if symbol.findtext("name", "").startswith("keyboardPedal"):
        for old in symbol.findall("offset"):
            symbol.remove(old)
        etree.SubElement(symbol, "offset", x="0", y=str(_PEDAL_SP))


def _spell(tuplet: etree._Element) -> None:
    """Write out the number of a tuplet that MuseScore would make itself; only what is written can have a colour."""
    if tuplet.find("Number") is None and tuplet.findtext("numberType", "0") == "0":
        number = etree.SubElement(tuplet, "Number")
        number.text = number.tail = "\n"
        for tag, text in (("style", "Tuplet"), ("text", tuplet.findtext("actualNotes", ""))):
            child = etree.SubElement(number, tag)
            child.text, child.tail = text, "\n"


def words_of(element: etree._Element) -> str:
    """Return the words that a text element shows."""
    return "".join(str(word) for text in element.iter("text") for word in text.itertext()).strip()


def _trembles(chord: etree._Element) -> bool:
    return chord.findtext("Tremolo/subtype", "").startswith("c")


def _single_bars(staff: etree._Element) -> list[etree._Element]:
    """Return the bars of a staff without those that stand for several."""
    return [measure for measure in staff.findall("Measure") if measure.find("multiMeasureRest") is None]


def _bar_lengths(staff: etree._Element) -> list[int]:
    """Return how many bars each drawn bar stands for; the one for several comes right after the first of them."""
    lengths: list[int] = []
    skip = 0
    for measure in staff.findall("Measure"):
        count = int(measure.findtext("multiMeasureRest", "0"))
        if count:
            lengths[-1:] = [count]
            skip = count - 1
        elif skip:
            skip -= 1
        else:
            lengths.append(1)
    return lengths


def _length(element: etree._Element, tuplets: list[etree._Element]) -> Fraction:
    kind = element.findtext("durationType", "")
    if kind == "measure" or element.tag == "RepeatMeasure":
        return Fraction(element.findtext("duration", "4/4")) * 4
    if kind not in _TYPES:
        raise FormatError(f"MuseScore wrote a note of unknown value {kind!r}")
    length = _TYPES[kind] * (2 - Fraction(1, 2 ** int(element.findtext("dots", "0"))))
    for tuplet in tuplets:
        length *= Fraction(int(tuplet.findtext("normalNotes", "1")), int(tuplet.findtext("actualNotes", "1")))
    return length
