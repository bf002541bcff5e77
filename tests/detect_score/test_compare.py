from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from detect_score.main import main
from realscores_eval.lmx import delinearise

XML = delinearise("measure clef:G2 C4 voice:1 whole")
pytestmark = pytest.mark.usefixtures("fake_detector")


@pytest.fixture
def shelf(tmp_path: Path, save: Callable[[str], Path]) -> Path:
    """Two scanned pages with their truth."""
    picture = save("page.png")
    for name in ("first", "second"):
        folder = tmp_path / "shelf" / name
        folder.mkdir(parents=True)
        shutil.copyfile(picture, folder / "page.png")
        (folder / "truth.mxl").write_text(XML, encoding="utf-8")
    return tmp_path / "shelf"


def test_all_systems_in_one_table(shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "first.lmx").write_text("measure clef:G2 C4 whole", encoding="utf-8")
    words = ["compare", str(shelf), "--out", str(tmp_path / "out"), "--no-omr-ned", "--every-page"]
    words += ["--system", "ours", "--system", f"folder={theirs}", "--system", f"tool={sys.executable} -c pass {{page}}"]
    figures = tmp_path / "figures.json"
    assert main([*words, "--json", str(figures)]) == 1
    out = capsys.readouterr().out
    assert "no result named second" in out
    assert "the command wrote 0 scores" in out
    systems = json.loads(figures.read_text())["systems"]
    assert list(systems) == ["null", "ours", "folder", "tool"]
    assert [systems["null"]["metrics"][name]["rate"] for name in ("SER-LMX", "SER-homr", "TEDn")] == [0, 0, 0]
    assert [one["failure"] for one in systems["ours"]["pages"]] == ["", ""]
    assert systems["ours"]["pages"][0]["metrics"]["SER-LMX"]["result"] > 0
    assert systems["folder"]["metrics"]["SER-homr"]["rate"] == 0.5
    assert systems["tool"]["metrics"]["TEDn"]["rate"] == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(["--system", "x=y"], "neither a command", id="unknown kind"),
        pytest.param(["--system", "a/b={page}"], "can name a folder", id="a name that is a path"),
        pytest.param(["--system", "ours", "--system", "ours"], "a name of its own", id="twice the same"),
        pytest.param(["--omr-ned", "no-such-python"], "cannot be run", id="no such interpreter"),
    ],
)
def test_unusable_options(
    words: list[str], reason: str, shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(shelf), "--out", str(tmp_path / "out"), *words]) == 2
    assert reason in capsys.readouterr().err


def test_only_one_split(shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", str(shelf), "--out", str(tmp_path / "out"), "--split", "test", "--no-omr-ned", "--no-null"]
    assert main(words) == 2
    assert "pieces" in capsys.readouterr().err
    (shelf / "pieces").mkdir()
    for split, page in (("test", "first"), ("train", "second")):
        record = {"split": split, "pages": [{"name": page}]}
        (shelf / "pieces" / f"{page}.json").write_text(json.dumps(record), encoding="utf-8")
    assert main([*words, "--every-page"]) == 0
    out = capsys.readouterr().out
    assert "first" in out
    assert "second" not in out


def test_one_page_of_two_and_no_musicdiff(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("realscores_eval.omr_ned.find_spec", lambda name: None)
    words = ["compare", str(shelf), "--out", str(tmp_path / "out"), "--pages", "1", "--markdown", "--no-null"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "| ours | 1 | 0 |" in out
    assert "no OMR-NED: musicdiff is not installed" in out
