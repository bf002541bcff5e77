"""Running a model on OpenVINO: grey tiles in, one table of cells a tile out, several tiles at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.tile_shapes import free_tile_shape
from detector.weights_file import ModelFacts, facts_of
from notation.errors import WeightsError
from notation.page import GreyImage

#: "auto" computes in half precision where the processor can (bf16), "f32" never does.
Precision: TypeAlias = Literal["auto", "f32"]
#: Tiles that wait for each one that is computed, so that no core idles while its owner looks at the last result.
_WAITING = 2


class TileNetwork(Protocol):
    """Anything that makes tables out of tiles; `Network` is ours, and says what the attributes mean."""

    facts: ModelFacts
    tile_px: tuple[int, int] | None

    def tables(self, tiles: Iterable[GreyImage]) -> Iterator[NDArray[np.float32]]:
        """Yield the table of each tile in order."""
        ...


class Network:
    """A compiled model; reusable, not safe for several threads at once.

    Attributes:
        facts: what the model says about itself.
        tile_px: (height, width) that every tile must have; None where any multiple of 32 will do.
    """

    def __init__(self, path: Path, threads: int | None = None, precision: Precision = "auto") -> None:
        """Compile `path`; raises `WeightsError` when it is no model of ours."""
        import openvino

        core = openvino.Core()
        try:
            model = core.read_model(path)
            self.facts = facts_of(model)
        except (RuntimeError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WeightsError(f"{path}: not a detector model of this version ({reason})") from error
        height, width = (int(side) for side in list(model.inputs[0].shape)[2:])
        free = free_tile_shape(model)
        self.tile_px: tuple[int, int] | None = None if free else (height, width)
        settings = _plugin_settings(core, threads, precision)
        self._compiled = core.compile_model(model if free else core.read_model(path), "CPU", settings)
        count = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS") * _WAITING
        self._requests = [self._compiled.create_infer_request() for _ in range(count)]

    def tables(self, tiles: Iterable[GreyImage]) -> Iterator[NDArray[np.float32]]:
        """Yield the table (4 + C + 1, A) of each uint8 tile in order; see `detector.decode`.

        The first tiles are on their way as soon as this is called. A table is valid until the next one is asked for.
        """
        for request in self._requests:
            request.wait()  # for a tile of a page that was given up
        waiting = iter(tiles)
        running: deque[tuple[Any, Any]] = deque()
        for request, tile in zip(self._requests, waiting, strict=False):
            running.append(self._started(request, tile))
        return self._finished(running, waiting)

    def _finished(self, running: deque[Any], waiting: Iterator[GreyImage]) -> Iterator[NDArray[np.float32]]:
        while running:
            request, _ = running.popleft()
            request.wait()
            yield request.get_output_tensor(0).data[0]
            tile = next(waiting, None)
            if tile is not None:
                running.append(self._started(request, tile))

    def _started(self, request: Any, tile: GreyImage) -> tuple[Any, Any]:
        """Start a request; return it with its input, which must live until it is done."""
        grey = tile.astype(np.float32)[None, None]
        request.start_async({0: grey}, share_inputs=True)
        return request, grey


def _plugin_settings(core: Any, threads: int | None, precision: Precision) -> dict[str, Any]:
    can = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    count = threads or len(os.sched_getaffinity(0))
    return {
        "NUM_STREAMS": _streams(count),
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "auto" and "BF16" in can else "f32",
        "INFERENCE_NUM_THREADS": count,
    }


def _streams(threads: int) -> int:
    """Return how many tiles are computed at a time.

    Two threads compute a tile each and need not wait for each other after every layer; of more threads, two share a
    tile. A page has about six tiles, and each one that is computed takes some 80 MB: four at a time are enough.
    """
    return max(min(threads, 2), min(threads // 2, 4))
