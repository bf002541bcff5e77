"""Time per page by stage, warm and including process start, and peak memory, on two cores.

    python benchmarks/page_time.py examples/clean.png [PAGE ...] [--runs 5] [--weights FILE ...] [--markdown]

Warm: one process reads every page once, then `--runs` times; the table shows medians. With several `--weights` the
models take turns page by page in that process, so their columns can be compared although the machine is shared.
Cold: `detect-score PAGE` as a process of its own, from start to exit. Memory is the peak resident size of each process.
CPU columns add up the time of all cores; they stay when the machine is busy with other things, wall time does not.
"Network and the rest" is the time of `Detector.read` less that of its two other stages, which are timed on their own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
#: Stages in the order of a page; they add up to the page.
STAGES = ("load", "scale", "staves", "network and the rest", "rebuild", "write")
MEGABYTE = 1e6


@dataclass
class PageTimes:
    """One page with one model: wall seconds of every warm run by stage, and CPU seconds of every whole run."""

    page: str
    weights: str
    symbols: int = 0
    cpu_s: list[float] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in STAGES})

    def median_s(self, stage: str) -> float:
        """Median over the warm runs."""
        return statistics.median(self.seconds[stage])

    @property
    def total_s(self) -> float:
        """Median over the warm runs of the sum of all stages."""
        return statistics.median(map(sum, zip(*self.seconds.values(), strict=True)))


def main() -> None:
    options = _options()
    _pin(options.cores)
    if options.worker:
        print(json.dumps(_warm(options.pages, options.weights or [None], options.runs)))
        return
    warm, warm_cost = _worker()
    cold = {page: [_cold(page, weights) for weights in options.weights or [None]] for page in options.pages}
    _print(warm, warm_cost, cold, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE")
    parser.add_argument("--runs", type=int, default=5, help="warm runs a page and model, 5 unless given")
    parser.add_argument("--cores", type=int, default=2, help="cores to stay on, 2 unless given")
    parser.add_argument("--weights", nargs="*", default=[], help="models to compare; the shipped one unless given")
    parser.add_argument("--markdown", action="store_true", help="tables as Markdown")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _pin(cores: int) -> None:
    """Stay on so many cores, children included, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


# The imports of the reader stand in the worker: the parent must stay small, for a child's peak memory counts from it.


def _warm(pages: list[Path], weights: list[str | None], runs: int) -> dict[str, Any]:
    start = time.perf_counter()
    from detector.reader import Detector

    detectors = {one or "shipped": Detector.load(one) for one in weights}
    load_s = time.perf_counter() - start
    done = []
    for page in pages:
        times = {name: PageTimes(str(page), name) for name in detectors}
        for run in range(runs + 1):
            for name, detector in detectors.items():
                _run(times[name], page, detector, counts=run > 0)
        done += [asdict(one) for one in times.values()]
    return {"pages": done, "load_s": load_s}


def _run(times: PageTimes, page: Path, detector: Any, *, counts: bool) -> None:
    """Read a page once, and keep the times if this run counts."""
    from detect_score.pages import open_pages
    from detector.scale import staff_space_px
    from detector.staves import trace_staves
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    seconds: dict[str, float] = {}
    cpu_start = time.process_time()
    with _timed(seconds, "load"):
        (image,) = (load().pixels for load in open_pages(page))
    with _timed(seconds, "read"):
        reading = detector.read(image)
    with _timed(seconds, "rebuild"):
        assembly = assemble([reading])
    with _timed(seconds, "write"), tempfile.TemporaryDirectory() as folder:
        Path(folder, "page.musicxml").write_text(musicxml_text(assembly.score), encoding="utf-8")
    cpu_s = time.process_time() - cpu_start
    with _timed(seconds, "scale"):
        space_px = staff_space_px(image)
    with _timed(seconds, "staves"):
        trace_staves(image, space_px)
    seconds["network and the rest"] = seconds.pop("read") - seconds["scale"] - seconds["staves"]
    times.symbols = len(reading.symbols)
    if counts:
        times.cpu_s.append(cpu_s)
        for stage in STAGES:
            times.seconds[stage].append(seconds[stage])


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """A whole process: wall and CPU seconds, and the peak of its resident memory."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start


def _worker() -> tuple[dict[str, Any], ProcessCost]:
    """Run the warm part as a process of its own; return what it measured and what it cost."""
    with tempfile.TemporaryFile("w+") as out:
        command = [sys.executable, __file__, *sys.argv[1:], "--worker"]
        cost = _process(command, stdout=out.fileno())
        out.seek(0)
        return json.load(out), cost


def _cold(page: Path, weights: str | None) -> ProcessCost:
    """Read a page by the command, from process start to exit."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "detect_score.main", str(page), "-o", f"{folder}/page.musicxml"]
        return _process(command + (["--weights", weights] if weights else []), stdout=subprocess.DEVNULL)


def _process(command: list[str], stdout: int) -> ProcessCost:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=stdout, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)  # wait4 has taken it from Popen
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed with exit code {child.returncode}")
    peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return ProcessCost(wall_s, usage.ru_utime + usage.ru_stime, peak_bytes)


def _print(
    warm: dict[str, Any], warm_cost: ProcessCost, cold: dict[Path, list[ProcessCost]], options: argparse.Namespace
) -> None:
    from realscores_eval.tables import Cell, Table

    pages = [PageTimes(**one) for one in warm["pages"]]
    cold_runs = [run for page in options.pages for run in cold[page]]  # in the order of `pages`
    head = ["page", "weights", "symbols", *(f"{stage} ms" for stage in STAGES)]
    table = Table([*head, "warm ms", "warm CPU ms", "cold ms", "cold CPU ms", "cold MB"])
    for one, cost in zip(pages, cold_runs, strict=True):
        stages_ms = [_ms(one.median_s(stage)) for stage in STAGES]
        warm_ms = [_ms(one.total_s), _ms(statistics.median(one.cpu_s))]
        cold_ms = [_ms(cost.wall_s), _ms(cost.cpu_s)]
        names: list[Cell] = [Path(one.page).name, Path(one.weights).name, one.symbols]
        table.rows.append([*names, *stages_ms, *warm_ms, *cold_ms, round(cost.peak_bytes / MEGABYTE)])
    total_s = sum(one.total_s for one in pages)
    shares = Table(["stage", "share of the warm time"])
    for stage in STAGES:
        shares.rows.append([stage, f"{sum(one.median_s(stage) for one in pages) / total_s:.1%}"])
    show: Callable[[Table], str] = Table.markdown if options.markdown else Table.text
    print(show(table), show(shares), sep="\n\n", end="\n\n")
    print(f"{_cores()} cores, median of {options.runs} warm runs; imports and models {warm['load_s']:.2f} s a process;")
    print(f"peak memory of the warm process over all pages {warm_cost.peak_bytes / MEGABYTE:.0f} MB.")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


if __name__ == "__main__":
    main()
