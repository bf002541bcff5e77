"""The real pages: their logs replay exactly, and scoring says what is missing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detect_score.main import main
from notation.errors import FormatError, InputError
from notation.page import GreyImage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval import correct
from realscores_eval.average_precision import evaluate_all
from realscores_eval.correct_pages import (
    FOLDER,
    find_scans,
    page_names,
    read_started,
    read_truth,
    start_page,
    write_truth,
)
from realscores_eval.real_pages_truth import page_table, published_classes, real_pages, scored_real_pages

NAMES = page_names()


def reading() -> Reading:
    ids = [vocabulary().id_of(name) for name in ("restQuarter", "beam", "tie")]
    boxes = [[40, 60, 10, 30, 0], [90, 60, 60, 10, 0.1], [150, 20, 40, 8, 0]]
    symbols, _ = Symbols.of(boxes, ids, [0.9, 0.8, 0.7], width_px=200, height_px=120)
    return Reading(symbols, (Staff.straight(10, 190, 40, 10),))


def scan(path: Path, grey: int = 200) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((120, 200), grey, np.uint8))
    return path


@pytest.fixture
def corrected(tmp_path: Path) -> Path:
    """A folder with one corrected page, `one`, beside the scans under `scans`."""
    folder = tmp_path / "annotations"
    folder.mkdir()
    start_page("one", reading(), scan(tmp_path / "scans" / "anything.png"), "a printer, 1900", folder)
    (folder / "one.log").write_text("rename 0 slur  # not a tie\nadd augmentationDot 100 100 6 6\n")
    write_truth(read_started("one", folder), folder)
    return folder


def test_enough_pages_and_symbols_of_different_editions() -> None:
    pages = [read_started(name) for name in NAMES]
    assert len({page.edition for page in pages}) >= 6
    assert len({page.sha256 for page in pages}) == len(pages)
    assert sum(len(read_truth(name)) for name in NAMES) >= 3000
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000


@pytest.mark.parametrize("name", NAMES, ids=NAMES)
def test_the_log_makes_the_annotations_of_the_starting_boxes(name: str) -> None:
    replayed, stored = read_started(name).truth, read_truth(name)
    assert len(replayed) == len(stored)
    assert (np.sort(replayed.class_ids) == np.sort(stored.class_ids)).all()
    for class_id in np.unique(replayed.class_ids):
        one, other = (of.boxes[of.class_ids == class_id] for of in (replayed, stored))
        away = abs(one[:, None, :2] - other[None, :, :2]).max(2)
        assert away.min(1).max() < 0.05
        nearest = other[away.argmin(1)]
        assert abs(one[:, 2:4] - nearest[:, 2:4]).max() < 0.1


@pytest.mark.parametrize("name", NAMES, ids=NAMES)
def test_annotations_lie_on_the_page(name: str) -> None:
    truth = read_truth(name)
    assert (truth.boxes[:, 2:4] > 0).all()
    assert (truth.boxes[:, 0] < truth.width_px).all()
    assert (truth.boxes[:, 1] < truth.height_px).all()


def test_no_page_was_started(tmp_path: Path) -> None:
    assert page_names(tmp_path) == []
    assert real_pages(tmp_path, tmp_path) == []


def test_a_page_is_started_once(corrected: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="started already"):
        start_page("one", reading(), scan(tmp_path / "other.png"), folder=corrected)


def test_a_broken_log_is_named(corrected: Path) -> None:
    (corrected / "one.log").write_text("delete 99\n")
    with pytest.raises(FormatError, match=r"one\.log: line 1"):
        _ = read_started("one", corrected).truth


def test_scans_are_found_by_checksum_whatever_their_name(corrected: Path, tmp_path: Path) -> None:
    (page,) = real_pages(tmp_path / "scans", corrected)
    assert page.scan == tmp_path / "scans" / "anything.png"
    assert page.complaint == ""
    with pytest.raises(InputError, match="no such folder"):
        find_scans(tmp_path / "nowhere", {page.sha256})


def test_a_missing_page_names_its_edition_and_checksum(corrected: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (page,) = real_pages(tmp_path / "empty", corrected)
    assert page.sha256 in page.complaint
    assert "a printer, 1900" in page.complaint
    assert page.complaint in page_table([page], corrected).text()


def test_another_scan_of_that_name_is_told(corrected: Path, tmp_path: Path) -> None:
    scan(tmp_path / "wrong" / "one" / "page.png", grey=10)
    (page,) = real_pages(tmp_path / "wrong", corrected)
    assert page.scan is None
    assert "page.png has SHA-256" in page.complaint


def test_the_truth_itself_scores_one_and_a_failure_nothing(corrected: Path, tmp_path: Path) -> None:
    pages = real_pages(tmp_path / "scans", corrected)
    truth = read_started("one", corrected).truth

    def perfect(image: GreyImage) -> Reading:
        assert image.shape == (120, 200)
        return Reading(truth, ())

    def broken(image: GreyImage) -> Reading:
        raise RuntimeError(f"no symbols on {image.shape}")

    best = evaluate_all(scored_real_pages(pages, perfect, folder=corrected), widen_sp=0.2)
    assert [one.mean(0.5) for one in best] == [1.0] * 5
    worst = evaluate_all(scored_real_pages(pages, broken, folder=corrected))[0]
    assert worst.mean(0.25) == 0
    assert worst.failures == (("one", "RuntimeError: no symbols on (120, 200)"),)


def test_the_published_classes_are_those_of_the_release() -> None:
    names = published_classes()
    assert len(names) == 136
    assert "stem" in names
    assert "barlineSingle" not in names


def test_the_command_says_that_no_page_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(tmp_path), "--real-pages"]) == 2
    said = capsys.readouterr()
    assert "none of the" in said.err
    assert read_started(NAMES[0]).sha256 in said.out


def test_the_tool_from_draft_to_annotations(
    corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(tmp_path / "scans" / "anything.png")
    rough = tmp_path / "rough.txt"
    rough.write_text("delete beam@90,60  # dust\nadd! fingering3 20 80 32 100\n")
    options = ["--folder", str(corrected)]
    assert correct.main([*options, "take", "one", picture, str(rough)]) == 0
    assert correct.main([*options, "draw", "one", picture, "--out", str(tmp_path / "views"), "--staves", "1"]) == 0
    assert len(list((tmp_path / "views").glob("one.*.png"))) == 3
    assert correct.main([*options, "check", "one"]) == 0
    assert correct.main([*options, "apply"]) == 0
    assert sorted(read_truth("one", corrected).names) == ["augmentationDot", "fingering3", "restQuarter", "slur"]
    assert "delete" in capsys.readouterr().out


def test_the_tool_refuses_another_scan(corrected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = scan(tmp_path / "other.png", grey=1)
    assert correct.main(["--folder", str(corrected), "draw", "one", str(other), "--out", str(tmp_path)]) == 2
    assert "not the scan" in capsys.readouterr().err
