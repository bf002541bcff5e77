"""`detect-score evaluate` on symbols: the published folder, proposals, MuNG, and the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from detect_score.commands import evaluate
from detect_score.main import main
from notation.errors import InputError
from notation.mung import write_mung
from notation.page import GreyImage, Reading
from notation.reading_json import write_reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

PART = '<part-list><score-part id="P1"><part-name/></score-part></part-list><part id="P1"><measure number="1">'
NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration><type>quarter</type></note>"
MUSIC = (
    f"<score-partwise>{PART}<attributes><divisions>1</divisions></attributes>{NOTE}</measure></part></score-partwise>"
)
FILES = Path(__file__).parent / "files" / "imslp_test"
PROPOSALS = ["--proposals", str(FILES / "proposals_oriented.json")]


def test_tables_of_the_published_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(FILES), *PROPOSALS, "--resamples", "50", "--best", "3"]) == 0
    out = capsys.readouterr().out
    for title in (
        "Average precision, means",
        "95 % confidence intervals of the means",
        "Errors by kind",
        "Average precision by class with 95 % confidence intervals",
        "Most frequent confusions",
        "The 3 best detected classes",
    ):
        assert title in out
    printed = json.loads((FILES / "toolkit_ap.json").read_text())["oriented"]
    legacy = [f"{np.mean([row[level] for row in printed.values()]):.4f}" for level in ("0.25", "0.5")]
    row = next(line for line in out.splitlines() if re.match(r"oriented, legacy +without silent\* +\d+ +\d+ ", line))
    assert re.findall(r"\d\.\d{4}", row)[:2] == legacy


def test_report_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", str(FILES), *PROPOSALS, "--resamples", "20", "--no-classes"]
    report, figures = tmp_path / "report", tmp_path / "figures.json"
    assert main([*words, "--report", str(report), "--json", str(figures)]) == 0
    assert "confusion.svg" in capsys.readouterr().out
    text = (report / "report.html").read_text()
    assert "imslp_test.json" in text and "proposals_oriented.json" in text and "scan 2.png" in text
    document = json.loads(figures.read_text())
    assert {one["mode"] for one in document["average_precision"]} == {"standard", "legacy"}
    assert document["errors"][1]["counts"]["missed"] > 0
    assert main([*words, "--report", str(report)]) == 2  # never overwritten unasked


def test_without_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(FILES), *PROPOSALS, "--resamples", "0", "--markdown"]) == 0
    out = capsys.readouterr().out
    assert "95 %" not in out
    assert "## Errors by kind" in out


class Stub:
    """Finds what it is told to find."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols

    def read(self, image: GreyImage) -> Reading:
        if image[0, 0] == 0:
            raise InputError("black page")
        return Reading(self.symbols, ())


def test_data_sets_get_the_report_beside_the_three_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [vocabulary().id_of(name) for name in ("noteheadBlackOnLine", "stem")]
    symbols, _ = Symbols.of([[20, 20, 12, 10, 0], [60, 20, 3, 30, 0]], ids, width_px=100, height_px=50)
    for name in ("images", "readings", "musicxml"):
        (tmp_path / name).mkdir()
    for name, level in (("a", 255), ("b", 0)):
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), np.full((50, 100), level, np.uint8))
        write_reading(tmp_path / "readings" / f"{name}.json", Reading(symbols, (), f"{name}.png"))
        (tmp_path / "musicxml" / f"{name}.musicxml").write_text(MUSIC)
    monkeypatch.setattr(evaluate, "load_detector", lambda options, least_scores=None: Stub(symbols))
    monkeypatch.setattr(evaluate, "_rebuild", lambda readings: MUSIC)
    report = tmp_path / "report.html"
    words = ["evaluate", str(tmp_path), "--resamples", "20", "--report", str(report)]
    assert main(words) == 1  # the black page failed
    out = capsys.readouterr().out
    assert out.index("Three lines") < out.index("Errors by kind")
    assert out.count("Average precision, means") == 1
    text = report.read_text()
    assert "Worst crops: missed" in text and "Average precision, means" in text and "black page" in text


def test_graphs_of_muscima(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [vocabulary().id_of(name) for name in ("noteheadBlackOnLine", "timeSig4")]
    symbols, _ = Symbols.of([[20, 20, 12, 10, 0], [60, 20, 10, 16, 0]], ids, width_px=100, height_px=50)
    write_mung(tmp_path / "a.xml", Reading(symbols, (), "a.png"))
    cv2.imwrite(str(tmp_path / "a.png"), np.full((50, 100), 255, np.uint8))
    row = {"bbox": [14, 15, 26, 25], "cat_id": vocabulary().id_of("noteheadBlackInSpace"), "img_id": 1, "score": 0.9}
    (tmp_path / "found.txt").write_text(json.dumps({"annotation_set": "deepscores", "proposals": [row]}))
    assert main(["evaluate", str(tmp_path), "--proposals", str(tmp_path / "found.txt"), "--resamples", "0"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"noteheadFullSmall +1 +1 +1\.0000", out)
    assert re.search(r"numeral4 +1 +0 +0\.0000", out)
    assert "oriented" not in out


@pytest.mark.parametrize(
    "words", [["--proposals", "missing.json"], ["--annotations", "missing.json"]], ids=["proposals", "annotations"]
)
def test_missing_files_are_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(FILES), *words]) == 2
    assert "missing.json" in capsys.readouterr().err
