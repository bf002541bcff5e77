"""The torch side: assignment, batches, one short run from crops to an ONNX file that reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from notation.errors import ConfigurationError
from notation.page import LabelledPage

torch = pytest.importorskip("torch")
if find_spec("ultralytics") is None:  # not imported here: it must be silenced first
    pytest.skip("ultralytics is not installed", allow_module_level=True)

from detector.classes import class_names  # noqa: E402
from detector.pages.store import read_store, write_store  # noqa: E402
from detector.training.assigner import SparseAssigner, best_of_each, candidate_pairs  # noqa: E402
from detector.training.batches import CropSampler, make_batch  # noqa: E402
from detector.training.network import build_network, silence_ultralytics  # noqa: E402
from detector.training.recipe import Recipe, read_recipe  # noqa: E402
from detector.training.trainer import Trainer, learning_rate  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def quiet_library(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import ultralytics only after it was silenced, whichever test comes first."""
    silence_ultralytics(tmp_path_factory.mktemp("ultralytics"))


_STRIDES = (8.0, 16.0, 32.0)


def _cells(side: int) -> torch.Tensor:
    levels = []
    for stride in _STRIDES:
        middle = (torch.arange(int(side / stride)) + 0.5) * stride
        y, x = torch.meshgrid(middle, middle, indexing="ij")
        levels.append(torch.stack([x.flatten(), y.flatten()], 1))
    return torch.cat(levels)


def _recipe() -> Recipe:
    shapes = [{"height_px": 256, "width_px": 256, "crops": 2, "share": 1.0}]
    return read_recipe("training", classes="harmony", batches=shapes, minutes=0.05, threads=1, checkpoint_minutes=0.01)


@pytest.fixture
def store(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> Path:
    write_store(tmp_path / "store", [draw_page(seed) for seed in range(3)])
    return tmp_path / "store"


def test_candidates_are_the_cells_inside_the_box() -> None:
    rng = np.random.default_rng(3)
    cells = _cells(128)
    truth = torch.tensor(
        np.concatenate([rng.uniform(10, 118, (40, 2)), rng.uniform(2, 70, (40, 2)), rng.uniform(-0.7, 0.7, (40, 1))], 1)
    ).float()
    owner, cell = candidate_pairs(truth, cells, 16.0)
    offset = cells[None] - truth[:, None, :2]
    cos, sin = truth[:, 4].cos()[:, None], truth[:, 4].sin()[:, None]
    half = truth[:, None, 2:4].clamp(min=16) / 2  # none is slender enough for a wider strip
    along, across = offset[..., 0] * cos + offset[..., 1] * sin, offset[..., 1] * cos - offset[..., 0] * sin
    expected = ((along.abs() <= half[..., 0]) & (across.abs() <= half[..., 1])).nonzero()
    assert {tuple(pair) for pair in expected.tolist()} == set(zip(owner.tolist(), cell.tolist(), strict=True))


def test_best_of_each_group() -> None:
    group, merit = torch.tensor([2, 0, 2, 2, 0]), torch.tensor([0.1, 0.5, 0.9, 0.4, 0.2])
    assert sorted(best_of_each(group, merit, 2).tolist()) == [1, 2, 3, 4]
    assert best_of_each(group[:0], merit[:0], 2).tolist() == []


def test_the_assigner_agrees_with_the_library() -> None:
    from ultralytics.utils.tal import RotatedTaskAlignedAssigner

    generator = torch.Generator().manual_seed(5)
    cells = _cells(128)
    truth = torch.zeros(2, 3, 5)
    truth[0] = torch.tensor([[30, 30, 24, 18, 0.1], [90, 40, 40, 16, -0.2], [60, 100, 20, 50, 0.0]])
    truth[1, 0] = torch.tensor([64, 64, 30, 30, 0.3])
    labels, mask = torch.tensor([[[1.0], [0], [2]], [[2], [0], [0]]]), (truth.sum(2, keepdim=True) > 0).float()
    scores = torch.rand(2, len(cells), 3, generator=generator)
    sizes = torch.rand(2, len(cells), 2, generator=generator) * 30 + 10
    boxes = torch.cat([cells.expand(2, -1, 2), sizes, torch.zeros(2, len(cells), 1)], 2)
    ours = SparseAssigner(3, list(_STRIDES))(scores, boxes, cells, labels, truth, mask)
    theirs = RotatedTaskAlignedAssigner(topk=10, num_classes=3, alpha=0.5, beta=6.0, stride=[8, 16, 32])(
        scores, boxes, cells, labels, truth, mask
    )
    assert (ours[3] == theirs[3]).all()
    assert torch.allclose(ours[2], theirs[2].float(), atol=1e-4)
    assert torch.allclose(ours[1][ours[3]], theirs[1][theirs[3]])


def test_a_box_under_others_keeps_a_cell() -> None:
    cells = _cells(64)
    truth = torch.tensor([[[32.0, 32, 20, 20, 0], [32, 32, 16, 16, 0]]])  # the second is the slash under a grace note
    boxes = truth[:, :1].expand(1, len(cells), 5).contiguous()  # every cell foretells the first
    scores = torch.full((1, len(cells), 2), 0.5)
    found = SparseAssigner(2, list(_STRIDES))(
        scores, boxes, cells, torch.tensor([[[0.0], [1]]]), truth, torch.ones(1, 2, 1)
    )
    given = found[4][0][found[3][0]]
    assert (given == 1).sum() == 2
    assert (given == 0).sum() == 6


def test_no_truth_assigns_nothing() -> None:
    cells = _cells(64)
    empty = SparseAssigner(2, list(_STRIDES))(
        torch.rand(1, len(cells), 2), torch.rand(1, len(cells), 5), cells, torch.zeros(1, 0, 1), torch.zeros(1, 0, 5),
        torch.zeros(1, 0, 1),
    )  # fmt: skip
    assert not empty[3].any()
    assert empty[2].sum() == 0


def test_a_batch_is_a_function_of_seed_and_step(store: Path) -> None:
    recipe = _recipe()
    sampler = CropSampler(read_store(store), class_names(recipe.classes), recipe)
    first, again, other = (make_batch(sampler, recipe, step) for step in (4, 4, 5))
    assert (first.images == again.images).all()
    assert (first.targets == again.targets).all()
    assert first.images.shape == (2, 256, 256)
    assert other.images.shape == first.images.shape
    assert not torch.equal(other.images, first.images)
    assert (first.targets[:, 4:6] >= 0.5 * 13.4).all()  # no side below half a staff space


def test_a_crop_that_has_room_shows_the_whole_page(store: Path) -> None:
    shapes = [{"height_px": 2048, "width_px": 2048, "crops": 1, "share": 1.0}]
    recipe = read_recipe("training", classes="harmony", batches=shapes, worn_share=0.0)
    sampler = CropSampler(read_store(store), class_names(recipe.classes), recipe)
    counts = {int((sampler.labels[page] >= 0).sum()) for page in range(3)}
    rng = np.random.default_rng(1)
    crops = [sampler.draw(rng, 2048, 2048) for _ in range(6)]
    assert {len(crop.boxes) for crop in crops} <= counts
    assert len({tuple(crop.boxes[0, :2]) for crop in crops}) == 6  # never in the same place


def test_a_budget_in_steps_does_not_look_at_the_clock(store: Path, tmp_path: Path) -> None:
    trainer = Trainer(replace(_recipe(), steps=4, minutes=1e-6), [store], store, tmp_path / "run")
    assert trainer.progress == 0
    trainer.train()
    assert trainer.step == 4
    assert trainer.progress == 1


def test_the_head_of_a_younger_network_says_level_before_it_is_trained() -> None:
    with torch.no_grad():
        table = build_network("yolo26n-obb.yaml", 3).eval()(torch.zeros(1, 1, 64, 64))[0]
    assert table.shape == (1, 4 + 3 + 1, 84)
    assert table[:, -1].abs().max() < 0.2


def test_a_network_that_the_library_lacks() -> None:
    with pytest.raises(ConfigurationError, match=r"yolo99n-obb\.yaml"):
        build_network("yolo99n-obb.yaml", 3)


def test_the_schedule_warms_up_and_ends_low() -> None:
    recipe = _recipe()
    rates = [learning_rate(share, recipe.optimizer) for share in np.linspace(0, 1, 101)]
    peak = int(np.argmax(rates))
    assert rates[peak] == pytest.approx(recipe.optimizer.lr)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(recipe.optimizer.lr * recipe.optimizer.final_lr_share)


@pytest.mark.slow
def test_train_resume_export_read(store: Path, tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    pytest.importorskip("onnx")
    from detector.reader import Detector
    from detector.training.export import export_run

    run = tmp_path / "run"
    trainer = Trainer(_recipe(), [store], store, run)
    trainer.train()
    steps = trainer.step
    assert steps > 0
    assert {path.name for path in run.iterdir()} >= {"recipe.yaml", "classes.txt", "about.yaml", "last.pt"}
    again = Trainer(_recipe(), [store], store, run)
    again.resume()
    assert again.step == steps
    for old, new in zip(trainer.average.state_dict().values(), again.average.state_dict().values(), strict=True):
        assert torch.equal(old, new)
    second = Trainer(_recipe(), [store], store, tmp_path / "second")
    second.start_from(run)
    assert [stage["steps"] for stage in second.stages] == [steps]
    assert torch.equal(next(second.model.parameters()), next(trainer.average.parameters()))
    path = export_run(run, tmp_path / "tiny.onnx", ["drawn"])
    assert path.stat().st_size < 12e6
    detector = Detector.load(path, threads=1)
    assert detector.facts.names == class_names("harmony")
    assert detector.facts.sources == ("drawn",)
    assert json.loads(json.dumps(detector.facts.training))["steps"] == steps
    reading = detector.read(draw_page(9).image)
    assert len(reading.staves) == 3
