"""The mean of the weights of several runs, each of which began with another: a run that was never trained.

Stages of one training lie so near to each other that the mean of their weights is a network too, and often one that
forgets less than the last stage does (Wortsman et al. 2022, model soups).

Run as `python -m detector.training.average --runs A B --out RUN`; `detector.training.export` makes a file of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from detector.training.run_folder import RunFolder, earlier_stages
from notation.errors import WeightsError


def average_runs(runs: Sequence[Path], out: Path) -> None:
    """Write to `out` the checkpoint of the last run with the mean of all runs' averaged weights.

    Args:
        runs: run folders of `detector.training.trainer`, of one network and class list, the last stage last.
        out: run folder to write; it can be exported and begun with, not resumed.

    Raises:
        WeightsError: a run has no usable checkpoint, or is of another network or other classes.
    """
    states = [RunFolder(run).load() for run in runs]
    last = states[-1]
    for run, state in zip(runs, states, strict=True):
        if state["names"] != last["names"] or not _alike(state["average"], last["average"]):
            raise WeightsError(f"{run}: expected the network and classes of {runs[-1]}")
    weights = {name: _mean([state["average"][name] for state in states]) for name in last["average"]}
    about = {"mean of": [str(run) for run in runs]}
    folder = RunFolder(out)
    folder.write_plan(last["recipe"], tuple(last["names"]), about)
    stages = [1 + len(earlier_stages(state)) for state in states]
    folder.save(last | {"model": weights, "average": weights, "mean_of_stages": stages})


def _alike(first: dict[str, Any], second: dict[str, Any]) -> bool:
    shapes = [{name: tensor.shape for name, tensor in one.items()} for one in (first, second)]
    return shapes[0] == shapes[1]


def _mean(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the mean; of whole numbers, which count batches, the last."""
    if not tensors[-1].is_floating_point():
        return tensors[-1]
    return torch.stack([one.float() for one in tensors]).mean(0).to(tensors[-1].dtype)


def main() -> None:
    """Command line of the mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="run folders, the last stage last")
    parser.add_argument("--out", type=Path, required=True, help="run folder to write")
    options = parser.parse_args()
    average_runs(options.runs, options.out)
    print(f"{options.out}: mean of {len(options.runs)} runs")


if __name__ == "__main__":
    main()
