"""The `wear` command: a dataset again, as a scanner would have it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detect_score.main import main
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.reading_json import read_reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """One page of one piece: a staff and a notehead on it, as `detect-score synth` lays a dataset out."""
    from notation.files import write_json, write_text
    from notation.reading_json import write_reading
    from synth.page_files import write_image

    root = tmp_path / "clean"
    for kind in ("images", "readings", "musicxml", "pieces"):
        (root / kind).mkdir(parents=True)
    image = np.full((300, 400), 255, np.uint8)
    for y in range(100, 181, 20):
        image[y : y + 2, 20:380] = 0
    cv2.ellipse(image, (200, 130), (12, 9), 0, 0, 360, (0,), -1)
    head = vocabulary().id_of("noteheadBlackInSpace")
    symbols, _ = Symbols.of([[200.5, 130.5, 25, 19, 0]], [head], width_px=400, height_px=300)
    page = LabelledPage(image, Reading(symbols, (Staff.straight(20, 380, 101, 20),)), NotationGraph(1))
    write_image(root / "images" / "tune-v0-p1.png", image)
    write_reading(root / "readings" / "tune-v0-p1.json", page.reading, page.graph)
    write_text(root / "musicxml" / "tune-v0-p1.musicxml", "<score-partwise/>")
    record = {
        "piece": "tune",
        "variant": 0,
        "split": "test",
        "licence": "CC0-1.0",
        "attribution": "",
        "pages": [{"name": "tune-v0-p1", "number": 1, "notes": {"font": "Bravura"}, "areas_px2": [300]}],
    }
    write_json(root / "pieces" / "tune-v0.json", record)
    return root


def _image(root: Path) -> np.ndarray:
    image = cv2.imread(str(root / "images" / "tune-v0-p1.png"), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return image


def test_a_worn_dataset_has_the_same_pieces_and_says_what_was_done(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "worn"
    assert main(["wear", str(dataset), str(out), "--recipe", "old_print", "--seed", "3"]) == 0
    record = json.loads((out / "pieces" / "tune-v0.json").read_text())
    assert record["split"] == "test"
    assert record["pages"][0]["notes"]["font"] == "Bravura"
    assert record["pages"][0]["notes"]["scoreaug"]
    assert "areas_px2" not in record["pages"][0]
    assert json.loads((out / "deepscores_test.json").read_text())["images"]
    assert (out / "musicxml" / "tune-v0-p1.musicxml").read_text() == "<score-partwise/>"


def test_the_box_lies_on_the_ink_that_moved(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "worn"
    assert main(["wear", str(dataset), str(out), "--recipe", "camera", "--seed", "1"]) == 0
    reading, _ = read_reading(out / "readings" / "tune-v0-p1.json")
    heads = reading.symbols.class_ids == vocabulary().id_of("noteheadBlackInSpace")
    (x, y), image = reading.symbols.boxes[heads][0, :2], _image(out)
    assert image[round(y) - 4 : round(y) + 5, round(x) - 5 : round(x) + 6].mean() < np.median(image) - 60


def test_the_same_seed_wears_alike_and_another_does_not(dataset: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert main(["wear", str(dataset), str(tmp_path / name), "--recipe", "photocopy", "--seed", seed]) == 0
    first, again, other = (_image(tmp_path / name) for name in "abc")
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_finished_pieces_are_kept(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "worn"
    for seed in ("1", "2"):
        assert main(["wear", str(dataset), str(out), "--recipe", "photocopy", "--seed", seed]) == 0
        if seed == "1":
            before = _image(out)
    assert np.array_equal(before, _image(out))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["OUT", "--recipe", "nonsense"], "no recipe"),
        (["OUT", "--recipe", "camera", "--strength", "9"], "strength"),
        (["IN", "--recipe", "camera"], "folder of its own"),
    ],
    ids=["unknown-recipe", "strength", "same-folder"],
)
def test_what_cannot_be_done_is_said(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    target = str(dataset) if words[0] == "IN" else str(tmp_path / "out")
    assert main(["wear", str(dataset), target, *words[1:]]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_a_dataset_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wear", str(tmp_path), str(tmp_path / "out"), "--recipe", "camera"]) == 2
    assert "no data set" in capsys.readouterr().err
