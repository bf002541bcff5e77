"""The Deep Watershed Detector: targets and decoding by hand, and a network that learns two drawn shapes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

from detector.classes import class_names
from detector.model_record import record_of
from detector.pages.store import write_store
from detector.registry import Wish, load_detector
from detector.training.trainer import learning_rate
from detector.watershed.decode import PageMaps, decode_maps, islands
from detector.watershed.export import export_run
from detector.watershed.loss import BalancedLoss, TrueMaps, parts
from detector.watershed.network import DESIGNS, Maps, WatershedNetwork
from detector.watershed.reader import WatershedDetector
from detector.watershed.recipe import WatershedRecipe, read_watershed_recipe
from detector.watershed.targets import NOTHING, Hills, target_maps
from detector.watershed.training import WatershedTrainer
from notation import boxes as geometry
from notation.errors import ConfigurationError, WeightsError
from notation.page import LabelledPage

_HILLS = Hills(levels=10, radius_px=4.0)


def _page_maps(boxes: np.ndarray, labels: np.ndarray, height: int, width: int) -> PageMaps:
    """What a network says that has learned all."""
    truth = target_maps(boxes, labels, height, width, _HILLS)
    on_hill = (truth.labels != NOTHING).astype(np.float32)
    return PageMaps(
        (truth.energy / _HILLS.levels).astype(np.float32), np.maximum(truth.labels, 0), on_hill, truth.shapes
    )


def test_no_symbols_no_energy() -> None:
    maps = target_maps(np.zeros((0, 5)), np.zeros(0, np.int64), 20, 30, _HILLS)
    assert maps.energy.shape == maps.labels.shape == (20, 30)
    assert not maps.energy.any()
    assert (maps.labels == NOTHING).all()
    assert not maps.shapes.any()


def test_a_hill_falls_from_its_middle() -> None:
    maps = target_maps(np.array([[10.5, 8.5, 6, 4, 0.1]]), np.array([3]), 20, 20, _HILLS)
    assert maps.energy[8, 10:16].tolist() == [10, 8, 5, 2, 0, 0]  # 10 (1 - d / 4), rounded to even
    assert maps.labels[8, 10] == 3
    assert maps.labels[8, 14] == NOTHING
    assert maps.shapes[:, 8, 10] == pytest.approx([6, 4, np.sin(0.4), np.cos(0.4)])


def test_a_pixel_belongs_to_the_nearest_symbol() -> None:
    boxes = np.array([[10.5, 10.5, 5, 5, 0], [14.5, 10.5, 3, 9, 0]])
    maps = target_maps(boxes, np.array([0, 1]), 20, 30, _HILLS)
    assert maps.labels[10, 9:16].tolist() == [0, 0, 0, 0, 1, 1, 1]  # the pixel half-way goes to the first


def test_symbols_beyond_the_edge_leave_their_foot() -> None:
    maps = target_maps(np.array([[-1.0, 5, 4, 4, 0], [90, 90, 4, 4, 0]]), np.array([0, 1]), 10, 10, _HILLS)
    assert maps.labels[5, 0] == 0
    assert set(np.unique(maps.labels)) == {NOTHING, 0}


def test_an_empty_sea_has_no_symbols() -> None:
    found = decode_maps(_page_maps(np.zeros((0, 5)), np.zeros(0, np.int64), 16, 16), [0.3], oriented=True)
    assert len(found) == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25))
def test_true_maps_give_the_symbols_back(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.permutation(64)[:count]
    x, y = places % 8 * 12 + rng.uniform(4, 8, count), places // 8 * 12 + rng.uniform(4, 8, count)
    sides, angles = rng.uniform(3, 30, (count, 2)), rng.uniform(-0.78, 0.78, count)
    boxes = np.concatenate([np.stack([x, y], 1), sides, angles[:, None]], 1)
    labels = rng.integers(0, 5, count)
    found = decode_maps(_page_maps(boxes, labels, 96, 96), [0.2], oriented=True)
    assert len(found) == count
    order = np.array([np.abs(found.boxes[:, :2] - box[:2]).sum(1).argmin() for box in boxes])
    assert len(set(order.tolist())) == count
    assert found.labels[order].tolist() == labels.tolist()
    assert found.boxes[order, 2:5] == pytest.approx(boxes[:, 2:5], abs=1e-3)
    assert np.abs(found.boxes[order, :2] - boxes[:, :2]).max() < 0.35
    assert (found.scores > 0.7).all()


def test_a_higher_cut_parts_what_stands_close() -> None:
    boxes = np.array([[10.5, 10.5, 5, 5, 0], [16.5, 10.5, 5, 5, 0]])
    maps = _page_maps(boxes, np.array([0, 1]), 20, 30)
    assert [len(decode_maps(maps, cuts, oriented=False)) for cuts in ([0.1], [0.5], [0.1, 0.5])] == [1, 2, 2]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_rising_sea_keeps_low_hills_and_parts_high_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height = cv2.GaussianBlur(rng.random((24, 30)), (0, 0), 1.5)
    height = ((height - height.min()) / np.ptp(height)).astype(np.float32)
    cuts = np.sort(rng.uniform(0.05, 0.9, 3)).tolist()
    found, count = islands(height, cuts)
    assert set(np.unique(found)) - {0} == set(range(1, count + 1))
    assert not (found[height <= cuts[0]]).any()
    for number in range(1, count + 1):
        assert cv2.connectedComponents((found == number).astype(np.uint8))[0] == 2
    for low, high in itertools.pairwise(cuts):  # no island holds two of a level
        _, lower = cv2.connectedComponents((height > low).astype(np.uint8))
        _, higher = cv2.connectedComponents((height > high).astype(np.uint8))
        for number in range(1, count + 1):
            assert len(set(np.unique(higher[found == number])) - {0}) <= 1
        for number in range(1, int(lower.max()) + 1):  # and none is lost
            assert found[lower == number].any()


def test_the_summit_tells_the_shape() -> None:
    maps = _page_maps(np.array([[10.0, 10.0, 6.0, 8.0, 0.0]]), np.array([1]), 20, 20)
    low = maps.height < 0.9 * maps.height.max()
    shapes = maps.shapes.copy()
    shapes[:2, low] = 2.0  # the foot of the hill speaks of something smaller
    found = decode_maps(PageMaps(maps.height, maps.labels, maps.sureness, shapes), [0.2], oriented=False)
    np.testing.assert_allclose(found.boxes[0, 2:4], [6, 8])


def test_the_majority_names_an_island() -> None:
    maps = _page_maps(np.array([[10.5, 10.5, 5, 5, 0]]), np.array([2]), 20, 20)
    labels = maps.labels.copy()
    labels[10, 9:11] = 4
    found = decode_maps(PageMaps(maps.height, labels, maps.sureness, maps.shapes), [0.2], oriented=False)
    assert found.labels.tolist() == [2]
    assert 0 < found.scores[0] < 1


def _truth(maps: list[tuple[np.ndarray, np.ndarray]]) -> TrueMaps:
    made = [target_maps(boxes, labels, 8, 8, _HILLS) for boxes, labels in maps]
    stacked = [np.stack([getattr(one, name) for one in made]) for name in ("energy", "labels", "shapes")]
    return TrueMaps(*(torch.from_numpy(one) for one in stacked))


def test_class_and_shape_count_on_hills_only() -> None:
    truth = _truth([(np.array([[4.0, 4, 6, 3, 0]]), np.array([1]))])
    said = Maps(torch.zeros(1, 11, 8, 8), torch.zeros(1, 3, 8, 8), torch.zeros(1, 4, 8, 8))
    losses = parts(said, truth, 1.0)
    assert float(losses["energy"]) == pytest.approx(np.log(11), abs=1e-5)
    assert float(losses["classes"]) == pytest.approx(np.log(3), abs=1e-5)
    assert float(losses["shapes"]) == pytest.approx((36 + 9 + 0 + 1) / 4, abs=1e-5)


def test_an_empty_crop_has_no_class_loss() -> None:
    truth = _truth([(np.zeros((0, 5)), np.zeros(0, np.int64))])
    said = Maps(torch.zeros(1, 11, 8, 8), torch.zeros(1, 3, 8, 8), torch.zeros(1, 4, 8, 8))
    losses = parts(said, truth, 1.0)
    assert float(losses["classes"]) == float(losses["shapes"]) == 0


def test_losses_are_divided_by_their_running_means() -> None:
    balance = BalancedLoss()
    losses = {"energy": torch.tensor(2.0), "shapes": torch.tensor(100.0)}
    assert float(balance(losses, {"energy": 2.0, "shapes": 1.0})) == pytest.approx(3.0)
    assert balance.means == {"energy": 2.0, "shapes": 100.0}
    balance({"energy": torch.tensor(4.0)}, {"energy": 1.0})
    assert balance.means["energy"] == pytest.approx(2.02)
    with pytest.raises(ValueError, match="at least"):
        balance(losses, {})


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_maps_have_the_size_of_the_page_over_the_stride(name: str) -> None:
    design = DESIGNS[name]
    maps = WatershedNetwork(design, 5, 10).eval()(torch.zeros(1, 1, 64, 96))
    size = (64 // design.stride, 96 // design.stride)
    assert maps.energy.shape == (1, 11, *size)
    assert maps.classes.shape == (1, 5, *size)
    assert maps.shapes.shape == (1, 4, *size)


@pytest.mark.parametrize("name", ["watershed", "watershed_resnet101"])
def test_shipped_recipes_are_legal(name: str) -> None:
    recipe = read_watershed_recipe(name)
    assert set(recipe.weights_at(0.0)) <= set(recipe.weights)
    assert set(recipe.weights_at(1.0)) == {"energy", "classes", "shapes"}
    rates = [learning_rate(share, recipe.optimizer) for share in np.linspace(0, 1, 50)]
    assert max(rates) <= recipe.optimizer.lr
    assert rates[-1] == pytest.approx(recipe.optimizer.lr * recipe.optimizer.final_lr_share)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"speed": 1}, "unknown keys"),
        ({"design": "huge"}, "design"),
        ({"cuts": [0.5, 0.3]}, "cuts"),
        ({"weights": {"energy": 1.0}}, "weights"),
        ({"stages": [{"share": 0.5, "losses": ["energy"]}]}, "stages"),
        ({"stages": [{"share": 1.0, "losses": ["colour"]}]}, "stages"),
    ],
    ids=["unknown", "design", "cuts", "weights", "shares", "losses"],
)
def test_a_bad_recipe_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        read_watershed_recipe("watershed", **change)


def _quick(minutes: float) -> WatershedRecipe:
    shapes = [{"height_px": 256, "width_px": 256, "crops": 2, "share": 1.0}]
    return read_watershed_recipe(
        "watershed", classes="harmony", batches=shapes, minutes=minutes, threads=1, checkpoint_minutes=0.05, levels=6
    )


def test_train_resume_export_read(
    tmp_path: Path, draw_page: Callable[[int], LabelledPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_store(tmp_path / "store", [draw_page(seed) for seed in range(3)])
    run, file = tmp_path / "run", tmp_path / "model.onnx"
    first = WatershedTrainer(_quick(0.03), [tmp_path / "store"], run)
    first.train()
    again = WatershedTrainer(_quick(first.elapsed_s / 60 + 0.03), [tmp_path / "store"], run)
    again.resume()
    before = again.step
    assert before > 0
    again.train()
    assert again.step > before
    export_run(run, file, ["drawn"])
    detector = WatershedDetector.load(file, least_score=0.0)
    assert tuple(detector.facts["classes"]) == class_names("harmony")
    shares: list[float] = []
    reading = detector.read(draw_page(7).image, shares.append)
    assert shares[-1] == 1
    assert len(reading.staves) == 3
    assert reading.symbols.width_px == 900
    assert len(detector.read(np.full((60, 60), 255, np.uint8)).symbols) == 0
    monkeypatch.setattr("detector.weights_file.weights_path", lambda name: file)  # as if it were shipped
    shipped = load_detector("dwd", Wish(least_scores={"*": 0.0}))
    assert isinstance(shipped, WatershedDetector)
    assert shipped.classes == detector.classes == record_of(file).classes
    assert len(shipped.read(draw_page(7).image).symbols) == len(reading.symbols)


def test_another_file_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="not a watershed model"):
        WatershedDetector.load(tmp_path / "no.onnx")


def test_upright_boxes_hold_the_oriented_ones() -> None:
    from detector.watershed.training import upright_boxes

    boxes = np.array([[50.0, 50, 40, 2, 0.5]])
    assert upright_boxes(boxes)[0] == pytest.approx(geometry.from_upright(geometry.upright(boxes))[0])
    assert upright_boxes(np.zeros((0, 5))).shape == (0, 5)
