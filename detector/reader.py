"""`Detector`: a page image in, a `Reading` out; runs on OpenVINO, without torch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from detector.arcs.views import ARCS, FAINT_SCORE, trace_arcs
from detector.decode import Detections
from detector.families import suppress_rivals
from detector.fusion import fuse
from detector.inference import Network, TileNetwork
from detector.looks import Kinds, Look, look_at, symbols_of
from detector.second_look import systemic_lines
from detector.second_look.brackets import snap_brackets
from detector.second_look.c_clefs import c_clefs_named
from detector.second_look.graces import look_for_slashes
from detector.second_look.ink import snap_to_ink
from detector.second_look.islands import snap_to_islands
from detector.second_look.ledgers import as_strokes
from detector.second_look.names import look_again
from detector.second_look.octave_signs import octave_hooks_found, octave_signs_named
from detector.settings import DEFAULT, Settings
from detector.staves.darkness import Grey, darkness
from detector.staves.scale import staff_scales
from detector.staves.tracing import staves_of_size, trace_staves
from detector.thin import narrow
from detector.weights_file import DEFAULT_WEIGHTS, ModelFacts, find_weights
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import ConfigurationError
from notation.page import GreyImage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: A symbol is reported from this probability on, unless the model or the caller knows better for its class.
LEAST_SCORE = 0.25

#: With several looks, each reports from this share of a threshold on, and what they say together is kept from that on.
#: Kept from 0.5, 0.75 or 1 of the threshold on, three scans gave a mean note F1 of 0.879, 0.901 and 0.870.
FAINT_SHARE, KEPT_SHARE = 0.5, 0.75

Progress = Callable[[float], None]
#: What a network looks at, and its tables, one a tile in the same order.
_Looking: TypeAlias = tuple[list[Look], Iterator[NDArray[np.float32]]]


class Detector:
    """Reads pages with one network or several; made by `load`, reusable, not safe for several threads at once."""

    def __init__(
        self,
        networks: Sequence[TileNetwork],
        least_scores: Mapping[str, float] | None = None,
        settings: Settings = DEFAULT,
    ) -> None:
        """Raises `ConfigurationError` when the networks do not know the same classes, or a threshold fits none."""
        self._networks, self._settings = tuple(networks), settings
        facts = self.facts
        if any(network.facts.names != facts.names for network in networks):
            raise ConfigurationError("the models do not know the same classes, so their views cannot be fused")
        self._least_scores = _thresholds(facts, least_scores or {})
        self._kinds = Kinds.of(facts.names)
        self._class_ids = np.array([vocabulary().id_of(name) for name in facts.names], dtype=np.int64)

    @classmethod
    def load(
        cls,
        weights: str | Path | Sequence[str | Path] | None = None,
        *,
        threads: int | None = None,
        least_scores: Mapping[str, float] | None = None,
        settings: Settings = DEFAULT,
    ) -> Detector:
        """Load a model, or several whose views of the page are fused.

        Args:
            weights: a path to an `.onnx`, the name of a shipped model, several; None for the shipped one.
            threads: CPU threads; None takes all that the process may use.
            least_scores: thresholds by class name, in the place of the (first) model's own; the key `*` stands for all
                classes not named.
            settings: how much is spent on a page.

        Raises:
            WeightsError: a file is missing or not one of ours.
            ConfigurationError: a threshold names no class or is not in [0, 1]; models do not know the same classes.
        """
        several = [weights] if isinstance(weights, str | Path) else weights or (DEFAULT_WEIGHTS,)
        networks = [Network(find_weights(one), threads, settings.precision) for one in several]
        return cls(networks, least_scores, settings)

    @property
    def facts(self) -> ModelFacts:
        """What the (first) model says about itself."""
        return self._networks[0].facts

    @property
    def classes(self) -> tuple[str, ...]:
        """What it can report: the networks' classes, and staves, which are traced."""
        return tuple(dict.fromkeys([*self.facts.names, "staff"]))

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
        dark = darkness(image)
        scales = staff_scales(dark)
        if not scales:
            return Reading(Symbols.empty(width, height), (), source)
        space_px = scales[0].space_px
        looks = self._looks(image, dark, space_px, self._settings.scales)
        staves = staves_of_size(dark, scales[0])  # while the networks look at the first tiles
        found = self._understood(image, self._fused(looks, progress), staves, space_px)
        return Reading(self._symbols(found, staves, height, width), tuple(staves), source)

    def read_again(self, image: GreyImage, first: Reading) -> Iterator[Reading]:
        """Look at a page again, at the further scales of the settings; yields a reading each, on the same staves.

        Args:
            image: as `read` got it.
            first: what `read` returned.
        """
        if not first.staves:
            return
        dark = darkness(image)
        space_px = staff_scales(dark)[0].space_px
        for scale in self._settings.again:
            found = self._fused(self._looks(image, dark, space_px, (scale,)))
            found = self._understood(image, found, first.staves, space_px)
            yield replace(first, symbols=self._symbols(found, first.staves, image.shape[0], image.shape[1]))

    def sure(self, reading: Reading) -> Reading:
        """Return a reading without symbols below the model's own thresholds, whatever the caller's are."""
        least = dict(zip(self._class_ids.tolist(), _thresholds(self.facts, {}), strict=True))
        wanted = np.array([least.get(one, 0.0) for one in reading.symbols.class_ids.tolist()])
        return replace(reading, symbols=reading.symbols.select(reading.symbols.scores >= wanted))

    def find(self, image: GreyImage, space_px: float) -> Detections:
        """Return the symbols on a page of known staff space, measured in its ink, in page pixels."""
        found = self._fused(self._looks(image, darkness(image), space_px, self._settings.scales))
        return self._understood(image, found, trace_staves(image, space_px), space_px)

    def _looks(self, image: GreyImage, dark: Grey, space_px: float, scales: Sequence[float]) -> list[_Looking]:
        """Start every network on a page; return what each looks at, and its tables as they come."""
        started = []
        for network in self._networks:
            wanted_px = [network.facts.staff_space_px * scale for scale in scales]
            looks = [look_at(image, dark, space_px, one, self._settings, network.tile_px) for one in wanted_px]
            started.append((looks, network.tables(itertools.chain(*(look.pixels() for look in looks)))))
        return started

    def _fused(self, started: list[_Looking], progress: Progress | None = None) -> Detections:
        """Return what all looks show together, thin boxes as wide as the networks make them."""
        count, done = sum(len(look.tiles) for looks, _ in started for look in looks), itertools.count(1)

        def tick() -> None:
            if progress is not None:
                progress(next(done) / count)

        single = sum(len(looks) for looks, _ in started) == 1
        least = self._least_scores * (1.0 if single else FAINT_SHARE)
        views = [symbols_of(look, tables, self._kinds, least, tick) for looks, tables in started for look in looks]
        if single:
            return views[0]
        found = fuse(views)
        return found.take(found.scores >= KEPT_SHARE * self._least_scores[found.labels])

    def _understood(self, image: GreyImage, found: Detections, staves: Sequence[Staff], space_px: float) -> Detections:
        """Return the networks' symbols narrowed to their ink, measured, and told apart by what surrounds them."""
        facts = self.facts
        share = space_px / facts.staff_space_px
        thin = narrow(found.boxes, found.labels, facts.typical_sides_px * share, facts.thin_side_px * share)
        narrowed = Detections(thin, found.labels, found.scores)
        sure_line = facts.least_scores.get(systemic_lines.NAME, LEAST_SCORE)
        narrowed = systemic_lines.systemic_lines_weighed(image, narrowed, facts.names, space_px, sure_line)
        page_found = as_strokes(narrowed, facts.names, staves, space_px)
        page_found = look_again(image, page_found, facts.names, staves, space_px)
        return suppress_rivals(self._measured(image, page_found, staves, space_px), self._kinds.families)

    def _measured(self, image: GreyImage, found: Detections, staves: Sequence[Staff], space_px: float) -> Detections:
        """Return the symbols with what the picture says of their sides, ends and axes."""
        names, labels = self.facts.names, found.labels
        lines = snap_to_ink(image, found.boxes, labels, names, space_px)
        exact = snap_to_islands(image, lines, labels, names, space_px)
        exact = snap_brackets(image, exact, labels, names, space_px)
        arcs = trace_arcs(image, Detections(lines, labels, found.scores), exact, names, staves, space_px)
        signs = octave_hooks_found(image, octave_signs_named(arcs, names, staves, space_px), names, space_px)
        return c_clefs_named(look_for_slashes(image, signs, names, space_px), names, staves)

    def _symbols(self, found: Detections, staves: Sequence[Staff], height: int, width: int) -> Symbols:
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
    usual |= {name: min(usual[name], FAINT_SCORE) for name in usual.keys() & ARCS}  # the arc step decides
    usual |= {name: min(usual[name], systemic_lines.FAINT_SCORE) for name in usual.keys() & {systemic_lines.NAME}}
    return np.array([wanted.get(name, usual[name]) for name in facts.names])


def _staff_box(staff: Staff) -> FloatArray:
    top = np.stack([staff.xs_px, staff.ys_px[0]], 1)
    bottom = np.stack([staff.xs_px, staff.ys_px[-1]], 1)
    return geometry.min_area_box(np.concatenate([top, bottom]))
