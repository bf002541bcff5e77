"""Adapters, the comparison over pages, and what counts as a miss."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from notation.errors import ConfigurationError, FormatError, InputError
from realscores_eval.lmx import delinearise, linearise
from realscores_eval.lmx.writer import musicxml_of
from realscores_eval.omr_ned import HOW_TO_GET, OmrNed
from realscores_eval.page_folders import MusicPage, spread
from realscores_eval.ser import EditTally
from realscores_eval.systems.comparison import compare_systems
from realscores_eval.systems.comparison_report import document, report, system_table
from realscores_eval.systems.mei_reader import mei_parts
from realscores_eval.systems.score_files import find_score, score_text
from realscores_eval.systems.system import System, command_system, folder_system, homr_system, null_system

SONG = "measure clef:G2 C4 voice:1 quarter stem:up D4 quarter measure E4 voice:1 half"
XML = delinearise(SONG)
PYTHON = sys.executable


def page(name: str = "one", text: str = XML) -> MusicPage:
    return MusicPage(name, image=lambda: np.full((40, 60), 255, np.uint8), musicxml=lambda: text)


def script(tmp_path: Path, body: str) -> str:
    """A command that runs a little Python with the page and the target as arguments."""
    path = tmp_path / "tool.py"
    path.write_text(body, encoding="utf-8")
    return f"{PYTHON} {path} {{page}} {{out}}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("import sys; open(sys.argv[2], 'w').write({text!r})", id="to the file that is named"),
        pytest.param(
            "import os, sys; os.mkdir(sys.argv[2][:-9]); open(sys.argv[2][:-9] + '/x.musicxml', 'w').write({text!r})",
            id="into a folder of the page's name",
        ),
        pytest.param("open('score.xml', 'w').write({text!r})", id="into the working folder"),
    ],
)
def test_a_command_is_found_wherever_it_writes(tmp_path: Path, body: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    system = command_system("tool", script(tmp_path, body.format(text=XML)))
    assert linearise(system.read(tmp_path / "page.png", work)) == SONG.split()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("raise SystemExit('no staves')", "exit code 1, no staves", id="it fails"),
        pytest.param("pass", "wrote 0 scores", id="it writes nothing"),
        pytest.param("import time; time.sleep(9)", "no result within", id="it does not end"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path: Path, body: str, reason: str) -> None:
    system = command_system("tool", script(tmp_path, body), timeout_s=2 if "sleep" in body else 60)
    with pytest.raises(InputError, match=reason):
        system.read(tmp_path / "page.png", tmp_path)


def test_what_cannot_be_a_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="page"):
        command_system("tool", "tool --fast")
    with pytest.raises(InputError, match="no such command"):
        command_system("tool", "no-such-tool-anywhere {page}").read(tmp_path / "p.png", tmp_path)
    with pytest.raises(InputError, match="no folder"):
        folder_system("tool", tmp_path / "nothing")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="pip install homr"):
        homr_system()


def test_homr_gets_a_copy_and_writes_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homr = tmp_path / "homr"
    homr.write_text(
        f"#!{PYTHON}\nimport sys\nopen(sys.argv[1].replace('.png', '.musicxml'), 'w').write({XML!r})\n",
        encoding="utf-8",
    )
    homr.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pages").mkdir()
    (tmp_path / "work").mkdir()
    picture = tmp_path / "pages" / "p.png"
    picture.write_bytes(b"png")
    assert linearise(homr_system().read(picture, tmp_path / "work")) == SONG.split()
    assert [one.name for one in picture.parent.iterdir()] == ["p.png"]


def test_folders_hold_results_by_the_names_of_pages(tmp_path: Path) -> None:
    (tmp_path / "one.lmx").write_text(SONG, encoding="utf-8")
    (tmp_path / "two.musicxml").write_text(XML, encoding="utf-8")
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "out.xml").write_text(XML, encoding="utf-8")
    system = folder_system("theirs", tmp_path)
    assert {name: linearise(system.read(Path(f"{name}.png"), tmp_path)) for name in ("one", "two", "three")} == {
        name: SONG.split() for name in ("one", "two", "three")
    }
    assert not system.timed
    with pytest.raises(InputError, match="no result named four"):
        system.read(Path("four.png"), tmp_path)
    assert find_score(tmp_path, "four") is None


KERN = """**kern\t**kern
*clefF4\t*clefG2
*k[f#]\t*k[f#]
*M3/4\t*M3/4
=1\t=1
4.GG\t(8ddL
.\t8ee
.\t8ff#J)
8r\t[4g 4bn
4C\t.
.\t4g]
=\t=
*-\t*-
"""


def test_kern_comes_through_verovio_with_its_slurs(tmp_path: Path) -> None:
    pytest.importorskip("verovio")
    path = tmp_path / "one.krn"
    path.write_text(KERN.replace("4C\t.\n.\t4g]\n", "4C\t8g]\n.\t8a\n").replace("[4g 4bn", "[8g 8b"), encoding="utf-8")
    tokens = linearise(score_text(path), published=True)
    assert tokens[:8] == ["measure", "key:fifths:1", "time", "beats:3", "beat-type:4", "clef:G2", "staff:1", "clef:F4"]
    assert tokens.count("slur:start") == tokens.count("slur:stop") == 1
    assert tokens.count("tied:start") == tokens.count("tied:stop") == 1
    assert tokens.count("beam:begin") == tokens.count("beam:end") == 1


def mei(layer: str, more: str = "") -> list[str]:
    text = (
        '<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score><scoreDef keysig="1s" '
        'meter.count="3" meter.unit="4"><staffGrp><staffDef n="1" clef.shape="G" clef.line="2"/></staffGrp></scoreDef>'
        f'<section><measure><staff n="1"><layer>{layer}</layer></staff>{more}</measure></section></score></mdiv></body>'
        "</music></mei>"
    )
    return linearise(musicxml_of(mei_parts(text)))[6:]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("<mRest/>", "rest voice:1 rest:measure", id="measure rest"),
        pytest.param(
            '<note pname="c" oct="4" dur="2" dots="1" stem.dir="up"/>', "C4 voice:1 half dot stem:up", id="note"
        ),
        pytest.param(
            '<beam><note pname="c" oct="4" dur="8"/><note pname="d" oct="4" dur="16"/></beam>',
            "C4 voice:1 eighth beam:begin D4 16th beam:end beam:backward-hook",
            id="beam with a hook",
        ),
        pytest.param(
            '<tuplet num="3" numbase="2"><note pname="c" oct="4" dur="4"/><rest dur="8"/></tuplet>',
            "C4 voice:1 quarter 3in2 tuplet:start rest eighth 3in2 tuplet:stop",
            id="tuplet",
        ),
        pytest.param(
            '<chord dur="4"><note pname="c" oct="4"/><note pname="f" oct="4" accid="n"/></chord>',
            "C4 voice:1 quarter chord F4 quarter natural",
            id="chord with a sign",
        ),
        pytest.param(
            '<note pname="f" oct="4" dur="4" accid.ges="s"/><space dur="4"/><note pname="f" oct="4" dur="4"/>',
            "F4 voice:1 quarter forward quarter F4 quarter",
            id="sounding sharp of the key, and a space",
        ),
        pytest.param(
            '<graceGrp grace="unacc"><note pname="c" oct="5" dur="8" stem.mod="1slash"/></graceGrp>'
            '<note pname="b" oct="4" dur="4" tie="i"/>',
            "grace grace:slash C5 voice:1 eighth B4 quarter tied:start",
            id="grace note and a tie",
        ),
        pytest.param(
            '<fTrem><note pname="c" oct="4" dur="2"/><note pname="d" oct="4" dur="2"/></fTrem>',
            "C4 voice:1 half tremolo:start D4 half tremolo:stop",
            id="tremolo between notes",
        ),
        pytest.param(
            '<clef shape="F" line="4"/><note pname="c" oct="3" dur="4"><artic artic="stacc"/></note>',
            "clef:F4 C3 voice:1 quarter staccato",
            id="clef change and articulation",
        ),
    ],
)
def test_mei_layers(layer: str, expected: str) -> None:
    assert mei(layer) == expected.split()


def test_mei_signs_that_point_at_notes() -> None:
    notes = '<note xml:id="a" pname="c" oct="4" dur="4"/><note xml:id="b" pname="c" oct="4" dur="4"/>'
    more = '<slur startid="#a" endid="#b"/><tie startid="#a" endid="#b"/><fermata startid="#b"/>'
    assert mei(notes, more) == (
        ["C4", "voice:1", "quarter", "tied:start", "slur:start", "C4", "quarter", "tied:stop", "slur:stop", "fermata"]
    )


def test_no_mei_is_refused() -> None:
    for text in ("<mei/>", "nothing"):
        with pytest.raises(FormatError, match="MEI"):
            mei_parts(text)


def reading(text: str) -> Callable[[Path, Path], str]:
    return lambda picture, folder: text


def failing(picture: Path, folder: Path) -> str:
    raise RuntimeError("no staves\nand more")


def test_null_baseline_is_perfect_and_a_failed_page_a_complete_miss(tmp_path: Path) -> None:
    pages = [page("one"), page("two")]
    systems = [null_system(lambda name: XML, "null"), System("broken", failing), System("words", reading("no xml"))]
    result = compare_systems(pages, systems, tmp_path)
    rows = {str(row[0]): row for row in system_table(result).rows}
    assert [rows["null"][at] for at in (1, 2, 3, 5, 7, 9)] == [2, 0, 0.0, 0.0, 0.0, 1.0]
    for name in ("broken", "words"):
        assert [rows[name][at] for at in (1, 2, 3, 5, 7, 9)] == [2, 2, 1.0, 1.0, 1.0, 0.0]
    assert {one.failure for _, one in result.failures} >= {"RuntimeError: no staves"}
    assert "RuntimeError: no staves" in report(result)
    assert json.loads(json.dumps(document(result)))["systems"]["null"]["metrics"]["TEDn"]["rate"] == 0


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    calls: list[str] = []

    def counting(picture: Path, folder: Path) -> str:
        calls.append(picture.stem)
        return XML

    first = compare_systems([page("one")], [System("ours", counting)], tmp_path)
    second = compare_systems([page("one"), page("two")], [System("ours", counting)], tmp_path)
    assert calls == ["one", "two"]
    assert second.scores["ours"][0] == first.scores["ours"][0]
    assert (tmp_path / "ours" / "one.musicxml").is_file()


def test_omr_ned_is_kept_with_its_texts(tmp_path: Path) -> None:
    calls: list[str | None] = []

    def metric(truth: str, result: str | None) -> EditTally:
        calls.append(result)
        return EditTally(1, 4, 2, 2)

    for _ in range(2):
        result = compare_systems([page()], [System("ours", reading(XML))], tmp_path, omr_ned=metric)
        assert result.scores["ours"][0].edits["OMR-NED"].rate == 0.25
    assert len(calls) == 1
    compare_systems(
        [page(text=delinearise("measure C4 half"))], [System("ours", reading(XML))], tmp_path, omr_ned=metric
    )
    assert len(calls) == 2


def test_a_metric_that_fails_is_a_remark(tmp_path: Path) -> None:
    def metric(truth: str, result: str | None) -> EditTally:
        raise FormatError("musicdiff: broken")

    result = compare_systems([page()], [System("ours", reading(XML))], tmp_path, omr_ned=metric)
    assert "OMR-NED" not in result.scores["ours"][0].edits
    assert not result.failures
    assert "musicdiff: broken" in report(result, pages=True)


def test_spread_takes_pages_from_the_whole_folder() -> None:
    pages = [page(str(number)) for number in range(10)]
    assert [one.name for one in spread(pages, 4)] == ["0", "2", "5", "7"]
    assert spread(pages, None) == spread(pages, 99) == pages
    assert spread([], 3) == []


def fake_python(tmp_path: Path, body: str) -> str:
    path = tmp_path / "python"
    path.write_text(f"#!{PYTHON}\nimport sys\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


ANSWER = {"OMR-ED": "3", "numSymbolsInPredicted": "4", "numSymbolsInGroundTruth": "6", "OMR-NED": "0.3"}


def test_omr_ned_reads_what_musicdiff_says(tmp_path: Path) -> None:
    metric = OmrNed.find(fake_python(tmp_path, f"print({json.dumps(ANSWER)!r})"))
    assert metric.score(XML, XML) == EditTally(3, 10, 6, 4)
    missed = metric.score(XML, None)
    assert (missed.rate, missed.truth, missed.result) == (1, 6, 0)


def test_grace_notes_without_a_slash_say_so_to_musicdiff(tmp_path: Path) -> None:
    count = "sum(open(name).read().count('slash=' + chr(34) + 'no') for name in sys.argv[3:5])"
    answer = f"import json; print(json.dumps(dict.fromkeys({list(ANSWER)!r}, {count})))"
    bare = '<a><grace/><grace slash="yes"/><grace steal-time-previous="3" /></a>'
    assert OmrNed(fake_python(tmp_path, answer)).score(bare, bare).distance == 4


def test_omr_ned_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="omr-ned"):
        OmrNed.find(fake_python(tmp_path, "sys.exit(1)"))
    with pytest.raises(ConfigurationError, match="cannot be run"):
        OmrNed.find(str(tmp_path / "nothing"))
    with pytest.raises(FormatError, match="could not be parsed"):
        OmrNed(fake_python(tmp_path, "print('score1 could not be parsed', file=sys.stderr)")).score(XML, XML)
    assert "pip install" in HOW_TO_GET


@pytest.mark.slow
def test_omr_ned_of_a_score_with_itself_and_one_wrong_note() -> None:
    pytest.importorskip("musicdiff")
    metric = OmrNed.find()
    assert metric.score(XML, XML).rate == 0
    wrong = metric.score(XML, delinearise(SONG.replace("D4", "E4")))
    assert 0 < wrong.rate < 1
