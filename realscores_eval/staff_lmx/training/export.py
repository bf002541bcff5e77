"""The mean weights of a run as one ONNX file, in half precision.

Run as `python -m realscores_eval.staff_lmx.training.export --run FOLDER --out FILE.onnx`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from realscores_eval.staff_lmx.network_input import WIDTH_STEP_PX
from realscores_eval.staff_lmx.staff_strip import HEIGHT_PX
from realscores_eval.staff_lmx.training.recipe import Recipe
from realscores_eval.staff_lmx.training.training import Run

#: Tensors with fewer numbers stay in single precision: biases and scales, where rounding shows and size does not.
_LARGE = 2048


def export_run(folder: Path, recipe: Recipe, out: Path) -> None:
    """Write the mean weights of the last checkpoint of a run."""
    run = Run(folder, recipe, folder)
    network = run.mean.module.eval()
    strip = torch.zeros(1, 1, HEIGHT_PX, 4 * WIDTH_STEP_PX)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".part")
    torch.onnx.export(
        network, (strip,), str(unfinished), input_names=["strip"], output_names=["symbols", "fields"], opset_version=17,
        dynamic_axes={"strip": {3: "width"}, "symbols": {1: "slots"}, "fields": {1: "slots"}}, dynamo=False,
    )  # fmt: skip
    model = onnx.load(str(unfinished))
    _halve(model)
    trained = {"steps": run.steps, "minutes": round(run.seconds / 60, 1)}
    helper.set_model_props(model, {"format": "staff-lmx 1", "trained": json.dumps(trained)})
    onnx.checker.check_model(model)
    onnx.save(model, str(unfinished))
    unfinished.replace(out)


def _halve(model: onnx.ModelProto) -> None:
    """Keep large tensors in half precision and widen them when the model is loaded."""
    widened = []
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= _LARGE:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}.half"))
            widened.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*widened, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def main(arguments: Sequence[str] | None = None) -> None:
    """Export."""
    parser = argparse.ArgumentParser(description="write the weights of the staff reader")
    parser.add_argument("--run", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--recipe", type=Path, metavar="YAML")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    export_run(options.run, Recipe.read(options.recipe) if options.recipe else Recipe(), options.out)


if __name__ == "__main__":
    main()
