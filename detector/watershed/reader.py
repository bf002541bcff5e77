"""`WatershedDetector`: a page image in, a `Reading` out; runs on OpenVINO, without torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.staves.scale import staff_space_px
from detector.staves.tracing import trace_staves
from detector.watershed.decode import PageMaps, decode_maps
from notation import boxes as geometry
from notation.errors import WeightsError
from notation.page import GreyImage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

FORMAT = "detect-score-watershed 1"
#: Height and width of the network's input, px.
TILE_PX = 1024
#: Of every tile so much along its edges is left to its neighbours, px: what lies there lacks context.
MARGIN_PX = 96
#: A symbol is reported from this score on.
LEAST_SCORE = 0.1
#: Height, label, sureness and four numbers of shape.
_MAPS = 7


def is_watershed(path: Path) -> bool:
    """Return whether a file is one of `detector.watershed.export`."""
    import openvino

    try:
        return bool(str(openvino.Core().read_model(path).get_rt_info(["framework", "format"]).astype(str)) == FORMAT)
    except RuntimeError:
        return False


class WatershedDetector:
    """Reads pages with one watershed network; reusable, not safe for several threads at once."""

    def __init__(self, model: Any, facts: dict[str, Any], least_score: float) -> None:
        self._model, self.facts, self._least_score = model, facts, least_score
        self._class_ids = np.array([vocabulary().id_of(name) for name in facts["classes"]], dtype=np.int64)

    @classmethod
    def load(cls, path: str | Path, *, least_score: float = LEAST_SCORE) -> WatershedDetector:
        """Load a file of `detector.watershed.export`; raises `WeightsError` when it is none."""
        import openvino

        core = openvino.Core()
        try:
            model = core.read_model(path)
            info = model.get_rt_info()["framework"]
            facts = {key: json.loads(str(info[key].astype(str))) for key in info if key != "format"}
            if str(info["format"].astype(str)) != FORMAT:
                raise ValueError(f"expected {FORMAT!r}")
            return cls(core.compile_model(model, "CPU"), facts, least_score)
        except (RuntimeError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WeightsError(f"{path}: not a watershed model of this version ({reason})") from error

    @property
    def classes(self) -> tuple[str, ...]:
        """What it can report."""
        return tuple(self.facts["classes"])

    def read(self, image: GreyImage, progress: Callable[[float], None] | None = None, source: str = "") -> Reading:
        """Find the symbols and staff lines of a page.

        Args:
            image: uint8 (height, width), grey, 0 = ink.
            progress: called with the share done, 0 to 1, after every tile.
            source: file name of the page, kept in the reading.

        Returns:
            Symbols and staves in pixels of `image`; a page where no staff can be found gives an empty reading.
        """
        height, width = image.shape
        space = staff_space_px(image)
        if space is None:
            return Reading(Symbols.empty(width, height), (), source)
        scale = self.facts["staff_space_px"] / space
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        page = np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)
        found = decode_maps(self._maps(page, progress), self.facts["cuts"], oriented=self.facts["oriented"])
        sure = found.take(found.scores >= self._least_score)
        across, down = width / size[0] * self.facts["stride"], height / size[1] * self.facts["stride"]
        boxes = geometry.affine(sure.boxes, np.array([[across, 0, 0], [0, down, 0]])) if len(sure) else sure.boxes
        symbols, _ = Symbols.of(boxes, self._class_ids[sure.labels], sure.scores, width_px=width, height_px=height)
        return Reading(symbols, tuple(trace_staves(image, space)), source)

    def _maps(self, page: GreyImage, progress: Callable[[float], None] | None) -> PageMaps:
        """Return the maps of a whole page, laid together from the middles of tiles."""
        stride, step = self.facts["stride"], TILE_PX - 2 * MARGIN_PX
        rows, columns = (-(-side // step) for side in page.shape)
        padded = np.full((rows * step + 2 * MARGIN_PX, columns * step + 2 * MARGIN_PX), 255, np.uint8)
        padded[MARGIN_PX : MARGIN_PX + page.shape[0], MARGIN_PX : MARGIN_PX + page.shape[1]] = page
        part, edge = step // stride, MARGIN_PX // stride
        maps = np.zeros((_MAPS, rows * part, columns * part), np.float32)
        for number in range(rows * columns):
            row, column = divmod(number, columns)
            tile = padded[row * step :, column * step :][:TILE_PX, :TILE_PX]
            answer = self._answer(tile)[:, edge : edge + part, edge : edge + part]
            maps[:, row * part :, column * part :][:, :part, :part] = answer
            if progress is not None:
                progress((number + 1) / (rows * columns))
        return PageMaps(maps[0], np.rint(maps[1]).astype(np.int64), maps[2], maps[3:])

    def _answer(self, tile: GreyImage) -> NDArray[np.float32]:
        answer: NDArray[np.float32] = self._model(tile.astype(np.float32)[None, None])[0][0]
        return answer
