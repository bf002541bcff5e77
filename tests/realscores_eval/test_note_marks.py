"""Note scores of marks beside the notes: every row right, missing, misnamed and misplaced, on hand-worked bars."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscores_eval.musicxml_notes import parse
from realscores_eval.notes import ELEMENTS, NoteScores, Tally, compare, missed
from realscores_eval.printed_music import BAR_MARKS, BARLINE_MARKS, NOTE_MARKS, Mark

FIRST = "<attributes><divisions>2</divisions>{}</attributes>"
BACKUP = "<backup><duration>8</duration></backup>"

#: A sign in the notations of a note, by the row that counts it, another one of its row, and its value.
AT_NOTES = {
    "articulation": (
        "<articulations><staccato/></articulations>",
        "<articulations><accent/></articulations>",
        ("staccato",),
    ),
    "ornament": ("<ornaments><trill-mark/></ornaments>", "<ornaments><turn/></ornaments>", ("trill-mark",)),
    "tremolo": (
        '<ornaments><tremolo type="single">3</tremolo></ornaments>',
        '<ornaments><tremolo type="start">3</tremolo></ornaments>',
        ("single", "3"),
    ),
    "fermata": ("<fermata/>", "", ()),
    "arpeggio": ("<arpeggiate/>", "", ()),
    "fingering": (
        "<technical><fingering>3</fingering></technical>",
        "<technical><fingering>1</fingering></technical>",
        ("3",),
    ),
    "slur end": ('<slur type="start"/>', '<slur type="stop"/>', ("start",)),
}
#: The same for marks of the whole bar.
IN_BARS = {
    "dynamics": ("<dynamics><mf/></dynamics>", "<dynamics><p/></dynamics>", ("mf",)),
    "hairpin end": ('<wedge type="crescendo"/>', '<wedge type="diminuendo"/>', ("crescendo",)),
    "pedal": ('<pedal type="start"/>', '<pedal type="stop"/>', ("start",)),
    "octave line": (
        '<octave-shift type="down" size="8"/>',
        '<octave-shift type="down" size="15"/>',
        ("down", "8"),
    ),
}
#: The same for what stands in `<barline>`.
AT_BARLINES = {
    "repeat": ('<repeat direction="forward"/>', '<repeat direction="backward"/>', ("forward",)),
    "ending": ('<ending number="1" type="start"/>', '<ending number="2" type="start"/>', ("1", "start")),
    "barline": ("<bar-style>light-light</bar-style>", "<bar-style>dashed</bar-style>", ("light-light",)),
}


def note(notations: str = "", *, step: str = "C", duration: int = 2, before: str = "", staff: int = 1) -> str:
    """A note in octave 4 that lasts so many eighths, with signs in its notations."""
    return (
        f"<note>{before}<pitch><step>{step}</step><octave>4</octave></pitch><duration>{duration}</duration>"
        f"<staff>{staff}</staff><notations>{notations}</notations></note>"
    )


def direction(sign: str, staff: int = 0, more: str = "") -> str:
    where = f"<staff>{staff}</staff>" if staff else ""
    return f"<direction><direction-type>{sign}</direction-type>{more}{where}</direction>"


def barline(signs: str, location: str = "right") -> str:
    return f'<barline location="{location}">{signs}</barline>'


def score(*parts: list[str] | str, staves: int = 1) -> str:
    """Parts of bars in divisions of eighths; a part of one bar may be given as that bar."""
    body = ""
    for part in parts:
        first = FIRST.format(f"<staves>{staves}</staves>" if staves > 1 else "")
        bars = [part] if isinstance(part, str) else part
        measures = [f'<measure number="{n}">{first if n == 1 else ""}{bar}</measure>' for n, bar in enumerate(bars, 1)]
        body += f"<part>{''.join(measures)}</part>"
    return f"<score-partwise>{body}</score-partwise>"


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.matched, tally.truth, tally.result


def counted(found: NoteScores, row: str) -> tuple[int, int, int]:
    """The counts of one row, all other rows of marks being empty."""
    others = {name: counts(found.elements[name]) for name in (*NOTE_MARKS, *BAR_MARKS) if name != row}
    assert set(others.values()) == {(0, 0, 0)}, others
    return counts(found.elements[row])


def marks_of(text: str, staff: int = 0) -> list[Mark]:
    return parse(text).bars[0].staves[staff].marks


def bar_marks_of(text: str) -> list[Mark]:
    return parse(text).bars[0].marks


def test_every_kind_has_a_row_and_a_case() -> None:
    assert set(AT_NOTES) == set(NOTE_MARKS)
    assert set(IN_BARS) | set(AT_BARLINES) == set(BAR_MARKS)
    assert set(AT_BARLINES) == set(BARLINE_MARKS)
    assert list(ELEMENTS)[-len(NOTE_MARKS) - len(BAR_MARKS) :] == [*NOTE_MARKS, *BAR_MARKS]


@pytest.mark.parametrize("row", NOTE_MARKS)
class TestMarksAtNotes:
    def test_right_missing_and_extra(self, row: str) -> None:
        there, bare = score(note() + note(AT_NOTES[row][0])), score(note() + note())
        assert marks_of(there) == [Mark(row, AT_NOTES[row][2], Fraction(1))]
        assert counted(compare(there, there), row) == (1, 1, 1)
        assert counted(compare(there, bare), row) == (0, 1, 0)
        assert counted(compare(bare, there), row) == (0, 0, 1)
        assert counted(missed(there), row) == (0, 1, 0)

    def test_wrong_onset(self, row: str) -> None:
        sign = AT_NOTES[row][0]
        found = compare(score(note() + note(sign)), score(note(sign) + note()))
        assert counted(found, row) == (0, 1, 1)
        assert found.f1 == 1

    def test_wrong_name(self, row: str) -> None:
        sign, other, _ = AT_NOTES[row]
        if other:
            assert counted(compare(score(note(sign)), score(note(other))), row) == (0, 1, 1)

    def test_wrong_staff(self, row: str) -> None:
        sign = AT_NOTES[row][0]
        upper = score(note(sign, duration=8) + BACKUP + note(step="E", duration=8, staff=2), staves=2)
        lower = score(note(duration=8) + BACKUP + note(sign, step="E", duration=8, staff=2), staves=2)
        assert counted(compare(upper, upper), row) == (1, 1, 1)
        assert counted(compare(upper, lower), row) == (0, 1, 1)

    def test_chords(self, row: str) -> None:
        """Fingerings and slurs belong to notes of a chord, the others to the chord, however often they are written."""
        sign = AT_NOTES[row][0]
        every = score(note(sign) + note(sign, step="E", before="<chord/>") + note(sign))
        second = score(note() + note(sign, step="E", before="<chord/>") + note(sign))
        of_chord = 2 if row in ("fingering", "slur end") else 1
        assert counted(compare(every, second), row) == (2, of_chord + 1, 2)

    def test_a_pick_up_counts_from_its_first_note(self, row: str) -> None:
        upbeat = note(step="G") + note(AT_NOTES[row][0])
        padded = score('<note print-object="no"><rest/><duration>4</duration></note>' + upbeat)
        assert counted(compare(padded, score(upbeat)), row) == (1, 1, 1)
        assert [mark.onset_ql for mark in marks_of(padded)] == [1]

    def test_grace_and_cue_notes_have_them(self, row: str) -> None:
        for before in ("<grace/>", "<cue/>"):
            small = note(AT_NOTES[row][0], before=before)
            if before == "<grace/>":
                small = small.replace("<duration>2</duration>", "")
            assert counted(compare(score(note() + small + note()), score(note() + note())), row) == (0, 1, 0)
            assert [mark.onset_ql for mark in marks_of(score(note() + small + note()))] == [1]

    def test_what_is_hidden_does_not_count(self, row: str) -> None:
        bar = note(AT_NOTES[row][0])
        assert marks_of(score(bar.replace("<note>", '<note print-object="no">'))) == []
        assert marks_of(score(bar.replace("<notations>", '<notations print-object="no">'))) == []


@pytest.mark.parametrize("row", IN_BARS)
class TestMarksOfBars:
    def test_right_missing_and_extra(self, row: str) -> None:
        there, bare = score([note(), direction(IN_BARS[row][0]) + note()]), score([note(), note()])
        assert parse(there).bars[1].marks == [Mark(row, IN_BARS[row][2])]
        assert counted(compare(there, there), row) == (1, 1, 1)
        assert counted(compare(there, bare), row) == (0, 1, 0)
        assert counted(compare(bare, there), row) == (0, 0, 1)
        assert counted(missed(there), row) == (0, 1, 0)

    def test_wrong_name(self, row: str) -> None:
        sign, other, _ = IN_BARS[row]
        found = compare(score(direction(sign) + note()), score(direction(other) + note()))
        assert counted(found, row) == (0, 1, 1)

    def test_the_place_within_the_bar_is_left_open(self, row: str) -> None:
        sign = IN_BARS[row][0]
        early = score(direction(sign, more="<offset>1</offset>") + note() + note())
        assert counted(compare(early, score(note() + note() + direction(sign))), row) == (1, 1, 1)

    def test_another_bar_is_wrong(self, row: str) -> None:
        sign = IN_BARS[row][0]
        first, second = [direction(sign) + note(), note(step="E")], [note(), direction(sign) + note(step="E")]
        assert counted(compare(score(first), score(second)), row) == (0, 1, 1)

    def test_staff_and_part_are_left_open(self, row: str) -> None:
        sign = IN_BARS[row][0]
        upper, lower = note(duration=8), note(step="E", duration=8, staff=2)
        above = score(direction(sign, 1) + upper + BACKUP + lower, staves=2)
        below = score(upper + BACKUP + direction(sign, 2) + lower, staves=2)
        two_parts = score(upper, direction(sign) + note(step="E", duration=8))
        assert counted(compare(above, below), row) == (1, 1, 1)
        assert counted(compare(above, two_parts), row) == (1, 1, 1)

    def test_every_part_has_its_own(self, row: str) -> None:
        sign = IN_BARS[row][0]
        both = score(direction(sign) + note(), direction(sign) + note(step="E"))
        assert counted(compare(both, score(direction(sign) + note(), note(step="E"))), row) == (1, 2, 1)


@pytest.mark.parametrize("row", AT_BARLINES)
class TestBarlines:
    def test_right_missing_and_extra(self, row: str) -> None:
        there, bare = score(note() + barline(AT_BARLINES[row][0])), score(note())
        assert bar_marks_of(there) == [Mark(row, AT_BARLINES[row][2])]
        assert counted(compare(there, there), row) == (1, 1, 1)
        assert counted(compare(there, bare), row) == (0, 1, 0)
        assert counted(compare(bare, there), row) == (0, 0, 1)

    def test_wrong_name(self, row: str) -> None:
        sign, other, _ = AT_BARLINES[row]
        found = compare(score(note() + barline(sign)), score(note() + barline(other)))
        assert counts(found.elements[row]) == (0, 1, 1)

    def test_once_a_bar_over_all_staves_and_parts(self, row: str) -> None:
        upper, lower, end = note(duration=8), note(step="E", duration=8), barline(AT_BARLINES[row][0])
        two_staves = score(upper + BACKUP + lower.replace("<staff>1", "<staff>2") + end, staves=2)
        assert counted(compare(two_staves, score(upper + end, lower + end)), row) == (1, 1, 1)
        assert counted(compare(two_staves, score(upper, lower + end)), row) == (1, 1, 1)

    def test_two_bars_have_two(self, row: str) -> None:
        bars = [note() + barline(AT_BARLINES[row][0]), note(step="E") + barline(AT_BARLINES[row][0])]
        assert counted(compare(score(bars), score([bars[0], note(step="E")])), row) == (1, 2, 1)


@pytest.mark.parametrize(
    ("notations", "values"),
    [
        ("<articulations><accent/><tenuto/></articulations>", [("accent",), ("tenuto",)]),
        ("<articulations><breath-mark>comma</breath-mark></articulations>", [("breath-mark",)]),
        ("<articulations><caesura/></articulations>", [("caesura",)]),
        ("<articulations><other-articulation> tick </other-articulation></articulations>", [("tick",)]),
        ("<ornaments><accidental-mark>sharp</accidental-mark></ornaments>", []),
        ('<ornaments><trill-mark/><wavy-line type="start"/></ornaments>', [("trill-mark",), ("wavy-line",)]),
        ('<ornaments><wavy-line type="stop"/></ornaments>', []),
        ("<ornaments><tremolo>2</tremolo></ornaments>", [("single", "2")]),
        ('<ornaments><tremolo type="stop">3</tremolo></ornaments>', [("stop", "3")]),
        ("<technical><fingering>1</fingering><fingering>2</fingering><up-bow/></technical>", [("1",), ("2",)]),
        ('<slur type="stop" number="1"/><slur type="start" number="2"/>', [("stop",), ("start",)]),
        ('<slur type="continue"/>', []),
        ("<non-arpeggiate/>", []),
    ],
)
def test_values_at_notes(notations: str, values: list[tuple[str, ...]]) -> None:
    assert [mark.value for mark in marks_of(score(note(notations)))] == values


@pytest.mark.parametrize(
    ("sign", "values"),
    [
        ("<dynamics><f/><p/></dynamics>", [("f",), ("p",)]),
        ("<dynamics><other-dynamics>dolce</other-dynamics></dynamics>", [("dolce",)]),
        ('<wedge type="stop"/>', [("stop",)]),
        ('<wedge type="continue"/>', []),
        ('<pedal type="change"/>', [("stop",), ("start",)]),
        ('<pedal type="continue"/>', []),
        ('<octave-shift type="stop"/>', [("stop", "8")]),
        ('<octave-shift type="continue"/>', []),
        ("<words>dolce</words>", []),
    ],
)
def test_values_in_directions(sign: str, values: list[tuple[str, ...]]) -> None:
    assert [mark.value for mark in bar_marks_of(score(direction(sign) + note()))] == values


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (barline("<bar-style>regular</bar-style>"), []),
        (barline("<bar-style>heavy-light</bar-style>", "left"), []),
        ("<barline><bar-style>light-heavy</bar-style></barline>", [("light-heavy",)]),
        (barline('<repeat direction="backward"/>'), [("backward",), ("light-heavy",)]),
        (
            barline('<bar-style>light-heavy</bar-style><repeat direction="backward"/>'),
            [("backward",), ("light-heavy",)],
        ),
        (barline('<ending number="1, 2" type="discontinue"/>'), [("1,2", "stop")]),
        (barline('<ending number="1" type="start" print-object="no"/>'), []),
    ],
)
def test_values_at_barlines(line: str, values: list[tuple[str, ...]]) -> None:
    assert [mark.value for mark in bar_marks_of(score(note() + line))] == values


def test_dynamics_in_notations_are_dynamics_of_the_bar() -> None:
    chord = note("<dynamics><f/></dynamics>") + note("<dynamics><f/></dynamics>", step="E", before="<chord/>")
    plain = note() + note(step="E", before="<chord/>")
    assert counted(compare(score(chord), score(direction("<dynamics><f/></dynamics>") + plain)), "dynamics") == (
        1,
        1,
        1,
    )


def test_rests_have_fermatas() -> None:
    fermata = "<notations><fermata/></notations>"
    late = score(note() + f"<note><rest/><duration>2</duration>{fermata}</note>")
    assert marks_of(late) == [Mark("fermata", (), Fraction(1))]
    whole = score(f'<note><rest measure="yes"/><duration>8</duration>{fermata}</note>')
    assert marks_of(whole) == [Mark("fermata", (), Fraction(0))]


def test_marks_do_not_change_how_bars_are_paired() -> None:
    """Marks leave equality and text of the printed music alone, by which bars are paired and round trips judged."""
    marked = parse(score(direction("<dynamics><f/></dynamics>") + note("<fermata/>")))
    bare = parse(score(note()))
    assert marked == bare
    assert repr(marked) == repr(bare)


signs = st.sampled_from(["", *(case[k] for case in AT_NOTES.values() for k in (0, 1))])
events = st.builds(
    lambda step, sign, duration, before: before + note(sign, step=step, duration=duration),
    st.sampled_from("CDE"),
    signs,
    st.sampled_from([1, 2]),
    st.sampled_from(["", *(direction(case[k]) for case in IN_BARS.values() for k in (0, 1))]),
)
ends = st.sampled_from(["", *(barline(case[k]) for case in AT_BARLINES.values() for k in (0, 1))])
pieces = st.lists(st.tuples(st.lists(events, max_size=3), ends).map(lambda bar: "".join(bar[0]) + bar[1]), max_size=4)


@settings(max_examples=60, deadline=None)
@given(pieces, pieces)
def test_a_text_against_itself_is_perfect(first: list[str], second: list[str]) -> None:
    text = score(first, second)
    for name, tally in compare(text, text).rows().items():
        assert tally.matched == tally.truth == tally.result, name


@settings(max_examples=60, deadline=None)
@given(pieces, pieces)
def test_swapping_exchanges_precision_and_recall(left: list[str], right: list[str]) -> None:
    there, back = compare(score(left), score(right)), compare(score(right), score(left))
    for name, tally in there.rows().items():
        other = back.rows()[name]
        assert counts(tally) == (other.matched, other.result, other.truth), name
