"""`detect-score detectors`: sets, labels, proposals, a detector in a file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from detect_score.main import main

FILES = Path(__file__).parent.parent / "realscores_eval" / "files" / "imslp_test"
BLIND = """
from notation.page import Reading
from notation.symbols import Symbols


class Blind:
    classes = ("clefG",)

    def read(self, image, progress=None, source=""):
        return Reading(Symbols.empty(image.shape[1], image.shape[0]), (), source)


def make(wish):
    assert wish.least_scores == {"*": 0.05}
    return Blind()
"""


@pytest.fixture
def blind(tmp_path: Path) -> str:
    path = tmp_path / "blind.py"
    path.write_text(BLIND)
    return f"{path}:make"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """Another set of the same pages."""
    return Path(shutil.copytree(FILES, tmp_path / "second"))


def test_one_table_of_all(blind: str, second: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, figures = tmp_path / "found", tmp_path / "figures.json"
    found.mkdir()
    for name in ("imslp_test", "second"):
        shutil.copyfile(FILES / "proposals_oriented.json", found / f"{name}.json")
    words = ["detectors", str(FILES), str(second), "--detector", f"blind={blind}", "--detector", str(found)]
    assert main([*words, "--show", "rest*", "--markdown", "--json", str(figures)]) == 0
    out = capsys.readouterr().out
    for row in ("| imslp_test | blind |", "| second | found |", "| rest* AP25 |"):
        assert row in out
    trials = json.loads(figures.read_text())["trials"]
    assert [(one["pages"], one["detector"], len(one["seconds"])) for one in trials] == [
        ("imslp_test", "blind", 2), ("imslp_test", "found", 0), ("second", "blind", 2), ("second", "found", 0),
    ]  # fmt: skip
    assert trials[0]["knows"] == ["clefG"]
    assert trials[1]["average_precision"][0]["mean"]["AP50"] > 0.3


def test_proposals_of_the_only_set(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["detectors", str(FILES), "--pages", "1", "--detector", f"mine={FILES / 'proposals_upright.json'}"]
    assert main(words) == 0
    assert "mine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param([], "no pages to compare on", id="no-pages"),
        pytest.param([str(FILES), str(FILES)], "another set is called imslp_test", id="set-twice"),
        pytest.param(
            [str(FILES), "--detector", "a=yolo", "--detector", "a=yolo"], "a label of its own", id="label-twice"
        ),
        pytest.param(
            [str(FILES), "--detector", str(FILES / "images")], "expected proposals for every set", id="no-proposals"
        ),
        pytest.param([str(FILES), "--detector", "yolo9000"], "no such detector", id="unknown"),
        pytest.param([str(FILES), "--real-pages", str(FILES)], "no picture with SHA-256", id="no-scans"),
    ],
)
def test_unusable(words: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detectors", *words]) == 2
    assert reason in capsys.readouterr().err


def test_one_file_of_proposals_cannot_serve_two_sets(second: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(FILES), str(second), "--detector", str(FILES / "proposals_oriented.json")]
    assert main(["detectors", *words]) == 2
    assert "imslp_test.json, second.json" in capsys.readouterr().err


def test_figures_are_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "figures.json").write_text("mine")
    assert main(["detectors", str(FILES), "--json", str(tmp_path / "figures.json")]) == 2
    assert "exists already" in capsys.readouterr().err
