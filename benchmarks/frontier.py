"""Accuracy against time: the same pages read with every setting, in turns, and the frontier drawn.

    python benchmarks/frontier.py FOLDER ... [--every 8] [--only NAME ...] [--snapshots A.onnx B.onnx]
        [--models NAME=FILE ...] [--plot F.svg]

A FOLDER with `readings/` is a dataset of `detect-score synth`, any other holds scans (`NAME/page.png` and
`NAME/truth.mxl`). Both give the mean F1 of notes that agree in pitch, onset and duration, a dataset average precision
too (with faint symbols, as in `detect-score evaluate`: mean over the classes with 10 true symbols or more).

Every page is read with all settings one after the other, the first page twice. Times are medians over the pages; a
ratio is the median of the page's time over its time with the default, so that it holds although the machine is shared.
CPU time adds up all cores and hardly changes when the machine is busy.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from frontier_plot import Dot, drawn
from numpy.typing import NDArray

from detect_score.rereading import Rereader
from detector.inference import Network, Precision
from detector.protocol import PageDetector
from detector.reader import Detector
from detector.settings import ACCURATE, DEFAULT, FAST, Settings
from detector.weights_file import find_weights
from notation.page import GreyImage
from realscores_eval.average_precision import evaluate_all
from realscores_eval.notes import compare
from realscores_eval.page_folders import MusicPage, dataset_pages, scanned_pages
from realscores_eval.scored_page import ScoredPage
from realscores_eval.tables import FEW_INSTANCES, Table
from reconstruction.assemble import assemble
from reconstruction.musicxml import musicxml_text

#: As in `detect-score evaluate`.
FAINT = 0.05
#: What is compared: one thing changed at a time, then several looks.
TRIALS = {
    "default": DEFAULT,
    "12.8 px": Settings(scales=(0.8,)),
    "13.6 px": Settings(scales=(0.85,)),
    "14.4 px": Settings(scales=(0.9,)),
    "18.4 px": Settings(scales=(1.15,)),
    "20 px": Settings(scales=(1.25,)),
    "16 and 18.4 px": Settings(scales=(1.0, 1.15)),
    "16 and 20 px": Settings(scales=(1.0, 1.25)),
    "14.4, 16 and 20 px": Settings(scales=(0.9, 1.0, 1.25)),
    "tiles to 1024 px": Settings(longest_tile_px=1024),
    "tiles to 1536 px": Settings(longest_tile_px=1536),
    "whole page": Settings(longest_tile_px=8192),
    "overlap 5 sp": Settings(overlap_sp=5.0),
    "f32": Settings(precision="f32"),
    "16 px, and again at 17": ACCURATE,
}
SNAPSHOTS = "snapshots"


class CountedNetwork:
    """A network that counts the pixels that it is shown."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.facts, self.tile_px = network.facts, network.tile_px
        self.pixels = 0

    def tables(self, tiles: Iterable[GreyImage]) -> Iterator[NDArray[np.float32]]:
        """As the network's own."""
        return self._network.tables(self._counted(tiles))

    def _counted(self, tiles: Iterable[GreyImage]) -> Iterator[GreyImage]:
        for tile in tiles:
            self.pixels += tile.size
            yield tile


@dataclass
class Trial:
    """One setting: its detectors, and what they did page by page."""

    name: str
    networks: list[CountedNetwork]
    reader: PageDetector
    faint: PageDetector
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    pixels: int = 0
    scored: list[ScoredPage] = field(default_factory=list)
    f1: list[float] = field(default_factory=list)

    def read(self, page: MusicPage, image: GreyImage, *, counts: bool) -> None:
        """Read a page, and note time and result where it counts."""
        before = sum(network.pixels for network in self.networks)
        wall, cpu = time.perf_counter(), time.process_time()
        reading = self.reader.read(image)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if counts:
            self.wall_s.append(wall)
            self.cpu_s.append(cpu)
            self.pixels += sum(network.pixels for network in self.networks) - before
            written = musicxml_text(assemble([reading]).score)
            self.f1.append(compare(page.musicxml(), written).pitch_onset_duration.f1)
            if page.reading:  # not timed: with all the faint symbols there is more to do
                self.scored.append(ScoredPage(page.reading().symbols, self.faint.read(image).symbols, page.name))

    def precision(self) -> tuple[float, float]:
        """Return AP at 0.25 and 0.5, the means over common classes; nan without engraved pages."""
        if not self.scored:
            return math.nan, math.nan
        (one,) = (one for one in evaluate_all(self.scored) if one.mode == "standard" and one.shape == "oriented")
        return one.mean(0.25, least=FEW_INSTANCES), one.mean(0.5, least=FEW_INSTANCES)


def main() -> None:
    options = _options()
    pages = list(itertools.islice(_pages(options.folders), options.first, None, options.every))
    if not pages:
        raise SystemExit("no pages with truth there")
    trials = _trials(options.only, options.snapshots, dict(one.split("=", 1) for one in options.models))
    start, done = time.monotonic(), 0
    for number, page in enumerate(pages):
        if time.monotonic() - start > 60 * options.minutes:
            break
        image = page.image()
        for trial in trials:
            if number == 0:
                trial.read(page, image, counts=False)
            trial.read(page, image, counts=True)
        done = number + 1
    table, dots = _results(trials)
    print(table.markdown() if options.markdown else table.text())
    engraved = sum(1 for page in pages[:done] if page.reading)
    print(f"\n{engraved} engraved pages, {done - engraved} scans")
    if options.plot:
        options.plot.write_text(drawn(dots), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th page of all")
    parser.add_argument("--first", type=int, default=0, help="beginning with this one")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no page after so many minutes")
    parser.add_argument("--only", nargs="*", choices=[*TRIALS], help="settings; the default is always among them")
    parser.add_argument("--snapshots", nargs="*", default=[], help="weights whose views are fused, as one more setting")
    parser.add_argument("--models", nargs="*", default=[], metavar="NAME=FILE", help="other models, a setting each")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="also draw note F1 against time")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    return parser.parse_args()


def _pages(folders: Sequence[Path]) -> Iterator[MusicPage]:
    for folder in folders:
        yield from dataset_pages(folder) if (folder / "readings").is_dir() else scanned_pages(folder)


def _trials(only: Sequence[str] | None, snapshots: Sequence[str], models: Mapping[str, str]) -> list[Trial]:
    names = list(TRIALS) if only is None else ["default", *(name for name in only if name != "default")]
    shipped: dict[Precision, Network] = {}
    trials = []
    for name in names:
        settings = TRIALS[name]
        precision = settings.precision
        if precision not in shipped:
            shipped[precision] = Network(find_weights(None), precision=precision)
        trials.append(_trial(name, [shipped[precision]], settings))
    trials += [_trial(name, [Network(find_weights(file))], DEFAULT) for name, file in models.items()]
    if snapshots:
        trials.append(_trial(SNAPSHOTS, [Network(find_weights(one)) for one in snapshots], DEFAULT))
    return trials


def _trial(name: str, networks: Sequence[Network], settings: Settings) -> Trial:
    counted = [CountedNetwork(network) for network in networks]
    detectors = (Detector(counted, least, settings) for least in (None, {"*": FAINT}))
    reader, faint = (Rereader(one) if settings.again else one for one in detectors)
    return Trial(name, counted, reader, faint)


def _results(trials: Sequence[Trial]) -> tuple[Table, list[Dot]]:
    head = ["setting", "Mpx a page", "s a page", "time ratio", "CPU s", "CPU ratio", "AP@0.25", "AP@0.5", "note F1"]
    table, dots = Table(head), []
    (usual,) = (trial for trial in trials if trial.name == "default")
    options = {FAST: ", --fast", ACCURATE: ", --accurate"}
    for trial in trials:
        pixels = trial.pixels / len(trial.wall_s) / 1e6
        wall, cpu = _median_ratio(trial.wall_s, usual.wall_s), _median_ratio(trial.cpu_s, usual.cpu_s)
        quarter, half = trial.precision()
        times = [f"{statistics.median(trial.wall_s):.2f}", f"{wall:.2f}", f"{statistics.median(trial.cpu_s):.2f}"]
        f1 = statistics.fmean(trial.f1) if trial.f1 else math.nan
        name = trial.name + options.get(TRIALS.get(trial.name, DEFAULT), "")
        table.rows.append([name, f"{pixels:.1f}", *times, f"{cpu:.2f}", quarter, half, f1])
        dots.append(Dot(name, cpu, f1))
    return table, dots


def _median_ratio(times_s: Sequence[float], usual_s: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(times_s, usual_s, strict=True))


if __name__ == "__main__":
    main()
