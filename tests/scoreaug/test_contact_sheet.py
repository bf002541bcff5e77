"""The command that draws every augmentation."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from notation.reading_json import write_reading
from scoreaug.contact_sheet import main
from scoreaug.motion import MaskedPage
from scoreaug.sheet_pages import labelled_page, truth_beside


@pytest.fixture
def picture(tmp_path: Path, page: MaskedPage) -> Path:
    path = tmp_path / "images" / "page.png"
    path.parent.mkdir()
    cv2.imwrite(str(path), page.image)
    return path


def test_a_page_without_truth_has_no_boxes(picture: Path) -> None:
    assert truth_beside(picture) is None
    assert len(labelled_page(picture).reading.symbols) == 0


@pytest.mark.parametrize("place", ["page.json", "page.reading.json", "../readings/page.json"])
def test_truth_is_found_beside_the_picture(place: str, picture: Path, page: MaskedPage) -> None:
    path = picture.parent / place
    path.parent.mkdir(exist_ok=True)
    write_reading(path, page.reading, page.graph)
    assert labelled_page(picture).reading.symbols.names == page.reading.symbols.names


def test_truth_of_another_page_is_refused(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    write_reading(other, labelled_page(picture).reading)
    cv2.imwrite(str(picture), np.zeros((5, 5), np.uint8))
    assert main([str(picture), "--truth", str(other), "-o", str(tmp_path / "sheet.png")]) == 2
    assert "another size" in capsys.readouterr().err


def test_a_sheet_shows_the_clean_page_and_every_wear(picture: Path, page: MaskedPage, tmp_path: Path) -> None:
    write_reading(picture.with_suffix(".json"), page.reading, page.graph)
    out = tmp_path / "sheet.png"
    assert main([str(picture), "-o", str(out), "--only", "skew", "photocopy", "--columns", "3"]) == 0
    drawn = cv2.imread(str(out))
    green = (drawn[..., 1].astype(int) - drawn[..., 0] > 100).sum(0)
    thirds = np.array_split(green, 3)
    assert all(third.sum() > 50 for third in thirds)


@pytest.mark.parametrize(
    "arguments", [["missing.png"], ["PAGE", "--only", "sparkle"], ["PAGE", "-o", "sheet.nothing", "--only", "skew"]]
)
def test_what_cannot_be_used_is_said(arguments: list[str], picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(picture) if one == "PAGE" else one for one in arguments]) == 2
    assert capsys.readouterr().err
