"""A training run's averaged weights as one ONNX file: half-precision storage, everything a reader must know inside.

Run as `python -m detector.training.export --run FOLDER --out detector/weights/NAME.onnx`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from detector.training.network import build_network, silence_ultralytics
from detector.training.run_folder import RunFolder, earlier_stages, stage_record

#: Height and width of the network's input, px.
TILE_PX = (1024, 1024)
#: Tensors with fewer numbers than this stay in single precision.
_LARGE = 256
_FORMAT = "detect-score-detector 1"


class _Table(nn.Module):
    """Returns only the decoded table (1, 4 + C + 1, A); takes grey 0..255, so that scaling is part of the file."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, grey: torch.Tensor) -> torch.Tensor:
        table: torch.Tensor = self.network((255.0 - grey) / 255.0)
        return table


def export_run(run: Path, out: Path, sources: list[str]) -> Path:
    """Write the averaged weights of a run's last checkpoint to `out`.

    Args:
        run: folder of `detector.training.trainer`.
        sources: what the training pages were engraved from, with licences; stored in the file.

    Raises:
        WeightsError: the run has no usable checkpoint.
    """
    silence_ultralytics(run / "ultralytics")
    state = RunFolder(run).load()
    network = build_network(state["recipe"]["network"], len(state["names"]))
    network.load_state_dict(state["average"])
    fused: Any = network.float().eval().fuse(verbose=False)  # type: ignore[operator]
    head = fused.model[-1]
    head.export, head.format = True, "onnx"
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        plain = Path(folder) / "plain.onnx"
        _trace(_Table(fused), plain)
        model = half_storage(onnx.load(plain))
        helper.set_model_props(model, _metadata(state, sources))
        onnx.checker.check_model(model)
        small = Path(folder) / "small.onnx"
        onnx.save(model, small)
        small.replace(out)
    return out


def _trace(network: nn.Module, path: Path) -> None:
    grey = torch.full((1, 1, *TILE_PX), 255.0)
    torch.onnx.export(
        network, (grey,), path, input_names=["grey"], output_names=["table"], opset_version=17, dynamo=False
    )


def half_storage(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large float tensors in half precision with a cast after each; computing stays in single precision."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or int(np.prod(tensor.dims)) < _LARGE:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(values, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _metadata(state: dict[str, Any], sources: list[str]) -> dict[str, str]:
    recipe, record = state["recipe"], stage_record(state)
    if earlier_stages(state):
        record["earlier stages"] = earlier_stages(state)
    if "mean_of_stages" in state:
        record["mean of stages"] = state["mean_of_stages"]
    return {
        "format": _FORMAT,
        "classes": json.dumps(list(state["names"])),
        "staff_space_px": str(recipe["staff_space_px"]),
        "thin_side_sp": str(recipe["thin_side_sp"]),
        "typical_sides_sp": json.dumps(np.round(state["typical_sides_sp"].numpy(), 4).tolist()),
        "training": json.dumps(record),
        "sources": json.dumps(sources),
    }


#: What the shipped weights were trained on; the licences ask that these names travel with the weights.
SOURCES = [
    "OpenScore Lieder Corpus (CC0-1.0)",
    "OpenScore String Quartets (CC0-1.0)",
    "Chopin first editions, The Fryderyk Chopin Institute (CC-BY-4.0)",
    "TROMPA Music Scholars encodings, mdw - University of Music and Performing Arts Vienna (CC-BY-4.0)",
    "detect-score's random composer",
]


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
