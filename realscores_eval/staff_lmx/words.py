"""Words: what a reader sees on a staff from left to right, one word a sign, and the way to measures and voices.

LMX writes voice after voice and names pitches; both need more than the place in the picture. A word says what stands
there: the staff position of a head, its value, whether it stands in the same column as the word before. Pitch follows
from the clef, onsets from values and columns. `words_of` and `part_of` are inverse, but for what no field can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from realscores_eval.lmx.events import MEASURE_REST, TYPE_QL, Clef, Event, Key, Note, Part, Time, value_ql
from realscores_eval.lmx.unsaid import onsets
from realscores_eval.lmx.vocabulary import MARKS
from realscores_eval.staff_lmx.single_staff import written

BAR, REST, HEAD = "bar", "rest", "head"
_STEPS = "CDEFGAB"
_MIDDLE_LINE = 3
#: Octave and step of the note on a clef's own line, counted in steps from C0.
_CLEF_STEP = {"G": 4 * 7 + 4, "F": 3 * 7 + 3, "C": 4 * 7}
_BEAM_LETTERS = {"begin": "b", "continue": "c", "end": "e", "forward hook": "f", "backward hook": "k"}
_BEAM_VALUES = {letter: value for value, letter in _BEAM_LETTERS.items()}


@dataclass(frozen=True)
class Word:
    """A sign on a staff.

    Attributes:
        symbol: `bar` (a barline: the measure ends), `rest`, `head:P` with its staff position, `clef:G2`, `clef:G2:-1`,
            `key:-3`, `time:4/4`, `time:common`.
        value, dots, ratio, voice, grace: as in LMX; `value` is "measure" for a rest that fills its bar.
        column: "same" where it stands above or below the word before, else "new".
        beams: one letter a level: b(egin), c(ontinue), e(nd), f(orward hook), k (backward hook).
        tied, tuplet, slur, marks: tokens after the colon, and other marks, joined by blanks.
    """

    symbol: str
    value: str = ""
    dots: str = "0"
    ratio: str = ""
    voice: str = "1"
    column: str = "new"
    accidental: str = ""
    stem: str = ""
    beams: str = ""
    tied: str = ""
    tuplet: str = ""
    slur: str = ""
    marks: str = ""
    grace: str = ""

    @property
    def kind(self) -> str:
        """What stands before the first colon of the symbol."""
        return self.symbol.partition(":")[0]


def words_of(line: Part) -> list[list[Word]]:
    """Return the words of each measure of a line; a clef that opens a measure stands before the barline, as printed."""
    clef = Clef("G", "2")
    found: list[list[Word]] = []
    for events in line.measures:
        words: list[Word] = []
        last: tuple[Fraction, bool] | None = None
        for onset, event in _from_left(events):
            if isinstance(event, Note):
                here = (onset, bool(event.grace))
                same = here == last and (not event.grace or event.chord)
                words.append(_note_word(event, clef, "same" if same else "new"))
                last = here
            elif isinstance(event, Clef):
                clef = event
                if found and not onset:
                    found[-1].insert(-1, Word(_clef_symbol(clef)))
                else:
                    words.append(Word(_clef_symbol(clef)))
            else:
                words.append(Word(_sign_symbol(event)))
        found.append([*words, Word(BAR)])
    return found


def part_of(words: Iterable[Word]) -> Part:
    """Return the part that words describe; whatever they are, nothing raises. Notes have no alteration yet."""
    walk = _Walk()
    for word in words:
        walk.read(word)
    return walk.finish()


def _from_left(events: Sequence[Event]) -> Iterator[tuple[Fraction, Clef | Key | Time | Note]]:
    """Iterate over what is printed by onset: signs, grace notes, then columns by voice, chords from low to high."""
    rows: list[tuple[Fraction, int, str, int, Clef | Key | Time | Note]] = []
    for index, (onset, event) in enumerate(zip(onsets(events), events, strict=True)):
        if isinstance(event, Note):
            rows.append((onset, 4 if event.grace else 5, event.voice, index, event))
        elif isinstance(event, Clef | Key | Time):
            rows.append((onset, (Clef, Key, Time).index(type(event)), "", index, event))
    rows.sort(key=lambda row: row[:4])
    return ((onset, event) for onset, _, _, _, event in rows)


def _note_word(note: Note, clef: Clef, column: str) -> Word:
    slurs = [mark.removeprefix("slur:") for mark in note.marks if mark.startswith("slur:")]
    return Word(
        symbol=REST if note.kind == "rest" else f"{HEAD}:{_steps(note) - _middle(clef)}",
        value=note.type,
        dots=str(note.dots),
        ratio=f"{note.ratio[0]}in{note.ratio[1]}" if note.ratio else "",
        voice=note.voice,
        column=column,
        accidental=note.accidental,
        stem=note.stem,
        beams="".join(_BEAM_LETTERS.get(value, "") for _, value in note.beams),
        tied=" ".join(one for one in note.tied if one in ("stop", "start")),
        tuplet=" ".join(note.tuplets),
        slur=" ".join(slurs),
        marks=" ".join(mark for mark in note.marks if not mark.startswith("slur:")),
        grace=note.grace,
    )


def _steps(note: Note) -> int:
    return note.octave * 7 + _STEPS.find(note.step)


def _middle(clef: Clef) -> int:
    """Return the step, counted from C0, of the middle line under a clef; without a pitch it counts as a G clef."""
    sign, line = (clef.sign, clef.line) if clef.sign in _CLEF_STEP and clef.line.isdigit() else ("G", "2")
    return _CLEF_STEP[sign] + 2 * (_MIDDLE_LINE - int(line)) + 7 * clef.octave_change


def _clef_symbol(clef: Clef) -> str:
    return f"clef:{clef.sign}{clef.line}" + (f":{clef.octave_change}" if clef.octave_change else "")


def _sign_symbol(sign: Key | Time) -> str:
    if isinstance(sign, Key):
        return f"key:{sign.fifths}"
    return f"time:{sign.symbol or '+'.join(f'{beats}/{kind}' for beats, kind in sign.fractions)}"


@dataclass
class _Measure:
    """A measure whose words still come in: signs and voices with their onsets, and how far each voice has come."""

    signs: list[tuple[Fraction, Event]] = field(default_factory=list)
    voices: dict[str, list[tuple[Fraction, Note]]] = field(default_factory=dict)
    ends: dict[str, Fraction] = field(default_factory=dict)
    column: Fraction = Fraction(-1)
    of_graces: bool = True  # whether the column holds grace notes, which take no time
    last: Note | None = None

    def onset(self, voice: str, column: str) -> Fraction:
        """Return where a word stands in time: its voice goes on, unless the column says that it waited."""
        end = self.ends.get(voice)
        if column == "same" and self.column >= 0:
            return self.column if end is None else max(end, self.column)
        if end is not None and (end > self.column or (self.of_graces and end == self.column)):
            return end
        later = [other for other in self.ends.values() if other > self.column]
        return min(later, default=max([*self.ends.values(), Fraction(0)]))

    def add(self, note: Note, column: str, waiting: list[Event]) -> None:
        """Put a note where it belongs; `waiting` are the clefs before it."""
        onset = self.onset(note.voice, column)
        self.signs += [(onset, clef) for clef in waiting]
        waiting.clear()
        self.voices.setdefault(note.voice, []).append((onset, note))
        self.ends[note.voice] = onset + note.duration_ql
        self.column, self.of_graces = onset, bool(note.grace)

    def add_head(self, note: Note) -> None:
        """Put another head into the chord that came last."""
        heads = self.voices[note.voice]
        heads.append((heads[-1][0], note))

    def takes(self, note: Note, column: str) -> bool:
        """Tell whether a head belongs to the chord that came last."""
        last = self.last
        alike = last is not None and last.kind == note.kind and (last.voice, last.grace) == (note.voice, note.grace)
        return column == "same" and alike and note.kind != "rest"

    def events(self) -> list[Event]:
        """Return the measure, voice by voice; a measure rest beside other voices lasts as long as they do."""
        length = max(self.ends.values(), default=Fraction(0))
        for notes in self.voices.values():
            for at, (onset, note) in enumerate(notes):
                if note.type == MEASURE_REST:
                    notes[at] = (onset, _lasting(note, length))
        return written(self.signs, dict(sorted(self.voices.items())))


def _lasting(note: Note, length: Fraction) -> Note:
    return Note(kind="rest", voice=note.voice, type=MEASURE_REST, marks=note.marks, duration_ql=length)


class _Walk:
    """Reads words; a clef waits for the note it stands before, or for the next measure."""

    def __init__(self) -> None:
        self._part = Part(1, [])
        self._measure = _Measure()
        self._clef = Clef("G", "2")
        self._waiting: list[Event] = []

    def read(self, word: Word) -> None:
        """Take the next word; what makes no sense is left out."""
        name = word.symbol.partition(":")[2]
        if word.kind == BAR:
            self._close()
        elif word.kind == "clef":
            sign, _, octave = name.partition(":")
            line = sign[-1] if sign[-1:].isdigit() else ""
            self._clef = Clef(sign.removesuffix(line) if line else sign, line, int(octave or 0))
            self._waiting.append(self._clef)
        elif word.kind in ("key", "time"):
            found = _key(name) if word.kind == "key" else _time(name)
            self._measure.signs += [(Fraction(0), found)] if found is not None else []
        elif word.kind in (HEAD, REST):
            self._note(word)

    def finish(self) -> Part:
        """Close the measure that is still open and return the part."""
        if self._measure.voices:
            self._close()
        return self._part

    def _close(self) -> None:
        self._part.measures.append(self._measure.events())
        self._measure = _Measure()

    def _note(self, word: Word) -> None:
        if not self._measure.voices and not self._measure.signs:
            self._measure.signs += [(Fraction(0), clef) for clef in self._waiting]
            self._waiting.clear()
        note = _note(word, self._clef)
        if self._measure.takes(note, word.column):
            self._measure.add_head(_chorded(note))
        else:
            self._measure.add(note, word.column, self._waiting)
        self._measure.last = note


def _note(word: Word, clef: Clef) -> Note:
    is_rest = word.kind == REST
    step = 0 if is_rest else int(word.symbol.partition(":")[2]) + _middle(clef)
    kind = word.value if word.value in TYPE_QL or (is_rest and word.value == MEASURE_REST) else "quarter"
    actual, _, normal = word.ratio.partition("in")
    ratio = (int(actual), int(normal)) if normal and kind != MEASURE_REST else None
    dots = int(word.dots)
    silent = word.grace or kind == MEASURE_REST
    unpitched = clef.sign == "percussion"
    return Note(
        kind="rest" if is_rest else "unpitched" if unpitched else "pitch",
        step="" if is_rest else _STEPS[step % 7],
        octave=0 if is_rest else step // 7,
        voice=word.voice,
        type=kind,
        ratio=ratio,
        dots=dots,
        accidental="" if is_rest else word.accidental,
        stem="" if is_rest else word.stem,
        beams=tuple((level + 1, _BEAM_VALUES[letter]) for level, letter in enumerate(word.beams)),
        tied=() if is_rest else tuple(word.tied.split()),
        tuplets=tuple(word.tuplet.split()),
        marks=_in_order([f"slur:{end}" for end in word.slur.split()] + word.marks.split()),
        grace="" if is_rest else word.grace,
        duration_ql=Fraction(0) if silent else value_ql(kind, dots, ratio),
    )


def _in_order(marks: list[str]) -> tuple[str, ...]:
    return tuple(sorted((mark for mark in marks if mark in MARKS), key=MARKS.index))


def _chorded(note: Note) -> Note:
    return replace(note, chord=True)


def _key(name: str) -> Key | None:
    return Key(int(name)) if name.removeprefix("-").isdigit() else None


def _time(name: str) -> Time | None:
    if name in ("common", "cut"):
        return Time((("4", "4"),) if name == "common" else (("2", "2"),), name)
    pairs = [one.split("/") for one in name.split("+")]
    return Time(tuple((pair[0], pair[1]) for pair in pairs)) if all(len(pair) == 2 for pair in pairs) else None
