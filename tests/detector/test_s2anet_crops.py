"""Crops for mmrotate: the recipe, and the folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytest.importorskip("torch")

from detector.classes import class_names, read_config
from detector.pages.store import StoredPage, read_store, write_store
from detector.s2anet.crops import CropFolder, dota_text
from detector.s2anet.recipe import S2ANetRecipe, read_s2anet_recipe
from detector.s2anet.training import main
from detector.s2anet.worker.crop_folder import Crops
from notation.errors import ConfigurationError
from notation.page import LabelledPage


@pytest.fixture
def pages(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> list[StoredPage]:
    write_store(tmp_path / "store", [draw_page(seed) for seed in (1, 2)])
    return read_store(tmp_path / "store")


def _recipe(**changes: Any) -> S2ANetRecipe:
    recipe = read_s2anet_recipe("s2anet_small", crop_count=3, **changes)
    return replace(recipe, crops=replace(recipe.crops, worn_share=0.0, aged_share=0.0, focus={}))


def test_no_boxes_no_text() -> None:
    assert dota_text(np.zeros((0, 5)), []) == ""


def test_a_box_is_its_corners_its_name_and_a_nought() -> None:
    assert (
        dota_text(np.array([[10.0, 20, 8, 4, 0]]), ["stem"]) == "6.00 18.00 14.00 18.00 14.00 22.00 6.00 22.00 stem 0\n"
    )


def test_a_folder_is_read_as_it_was_drawn(tmp_path: Path, pages: list[StoredPage]) -> None:
    recipe = _recipe()
    assert CropFolder(tmp_path / "crops").fill(pages, recipe) == 3
    crops, names = Crops(tmp_path / "crops"), class_names(recipe.crops.classes)
    assert len(crops) == 3
    assert [one["name"] for one in crops.facts["classes"]] == list(names)
    assert np.array(crops.facts["typical_sides_sp"]).shape == (len(names), 2)
    for number in range(3):
        image, boxes, labels = crops.crop(number)
        assert image.shape == (512, 512)
        assert boxes.shape == (len(labels), 5)
        assert {names[label] for label in labels.tolist()} <= {
            "noteheadBlackOnLine", "noteheadBlackInSpace", "stem", "beam"
        }  # fmt: skip
        assert (boxes[:, 2:4] >= recipe.crops.thin_side_sp * recipe.crops.staff_space_jitter[0] - 0.02).all()
        heads = boxes[[names[label].startswith("notehead") for label in labels.tolist()], :2].round().astype(int)
        assert len(heads)
        inside = heads[((heads >= 0) & (heads < 512)).all(1)]
        assert image[inside[:, 1], inside[:, 0]].mean() < 100  # a head's middle is ink


def test_drawing_goes_on_where_it_stood(tmp_path: Path, pages: list[StoredPage]) -> None:
    recipe, folder = _recipe(), CropFolder(tmp_path / "crops")
    folder.fill(pages, recipe)
    lost = tmp_path / "crops" / "annfiles" / "000001.txt"
    before = lost.read_text(encoding="utf-8")
    lost.unlink()
    assert folder.fill(pages, recipe) == 1
    assert lost.read_text(encoding="utf-8") == before


def test_every_epoch_goes_through_all_crops(tmp_path: Path, pages: list[StoredPage]) -> None:
    CropFolder(tmp_path / "crops").fill(pages, _recipe())
    crops = Crops(tmp_path / "crops")
    drawn = [number for step in range(3) for number in crops.batch(step, 2, seed=1)]
    assert sorted(drawn[:3]) == sorted(drawn[3:]) == [0, 1, 2]
    assert crops.batch(1, 2, seed=1) == drawn[2:4]


def test_a_folder_without_crops(tmp_path: Path) -> None:
    (tmp_path / "annfiles").mkdir()
    (tmp_path / "crops.json").write_text(json.dumps({"format": "detect-score-crops 1", "classes": []}))
    with pytest.raises(ValueError, match="holds no crops"):
        Crops(tmp_path)
    (tmp_path / "crops.json").write_text("{}")
    with pytest.raises(ValueError, match="expected 'detect-score-crops 1'"):
        Crops(tmp_path)


def _changed(tmp_path: Path, key: str, value: Any) -> Path:
    plain = read_config("s2anet_small")
    part, _, inner = key.partition(".")
    if value is None:
        del plain[part]
    elif inner:
        plain[part][inner] = value
    else:
        plain[part] = value
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(plain))
    return path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("crop_count", None, id="missing-key"),
        pytest.param("colour", "red", id="unknown-key"),
        pytest.param("crop_count", 0, id="no-crops"),
        pytest.param("network.depth", 19, id="no-such-resnet"),
        pytest.param("network.channels", 60, id="not-eight-orientations"),
        pytest.param("network.strides", [4, 8, 16], id="strides-that-the-neck-has-not"),
        pytest.param("network.input_channels", 2, id="two-channels"),
        pytest.param("network.negative_iou", 0.6, id="negatives-above-positives"),
        pytest.param("network.colour", "red", id="unknown-key-within"),
        pytest.param("answer.overlap", 2.0, id="overlap-above-one"),
        pytest.param("optimizer.name", "adam", id="no-such-optimizer"),
        pytest.param("batches", [], id="no-shape"),
    ],
)
def test_recipes_are_checked(tmp_path: Path, key: str, value: Any) -> None:
    with pytest.raises(ConfigurationError):
        read_s2anet_recipe(_changed(tmp_path, key, value))


@pytest.mark.parametrize("name", ["s2anet", "s2anet_small"])
def test_shipped_recipes_are_legal_and_plain(name: str) -> None:
    assert json.loads(json.dumps(read_s2anet_recipe(name).as_dict()))["network"]["strides"][0] == 8


def test_training_says_in_one_line_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DETECT_SCORE_S2ANET", raising=False)
    monkeypatch.setattr("sys.argv", ["training", "--store", str(tmp_path), "--run", str(tmp_path / "run")])
    assert main() == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()
