"""The sequence baseline without its network: strips, words, slots, systems, and staves put together."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect_score.staff_lmx import staff_lmx_reader
from notation.errors import InputError, WeightsError
from notation.staff import Staff
from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.delinearise import delinearise, parts_of, settle
from realscores_eval.lmx.linearise import linearise, tokens_of
from realscores_eval.lmx.reader import read_parts
from realscores_eval.ser import symbol_error_rate
from realscores_eval.staff_lmx.alphabet import FIELDS, SYMBOLS, UNKNOWN, field_slices, numbers_of, word_of
from realscores_eval.staff_lmx.decoding import words_read
from realscores_eval.staff_lmx.joining import joined_score
from realscores_eval.staff_lmx.network import shipped_weights
from realscores_eval.staff_lmx.page_systems import PageSystem, lines_between, page_systems
from realscores_eval.staff_lmx.reader import StaffReader
from realscores_eval.staff_lmx.single_staff import lines_of, staffs_of
from realscores_eval.staff_lmx.staff_strip import HEIGHT_PX, MARGIN_SP, SPACE_PX, contrasted, staff_strip, strip_x
from realscores_eval.staff_lmx.strip_scores import strip_errors
from realscores_eval.staff_lmx.training.alignment import slots_of_words
from realscores_eval.staff_lmx.words import BAR, Word, part_of, words_of

MELODY = "measure key:fifths:2 time beats:3 beat-type:4 clef:G2 D4 voice:1 quarter stem:up F4 quarter A4 quarter"
CHORDS = "measure clef:F4 C3 voice:1 half stem:up chord E3 half chord G3 half rest quarter"
TWO_VOICES = (
    "measure clef:G2 E5 voice:1 half stem:up tied:start D5 half backup whole "
    "C4 voice:2 quarter stem:down slur:start D4 eighth beam:begin E4 eighth beam:end slur:stop F4 half"
)
LATE_VOICE = "measure clef:G2 E5 voice:1 half stem:up D5 half backup half F4 voice:2 half stem:down"
GRACES = (
    "measure clef:G2 grace grace:slash D5 voice:1 eighth stem:up C5 quarter stem:down grace E5 16th stem:up D5 quarter"
)
TRIPLET = (
    "measure clef:C3 C4 voice:1 eighth 3in2 stem:up beam:begin tuplet:start D4 eighth 3in2 "
    "E4 eighth 3in2 beam:end tuplet:stop"
)
CLEF_WITHIN = (
    "measure clef:F4 C3 voice:1 quarter stem:up clef:G2 C5 quarter stem:down measure clef:F4 C3 voice:1 half stem:up"
)
ACCIDENTALS = (
    "measure key:fifths:-1 clef:G2 B4 voice:1 quarter natural stem:down B4 quarter C5 half sharp staccato accent"
)
RESTS = "measure clef:G2 rest voice:1 rest:measure measure rest voice:1 rest:measure"


def normal(text: str) -> list[str]:
    return tokens_of(canonical(parts_of(text.split())), published=True)


def flat(text: str) -> list[Word]:
    return [word for words in words_of(canonical(parts_of(text.split()))[0]) for word in words]


def read_back(words: list[Word]) -> list[str]:
    return tokens_of(canonical(settle([part_of(words)])), published=True)


# words


def test_nothing_has_no_words() -> None:
    assert flat("") == []
    assert part_of([]).measures == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MELODY, id="melody"),
        pytest.param(CHORDS, id="chord and rest"),
        pytest.param(TWO_VOICES, id="two voices"),
        pytest.param(LATE_VOICE, id="a voice that comes in late"),
        pytest.param(GRACES, id="grace notes"),
        pytest.param(TRIPLET, id="triplet"),
        pytest.param(CLEF_WITHIN, id="clef within and before a barline"),
        pytest.param(ACCIDENTALS, id="accidentals and marks"),
        pytest.param(RESTS, id="rests of whole bars"),
    ],
)
def test_words_lead_back_to_the_tokens(text: str) -> None:
    assert read_back(flat(text)) == normal(text)


def test_words_stand_from_left_to_right() -> None:
    assert [(word.symbol, word.column, word.voice) for word in flat(TWO_VOICES)] == [
        ("clef:G2", "new", "1"),
        ("head:3", "new", "1"),
        ("head:-6", "same", "2"),
        ("head:-5", "new", "2"),
        ("head:-4", "new", "2"),
        ("head:2", "new", "1"),
        ("head:-3", "same", "2"),
        (BAR, "new", "1"),
    ]


def test_a_clef_that_opens_a_measure_stands_before_its_barline() -> None:
    symbols = [word.symbol for word in flat(CLEF_WITHIN)]
    assert symbols == ["clef:F4", "head:-1", "clef:G2", "head:1", "clef:F4", "bar", "head:-1", "bar"]


@pytest.mark.parametrize(
    ("clef", "pitch"),
    [
        pytest.param("clef:G2", "B4", id="treble"),
        pytest.param("clef:F4", "D3", id="bass"),
        pytest.param("clef:C3", "C4", id="alto"),
        pytest.param("clef:C4", "A3", id="tenor"),
        pytest.param("clef:G2:-1", "B3", id="treble an octave down"),
        pytest.param("clef:percussion", "B4", id="percussion counts as treble"),
    ],
)
def test_the_middle_line(clef: str, pitch: str) -> None:
    tokens = read_back([Word(clef), Word("head:0", value="quarter", stem="up"), Word(BAR)])
    assert pitch in tokens


words_of_any_kind = st.builds(
    word_of,
    st.integers(1, len(SYMBOLS)),
    st.tuples(*(st.integers(0, len(values) - 1) for values in FIELDS.values())),
)


@given(st.lists(words_of_any_kind, max_size=30))
def test_any_words_give_a_part(words: list[Word]) -> None:
    assert len(part_of(words).measures) >= sum(word.symbol == BAR for word in words)
    read_back(words)


# the alphabet


@given(words_of_any_kind)
def test_numbers_lead_back_to_the_word(word: Word) -> None:
    symbol, *fields = numbers_of(word).tolist()
    assert word_of(symbol, fields) == word


def test_what_the_alphabet_lacks_is_unknown() -> None:
    assert numbers_of(Word("clef:TAB"))[0] == UNKNOWN
    odd = numbers_of(Word("head:0", value="maxima", dots="0"))
    assert odd[0] > 0
    assert odd[1] == UNKNOWN
    assert (numbers_of(Word(BAR))[1:] == UNKNOWN).all()


# slots


def scored(symbols: list[int]) -> tuple[np.ndarray, np.ndarray]:
    scores = np.full((len(symbols), 1 + len(SYMBOLS)), -5, np.float32)
    scores[np.arange(len(symbols)), symbols] = 5
    return scores, np.zeros((len(symbols), field_slices()[-1].stop), np.float32)


def test_slots_without_symbols_are_no_words() -> None:
    assert words_read(*scored([])) == []
    assert words_read(*scored([0, 0, 0])) == []


def test_repeats_are_one_word_unless_a_blank_parts_them() -> None:
    head = 1 + SYMBOLS.index("head:2")
    assert [word.symbol for word in words_read(*scored([0, head, head, 0, head, 1, 0]))] == ["head:2", "head:2", "bar"]


def test_fields_are_read_where_the_symbol_is_likeliest() -> None:
    head = 1 + SYMBOLS.index("head:0")
    symbols, fields = scored([head, head])
    symbols[1, head] = 9
    value = field_slices()[0]
    fields[0, value.start + 2] = fields[1, value.start + 3] = 1
    assert [word.value for word in words_read(symbols, fields)] == [FIELDS["value"][3]]


def test_values_and_beams_agree() -> None:
    symbols, fields = scored([1 + SYMBOLS.index("head:0")])
    slices = dict(zip(FIELDS, field_slices(), strict=True))
    fields[0, slices["value"].start + FIELDS["value"].index("eighth")] = 2
    fields[0, slices["value"].start + FIELDS["value"].index("16th")] = 1
    fields[0, slices["beams"].start + FIELDS["beams"].index("bb")] = 5
    (word,) = words_read(symbols, fields)
    assert (word.value, word.beams) == ("16th", "bb")


def test_no_head_fills_a_bar_as_a_rest_does() -> None:
    for name, value in (("head:0", "quarter"), ("rest", "measure")):
        symbols, fields = scored([1 + SYMBOLS.index(name)])
        fields[0, field_slices()[0].start + FIELDS["value"].index("measure")] = 2
        assert words_read(symbols, fields)[0].value == value


def log_odds(symbols: list[list[int]]) -> np.ndarray:
    scores = np.full((len(symbols), max(len(row) for row in symbols), 5), np.log(0.05), np.float32)
    for row, numbers in enumerate(symbols):
        scores[row, np.arange(len(numbers)), numbers] = np.log(0.8)
    return scores


def test_words_stand_on_the_likeliest_path() -> None:
    scores = log_odds([[0, 1, 1, 0, 1, 2], [3, 0, 0, 0, 0, 0]])
    found = slots_of_words(scores, np.array([6, 3]), np.array([[1, 1, 2], [3, 0, 0]]), np.array([3, 1]))
    assert found[0].tolist() in ([1, 4, 5], [2, 4, 5])
    assert found[1].tolist() == [0, -1, -1]


def test_words_that_do_not_fit_have_no_slot() -> None:
    found = slots_of_words(log_odds([[1, 1]]), np.array([2]), np.array([[1, 1]]), np.array([2]))
    assert found.tolist() == [[-1, -1]]  # the same symbol twice needs a blank between


# strips


def drawn(staves: list[Staff], size: tuple[int, int] = (400, 600)) -> np.ndarray:
    image = np.full(size, 255, np.uint8)
    for staff in staves:
        for ys in staff.ys_px:
            points = np.stack([staff.xs_px, ys], 1).round().astype(np.int32)
            cv2.polylines(image, [points], False, 0, 1)
    return image


@pytest.mark.parametrize(
    "space", [pytest.param(6.0, id="small"), pytest.param(8.0, id="own size"), pytest.param(19.0, id="large")]
)
def test_lines_of_a_strip_lie_level_where_they_belong(space: float) -> None:
    staff = Staff.of([50, 300, 550], 150 + space * np.arange(5)[:, None] + np.array([[0, 6, -4]]))
    strip = staff_strip(drawn([staff]), staff)
    middle = (255 - strip[:, 40:-40].astype(float)).mean(1)
    assert strip.shape[0] == HEIGHT_PX
    lines = [MARGIN_SP * SPACE_PX + SPACE_PX * line for line in range(5)]
    ink = [middle[line - 2 : line + 2].sum() for line in lines]
    assert min(ink) > 0.8 * max(ink)
    assert sum(ink) > 0.9 * middle.sum()


def test_a_strip_beyond_the_page_is_paper() -> None:
    staff = Staff.straight(0, 100, 2, 8)
    strip = staff_strip(drawn([staff], (36, 90)), staff)
    assert (strip[0] == 255).all() and (strip[-1] == 255).all()


def test_columns_of_the_page_in_the_strip() -> None:
    staff = Staff.straight(100, 300, 50, 16)
    assert strip_x(staff, np.array([100.0, 116.0])).tolist() == [6, 14]


def test_contrast_of_paper_is_no_ink() -> None:
    assert contrasted(np.full((8, 8), 200, np.uint8)).max() == 0
    page = np.full((10, 10), 180, np.uint8)
    page[5] = 40
    assert contrasted(page)[5].min() == 1


# systems


def grand(x0: float = 50, gap: float = 60) -> list[Staff]:
    return [Staff.straight(x0, 550, top, 10) for top in (40, 40 + 40 + gap)]


def ruled(image: np.ndarray, staves: list[Staff], columns: list[int]) -> np.ndarray:
    for x in columns:
        cv2.line(image, (x, int(staves[0].ys_px[0, 0])), (x, int(staves[-1].ys_px[-1, 0])), 0, 2)
    return image


def test_no_staves_are_no_systems() -> None:
    assert page_systems(np.full((10, 10), 255, np.uint8), []) == []


@pytest.mark.parametrize(
    ("columns", "systems"),
    [
        pytest.param([], [PageSystem((0,), ()), PageSystem((1,), ())], id="nothing between"),
        pytest.param([50], [PageSystem((0, 1), (False,))], id="a line at the left"),
        pytest.param([300], [PageSystem((0,), ()), PageSystem((1,), ())], id="one stroke within"),
        pytest.param([300, 550], [PageSystem((0, 1), (True,))], id="barlines alone"),
        pytest.param([50, 300, 550], [PageSystem((0, 1), (True,))], id="barlines through"),
    ],
)
def test_lines_tell_systems(columns: list[int], systems: list[PageSystem]) -> None:
    staves = grand()
    assert page_systems(ruled(drawn(staves), staves, columns), staves) == systems


def test_a_broken_line_still_leads_from_staff_to_staff() -> None:
    staves = grand()
    image = ruled(drawn(staves), staves, [50])
    image[100:105] = 255
    assert len(lines_between(image < 128, *staves)) == 1
    image[90:120] = 255
    assert lines_between(image < 128, *staves) == []


@pytest.mark.parametrize(
    ("joined", "parts"),
    [
        pytest.param((False, True), [(0,), (1, 2)], id="song"),
        pytest.param((True, True), [(0,), (1,), (2,)], id="trio"),
        pytest.param((False, False), [(0,), (1,), (2,)], id="choir"),
    ],
)
def test_two_staves_that_barlines_join_are_one_part(joined: tuple[bool, ...], parts: list[tuple[int, ...]]) -> None:
    assert PageSystem((0, 1, 2), joined).parts() == parts


# putting together


def part(text: str):
    return parts_of(text.split())[0]


def test_no_systems_are_no_parts() -> None:
    assert joined_score([]) == []


def test_systems_follow_each_other_and_say_signatures_once() -> None:
    first, second = part(f"{MELODY}"), part("measure key:fifths:2 clef:G2 E4 voice:1 half dot stem:up")
    joined = joined_score([[[first]], [[second]]])
    assert tokens_of(joined, published=True) == normal(f"{MELODY} measure E4 voice:1 half dot stem:up")


def test_a_line_without_a_key_is_in_c() -> None:
    joined = joined_score([[[part(MELODY)]], [[part("measure clef:G2 F4 voice:1 half dot stem:up")]]])
    assert "key:fifths:0" in tokens_of(joined, published=True)


def test_staves_of_a_part_count_voices_from_five() -> None:
    upper, lower = part("measure clef:G2 C5 voice:1 whole"), part("measure clef:F4 C3 voice:1 whole")
    tokens = tokens_of(joined_score([[[upper, lower]]]), published=True)
    assert (
        " ".join(tokens)
        == "measure clef:G2 staff:1 clef:F4 staff:2 C5 voice:1 whole staff:1 backup whole C3 voice:5 whole staff:2"
    )


def test_a_resting_staff_above_does_not_shift_the_one_below() -> None:
    upper = part("measure time beats:3 beat-type:4 clef:G2 rest voice:1 rest:measure")
    lower = part("measure clef:F4 C3 voice:1 half dot stem:up")
    notes = [one for one in joined_score([[[upper, lower]]])[0].measures[0] if hasattr(one, "duration_ql")]
    assert [float(note.duration_ql) for note in notes] == [3.0, 3.0]


def test_the_key_of_most_staves_counts() -> None:
    lines = [[part("measure key:fifths:3 clef:G2 C5 voice:1 whole")] for _ in range(2)]
    odd = [part("measure key:fifths:2 clef:F4 C3 voice:1 whole")]
    tokens = tokens_of(joined_score([[*lines, odd]]), published=True)
    assert tokens.count("key:fifths:3") == 3


def test_missing_measures_and_parts_rest() -> None:
    song, piano = (
        part("measure clef:G2 C5 voice:1 whole measure D5 voice:1 whole"),
        part("measure clef:F4 C3 voice:1 whole"),
    )
    joined = joined_score([[[song], [piano]], [[piano]]])
    assert [len(one.measures) for one in joined] == [3, 3]
    assert tokens_of(joined, published=True).count("rest:measure") == 2


# single staves of a score


def test_a_score_falls_into_staves_and_lines() -> None:
    text = (
        "measure key:fifths:1 time beats:4 beat-type:4 clef:G2 staff:1 clef:F4 staff:2 G4 voice:1 whole staff:1 "
        "backup whole G2 voice:5 whole staff:2 measure A4 voice:1 whole staff:1 backup whole A2 voice:5 whole staff:2"
    )
    upper, lower = staffs_of(parts_of(text.split()))
    assert " ".join(tokens_of(lines_of(lower, [1, 1])[1:])) == "measure key:fifths:1 clef:F4 A2 voice:1 whole"
    assert " ".join(tokens_of(lines_of(upper, [2]))) == (
        "measure key:fifths:1 time beats:4 beat-type:4 clef:G2 G4 voice:1 whole measure A4 voice:1 whole"
    )


def test_errors_of_a_strip() -> None:
    tokens = MELODY.split()
    assert strip_errors(tokens, flat(MELODY)).rate == 0
    assert strip_errors(tokens, []).rate == 1
    wrong = [word if word.symbol != "head:-3" else Word("head:-2", value="quarter", stem="up") for word in flat(MELODY)]
    assert strip_errors(tokens, wrong).distance == 1


# a page


class FixedNetwork:
    """Reads every strip as one note."""

    def scores(self, strip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return scored([0, 1 + SYMBOLS.index("clef:G2"), 0, 1 + SYMBOLS.index("head:0"), 0, 1])


def test_a_page_is_read_staff_by_staff() -> None:
    reader = StaffReader(FixedNetwork())  # type: ignore[arg-type]
    staves = grand()
    image = ruled(drawn(staves), staves, [50, 300, 550])
    tokens = linearise(reader.read(image, staves), published=True)
    assert [token for token in tokens if token[0] in "ABCDEFG"] == ["B4", "B4"]
    assert "part" not in tokens
    with pytest.raises(InputError, match="no staff"):
        reader.read(image, [])


# what is shipped


def test_shipped_weights_are_small_and_no_other_file_is_taken(tmp_path: Path) -> None:
    assert shipped_weights().stat().st_size < 12e6
    (tmp_path / "other.onnx").write_bytes(b"")
    with pytest.raises(WeightsError, match="not a staff reader"):
        StaffReader.load(tmp_path / "other.onnx")


def test_the_system_of_the_command_line_traces_and_reads(tmp_path: Path) -> None:
    staves = grand()
    cv2.imwrite(str(tmp_path / "page.png"), ruled(drawn(staves), staves, [50, 300, 550]))
    parts = read_parts(staff_lmx_reader()(tmp_path / "page.png", tmp_path))
    assert [part.staves for part in parts] == [2]  # barlines through, and nothing else on it
    cv2.imwrite(str(tmp_path / "empty.png"), drawn([]))
    with pytest.raises(InputError, match="no staff"):
        staff_lmx_reader()(tmp_path / "empty.png", tmp_path)


@pytest.mark.slow
def test_an_engraved_melody_is_read() -> None:
    from synth.style import Style
    from synth.verovio_engraver import engrave

    truth = (
        "measure time beats:4 beat-type:4 clef:G2 C5 voice:1 quarter stem:down D5 quarter B4 half "
        "measure A4 voice:1 quarter stem:up rest quarter C5 half stem:down measure G4 voice:1 half stem:up "
        "E5 half stem:down"
    )
    page = engrave(delinearise(truth), Style())[0]
    read = linearise(StaffReader.load(threads=1).read(page.image, page.reading.staves), published=True)
    assert symbol_error_rate(truth.split(), read).rate < 0.25
