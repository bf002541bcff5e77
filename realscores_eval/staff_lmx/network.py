"""The network on OpenVINO: one strip in, the scores of its slots out."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notation.errors import WeightsError
from notation.page import GreyImage
from realscores_eval.staff_lmx.alphabet import FIELDS, SYMBOLS
from realscores_eval.staff_lmx.decoding import SLOT_PX
from realscores_eval.staff_lmx.network_input import network_input

_SHIPPED = "staff_lmx.onnx"


def shipped_weights() -> Path:
    """Return the weights that come with the package."""
    return Path(str(files(__package__).joinpath("weights", _SHIPPED)))


class StripNetwork:
    """A compiled model; reusable, not safe for several threads at once."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        """Compile `path`; raises `WeightsError` when it is no staff reader of this version."""
        import openvino

        core = openvino.Core()
        try:
            model = core.read_model(path)
            widths = [int(output.partial_shape[2].get_length()) for output in model.outputs]
        except (RuntimeError, IndexError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WeightsError(f"{path}: not a staff reader ({reason})") from error
        expected = [1 + len(SYMBOLS), sum(len(values) for values in FIELDS.values())]
        if widths != expected:
            raise WeightsError(f"{path}: expected a staff reader with {expected} scores a slot, got {widths}")
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        settings |= {"INFERENCE_NUM_THREADS": threads} if threads else {}
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()

    def scores(self, strip: GreyImage) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return float32 scores of the symbols, (slots, 1 + symbols), and of all fields, (slots, values)."""
        self._request.infer([network_input(strip)])
        slots = max(1, strip.shape[1] // SLOT_PX)
        symbols, fields = (np.array(self._request.get_output_tensor(at).data[0, :slots]) for at in (0, 1))
        return symbols, fields
