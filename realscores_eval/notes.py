"""Note-level scores between two MusicXML texts: what of the printed notes was read, bar by bar and staff by staff.

Three levels, each a multiset intersection within paired bars and staves: pitch (step, alter, octave); pitch and onset
within the bar; pitch, onset and sounding duration within the bar. Tied heads count one by one, grace and cue notes
apart. `docs/note_scores.md` explains every row of the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from realscores_eval.measure_alignment import Alignment, align
from realscores_eval.musicxml_notes import parse
from realscores_eval.printed_music import BAR_MARKS, NOTE_MARKS, Head, Mark, PrintedMusic, StaffBar

Keys = Callable[[StaffBar], Iterable[Hashable]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of what both sides hold, what the truth holds and what the result holds; tallies add up."""

    matched: int = 0
    truth: int = 0
    result: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.matched + other.matched, self.truth + other.truth, self.result + other.result)

    @property
    def precision(self) -> float:
        """Share of the result that is right; 1 where neither side holds anything."""
        return self.matched / self.result if self.result else float(not self.truth)

    @property
    def recall(self) -> float:
        """Share of the truth that was found; 1 where neither side holds anything."""
        return self.matched / self.truth if self.truth else float(not self.result)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.matched / (self.truth + self.result) if self.truth + self.result else 1.0


@dataclass(frozen=True)
class NoteScores:
    """All tallies of one page or piece.

    Attributes:
        levels: by the names of `LEVELS`; the last one, `pitch+onset+duration`, is the headline.
        diagnosis: looser views of the same heads, by the names of `DIAGNOSIS`, and `any staff`: the headline level
            with all staves of a bar thrown together.
        elements: signs beside the notes, by the names of `ELEMENTS`; those of `BAR_MARKS` with all staves of a bar
            thrown together.
        bars: bars of the truth and the result, matched where every head and rest of all staves agrees.
        staves: staves of the truth and the result, matched where they could be paired.
    """

    levels: dict[str, Tally] = field(default_factory=dict)
    diagnosis: dict[str, Tally] = field(default_factory=dict)
    elements: dict[str, Tally] = field(default_factory=dict)
    bars: Tally = Tally()
    staves: Tally = Tally()

    @property
    def pitch(self) -> Tally:
        """Step, alter and octave, wherever in the bar."""
        return self.levels["pitch"]

    @property
    def pitch_onset(self) -> Tally:
        """Pitch and onset within the bar."""
        return self.levels["pitch+onset"]

    @property
    def pitch_onset_duration(self) -> Tally:
        """Pitch, onset and sounding duration."""
        return self.levels["pitch+onset+duration"]

    @property
    def f1(self) -> float:
        """The headline: F1 of pitch, onset and duration."""
        return self.pitch_onset_duration.f1

    def rows(self) -> dict[str, Tally]:
        """Return every tally by name, in the order of the table."""
        return {**self.levels, **self.diagnosis, **self.elements, "bars": self.bars, "staves": self.staves}


def _of_kind(kind: str) -> Callable[[StaffBar], Iterator[Head]]:
    return lambda bar: (head for head in bar.heads if head.kind == kind)


_normal, _grace, _cue = _of_kind("normal"), _of_kind("grace"), _of_kind("cue")


def _marks(kind: str) -> Callable[[StaffBar], Iterator[Mark]]:
    return lambda bar: (mark for mark in bar.marks if mark.kind == kind)


LEVELS: dict[str, Keys] = {
    "pitch": lambda bar: (h.pitch for h in _normal(bar)),
    "pitch+onset": lambda bar: ((h.pitch, h.onset_ql) for h in _normal(bar)),
    "pitch+onset+duration": lambda bar: ((h.pitch, h.onset_ql, h.duration_ql) for h in _normal(bar)),
}
DIAGNOSIS: dict[str, Keys] = {
    "step+octave": lambda bar: (h.diatonic for h in _normal(bar)),
    "staff position": lambda bar: (h.position for h in _normal(bar)),
    "onset+duration": lambda bar: ((h.onset_ql, h.duration_ql) for h in _normal(bar)),
}
ELEMENTS: dict[str, Keys] = {
    "clef": lambda bar: bar.clefs,
    "key": lambda bar: bar.keys,
    "meter": lambda bar: bar.meters,
    "rest": lambda bar: bar.rests,
    "accidental": lambda bar: ((h.accidental, h.onset_ql, h.diatonic) for h in _normal(bar) if h.accidental),
    "tie end": lambda bar: _tie_ends(bar),
    "grace note": lambda bar: ((h.pitch, h.onset_ql) for h in _grace(bar)),
    "cue note": lambda bar: ((h.pitch, h.onset_ql, h.duration_ql) for h in _cue(bar)),
    **{kind: _marks(kind) for kind in (*NOTE_MARKS, *BAR_MARKS)},
}


def compare(truth_xml: str, result_xml: str) -> NoteScores:
    """Score `result_xml` against `truth_xml`; a text against itself is perfect, swapping them swaps P and R.

    Raises:
        FormatError: one of the texts is not partwise MusicXML.
    """
    truth, result = parse(truth_xml), parse(result_xml)
    return score(truth, result, align(truth, result))


def missed(truth_xml: str) -> NoteScores:
    """Return the scores of a page that gave no result at all: everything in the truth is missing."""
    truth, nothing = parse(truth_xml), PrintedMusic(0, [])
    return score(truth, nothing, align(truth, nothing))


def score(truth: PrintedMusic, result: PrintedMusic, alignment: Alignment) -> NoteScores:
    """Count all levels, diagnoses and elements under a given pairing of bars and staves."""
    cells = list(_cells(truth, result, alignment))
    whole_bars = list(_whole_bars(truth, result, alignment))
    headline = LEVELS["pitch+onset+duration"]
    return NoteScores(
        levels={name: _sum(cells, keys) for name, keys in LEVELS.items()},
        diagnosis={name: _sum(cells, keys) for name, keys in DIAGNOSIS.items()}
        | {"any staff": _sum(whole_bars, headline)},
        elements={name: _sum(whole_bars if name in BAR_MARKS else cells, keys) for name, keys in ELEMENTS.items()},
        bars=_exact_bars(truth, result, alignment),
        staves=Tally(_both(alignment.staves), truth.staff_count, result.staff_count),
    )


def _cells(truth: PrintedMusic, result: PrintedMusic, alignment: Alignment) -> Iterator[tuple[StaffBar, StaffBar]]:
    """Iterate over (truth, result) of every staff in every bar, with an empty cell where one side has none."""
    for bar_a, bar_b in alignment.bars:
        for staff_a, staff_b in alignment.staves:
            yield _cell(truth, bar_a, staff_a), _cell(result, bar_b, staff_b)


def _cell(music: PrintedMusic, bar: int | None, staff: int | None) -> StaffBar:
    return StaffBar() if bar is None or staff is None else music.bars[bar].staves[staff]


def _whole_bars(truth: PrintedMusic, result: PrintedMusic, alignment: Alignment) -> Iterator[tuple[StaffBar, StaffBar]]:
    """Iterate over (truth, result) of every bar: the heads of all its staves, and the marks that belong to none."""
    for bar_a, bar_b in alignment.bars:
        yield _poured(truth, bar_a), _poured(result, bar_b)


def _poured(music: PrintedMusic, bar: int | None) -> StaffBar:
    if bar is None:
        return StaffBar()
    whole = music.bars[bar]
    return StaffBar(heads=[head for staff in whole.staves for head in staff.heads], marks=whole.marks)


def _sum(cells: Iterable[tuple[StaffBar, StaffBar]], keys: Keys) -> Tally:
    return sum((_tally(keys(truth), keys(result)) for truth, result in cells), start=Tally())


def _tally(truth: Iterable[Hashable], result: Iterable[Hashable]) -> Tally:
    left, right = Counter(truth), Counter(result)
    return Tally((left & right).total(), left.total(), right.total())


def _exact_bars(truth: PrintedMusic, result: PrintedMusic, alignment: Alignment) -> Tally:
    exact = 0
    for bar_a, bar_b in alignment.bars:
        pairs = [(_cell(truth, bar_a, a), _cell(result, bar_b, b)) for a, b in alignment.staves]
        exact += bar_a is not None and bar_b is not None and all(_same(a, b) for a, b in pairs)
    return Tally(exact, len(truth.bars), len(result.bars))


def _same(truth: StaffBar, result: StaffBar) -> bool:
    keys = (LEVELS["pitch+onset+duration"], ELEMENTS["rest"])
    return all(Counter(key(truth)) == Counter(key(result)) for key in keys)


def _both(pairs: list[tuple[int | None, int | None]]) -> int:
    return sum(a is not None and b is not None for a, b in pairs)


def _tie_ends(bar: StaffBar) -> Iterator[Hashable]:
    """Iterate over both ends of every tie, apart: at a page's edge only one of them is printed."""
    for head in _normal(bar):
        yield from ((name, head.onset_ql, head.diatonic) for name in _ends(head))


def _ends(head: Head) -> list[str]:
    return ["start"] * head.tie_start + ["stop"] * head.tie_stop
