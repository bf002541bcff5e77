"""A watershed run's averaged weights as one ONNX file of the same kind as the other detectors'.

Run as `python -m detector.watershed.export --run FOLDER --out FILE.onnx`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import helper
from torch import nn

from detector.training.export import SOURCES, half_storage
from detector.training.run_folder import RunFolder, stage_record
from detector.watershed.network import DESIGNS, WatershedNetwork
from detector.watershed.reader import FORMAT, TILE_PX


class _Answers(nn.Module):
    """Grey 0..255 (1, 1, H, W) to (1, 7, H', W'): height, label, sureness, shapes; scaling is part of the file."""

    def __init__(self, network: WatershedNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, grey: torch.Tensor) -> torch.Tensor:
        maps = self.network((255.0 - grey) / 255.0)
        energy = torch.softmax(maps.energy, 1)
        level = torch.linspace(0, 1, energy.shape[1])[None, :, None, None]
        sureness, label = torch.softmax(maps.classes, 1).max(1, keepdim=True)
        return torch.cat([(energy * level).sum(1, keepdim=True), label.to(energy.dtype), sureness, maps.shapes], 1)


def export_run(run: Path, out: Path, sources: list[str]) -> Path:
    """Write the averaged weights of a run's last checkpoint to `out`; raises `WeightsError` where there is none."""
    state = RunFolder(run).load()
    recipe = state["recipe"]
    network = WatershedNetwork(DESIGNS[recipe["design"]], len(state["names"]), recipe["levels"])
    network.load_state_dict(state["average"])
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        grey = torch.full((1, 1, TILE_PX, TILE_PX), 255.0)
        torch.onnx.export(
            _Answers(network.eval()), (grey,), plain, input_names=["grey"], output_names=["maps"], opset_version=17,
            dynamo=False,
        )  # fmt: skip
        model = half_storage(onnx.load(plain))
        helper.set_model_props(model, _metadata(state, sources))
        onnx.checker.check_model(model)
        onnx.save(model, small)
        small.replace(out)
    return out


def _metadata(state: dict[str, Any], sources: list[str]) -> dict[str, str]:
    recipe = state["recipe"]
    return {
        "format": FORMAT,
        "classes": json.dumps(list(state["names"])),
        "staff_space_px": str(recipe["crops"]["staff_space_px"]),
        "stride": str(DESIGNS[recipe["design"]].stride),
        "cuts": json.dumps(list(recipe["cuts"])),
        "oriented": json.dumps(recipe["oriented"]),
        "training": json.dumps(stage_record(state)),
        "sources": json.dumps(sources),
    }


def main() -> None:
    """Command line of the export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    path = export_run(options.run, options.out, SOURCES)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
