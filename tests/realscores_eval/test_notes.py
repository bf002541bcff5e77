"""Note scores on hand-worked pages and their algebra on generated ones."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.errors import FormatError, InputError
from realscores_eval.musicxml_notes import parse, read_musicxml
from realscores_eval.note_table import page_table, summarise, summary_table
from realscores_eval.notes import LEVELS, NoteScores, Tally, compare, missed
from realscores_eval.printed_music import FULL_BAR

DIVISIONS = 12
FIRST = (
    "<attributes><divisions>12</divisions><key><fifths>0</fifths></key><time><beats>4</beats><beat-type>4</beat-type>"
    "</time><clef><sign>G</sign><line>2</line></clef></attributes>"
)


def note(pitch: str, duration: int = 12, extra: str = "", after: str = "", attributes: str = "") -> str:
    """A note from "C4", "F#5" or "Bb3"; `extra` stands before the pitch, `after` behind the duration."""
    alter = {"#": 1, "b": -1}.get(pitch[1:-1], 0)
    alter_xml = f"<alter>{alter}</alter>" if alter else ""
    return (
        f"<note{attributes}>{extra}<pitch><step>{pitch[0]}</step>{alter_xml}<octave>{pitch[-1]}</octave></pitch>"
        f"<duration>{duration}</duration>{after}</note>"
    )


def rest(duration: int, attributes: str = "", measure: bool = False) -> str:
    sign = '<rest measure="yes"/>' if measure else "<rest/>"
    return f"<note{attributes}>{sign}<duration>{duration}</duration></note>"


def backup(duration: int) -> str:
    return f"<backup><duration>{duration}</duration></backup>"


def score(*parts: list[str]) -> str:
    body = ""
    for bars in parts:
        measures = [f'<measure number="{n}">{FIRST if n == 1 else ""}{bar}</measure>' for n, bar in enumerate(bars, 1)]
        body += f"<part>{''.join(measures)}</part>"
    return f"<score-partwise>{body}</score-partwise>"


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.matched, tally.truth, tally.result


SCALE = [note("C4") + note("D4") + note("E4") + note("F4")]
EMPTY = "<score-partwise/>"


@pytest.mark.parametrize(
    ("truth", "result", "pitch", "onset", "full"),
    [
        pytest.param([], [], (0, 0, 0), (0, 0, 0), (0, 0, 0), id="both empty"),
        pytest.param(SCALE, [], (0, 4, 0), (0, 4, 0), (0, 4, 0), id="empty result"),
        pytest.param([], SCALE, (0, 0, 4), (0, 0, 4), (0, 0, 4), id="empty truth"),
        pytest.param(SCALE, SCALE, (4, 4, 4), (4, 4, 4), (4, 4, 4), id="itself"),
        pytest.param(
            SCALE,
            [note("C4") + note("D4") + note("E4") + note("F#4")],
            (3, 4, 4),
            (3, 4, 4),
            (3, 4, 4),
            id="one wrong alter",
        ),
        pytest.param(
            SCALE,
            [note("C4", 24) + note("D4") + note("E4") + note("F4")],
            (4, 4, 4),
            (1, 4, 4),
            (0, 4, 4),
            id="one long note shifts the rest of its bar",
        ),
        pytest.param(
            SCALE,
            [note("C4") + note("D4") + note("E4") + note("F4", 24)],
            (4, 4, 4),
            (4, 4, 4),
            (3, 4, 4),
            id="wrong duration at the end",
        ),
        pytest.param(
            [note("C4", 48)],
            [note("C4", 48) + note("C4", 48, "<chord/>")],
            (1, 1, 2),
            (1, 1, 2),
            (1, 1, 2),
            id="a head twice counts twice",
        ),
    ],
)
def test_levels(truth: list[str], result: list[str], pitch: object, onset: object, full: object) -> None:
    found = compare(score(truth), score(result))
    assert counts(found.pitch) == pitch
    assert counts(found.pitch_onset) == onset
    assert counts(found.pitch_onset_duration) == full


def test_tally_ratios() -> None:
    assert (Tally().precision, Tally().recall, Tally().f1) == (1, 1, 1)
    assert (Tally(0, 3, 0).precision, Tally(0, 3, 0).recall, Tally(0, 3, 0).f1) == (0, 0, 0)
    assert (Tally(2, 4, 8).precision, Tally(2, 4, 8).recall) == (0.25, 0.5)
    assert Tally(2, 4, 8).f1 == pytest.approx(1 / 3)


def test_divisions_do_not_matter() -> None:
    fine = score(SCALE).replace("<divisions>12", "<divisions>24").replace("<duration>12", "<duration>24")
    assert compare(score(SCALE), fine).f1 == 1


def test_tied_notes_count_as_heads_and_ties_by_their_ends() -> None:
    tied = note("C4", 24, after='<tie type="start"/>') + note("C4", 24, after='<tie type="stop"/>')
    found = compare(score([tied]), score([note("C4", 48)]))
    assert counts(found.pitch) == (1, 2, 1)
    assert counts(found.elements["tie end"]) == (0, 2, 0)


def test_tied_and_tie_are_one_thing() -> None:
    tie = note("C4", 24, after='<tie type="start"/>')
    tied = note("C4", 24, after='<notations><tied type="start"/></notations>')
    assert counts(compare(score([tie]), score([tied])).elements["tie end"]) == (1, 1, 1)


def test_grace_and_cue_notes_are_counted_apart() -> None:
    grace = "<note><grace/><pitch><step>B</step><octave>3</octave></pitch></note>"
    cue = note("E5", 12, "<cue/>")
    found = compare(score([grace + cue + SCALE[0]]), score(SCALE))
    assert counts(found.pitch) == (4, 4, 4)
    assert counts(found.elements["grace note"]) == (0, 1, 0)
    assert counts(found.elements["cue note"]) == (0, 1, 0)


def test_printed_accidentals() -> None:
    truth = score([note("F#4", after="<accidental>sharp</accidental>") + note("F#4")])
    result = score([note("F#4") + note("F#4")])
    found = compare(truth, result)
    assert counts(found.elements["accidental"]) == (0, 1, 0)
    assert found.f1 == 1


def test_invisible_padding_of_a_pickup_does_not_shift_it() -> None:
    padded = score([rest(36, ' print-object="no"') + note("C4"), *SCALE])
    assert compare(padded, score([note("C4"), *SCALE])).f1 == 1


def test_forward_and_invisible_rest_are_alike() -> None:
    hidden = note("E5", 48) + backup(48) + rest(24, ' print-object="no"') + note("C4", 24)
    skipped = note("E5", 48) + backup(48) + "<forward><duration>24</duration></forward>" + note("C4", 24)
    found = compare(score([hidden]), score([skipped]))
    assert found.f1 == 1
    assert counts(found.elements["rest"]) == (0, 0, 0)


def test_invisible_notes_are_absent() -> None:
    hidden = note("G4", 12, attributes=' print-object="no"')
    assert counts(compare(score([hidden + note("C4")]), score([note("C4")])).pitch) == (1, 1, 1)


@pytest.mark.parametrize("bar", [rest(48, measure=True), rest(48), rest(36, measure=True)])
def test_a_measure_rest_fills_any_bar(bar: str) -> None:
    (found,) = parse(score([bar])).bars[0].staves[0].rests
    assert (found.onset_ql, found.duration_ql) == (0, FULL_BAR)


def test_a_half_rest_stays_a_half_rest() -> None:
    (found,) = parse(score([rest(24).replace("</note>", "<type>half</type></note>")])).bars[0].staves[0].rests
    assert found.duration_ql == 2


def test_chords_and_backup() -> None:
    bar = note("C4", 24) + note("E4", 24, "<chord/>") + note("G4", 24) + backup(48) + note("C3", 48)
    heads = parse(score([bar])).bars[0].staves[0].heads
    assert [(head.pitch[0] + str(head.octave), head.onset_ql) for head in heads] == [
        ("C4", 0),
        ("E4", 0),
        ("G4", 2),
        ("C3", 0),
    ]


def test_triplets_are_exact() -> None:
    heads = parse(score([note("C4", 4) * 3 + note("G4")])).bars[0].staves[0].heads
    assert [head.onset_ql for head in heads] == [0, Fraction(1, 3), Fraction(2, 3), 1]


def two_staves(upper: str, lower: str) -> str:
    def on(staff: int, text: str) -> str:
        return text.replace("</note>", f"<staff>{staff}</staff></note>")

    return score(["<attributes><staves>2</staves></attributes>" + on(1, upper) + backup(48) + on(2, lower)])


def test_one_part_of_two_staves_equals_two_parts() -> None:
    upper, lower = SCALE[0], note("C3", 48)
    found = compare(two_staves(upper, lower), score([upper], [lower]))
    assert found.f1 == 1
    assert counts(found.staves) == (2, 2, 2)


def test_a_missing_staff_loses_only_itself() -> None:
    result = score([note("C3", 48)])
    found = compare(two_staves(SCALE[0], note("C3", 48)), result)
    assert counts(found.pitch_onset_duration) == (1, 5, 1)
    assert counts(found.staves) == (1, 2, 1)


def test_a_note_on_the_wrong_staff_is_wrong_and_diagnosed() -> None:
    truth = two_staves(SCALE[0], note("C3", 24) + note("G3", 24))
    result = two_staves(SCALE[0] + backup(24) + note("G3", 24), note("C3", 24))
    found = compare(truth, result)
    assert counts(found.pitch_onset_duration) == (5, 6, 6)
    assert counts(found.diagnosis["any staff"]) == (6, 6, 6)


def clef(sign: str, line: int) -> str:
    return f"<attributes><clef><sign>{sign}</sign><line>{line}</line></clef></attributes>"


def test_a_clef_before_and_behind_the_barline_is_one_thing() -> None:
    before = score([SCALE[0] + clef("F", 4), SCALE[0]])
    behind = score([SCALE[0], clef("F", 4) + SCALE[0]])
    assert counts(compare(before, behind).elements["clef"]) == (2, 2, 2)


def test_a_repeated_clef_is_no_change() -> None:
    repeated = score([SCALE[0], clef("G", 2) + SCALE[0]])
    assert counts(compare(score(SCALE * 2), repeated).elements["clef"]) == (1, 1, 1)


def test_a_wrong_clef_leaves_the_staff_positions() -> None:
    truth, result = score([note("B4", 48)]), score([clef("F", 4) + note("D3", 48)])
    found = compare(truth, result)
    assert counts(found.pitch) == (0, 1, 1)
    assert counts(found.diagnosis["staff position"]) == (1, 1, 1)
    assert counts(found.elements["clef"]) == (0, 1, 1)


def test_no_key_is_c_major_and_the_meter_must_be_read() -> None:
    bare = score(SCALE).replace("<key><fifths>0</fifths></key>", "")
    bare = bare.replace("<time><beats>4</beats><beat-type>4</beat-type></time>", "")
    found = compare(score(SCALE), bare)
    assert counts(found.elements["key"]) == (0, 0, 0)
    assert counts(found.elements["meter"]) == (0, 1, 0)


def test_missed_page() -> None:
    found = missed(score(SCALE * 3))
    assert counts(found.pitch_onset_duration) == (0, 12, 0)
    assert counts(found.bars) == (0, 3, 0)
    assert counts(found.staves) == (0, 1, 0)


@pytest.mark.parametrize("text", ["", "no xml", "<score-timewise/>", score([note("C4").replace("12", "x")])])
def test_not_a_score(text: str) -> None:
    with pytest.raises(FormatError):
        compare(EMPTY, text)


def test_reading_plain_and_compressed_files(tmp_path: Path) -> None:
    text = score(SCALE)
    (tmp_path / "a.musicxml").write_bytes(('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16"))
    with zipfile.ZipFile(tmp_path / "a.mxl", "w") as archive:
        container = '<container><rootfiles><rootfile full-path="in/a.xml"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("in/a.xml", text)
    assert compare(read_musicxml(tmp_path / "a.musicxml"), read_musicxml(tmp_path / "a.mxl")).f1 == 1


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_musicxml(tmp_path / "none.mxl")
    (tmp_path / "cut.mxl").write_bytes(b"PK\x03\x04")
    with pytest.raises(FormatError):
        read_musicxml(tmp_path / "cut.mxl")
    (tmp_path / "cut.xml").write_bytes(b"<score-partwise>")
    with pytest.raises(FormatError):
        read_musicxml(tmp_path / "cut.xml")


def test_tables() -> None:
    whole = score(SCALE * 2)
    pages = {"good": compare(whole, whole), "lost": missed(score(SCALE))}
    summary = summarise(pages)
    assert summary.total.pitch == Tally(8, 12, 8)
    assert summary.macro_f1["pitch"] == 0.5
    assert summary.macro_f1["grace note"] == 1
    assert "| pitch | 12 | 8 | 1.000 | 0.667 | 0.800 | 0.500 |" in summary_table(pages)
    assert "| lost | 4 | 0.000 | 0.000 | 0.000 | 0 of 1 |" in page_table(pages)
    assert summarise({}).pages == 0


bars = st.lists(
    st.lists(st.tuples(st.sampled_from(["C4", "D4", "E4", "F#5"]), st.sampled_from([6, 12, 24])), max_size=4),
    max_size=5,
).map(lambda rows: ["".join(note(pitch, duration) for pitch, duration in row) for row in rows])


def level_counts(scores: NoteScores) -> list[Tally]:
    return [scores.levels[name] for name in LEVELS]


@settings(max_examples=60, deadline=None)
@given(bars)
def test_null_baseline_is_perfect(content: list[str]) -> None:
    text = score(content)
    for name, tally in compare(text, text).rows().items():
        assert tally.matched == tally.truth == tally.result, name


@settings(max_examples=60, deadline=None)
@given(bars, bars)
def test_swapping_exchanges_precision_and_recall(left: list[str], right: list[str]) -> None:
    there, back = compare(score(left), score(right)), compare(score(right), score(left))
    for name, tally in there.rows().items():
        other = back.rows()[name]
        assert counts(tally) == (other.matched, other.result, other.truth), name


@settings(max_examples=60, deadline=None)
@given(bars, bars)
def test_levels_are_nested(left: list[str], right: list[str]) -> None:
    pitch, onset, full = level_counts(compare(score(left), score(right)))
    assert full.matched <= onset.matched <= pitch.matched <= min(pitch.truth, pitch.result)


@settings(max_examples=60, deadline=None)
@given(bars.filter(bool), st.data())
def test_a_deleted_bar_loses_just_that_bar(content: list[str], data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, len(content) - 1))
    short = content[:lost] + content[lost + 1 :]
    found = compare(score(content), score(short))
    kept = sum(bar.count("<pitch>") for bar in short)
    for tally in level_counts(found):
        assert tally.matched == tally.result == kept


@settings(max_examples=60, deadline=None)
@given(st.permutations([SCALE[0], note("C5", 24) + note("A4", 24), note("F4", 48), rest(12) + note("G5", 36)]))
def test_the_order_of_voices_does_not_matter(voices: list[str]) -> None:
    numbered = [text.replace("</duration>", f"</duration><voice>{n}</voice>") for n, text in enumerate(voices, 1)]
    plain = backup(48).join([SCALE[0], note("C5", 24) + note("A4", 24), note("F4", 48), rest(12) + note("G5", 36)])
    assert compare(score([plain]), score([backup(48).join(numbered)])).f1 == 1
