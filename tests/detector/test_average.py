from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from detector.training.average import average_runs
from detector.training.run_folder import RunFolder
from notation.errors import WeightsError


def _run(path: Path, value: float, count: int, names: tuple[str, ...] = ("a", "b"), size: int = 3) -> Path:
    weights = {"w": torch.full((size,), value), "h": torch.full((2,), value).half(), "n": torch.tensor(count)}
    state: dict[str, Any] = {"model": {}, "average": weights, "names": list(names), "recipe": {"x": 1}, "step": count}
    state["stages"] = [{}] * count
    RunFolder(path).save(state)
    return path


def test_weights_are_means_and_counts_are_the_last(tmp_path: Path) -> None:
    runs = [_run(tmp_path / "one", 1.0, 5), _run(tmp_path / "two", 2.0, 7), _run(tmp_path / "three", 6.0, 9)]
    average_runs(runs, tmp_path / "mean")
    state = RunFolder(tmp_path / "mean").load()
    for name in ("model", "average"):
        assert state[name]["w"].tolist() == [3.0] * 3
        assert state[name]["h"].dtype == torch.float16
        assert state[name]["n"].item() == 9
    assert (state["step"], state["names"], state["recipe"]) == (9, ["a", "b"], {"x": 1})
    assert state["mean_of_stages"] == [6, 8, 10]
    assert "two" in (tmp_path / "mean" / "about.yaml").read_text(encoding="utf-8")
    assert RunFolder(runs[2]).load()["average"]["w"].tolist() == [6.0] * 3


@pytest.mark.parametrize("other", [{"names": ("a", "c")}, {"size": 4}])
def test_other_networks_and_classes_have_no_mean(tmp_path: Path, other: dict[str, Any]) -> None:
    runs = [_run(tmp_path / "one", 1.0, 5, **other), _run(tmp_path / "two", 2.0, 7)]
    with pytest.raises(WeightsError, match="expected the network and classes"):
        average_runs(runs, tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_runs_without_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no usable checkpoint"):
        average_runs([tmp_path / "nothing"], tmp_path / "mean")
