"""`Detector`: a page image in, a `Reading` out; runs on OpenVINO, without torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from detector.arc_views import trace_arcs
from detector.brackets import snap_brackets
from detector.c_clefs import c_clefs_named
from detector.decode import Detections, decode
from detector.families import families_of, suppress_rivals
from detector.fragments import mend
from detector.graces import look_for_slashes
from detector.ink import snap_to_ink
from detector.islands import snap_to_islands
from detector.ledgers import as_strokes
from detector.octave_signs import octave_signs_named
from detector.scale import staff_space_px
from detector.second_look import look_again
from detector.staves import trace_staves
from detector.thin import LONG, narrow
from detector.tiles import OVERLAP_SP, lay_tiles, merge, pixels_of
from detector.weights_file import ModelFacts, Network, find_weights
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import ConfigurationError
from notation.page import GreyImage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: A symbol is reported from this probability on, unless the model or the caller knows better for its class.
LEAST_SCORE = 0.25

Progress = Callable[[float], None]


class Detector:
    """Reads pages with one network; made by `load`, reusable, not safe for several threads at once."""

    def __init__(self, network: Network, least_scores: Mapping[str, float] | None = None) -> None:
        self._network = network
        facts = network.facts
        self._least_scores = _thresholds(facts, least_scores or {})
        self._families = families_of(facts.names)
        self._is_long = np.array([name in LONG for name in facts.names])
        self._class_ids = np.array([vocabulary().id_of(name) for name in facts.names], dtype=np.int64)

    @classmethod
    def load(
        cls,
        weights: str | Path | None = None,
        *,
        threads: int | None = None,
        least_scores: Mapping[str, float] | None = None,
    ) -> Detector:
        """Load a model.

        Args:
            weights: a path to an `.onnx`, the name of a shipped model, or None for the default one.
            threads: CPU threads; None takes all that the process may use.
            least_scores: thresholds by class name, in the place of the model's own; the key `*` stands for all classes
                not named.

        Raises:
            WeightsError: the file is missing or not one of ours.
            ConfigurationError: a threshold names no class or is not in [0, 1].
        """
        return cls(Network(find_weights(weights), threads), least_scores)

    @property
    def facts(self) -> ModelFacts:
        """What the model says about itself."""
        return self._network.facts

    def read(self, image: GreyImage, progress: Progress | None = None, source: str = "") -> Reading:
        """Find the symbols and staff lines of a page.

        Args:
            image: uint8 (height, width), grey, 0 = ink.
            progress: called with the share done, 0 to 1, after every tile.
            source: file name of the page, kept in the reading.

        Returns:
            Symbols and staves in pixels of `image`; a page where no staff can be found gives an empty reading.

        Raises:
            ValueError: the image is not uint8 with two axes.
        """
        if image.dtype != np.uint8 or image.ndim != 2:
            raise ValueError(f"expected a uint8 image of two axes, got {image.dtype} with shape {image.shape}")
        height, width = image.shape
        space = staff_space_px(image)
        if space is None:
            return Reading(Symbols.empty(width, height), (), source)
        staves = trace_staves(image, space)
        found = self.find(image, space, progress, staves)
        return Reading(self._symbols(found, staves, width, height), tuple(staves), source)

    def find(
        self,
        image: GreyImage,
        space_px: float,
        progress: Progress | None = None,
        staves: Sequence[Staff] | None = None,
    ) -> Detections:
        """Return the network's symbols on a page of known staff space, narrowed to their ink, in page pixels.

        `staves` are the traced staff lines, where the caller has them already.
        """
        staves = trace_staves(image, space_px) if staves is None else staves
        facts = self.facts
        scale = facts.staff_space_px / space_px
        parts = []
        page = _resized(image, scale)
        tiles = lay_tiles(page.shape[1], page.shape[0], self._network.tile_px, round(OVERLAP_SP * facts.staff_space_px))
        for done, tile in enumerate(tiles, 1):
            found = decode(self._network(pixels_of(page, tile)), self._least_scores)
            found.boxes[:, :2] += (tile.x, tile.y)
            parts.append((tile, suppress_rivals(found, self._families)))
            if progress is not None:
                progress(done / len(tiles))
        merged = merge(parts, self._is_long, facts.staff_space_px)
        whole = suppress_rivals(mend(merged, facts.names), self._families)
        thin = narrow(whole.boxes, whole.labels, facts.typical_sides_px, facts.thin_side_px)
        boxes = _rescaled(thin, page.shape[1] / image.shape[1], page.shape[0] / image.shape[0])
        page_found = as_strokes(Detections(boxes, whole.labels, whole.scores), facts.names, staves, space_px)
        page_found = look_again(image, page_found, facts.names, staves, space_px)
        return suppress_rivals(self._measured(image, page_found, staves, space_px), self._families)

    def _measured(self, image: GreyImage, found: Detections, staves: Sequence[Staff], space_px: float) -> Detections:
        """Return the symbols with what the picture says of their sides, ends and axes."""
        names, labels = self.facts.names, found.labels
        lines = snap_to_ink(image, found.boxes, labels, names, space_px)
        exact = snap_to_islands(image, lines, labels, names, space_px)
        exact = snap_brackets(image, exact, labels, names, space_px)
        arcs = trace_arcs(image, Detections(lines, labels, found.scores), exact, names, staves, space_px)
        signs = octave_signs_named(arcs, names, staves, space_px)
        return c_clefs_named(look_for_slashes(image, signs, names, space_px), names, staves)

    def _symbols(self, found: Detections, staves: list[Staff], width: int, height: int) -> Symbols:
        boxes, ids, scores = found.boxes, self._class_ids[found.labels], np.clip(found.scores, 0, 1)
        if "staff" not in self.facts.names and staves:
            boxes = np.concatenate([boxes, np.stack([_staff_box(staff) for staff in staves])])
            ids = np.concatenate([ids, np.full(len(staves), vocabulary().id_of("staff"))])
            scores = np.concatenate([scores, np.ones(len(staves))])
        return Symbols.of(boxes, ids, scores, width_px=width, height_px=height)[0]


def _thresholds(facts: ModelFacts, wanted: Mapping[str, float]) -> FloatArray:
    strange = sorted(set(wanted) - set(facts.names) - {"*"})
    if strange:
        raise ConfigurationError(f"thresholds for classes that the model does not know: {', '.join(strange)}")
    if any(not 0 <= value <= 1 for value in wanted.values()):
        raise ConfigurationError("expected thresholds in [0, 1]")
    usual = {name: wanted.get("*", facts.least_scores.get(name, LEAST_SCORE)) for name in facts.names}
    return np.array([wanted.get(name, usual[name]) for name in facts.names])


def _resized(image: GreyImage, scale: float) -> GreyImage:
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    if size == (image.shape[1], image.shape[0]):
        return image
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=way).astype(np.uint8, copy=False)


def _rescaled(boxes: FloatArray, scale_x: float, scale_y: float) -> FloatArray:
    """Return boxes of the scaled page in page pixels; the two scales differ only by the rounding of the page's size."""
    out = boxes.copy()
    out[:, 0] /= scale_x
    out[:, 1] /= scale_y
    out[:, 2:4] /= (scale_x * scale_y) ** 0.5
    return out


def _staff_box(staff: Staff) -> FloatArray:
    top = np.stack([staff.xs_px, staff.ys_px[0]], 1)
    bottom = np.stack([staff.xs_px, staff.ys_px[-1]], 1)
    return geometry.min_area_box(np.concatenate([top, bottom]))
