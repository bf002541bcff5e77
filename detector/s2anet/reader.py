"""`S2ANetDetector`: a page image in, a `Reading` out; mmrotate is asked in its own process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from detector.looks import Look, look_at
from detector.model_record import ModelRecord
from detector.s2anet.place import find_python, find_s2anet_weights
from detector.s2anet.worker_process import WorkerProcess
from detector.settings import DEFAULT, Settings
from detector.staves.darkness import darkness
from detector.staves.scale import staff_scales
from detector.staves.tracing import staves_of_size
from detector.suppression import suppress
from detector.thin import LONG, narrow
from detector.tiles import Tile, merge
from notation.boxes import FloatArray, IntArray
from notation.deepscores_proposals import read_proposals
from notation.errors import WeightsError
from notation.page import GreyImage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary


@dataclass(frozen=True)
class S2ANetFacts:
    """What a weights file says about itself, as the worker tells it.

    Attributes:
        class_ids: int64 (C,), vocabulary ids of the network's classes.
        staff_space_px: staff space that pages are scaled to.
        thin_side_px: least side of the boxes that the network learned; 0 where they were left as they are.
        typical_sides_px: float64 (C, 2), true width and height of thin boxes, at `staff_space_px`.
        least_score: a symbol is reported from this score on.
        overlap: of two symbols of a class that share more than this, the better one counts.
        training: steps, minutes and the resolved recipe.
        sources: what the training pages were made from, with licences.
    """

    class_ids: IntArray
    staff_space_px: float
    thin_side_px: float
    typical_sides_px: FloatArray
    least_score: float
    overlap: float
    training: dict[str, Any]
    sources: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the network's classes."""
        return tuple(vocabulary().name_of(one) for one in self.class_ids.tolist())

    @classmethod
    def of(cls, said: dict[str, Any]) -> S2ANetFacts:
        """Check and convert what the worker said; raises `WeightsError` when it does not fit this vocabulary."""
        try:
            ids = [int(one["id"]) for one in said["classes"]]
            known = {one.id: one.name for one in vocabulary()}
            strange = [one["name"] for one in said["classes"] if known.get(int(one["id"])) != one["name"]]
            space = float(said["staff_space_px"])
            typical = np.array(said["typical_sides_sp"], np.float64).reshape(len(ids), 2) * space
            scores = float(said["least_score"]), float(said["overlap"])
            story = dict(said["training"]), tuple(said["sources"])
            facts = cls(np.array(ids, np.int64), space, float(said["thin_side_sp"]) * space, typical, *scores, *story)
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"the weights of s2anet lack something ({error})") from error
        if strange:
            raise WeightsError(f"the weights of s2anet name classes that are none of ours: {', '.join(strange[:5])}")
        return facts


class S2ANetDetector:
    """Reads pages with one S2ANet; reusable, not safe for several threads at once.

    Attributes:
        facts: what the weights say about themselves.
        record: the same as of any model file of ours; None without a file.
    """

    def __init__(self, worker: WorkerProcess, least_score: float | None = None, settings: Settings = DEFAULT) -> None:
        self.facts = S2ANetFacts.of(worker.facts)
        self._worker, self._settings = worker, settings
        self._least_score = self.facts.least_score if least_score is None else least_score
        self._is_long = np.array([name in LONG for name in self.facts.names])
        self.record: ModelRecord | None = None

    @classmethod
    def load(
        cls, weights: str | Path | None = None, *, least_score: float | None = None, settings: Settings = DEFAULT
    ) -> S2ANetDetector:
        """Start mmrotate's process.

        Args:
            weights: a file of `detector.s2anet.training`; None for those of `DETECT_SCORE_S2ANET_WEIGHTS`, or the
                shipped ones.
            least_score: in the place of the weights' own.
            settings: longest tile and overlap.

        Raises:
            ConfigurationError: there is no environment with mmrotate.
            WeightsError: the file is missing or not one of ours.
        """
        python, path = find_python(), find_s2anet_weights(weights)
        detector = cls(WorkerProcess.of(python, path), least_score, settings)
        facts = detector.facts
        detector.record = ModelRecord(path, "s2anet", facts.names, facts.staff_space_px, facts.training, facts.sources)
        return detector

    def read(self, image: GreyImage, progress: Callable[[float], None] | None = None, source: str = "") -> Reading:
        """Find the symbols and staff lines of a page.

        Args:
            image: uint8 (height, width), grey, 0 = ink.
            progress: called with the share done, 0 to 1, after every tile.
            source: file name of the page, kept in the reading.

        Returns:
            Symbols and staves in pixels of `image`; a page where no staff can be found gives an empty reading.

        Raises:
            WeightsError: mmrotate's process failed.
        """
        height, width = image.shape
        dark = darkness(image)
        scales = staff_scales(dark)
        if not scales:
            return Reading(Symbols.empty(width, height), (), source)
        look = look_at(image, dark, scales[0].space_px, self.facts.staff_space_px, self._settings)
        found = look.in_page(self._merged(look, self._tiles(look, progress)))
        ids, scores = self.facts.class_ids[found.labels], found.scores
        symbols, _ = Symbols.of(found.boxes, ids, scores, width_px=width, height_px=height)
        return Reading(symbols, tuple(staves_of_size(dark, scales[0])), source)

    def _tiles(self, look: Look, progress: Callable[[float], None] | None) -> list[tuple[Tile, Detections]]:
        """Return what every tile shows, pixels of the scaled page."""
        with tempfile.TemporaryDirectory(prefix="s2anet-") as folder:
            images, out = Path(folder) / "images", Path(folder) / "proposals.json"
            images.mkdir()
            for number, pixels in enumerate(look.pixels()):
                (images / f"{number:06d}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
            self._worker.find(images, out, self._least_score, progress)
            sizes = {number: (tile.width, tile.height) for number, tile in enumerate(look.tiles)}
            proposals, _ = read_proposals(out, sizes)
        return [(tile, self._moved(proposals[number], tile)) for number, tile in enumerate(look.tiles)]

    def _moved(self, symbols: Symbols, tile: Tile) -> Detections:
        known = np.isin(symbols.class_ids, self.facts.class_ids)
        boxes = symbols.boxes[known] + [tile.x, tile.y, 0, 0, 0]
        return Detections(boxes, _rows_of(symbols.class_ids[known], self.facts.class_ids), symbols.scores[known])

    def _merged(self, look: Look, parts: list[tuple[Tile, Detections]]) -> Detections:
        """Return one list for the page, duplicates of neighbouring tiles gone, thin boxes narrowed."""
        found = merge(parts, self._is_long, look.space_px)
        best = suppress(found, found.labels, self.facts.overlap)
        thin = narrow(best.boxes, best.labels, self.facts.typical_sides_px, self.facts.thin_side_px)
        return Detections(thin, best.labels, best.scores)


def _rows_of(ids: NDArray[np.int64], class_ids: IntArray) -> IntArray:
    """Return the place of each id in a list that holds them all, in any order."""
    order = np.argsort(class_ids)
    return np.asarray(order[np.searchsorted(class_ids[order], ids)], np.int64)
