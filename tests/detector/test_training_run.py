"""`detect-score train`: the recipe says which detector is trained."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from notation.page import LabelledPage

pytest.importorskip("torch")
pytest.importorskip("onnx")
if find_spec("ultralytics") is None:  # not imported here: it must be silenced first
    pytest.skip("ultralytics is not installed", allow_module_level=True)

from detect_score.main import main
from detector.classes import class_names
from detector.model_record import record_of
from detector.training.recipe import read_recipe
from detector.watershed.recipe import is_watershed_recipe, read_watershed_recipe


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draw_page: Callable[[int], LabelledPage]) -> Path:
    """A data set whose train and val splits hold two drawn pages each."""
    (tmp_path / "music" / "pieces").mkdir(parents=True)
    monkeypatch.setattr("detector.training.run.read_pages", lambda folder, split: (draw_page(seed) for seed in (1, 2)))
    return tmp_path / "music"


def _recipe(folder: Path, base: str, **changes: object) -> str:
    """Write a recipe of few small crops."""
    path = folder / f"{base}.yaml"
    batches = [{"height_px": 256, "width_px": 256, "crops": 2, "share": 1.0}]
    path.write_text(yaml.safe_dump({"base": base, "batches": batches, "threads": 1, **changes}))
    return str(path)


def test_a_watershed_recipe_trains_a_watershed_detector(dataset: Path, tmp_path: Path) -> None:
    run, recipe = tmp_path / "run", _recipe(tmp_path, "small_watershed")
    words = ["train", str(dataset), "--run", str(run), "--recipe", recipe]
    assert main([*words, "--minutes", "0.03"]) == 0
    record = record_of(run / "model.onnx")
    assert (record.detector, record.classes) == ("dwd", class_names("small_classes"))
    assert record.minutes == record.training["minutes"]
    assert record.steps > 0
    assert main([*words, "--minutes", str(record.minutes + 0.1), "--resume"]) == 0
    assert record_of(run / "model.onnx").steps > record.steps


@pytest.mark.slow
def test_any_other_recipe_trains_yolo(dataset: Path, tmp_path: Path) -> None:
    run, recipe = tmp_path / "run", _recipe(tmp_path, "small")
    assert main(["train", str(dataset), "--run", str(run), "--recipe", recipe, "--minutes", "0.03"]) == 0
    assert record_of(run / "model.onnx").detector == "yolo"


def test_which_recipes_are_of_a_watershed_detector() -> None:
    assert is_watershed_recipe("small_watershed") and is_watershed_recipe("watershed_resnet101")
    assert not is_watershed_recipe("small") and not is_watershed_recipe("training")


def test_the_small_recipes_are_legal_and_alike() -> None:
    yolo, watershed = read_recipe("small"), read_watershed_recipe("small_watershed")
    assert yolo.classes == watershed.crops.classes
    spaces = [one.batches[0].height_px / one.staff_space_px for one in (yolo, watershed.crops)]
    assert spaces[0] == spaces[1]  # both see as much of the music


def test_no_data_set_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for recipe in ("small", "small_watershed"):
        assert main(["train", str(tmp_path), "--run", str(tmp_path / "run"), "--recipe", recipe]) == 2
        assert "no data set" in capsys.readouterr().err
