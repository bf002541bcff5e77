"""The `synth` command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detect_score.main import main
from synth.musescore_program import HOW_TO_INSTALL, musescore_program

pytest.importorskip("verovio")
pytest.importorskip("resvg_py")

TUNE = """<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0"><part-list><score-part id="P1"><part-name/></score-part></part-list><part id="P1">
<measure number="1"><attributes><divisions>1</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>4</duration><voice>1</voice><type>whole</type></note>
</measure></part></score-partwise>
"""


def _read_sets(folder: Path) -> dict[str, int]:
    files = sorted(folder.glob("deepscores_*.json"))
    return {path.stem[11:]: len(json.loads(path.read_text())["images"]) for path in files}


def test_nothing_to_engrave_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", str(tmp_path / "set")]) == 2
    assert "--composed" in capsys.readouterr().err


def test_composed_pieces_stay_in_their_split(tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert main(["synth", str(out), "--composed", "1", "--split", "test", "--pages", "1", "--workers", "1"]) == 0
    (source,) = (out / "composed").iterdir()
    assert int(source.stem.split("-")[1]) >= 2_000_000
    assert {split: count for split, count in _read_sets(out).items() if count} == {"test": 1}


@pytest.mark.parametrize("engraver", ["verovio", "lilypond", "musescore"])
def test_all_engravers_write_the_same_layout(tmp_path: Path, engraver: str) -> None:
    if engraver == "lilypond":
        pytest.importorskip("lilypond")
    if engraver == "musescore" and musescore_program() is None:
        pytest.skip(HOW_TO_INSTALL)
    (tmp_path / "tune.musicxml").write_text(TUNE)
    out = tmp_path / "set"
    words = ["synth", str(out), "--sources", str(tmp_path / "tune.musicxml"), "--workers", "1"]
    assert main([*words, "--engraver", engraver]) == 0
    (reading,) = (out / "readings").iterdir()
    assert (out / "images" / f"{reading.stem}.png").is_file()
    assert (out / "musicxml" / f"{reading.stem}.musicxml").is_file()
    assert sum(_read_sets(out).values()) == 1


@pytest.mark.parametrize("engraver", ["lilypond", "musescore"])
def test_masks_by_others_than_verovio_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], engraver: str
) -> None:
    (tmp_path / "tune.musicxml").write_text(TUNE)
    words = ["synth", str(tmp_path / "set"), "--sources", str(tmp_path / "tune.musicxml")]
    assert main([*words, "--engraver", engraver, "--masks"]) == 2
    assert "Verovio" in capsys.readouterr().err
