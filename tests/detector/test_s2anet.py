"""S2ANet from our side: the talk with a worker, what crosses the border, and what is said where mmrotate is not."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect_score.main import main
from detector.registry import Wish, load_detector
from detector.s2anet.environment import Place, StepError, _complaint, build, plan
from detector.s2anet.place import (
    ENVIRONMENT_VARIABLE,
    WEIGHTS_VARIABLE,
    find_python,
    find_s2anet_weights,
    worker_command,
)
from detector.s2anet.reader import S2ANetDetector, S2ANetFacts
from detector.s2anet.worker.config import model_config
from detector.s2anet.worker.crop_folder import boxes_of, quads_of
from detector.s2anet.worker.schedule import learning_rate
from detector.s2anet.worker_process import WorkerProcess
from notation import boxes as geometry
from notation.errors import ConfigurationError, WeightsError
from notation.page import LabelledPage
from notation.vocabulary import vocabulary

_NAMES = ("noteheadBlackInSpace", "noteheadBlackOnLine", "stem", "beam")
#: Speaks the worker's lines, and sees on every picture what `symbols.json` beside the script says.
_FAKE = """
import json, pathlib, sys

here = pathlib.Path(__file__).parent
print("a library talks", file=sys.stderr)
print(json.dumps({"ready": json.loads((here / "facts.json").read_text())}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    pictures = sorted(pathlib.Path(order["images"]).glob("*.png"))
    seen = json.loads((here / "symbols.json").read_text())
    sure = [row for row in seen if row["score"] >= order["least_score"]]
    rows = [row | {"img_id": int(path.stem)} for path in pictures for row in sure]
    if not seen:
        print(json.dumps({"error": "out of paper"}), flush=True)
        continue
    pathlib.Path(order["out"]).write_text(json.dumps({"proposals": rows}))
    print(json.dumps({"progress": 1.0}), flush=True)
    print(json.dumps({"done": order["out"]}), flush=True)
"""


def _facts(**changes: Any) -> dict[str, Any]:
    classes = [{"name": name, "id": vocabulary().id_of(name)} for name in _NAMES]
    thin = [[0.5, 0.5], [0.5, 0.5], [0.15, 0.5], [0.5, 0.5]]  # stems are thin across, the others are not
    known = {
        "classes": classes, "staff_space_px": 8.0, "thin_side_sp": 0.5, "typical_sides_sp": thin,
        "least_score": 0.3, "overlap": 0.1, "training": {"steps": 7, "minutes": 2.0}, "sources": ["ours"],
    }  # fmt: skip
    return known | changes


def _row(name: str, box: tuple[float, ...], score: float) -> dict[str, Any]:
    quad = geometry.corners(np.array([box], np.float64)).reshape(-1).tolist()
    return {"bbox": quad, "cat_id": str(vocabulary().id_of(name)), "score": score}


@pytest.fixture
def worker(tmp_path: Path) -> Callable[..., WorkerProcess]:
    """A function that starts a worker of our own which sees the given rows."""

    def start(rows: list[dict[str, Any]], **facts: Any) -> WorkerProcess:
        (tmp_path / "fake.py").write_text(_FAKE)
        (tmp_path / "facts.json").write_text(json.dumps(_facts(**facts)))
        (tmp_path / "symbols.json").write_text(json.dumps(rows))
        return WorkerProcess([sys.executable, str(tmp_path / "fake.py")])

    return start


# The page


def test_a_page_without_staves_is_not_shown(worker: Callable[..., WorkerProcess]) -> None:
    reading = S2ANetDetector(worker([])).read(np.full((200, 300), 255, np.uint8), source="blank.png")
    assert len(reading.symbols) == 0
    assert reading.staves == ()
    assert reading.source == "blank.png"


def test_what_the_worker_sees_stands_on_the_page(
    worker: Callable[..., WorkerProcess], draw_page: Callable[[int], LabelledPage]
) -> None:
    page = draw_page(1)  # staff space 16 px, shown at 8, so one tile
    seen = [
        _row("noteheadBlackOnLine", (100, 60, 10, 8, 0), 0.9),
        _row("noteheadBlackOnLine", (101, 60, 10, 8, 0), 0.8),  # the same again
        _row("noteheadBlackInSpace", (101, 60, 10, 8, 0), 0.7),  # of another class: stays, as published
        _row("stem", (200, 80, 4, 28, 0), 0.6),  # 4 px wide: as thin as the network knows
        _row("beam", (120, 40, 60, 5, 0.1), 0.31),
        _row("beam", (120, 200, 60, 5, 0.1), 0.2),
    ]
    shares: list[float] = []
    reading = S2ANetDetector(worker(seen)).read(page.image, shares.append)
    found = dict(zip(reading.symbols.names, reading.symbols.boxes.tolist(), strict=True))
    assert sorted(reading.symbols.names) == sorted(["noteheadBlackOnLine", "noteheadBlackInSpace", "stem", "beam"])
    assert found["noteheadBlackOnLine"] == pytest.approx([200, 120, 20, 16, 0], abs=0.5)
    assert found["stem"] == pytest.approx([400, 160, 0.15 * 16, 56, 0], abs=0.5)
    assert found["beam"] == pytest.approx([240, 80, 120, 10, 0.1], abs=0.5)
    assert len(reading.staves) == 3
    assert shares == [1.0]


def test_the_callers_threshold_takes_the_place_of_the_weights(
    worker: Callable[..., WorkerProcess], draw_page: Callable[[int], LabelledPage]
) -> None:
    seen = [_row("beam", (120, 40, 60, 5, 0.1), 0.31), _row("beam", (120, 200, 60, 5, 0.1), 0.2)]
    image = draw_page(1).image
    assert [len(S2ANetDetector(worker(seen), least).read(image).symbols) for least in (0.1, None, 0.5)] == [2, 1, 0]


def test_a_worker_is_asked_more_than_once(
    worker: Callable[..., WorkerProcess], draw_page: Callable[[int], LabelledPage]
) -> None:
    detector = S2ANetDetector(worker([_row("stem", (200, 80, 4, 28, 0), 0.6)]))
    assert [len(detector.read(draw_page(seed).image).symbols) for seed in (1, 2)] == [1, 1]


def test_the_record_is_that_of_any_model(
    worker: Callable[..., WorkerProcess], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, weights = tmp_path / "venv" / "bin" / "python", tmp_path / "mine.pth"
    python.parent.mkdir(parents=True)
    python.touch()
    weights.write_bytes(b"x" * 2000)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    monkeypatch.setattr(WorkerProcess, "of", lambda python, path: worker([]))
    record = S2ANetDetector.load(weights).record
    assert record is not None
    assert (record.detector, record.classes, record.steps, record.minutes) == ("s2anet", _NAMES, 7, 2.0)
    assert record.megabytes == 0.002


# What goes wrong


def test_a_workers_failure_is_one_line(
    worker: Callable[..., WorkerProcess], draw_page: Callable[[int], LabelledPage]
) -> None:
    with pytest.raises(WeightsError, match=r"^the worker of s2anet failed: out of paper$"):
        S2ANetDetector(worker([])).read(draw_page(1).image)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        pytest.param("raise SystemExit('no memory')", "ended: no memory", id="its-last-words"),
        pytest.param("pass", "ended: without a word", id="silence"),
        pytest.param("print('hello')", "said 'hello'", id="another-language"),
        pytest.param('print(\'{"error": "No module named mmcv"}\')', "failed: No module named mmcv", id="its-reason"),
    ],
)
def test_a_worker_that_does_not_start(program: str, said: str) -> None:
    with pytest.raises(WeightsError, match=said) as caught:
        WorkerProcess([sys.executable, "-c", program])
    assert "\n" not in str(caught.value)


def test_a_worker_sees_nothing_that_lies_beside_this_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = worker_command(Path(sys.executable), "crop_folder")
    look = "import json, sys; print(json.dumps({'ready': [sys.path, sys.argv, sorted(sys.modules)]}))"
    command[3] += look
    path, arguments, modules = WorkerProcess(command).facts
    assert str(tmp_path) not in path
    assert len(arguments) == 1
    assert "detector.s2anet" in modules
    assert not {"notation", "torch", "openvino"} & set(modules)


def test_no_such_worker(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be started"):
        WorkerProcess([str(tmp_path / "python")])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"classes": [{"name": "tuba", "id": 1}], "typical_sides_sp": [[1, 1]]}, "tuba", id="strange-class"
        ),
        pytest.param({"typical_sides_sp": [[1, 1]]}, "lack something", id="a-row-too-few"),
        pytest.param({"overlap": None}, "lack something", id="no-number"),
    ],
)
def test_weights_that_do_not_fit(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        S2ANetFacts.of(_facts(**changes))


def test_without_mmrotate_one_line_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "page.png"), np.full((200, 300), 255, np.uint8))
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    for command in ([], ["detect"]):
        assert main([*command, str(tmp_path / "page.png"), "--detector", "s2anet"]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1
        assert "python -m detector.s2anet.environment FOLDER" in lines[0]
        assert ENVIRONMENT_VARIABLE in lines[0]


def test_an_empty_folder_is_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    with pytest.raises(ConfigurationError, match="no environment there"):
        load_detector("s2anet")


def test_without_weights_one_line_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    assert find_python() == python
    with pytest.raises(WeightsError, match=r"detector\.s2anet\.training") as caught:
        load_detector(str(tmp_path / "none.pth"))
    assert "\n" not in str(caught.value)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path / "mine.pth"))
    with pytest.raises(WeightsError, match=r"mine\.pth"):
        load_detector("s2anet")
    (tmp_path / "mine.pth").touch()
    assert find_s2anet_weights() == tmp_path / "mine.pth"


# The environment


def _place(folder: Path, python: str) -> Place:
    return Place(folder, folder / "wheels", python, 1)


def test_steps_that_were_done_are_not_done_again(tmp_path: Path) -> None:
    place = _place(tmp_path, sys.executable)
    (tmp_path / "done").mkdir()
    for name, what, _ in plan(place):
        (tmp_path / "done" / name).write_text(what)
    said: list[str] = []
    assert build(place, said.append) == tmp_path / "venv" / "bin" / "python"
    assert len(said) == len(plan(place))
    assert all(line.endswith("done before") for line in said)


def test_a_step_that_fails_is_one_line(tmp_path: Path) -> None:
    fake = tmp_path / "python3.9"
    fake.write_text("#!/bin/sh\necho 3.9\n")
    fake.chmod(0o755)
    said: list[str] = []
    with pytest.raises(StepError, match=r"expected Python 3.11, got 3.9") as caught:
        build(_place(tmp_path / "env", str(fake)), said.append)
    assert "\n" not in str(caught.value)
    assert len(said) == 1
    assert not any((tmp_path / "env" / "done").iterdir())


@pytest.mark.parametrize(
    ("log", "said"),
    [
        pytest.param("", "no output", id="nothing"),
        pytest.param("all is well\n", "all is well", id="no-complaint"),
        pytest.param("error: no space\nnote: see above\n", "error: no space", id="pip"),
        pytest.param(
            "  ModuleNotFoundError: No module named 'wheel'\n  note: here\nerror: metadata-generation-failed\n",
            "ModuleNotFoundError: No module named 'wheel'",
            id="exception-before-pip",
        ),
        pytest.param(
            "a.cpp:3:5: error: no type\nb.cpp:1:1: error: more\nRuntimeError: Error compiling objects\n",
            "a.cpp:3:5: error: no type",
            id="compiler-before-exception",
        ),
    ],
)
def test_the_complaint_is_the_cause(tmp_path: Path, log: str, said: str) -> None:
    (tmp_path / "build.log").write_text("RuntimeError: of an earlier step\n" + log)
    assert _complaint(tmp_path / "build.log", len("RuntimeError: of an earlier step\n")) == said


def test_a_kept_wheel_is_not_compiled_again(tmp_path: Path) -> None:
    place = _place(tmp_path, "python3.11")
    place.wheels.mkdir()
    (place.wheels / "mmcv-2.1.0-cp311-cp311-linux_x86_64.whl").touch()
    work = {name: work for name, _, work in plan(place)}
    work["wheel"]()
    assert not place.log.exists()  # no command ran


def test_the_wheel_is_compiled_after_what_it_needs(tmp_path: Path) -> None:
    order = [name for name, _, _ in plan(_place(tmp_path, "python3.11"))]
    assert (
        order.index("torch") < order.index("tools") < order.index("wheel") < order.index("mmcv") < order.index("check")
    )


# What crosses the border

_boxes = st.lists(
    st.tuples(
        st.floats(0, 500), st.floats(0, 500), st.floats(2, 300), st.floats(2, 300), st.floats(-0.78, 0.78)
    ),
    max_size=8,
)  # fmt: skip


@given(_boxes)
@settings(max_examples=40, deadline=None)
def test_boxes_keep_their_sides_and_turn_on_the_way(rows: list[tuple[float, ...]]) -> None:
    boxes = np.array(rows, np.float64).reshape(-1, 5)
    there = boxes_of(geometry.corners(boxes).reshape(-1, 8)) if len(boxes) else boxes_of([])
    assert there.dtype == np.float32
    assert there == pytest.approx(boxes, abs=2e-3)
    assert geometry.from_corners(quads_of(there)) == pytest.approx(geometry.canonical(boxes), abs=2e-2)


def test_the_published_configuration() -> None:
    from detector.classes import class_names

    pytest.importorskip("torch")
    from detector.s2anet.recipe import read_s2anet_recipe

    recipe = read_s2anet_recipe("s2anet")
    names = class_names(recipe.crops.classes)
    assert len(names) == 136
    config = model_config(recipe.as_dict()["network"], recipe.as_dict()["answer"], len(names))
    assert config["backbone"]["depth"] == 50
    assert config["neck"]["in_channels"] == [256, 512, 1024, 2048]
    first, second = config["bbox_head_init"], config["bbox_head_refine"][0]
    assert first["anchor_generator"]["strides"] == [8, 16, 32, 64, 128]
    assert first["anchor_generator"]["scales"] == [4.0]
    assert first["num_classes"] == second["num_classes"] == 136
    assert first["loss_cls"] | {"type": ""} == {
        "type": "",
        "use_sigmoid": True,
        "gamma": 2,
        "alpha": 0.25,
        "loss_weight": 1,
    }
    assert first["loss_bbox"]["beta"] == pytest.approx(1 / 9, abs=1e-4)
    assert first["bbox_coder"]["use_box_type"] is False
    assert "use_box_type" not in second["bbox_coder"]
    assigner = config["train_cfg"]["init"]["assigner"]
    assert (assigner["pos_iou_thr"], assigner["neg_iou_thr"]) == (0.5, 0.4)
    assert config["test_cfg"]["nms"]["iou_threshold"] == 0.1
    assert (config["test_cfg"]["nms_pre"], config["test_cfg"]["max_per_img"]) == (5000, 1000)


@pytest.mark.parametrize("progress", [0.0, 0.01, 0.04, 0.3, 1.0])
def test_the_schedule_is_that_of_our_own_detectors(progress: float) -> None:
    pytest.importorskip("ultralytics")
    from detector.s2anet.recipe import read_s2anet_recipe
    from detector.training.trainer import learning_rate as ours

    recipe = read_s2anet_recipe("s2anet_small")
    assert learning_rate(progress, recipe.as_dict()["optimizer"]) == pytest.approx(ours(progress, recipe.optimizer))


def test_unknown_threshold_classes_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(S2ANetDetector, "load", lambda weights, **rest: asked.update(rest, weights=weights))
    load_detector("s2anet", Wish(least_scores={"*": 0.05}))
    assert (asked["weights"], asked["least_score"]) == (None, 0.05)
    load_detector("mine.pth")
    assert (asked["weights"], asked["least_score"]) == ("mine.pth", None)


# mmrotate itself


@pytest.mark.slow
@pytest.mark.skipif(ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no environment")
def test_mmrotate_learns_a_crop_and_reads_a_page(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    pytest.importorskip("torch")
    from detector.pages.store import write_store
    from detector.s2anet.recipe import read_s2anet_recipe
    from detector.s2anet.training import WEIGHTS, draw_crops, train

    write_store(tmp_path / "store", [draw_page(1)])
    recipe = read_s2anet_recipe("s2anet_small", minutes=0.1, crop_count=3)
    draw_crops(recipe, [tmp_path / "store"], tmp_path / "run")
    assert train(tmp_path / "run") == 0
    first = (tmp_path / "run" / "log.csv").read_text() if (tmp_path / "run" / "log.csv").exists() else ""
    assert train(tmp_path / "run", resume=True) == 0  # the budget is spent: nothing more is learned
    assert (tmp_path / "run" / "log.csv").exists() is bool(first)
    reading = load_detector(str(tmp_path / "run" / WEIGHTS)).read(draw_page(1).image)
    assert len(reading.staves) == 3
