"""Predicted memory: the formulas by themselves, and against what PyTorch's allocator really gives out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
if find_spec("ultralytics") is None:  # not imported here: it must be silenced first
    pytest.skip("ultralytics is not installed", allow_module_level=True)

from detector.memory import Plan, count_network, largest  # noqa: E402
from detector.pages.instances import InstanceTable, pair_counts  # noqa: E402
from detector.step_memory import (  # noqa: E402
    NetworkMemory,
    StepSize,
    TruthSize,
    dense_assigner_bytes,
    sparse_assigner_bytes,
    step_memory,
)
from detector.training.network import silence_ultralytics  # noqa: E402
from detector.training.recipe import BatchShape  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
NETWORK = NetworkMemory(parameters=2_000_000, buffers=10_000, fixed_bytes=5_000_000, crop_bytes=100_000_000)
SIZE = StepSize(4, 640, 640, 24)
_SIDE_PX = 20.0


@pytest.fixture(autouse=True, scope="module")
def quiet_library(tmp_path_factory: pytest.TempPathFactory) -> None:
    silence_ultralytics(tmp_path_factory.mktemp("ultralytics"))


@pytest.mark.parametrize(("side_px", "cells"), [(0, 0), (32, 21), (640, 8400), (1024, 21504)])
def test_cells_of_a_crop(side_px: int, cells: int) -> None:
    assert StepSize(1, side_px, side_px, 1).cells == cells


def test_the_dense_table_costs_24_bytes_an_entry_whatever_the_classes() -> None:
    truth = TruthSize(padded=1250, boxes=5000, pairs=50_000, hull_pairs=50_000)
    expected = 24 * 4 * 1250 * 8400
    assert dense_assigner_bytes(SIZE, truth) == expected
    assert dense_assigner_bytes(replace(SIZE, classes=158), truth) == expected


def test_one_full_crop_sets_the_dense_price_for_all_but_not_ours() -> None:
    even = TruthSize(padded=100, boxes=400, pairs=4000, hull_pairs=5000)
    uneven = replace(even, padded=400)
    assert dense_assigner_bytes(SIZE, uneven) == 4 * dense_assigner_bytes(SIZE, even)
    assert sparse_assigner_bytes(SIZE, uneven) == sparse_assigner_bytes(SIZE, even)


def test_nothing_to_assign_makes_no_table() -> None:
    empty = TruthSize(0, 0, 0, 0)
    assert dense_assigner_bytes(SIZE, empty) < dense_assigner_bytes(SIZE, TruthSize(10, 40, 400, 400))


def test_the_step_is_the_sum_of_its_parts() -> None:
    memory = step_memory(NETWORK, SIZE, TruthSize(1250, 5000, 50_000, 50_000), "dense")
    assert memory.moment == "assigner"
    assert memory.resident == 4 * (4 * 2_000_000 + 2 * 10_000)
    assert memory.step == memory.forward + memory.assigner + 4 * 4 * 8400 * 24
    assert memory.total == memory.resident + memory.step + memory.overhead


def test_a_gpu_has_neither_cpu_kernels_nor_copies_for_casting() -> None:
    truth = TruthSize(5, 20, 100, 100)  # so few boxes that the class tables are the largest
    on_cpu, on_gpu = (step_memory(NETWORK, SIZE, truth, "dense", device) for device in ("cpu", "cuda"))
    assert on_gpu.overhead == 0
    assert on_gpu.assigner < on_cpu.assigner


@given(
    st.integers(1, 64),
    st.integers(1, 8),
    st.integers(1, 200),
    st.integers(0, 2000),
    st.sampled_from(["dense", "sparse"]),
)
def test_more_of_anything_never_needs_less(crops: int, cells: int, classes: int, boxes: int, assigner: str) -> None:
    size, truth = StepSize(crops, 64 * cells, 64, classes), TruthSize(boxes, boxes, 7 * boxes, 9 * boxes)
    least = step_memory(NETWORK, size, truth, assigner).total  # type: ignore[arg-type]
    for bigger in (replace(size, crops=crops + 1), replace(size, width_px=96), replace(size, classes=classes + 1)):
        assert step_memory(NETWORK, bigger, truth, assigner).total > least  # type: ignore[arg-type]
    fuller = TruthSize(boxes + 9, boxes + 9, 7 * boxes + 63, 9 * boxes + 81)
    assert step_memory(NETWORK, size, fuller, assigner).total >= least  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [0, 1, 2, 3, 7, 8, 99])
def test_the_largest_count_that_fits(answer: int) -> None:
    assert largest(lambda count: count <= answer) == answer


def test_the_search_ends_where_everything_fits() -> None:
    assert largest(lambda count: True, most=100) == 100


def test_the_proposed_batch_fits_and_the_next_does_not() -> None:
    boxes = np.arange(300)
    plan = Plan(
        NETWORK,
        BatchShape(640, 640, 4, 1.0),
        24,
        InstanceTable(boxes, boxes.astype(np.float64) * 8, boxes.astype(np.float64) * 9),
    )
    for assigner in ("dense", "sparse"):
        crops = plan.largest_batch(8e9, assigner)
        assert plan.step(crops, assigner).total <= 8e9 < plan.step(crops + 1, assigner).total
    assert plan.largest_batch(8e9, "dense") < plan.largest_batch(8e9, "sparse")
    assert plan.largest_batch(1e6, "sparse") == 0


@pytest.mark.parametrize(("boxes", "classes"), [(20, 158), (200, 24)])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_the_assigners_allocate_what_the_formula_says(kind: str, boxes: int, classes: int) -> None:
    size = StepSize(2, 256, 256, classes)
    arguments, truth = _assigner_arguments(size, boxes)
    assigner = _assigner(kind, classes)
    predicted = (dense_assigner_bytes if kind == "dense" else sparse_assigner_bytes)(size, truth)
    assert _allocated(lambda: assigner(*arguments)) == pytest.approx(predicted, rel=0.15)


@pytest.mark.parametrize(("sides_px", "angle_rad"), [((60, 60), 0.0), ((120, 16), 0.785)])
def test_ours_is_set_by_its_pairs_when_boxes_are_many(sides_px: tuple[float, float], angle_rad: float) -> None:
    size = StepSize(1, 256, 256, 2)
    arguments, _ = _assigner_arguments(size, 400)
    boxes = arguments[4]
    boxes[..., 2], boxes[..., 3], boxes[..., 4] = *sides_px, angle_rad
    pairs, hull_pairs = pair_counts(boxes[0].numpy().astype(np.float64))
    predicted = sparse_assigner_bytes(size, TruthSize(400, 400, round(pairs), round(hull_pairs)))
    assert predicted > 10 * size.cells * (37 + 4 * 2)
    assert _allocated(lambda: _assigner("sparse", 2)(*arguments)) == pytest.approx(predicted, rel=0.15)


def test_the_network_is_counted_in_proportion_to_its_picture() -> None:
    small, large = (count_network("yolo11n-obb.yaml", 5, 64, width) for width in (64, 128))
    assert small.parameters == large.parameters
    assert large.fixed_bytes == pytest.approx(small.fixed_bytes, rel=0.05)
    assert large.crop_bytes == pytest.approx(2 * small.crop_bytes, rel=0.05)


@pytest.mark.slow
def test_a_whole_step_stays_within_the_prediction() -> None:
    command = [
        sys.executable,
        "benchmarks/training_memory.py",
        "--case",
        "harmony:2:256:256:150",
        "--assigner",
        "dense",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    lines = [line.strip("| ").split("|") for line in done.stdout.splitlines() if line.startswith("|")]
    row = dict(zip((name.strip() for name in lines[0]), (cell.strip() for cell in lines[-1]), strict=True))
    assert float(row["step MB"]) == pytest.approx(float(row["tensors MB"]), rel=0.05)


def _assigner(kind: str, classes: int) -> Callable[..., object]:
    from ultralytics.utils.tal import RotatedTaskAlignedAssigner

    from detector.training.assigner import SparseAssigner

    strides = [8.0, 16.0, 32.0]
    if kind == "sparse":
        return SparseAssigner(classes, strides)
    library: Callable[..., object] = RotatedTaskAlignedAssigner(10, classes, 0.5, 6.0, strides)
    return library


def _assigner_arguments(size: StepSize, boxes: int) -> tuple[tuple[torch.Tensor, ...], TruthSize]:
    rng = torch.Generator().manual_seed(1)
    cells = torch.cat(
        [
            torch.stack(torch.meshgrid(middle, middle, indexing="xy"), -1).reshape(-1, 2)
            for middle in ((torch.arange(256 // stride) + 0.5) * stride for stride in size.strides)
        ]
    )
    truth = torch.rand(size.crops, boxes, 5, generator=rng) * 200 + 28
    truth[..., 2:4], truth[..., 4] = _SIDE_PX, 0.0
    predicted = torch.rand(size.crops, len(cells), 5, generator=rng) * 200
    predicted[..., 2:4], predicted[..., 4] = _SIDE_PX, 0.0
    scores = torch.rand(size.crops, len(cells), size.classes, generator=rng)
    labels = torch.zeros(size.crops, boxes, 1)
    pairs = round(size.crops * boxes * _SIDE_PX**2 * (1 / 64 + 1 / 256 + 1 / 1024))
    arguments = (scores, predicted, cells, labels, truth, torch.ones(size.crops, boxes, 1))
    return arguments, TruthSize(boxes, size.crops * boxes, pairs, pairs)


def _allocated(work: Callable[[], object]) -> int:
    """Return the peak of PyTorch's CPU allocator during `work`."""
    work()  # whatever is made once
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profiler:
        kept = work()
    del kept
    live = peak = 0
    for event in sorted(_memory_events(profiler)):
        live += event[1]
        peak = max(peak, live)
    return peak


def _memory_events(profiler: object) -> list[tuple[float, int]]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))  # type: ignore[attr-defined]
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    return [(event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == "[memory]"]
