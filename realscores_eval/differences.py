"""Why notes were lost: every head that differs between two MusicXML texts, with the likeliest cause.

The bars and staves are paired as for the scores. Within a pair the heads that agree in everything are set aside; the
rest are matched in passes, from the strongest evidence to the weakest, and what is left is missing or extra.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from realscores_eval.measure_alignment import align
from realscores_eval.musicxml_notes import parse
from realscores_eval.printed_music import Head, PrintedMusic, Sign, StaffBar

Key: TypeAlias = Callable[[Head], Hashable]
Pass: TypeAlias = tuple[str, Key]


@dataclass(frozen=True, slots=True)
class Difference:
    """One head (or one clef, key or meter) that differs.

    Attributes:
        cause: one of the names in this module, such as "wrong octave" or "missing bar".
        bar: number of the bar in the truth, in the result where the truth has none.
        staff: from 1, counted in the truth, in the result where the truth has none.
        truth, result: the two sides; None where there is nothing.
    """

    cause: str
    bar: str
    staff: int
    truth: Head | Sign | None
    result: Head | Sign | None

    def __str__(self) -> str:
        sides = f"{_said(self.truth)} read as {_said(self.result)}"
        if self.truth is None or self.result is None:
            sides = _said(self.truth or self.result)
        return f"bar {self.bar}, staff {self.staff}: {self.cause}: {sides}"


#: Strong evidence: pitch or place agrees in all but one respect. Weak evidence: one respect alone agrees.
_STRONG: tuple[Pass, ...] = (
    ("wrong duration", lambda head: (head.pitch, head.onset_ql)),
    ("wrong accidental", lambda head: (head.diatonic, head.onset_ql, head.duration_ql)),
    ("wrong octave", lambda head: (head.step, head.alter, head.onset_ql, head.duration_ql)),
    ("wrong clef", lambda head: (head.position, head.onset_ql, head.duration_ql)),
    ("wrong accidental and duration", lambda head: (head.diatonic, head.onset_ql)),
    ("wrong octave and duration", lambda head: (head.step, head.alter, head.onset_ql)),
)
_BY_PITCH: tuple[Pass, ...] = (
    ("shifted onset", lambda head: (head.pitch, head.duration_ql)),
    ("shifted onset, wrong duration", lambda head: head.pitch),
)
_BY_TIME: tuple[Pass, ...] = (
    ("wrong pitch", lambda head: (head.onset_ql, head.duration_ql)),
    ("wrong pitch and duration", lambda head: head.onset_ql),
)
_SIGNS: tuple[tuple[str, Callable[[StaffBar], list[Sign]]], ...] = (
    ("clef", lambda bar: bar.clefs),
    ("key", lambda bar: bar.keys),
    ("meter", lambda bar: bar.meters),
)
_UNPRINTED = frozenset(f"{side} {name} sign" for side in ("missing", "extra") for name in ("key", "meter"))


def explain(truth_xml: str, result_xml: str) -> list[Difference]:
    """Return every difference, bar by bar; none for a text against itself.

    As many of them have a truth (a result) side as heads are unmatched at the level pitch + onset + duration, signs
    aside. Grace and cue notes are not looked at.

    Raises:
        FormatError: one of the texts is not partwise MusicXML.
    """
    truth, result = parse(truth_xml), parse(result_xml)
    alignment = align(truth, result)
    found: list[Difference] = []
    for bar_a, bar_b in alignment.bars:
        cells = [_Cell(truth, result, (bar_a, staff_a), (bar_b, staff_b)) for staff_a, staff_b in alignment.staves]
        found += _explain_bar(cells)
    return found


def cause_counts(differences: Iterable[Difference]) -> Counter[str]:
    """Return how often each cause occurs."""
    return Counter(one.cause for one in differences)


def first_causes(differences: Iterable[Difference]) -> Counter[str]:
    """Return, for every bar with a differing note, the cause of its earliest difference.

    What follows in the bar is often a mere consequence: one wrong duration shifts all the onsets behind it. Keys and
    meters come first in no bar, since the truth states them where the page does not print them.
    """
    earliest: dict[str, Difference] = {}
    for one in differences:
        if one.cause not in _UNPRINTED and (one.bar not in earliest or _order(one) < _order(earliest[one.bar])):
            earliest[one.bar] = one
    return cause_counts(earliest.values())


def _order(one: Difference) -> tuple[Fraction, bool]:
    side = one.truth or one.result
    return side.onset_ql if side is not None else Fraction(0), not isinstance(side, Sign)


def cause_table(pages: Mapping[str, list[Difference]]) -> str:
    """Return a Markdown table of causes over all pages, most frequent first, with the page that has most of each."""
    by_page = {name: cause_counts(differences) for name, differences in pages.items()}
    total = sum(by_page.values(), start=Counter())
    first = sum((first_causes(differences) for differences in pages.values()), start=Counter())
    lines = ["| cause | count | first in bars | pages | most on |", "|---|---:|---:|---:|---|"]
    for cause, count in total.most_common():
        worst = max(by_page, key=lambda name: by_page[name][cause])
        touched = sum(cause in counts for counts in by_page.values())
        lines.append(f"| {cause} | {count} | {first[cause]} | {touched} | {worst} ({by_page[worst][cause]}) |")
    return "\n".join(lines) + "\n"


class _Cell:
    """One staff in one bar of both sides; heads leave `truth` and `result` as they are explained."""

    def __init__(
        self,
        truth: PrintedMusic,
        result: PrintedMusic,
        place_a: tuple[int | None, int | None],
        place_b: tuple[int | None, int | None],
    ) -> None:
        (bar_a, staff_a), (bar_b, staff_b) = place_a, place_b
        self.bar = truth.bars[bar_a].number if bar_a is not None else result.bars[bar_b or 0].number
        self.staff = 1 + (staff_a if staff_a is not None else staff_b or 0)
        self.unpaired = "bar" if None in (bar_a, bar_b) else "staff" if None in (staff_a, staff_b) else ""
        self._sides = _cell(truth, place_a), _cell(result, place_b)
        self.truth, self.result = ([head for head in one.heads if head.kind == "normal"] for one in self._sides)

    def difference(self, cause: str, truth: Head | Sign | None, result: Head | Sign | None) -> Difference:
        return Difference(cause, self.bar, self.staff, truth, result)

    def settle(self, passes: Iterable[Pass]) -> Iterator[Difference]:
        for cause, key in passes:
            pairs, self.truth, self.result = _matched(self.truth, self.result, key)
            yield from (self.difference(cause, a, b) for a, b in pairs)

    def left_over(self) -> Iterator[Difference]:
        what = self.unpaired or "note"
        yield from (self.difference(f"missing {what}", head, None) for head in self.truth)
        yield from (self.difference(f"extra {what}", None, head) for head in self.result)

    def signs(self) -> Iterator[Difference]:
        for name, signs_of in _SIGNS:
            truth, result = (Counter(signs_of(side)) for side in self._sides)
            yield from (self.difference(f"missing {name} sign", one, None) for one in (truth - result).elements())
            yield from (self.difference(f"extra {name} sign", None, one) for one in (result - truth).elements())


def _cell(music: PrintedMusic, place: tuple[int | None, int | None]) -> StaffBar:
    bar, staff = place
    return StaffBar() if bar is None or staff is None else music.bars[bar].staves[staff]


def _explain_bar(cells: list[_Cell]) -> Iterator[Difference]:
    for cell in cells:
        _, cell.truth, cell.result = _matched(cell.truth, cell.result, _whole)
        yield from cell.signs()
        yield from cell.settle(_STRONG)
    yield from _on_other_staves(cells)
    for cell in cells:
        yield from cell.settle(_weak_passes(cell.truth, cell.result))
        yield from cell.left_over()


def _whole(head: Head) -> Hashable:
    return head.pitch, head.onset_ql, head.duration_ql


def _weak_passes(truth: list[Head], result: list[Head]) -> tuple[Pass, ...]:
    """Return the passes by pitch and by time, first those that explain more of the heads left."""
    same_pitch = (Counter(h.pitch for h in truth) & Counter(h.pitch for h in result)).total()
    same_onset = (Counter(h.onset_ql for h in truth) & Counter(h.onset_ql for h in result)).total()
    return _BY_PITCH + _BY_TIME if same_pitch >= same_onset else _BY_TIME + _BY_PITCH


def _on_other_staves(cells: list[_Cell]) -> Iterator[Difference]:
    for cell in cells:
        for other in cells:
            if other is not cell:
                pairs, cell.truth, other.result = _matched(cell.truth, other.result, _whole)
                yield from (cell.difference("wrong staff", a, b) for a, b in pairs)


def _matched(truth: list[Head], result: list[Head], key: Key) -> tuple[list[tuple[Head, Head]], list[Head], list[Head]]:
    """Pair heads of equal key, in order; return the pairs and what is left of both sides."""
    offers: dict[Hashable, list[Head]] = defaultdict(list)
    for head in reversed(result):
        offers[key(head)].append(head)
    pairs, left = [], []
    for head in truth:
        if offers[key(head)]:
            pairs.append((head, offers[key(head)].pop()))
        else:
            left.append(head)
    rest = [head for heads in offers.values() for head in reversed(heads)]
    return pairs, left, sorted(rest, key=lambda one: (one.onset_ql, one.diatonic))


def _said(one: Head | Sign | None) -> str:
    if one is None:
        return "nothing"
    if isinstance(one, Sign):
        return f"{' '.join(one.value)} at {one.onset_ql}"
    sign = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}.get(int(one.alter), f"({one.alter})")
    return f"{one.step}{sign}{one.octave} at {one.onset_ql} for {one.duration_ql}"
