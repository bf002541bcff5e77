"""LMX: hand-worked sequences both ways, the rules for what goes unsaid, and any sequence of words as input."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.errors import FormatError
from realscores_eval.lmx import delinearise, linearise
from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.events import Note, Step
from realscores_eval.lmx.linearise import step_tokens, tokens_of
from realscores_eval.lmx.reader import read_parts
from realscores_eval.lmx.round_trip import Trip, main, report, round_trip
from realscores_eval.lmx.vocabulary import is_token, published, tokens

HEAD = "<attributes><divisions>{}</divisions>{}</attributes>"
SIGNS = "<key><fifths>1</fifths></key><time><beats>3</beats><beat-type>4</beat-type></time>"
CLEF = "<clef><sign>G</sign><line>2</line></clef>"


def note(pitch: str, duration: int, rest_of_it: str = "", before: str = "") -> str:
    """A note from "C4" or "F#5"; `before` stands before the pitch, `rest_of_it` behind the duration."""
    alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(pitch[1:-1], "")
    sound = f"<pitch><step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave></pitch>"
    return f"<note>{before}{sound}<duration>{duration}</duration>{rest_of_it}</note>"


def score(*measures: str, divisions: int = 12, signs: str = "") -> str:
    head = HEAD.format(divisions, signs)
    bars = "".join(f"<measure>{head * (not at)}{bar}</measure>" for at, bar in enumerate(measures))
    return f"<score-partwise><part>{bars}</part></score-partwise>"


def told(voice: int, kind: str, more: str = "", staff: int = 0) -> str:
    """What stands behind the duration of a note."""
    return f"<voice>{voice}</voice><type>{kind}</type>{more}" + (f"<staff>{staff}</staff>" if staff else "")


BACKUP = "<backup><duration>{}</duration></backup>"
STEM = "<stem>{}</stem>"

CASES = {
    "no parts": ("<score-partwise/>", ""),
    "an empty measure": (score(""), "measure"),
    "signs in the order of MusicXML": (
        score("", signs=SIGNS + CLEF),
        "measure key:fifths:1 time beats:3 beat-type:4 clef:G2",
    ),
    "an octave clef": (
        score("", signs="<clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef>"),
        "measure clef:G2 clef:octave:-1",
    ),
    "common time": (
        score("", signs='<time symbol="common"><beats>4</beats><beat-type>4</beat-type></time>'),
        "measure time time:common beats:4 beat-type:4",
    ),
    "stems and voices where they change": (
        score(
            note("G4", 12, told(1, "quarter", STEM.format("up")))
            + note("A4", 12, told(1, "quarter", STEM.format("up")))
            + note("C5", 12, told(1, "quarter", STEM.format("down")))
        ),
        "measure G4 voice:1 quarter stem:up A4 quarter C5 quarter stem:down",
    ),
    "a new voice says all again": (
        score(
            note("G5", 24, told(1, "half", STEM.format("up")))
            + BACKUP.format(24)
            + note("G4", 24, told(2, "half", STEM.format("down")))
        ),
        "measure G5 voice:1 half stem:up backup half G4 voice:2 half stem:down",
    ),
    "a whole note has no stem to say": (
        score(note("G4", 24, told(1, "half", STEM.format("up"))) + note("G4", 48, told(1, "whole"))),
        "measure G4 voice:1 half stem:up G4 whole",
    ),
    "a quarter without a stem says so": (
        score(note("G4", 24, told(1, "half", STEM.format("up"))) + note("G4", 12, told(1, "quarter"))),
        "measure G4 voice:1 half stem:up G4 quarter stem:absent",
    ),
    "beams begin and end": (
        score(
            note("G4", 3, told(1, "16th", '<beam number="1">begin</beam><beam number="2">begin</beam>'))
            + note("G4", 3, told(1, "16th", '<beam number="1">continue</beam><beam number="2">end</beam>'))
            + note("G4", 6, told(1, "eighth", '<beam number="1">end</beam>'))
        ),
        "measure G4 voice:1 16th beam:begin beam:begin G4 16th beam:end G4 eighth beam:end",
    ),
    "a hook behind the beam": (
        score(
            note("G4", 9, told(1, "eighth", '<dot/><beam number="1">begin</beam>'))
            + note("G4", 3, told(1, "16th", '<beam number="1">end</beam><beam number="2">backward hook</beam>'))
        ),
        "measure G4 voice:1 eighth dot beam:begin G4 16th beam:end beam:backward-hook",
    ),
    "a chord": (
        score(
            note("C4", 12, told(1, "quarter", STEM.format("up")))
            + note("E4", 12, told(1, "quarter", STEM.format("up")), "<chord/>")
        ),
        "measure C4 voice:1 quarter stem:up chord E4 quarter",
    ),
    "grace notes, one with a slash": (
        score(
            "<note><grace/><pitch><step>C</step><octave>5</octave></pitch><voice>1</voice><type>16th</type></note>"
            '<note><grace slash="yes"/><pitch><step>D</step><octave>5</octave></pitch><voice>1</voice>'
            "<type>eighth</type></note>" + note("E5", 12, told(1, "quarter"))
        ),
        "measure grace C5 voice:1 16th grace grace:slash D5 eighth E5 quarter",
    ),
    "a triplet": (
        score(
            note(
                "C4",
                4,
                told(
                    1,
                    "eighth",
                    "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>",
                )
                + '<notations><tuplet type="start"/></notations>',
            )
        ),
        "measure C4 voice:1 eighth 3in2 tuplet:start",
    ),
    "a tie, both ends": (
        score(note("C4", 12, told(1, "quarter") + '<notations><tied type="start"/><tied type="stop"/></notations>')),
        "measure C4 voice:1 quarter tied:stop tied:start",
    ),
    "key and accidentals tell the alteration": (
        score(
            note("F#4", 12, told(1, "quarter"))
            + note("F4", 12, told(1, "quarter", "<accidental>natural</accidental>"))
            + note("F4", 12, told(1, "quarter")),
            note("F#4", 12, told(1, "quarter")),
            signs=SIGNS,
        ),
        "measure key:fifths:1 time beats:3 beat-type:4 F4 voice:1 quarter F4 quarter natural F4 quarter "
        "measure F4 voice:1 quarter",
    ),
    "what they do not tell is said": (
        score(note("F4", 12, told(1, "quarter")), signs=SIGNS),
        "measure key:fifths:1 time beats:3 beat-type:4 F4 voice:1 quarter alter:0",
    ),
    "a tied note keeps its alteration over the barline": (
        score(
            note(
                "C#4",
                36,
                told(1, "half", "<dot/><accidental>sharp</accidental>") + '<notations><tied type="start"/></notations>',
            ),
            note("C#4", 12, told(1, "quarter") + '<notations><tied type="stop"/></notations>'),
        ),
        "measure C4 voice:1 half dot sharp tied:start measure C4 voice:1 quarter tied:stop",
    ),
    "a measure rest in three four": (
        score('<note><rest measure="yes"/><duration>36</duration><voice>1</voice></note>', signs=SIGNS),
        "measure key:fifths:1 time beats:3 beat-type:4 rest voice:1 rest:measure",
    ),
    "a measure rest of another length": (
        score('<note><rest measure="yes"/><duration>12</duration><voice>1</voice></note>', signs=SIGNS),
        "measure key:fifths:1 time beats:3 beat-type:4 rest voice:1 rest:measure duration:1",
    ),
    "two staves": (
        score(
            note("C5", 12, told(1, "quarter", staff=1))
            + BACKUP.format(12)
            + note("C3", 12, told(5, "quarter", staff=2)),
            signs='<staves>2</staves><clef number="1"><sign>G</sign><line>2</line></clef>'
            '<clef number="2"><sign>F</sign><line>4</line></clef>',
        ),
        "measure clef:G2 staff:1 clef:F4 staff:2 C5 voice:1 quarter staff:1 backup quarter C3 voice:5 quarter staff:2",
    ),
    "an invisible rest": (
        score('<note print-object="no"><rest/><duration>12</duration><voice>1</voice><type>quarter</type></note>'),
        "measure print-object:no rest voice:1 quarter",
    ),
    "marks in a fixed order": (
        score(
            note(
                "C4",
                12,
                told(1, "quarter")
                + '<notations><articulations><staccato/></articulations><fermata/><slur type="start"/></notations>',
            )
        ),
        "measure C4 voice:1 quarter slur:start fermata staccato",
    ),
    "a tremolo between two notes": (
        score(
            note(
                "C4",
                12,
                told(
                    1,
                    "half",
                    "<time-modification><actual-notes>2</actual-notes><normal-notes>1</normal-notes></time-modification>",
                )
                + '<notations><ornaments><tremolo type="start">3</tremolo></ornaments></notations>',
            )
        ),
        "measure C4 voice:1 half tremolo:start",
    ),
}


@pytest.mark.parametrize("name", CASES, ids=lambda name: name.replace(" ", "-"))
def test_a_case_worked_by_hand(name: str) -> None:
    text, expected = CASES[name]
    assert linearise(text) == expected.split()
    trip = round_trip(text)
    assert trip.causes == [] or not expected
    normal = canonical(read_parts(text))
    assert canonical(normal) == normal


def test_two_parts_are_told_apart() -> None:
    one = '<part><measure><note><rest measure="yes"/><duration>4</duration></note></measure></part>'
    text = f"<score-partwise>{one}{one}</score-partwise>"
    words = "measure rest voice:1 rest:measure part measure rest voice:1 rest:measure"
    assert linearise(text, published=True) == words.split()
    assert len(read_parts(delinearise(words))) == 2


@pytest.mark.parametrize(
    ("by_ql", "expected"),
    [
        pytest.param("1", "forward quarter", id="quarter"),
        pytest.param("-7/2", "backup half backup quarter backup eighth", id="longest first"),
        pytest.param("1/3", "forward eighth 3in2", id="triplet eighth"),
        pytest.param("-7/3", "backup half backup eighth 3in2", id="whole quarters then the triplet"),
        pytest.param("1/5", "forward 16th 5in4", id="quintuplet"),
        pytest.param("1/3072", "forward duration:1/3072", id="no value is as short"),
    ],
)
def test_steps_are_said_in_values(by_ql: str, expected: str) -> None:
    from fractions import Fraction

    said = step_tokens(Step(Fraction(by_ql)))
    assert said == expected.split()
    start = "measure forward whole " if by_ql.startswith("-") else "measure "
    events = read_parts(delinearise(start + " ".join(said)))[0].measures[0]
    assert events[-1] == Step(Fraction(by_ql))


def test_a_pick_up_rest_takes_its_length_from_the_other_part() -> None:
    text = delinearise(
        "measure time beats:3 beat-type:4 rest rest:measure part measure time beats:3 beat-type:4 C4 quarter"
    )
    rest = read_parts(text)[0].measures[0][-1]
    assert isinstance(rest, Note)
    assert rest.duration_ql == 1


def test_rounded_durations_become_exact() -> None:
    ratio = "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    triplet = "".join(note("C4", 85, told(1, "eighth", ratio)) for _ in range(3))
    events = read_parts(score(triplet + BACKUP.format(255), divisions=256))[0].measures[0]
    assert events[-1] == Step(-events[0].duration_ql * 3)  # type: ignore[union-attr]


def test_broken_input_is_refused() -> None:
    for text in (
        "",
        "<score-timewise/>",
        "<score-partwise><part><measure><note><duration>x</duration></note></measure></part></score-partwise>",
    ):
        with pytest.raises(FormatError):
            linearise(text)


def test_every_listed_token_is_a_token_once() -> None:
    every = tokens()
    assert len(set(every)) == len(every)
    assert all(is_token(one) for one in every)
    assert not is_token("quaver")
    assert {"C4", "measure", "key:fifths:-7", "3in2"} <= published()
    assert "alter:1" not in published()


WORDS = st.sampled_from(
    [*tokens(), "quaver", "staff:", "beats:x", "3in0", "duration:1/0", "::", "beam:9:begin", "voice:"]
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(WORDS, max_size=60))
def test_any_words_give_a_score_that_comes_back(words: list[str]) -> None:
    text = delinearise(words)
    parts = read_parts(text)
    assert round_trip(text).causes == []
    assert all(one in published() | {"part"} for one in tokens_of(parts, published=True))


def test_the_normal_form_undoes_the_habits_of_programs() -> None:
    one = "measure C5 voice:1 half E5 half backup whole C4 voice:2 whole"
    other = (
        "measure C4 voice:7 whole backup whole C5 voice:3 half backup half forward half "
        "E5 voice:4 half backup whole print-object:no rest voice:9 whole"
    )
    first, second = (canonical(read_parts(delinearise(text))) for text in (one, one.replace("voice:1", "voice:3")))
    assert first == second
    assert tokens_of(canonical(read_parts(delinearise(other)))) != tokens_of(first)  # two voices stay two
    whole = canonical(read_parts(delinearise("measure rest voice:2 whole")))
    assert tokens_of(whole) == ["measure", "rest", "voice:1", "rest:measure"]


def test_chords_stand_from_low_to_high() -> None:
    parts = canonical(read_parts(delinearise("measure G4 eighth stem:up beam:begin chord C4 eighth")))
    assert tokens_of(parts) == ["measure", "C4", "voice:1", "eighth", "stem:up", "beam:begin", "chord", "G4", "eighth"]


def test_repeated_signs_are_left_out() -> None:
    parts = canonical(
        read_parts(delinearise("measure key:fifths:0 clef:G2 measure clef:G2 key:fifths:2 measure key:fifths:2"))
    )
    assert tokens_of(parts) == ["measure", "clef:G2", "measure", "key:fifths:2", "measure"]


def test_published_tokens_alone_lose_what_cannot_be_seen() -> None:
    text = score(note("F4", 12, told(1, "quarter")), signs=SIGNS)
    trip = round_trip(text, published_only=True)
    assert trip.fields == {"alter": 1}
    assert "printed pitch" in trip.causes


def test_marks_beside_the_notes_are_not_judged() -> None:
    """LMX has no word for many of them; what it loses of the notes is listed as before."""
    dynamic = "<direction><direction-type><dynamics><f/></dynamics></direction-type></direction>"
    marks = "<notations><technical><fingering>3</fingering></technical></notations>"
    line = "<barline><bar-style>light-heavy</bar-style></barline>"
    text = score(dynamic + note("F4", 12, told(1, "quarter", marks)) + line, signs=SIGNS)
    assert round_trip(text).causes == []
    bare = score(note("F4", 12, told(1, "quarter")), signs=SIGNS)
    assert round_trip(text, published_only=True).printed == round_trip(bare, published_only=True).printed


def test_the_command_reports_and_resumes(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "good.musicxml").write_text(CASES["a chord"][0], encoding="utf-8")
    (tmp_path / "bad.xml").write_text("<nothing/>", encoding="utf-8")
    log = tmp_path / "log.jsonl"
    assert main([str(tmp_path), "--log", str(log)]) == 1
    first = capsys.readouterr().out
    assert "expected a score-partwise document" in first
    assert len(log.read_text(encoding="utf-8").splitlines()) == 2
    assert main([str(tmp_path), "--log", str(log)]) == 1
    assert capsys.readouterr().out == first
    assert main([str(tmp_path / "nothing")]) == 2


def test_an_empty_report() -> None:
    assert "scores" in report([])
    assert "100" not in report([Trip("a", tokens=10)])
