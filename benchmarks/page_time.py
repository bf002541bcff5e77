"""Time per page by stage, warm and including process start, and peak memory, on two cores.

    python benchmarks/page_time.py examples/song.png [PAGE ...] [--runs 5] [--weights MODEL ...] [--markdown]

Warm: one process reads every page once, then `--runs` times; the tables show medians. With several `--weights` the
models take turns page by page in that process, so their columns can be compared although the machine is shared.
Cold: `detect-score PAGE` as a process of its own, from start to exit. Memory is the peak resident size of a process.
CPU columns add up the time of all cores; they hardly change when the machine is busy with other things, wall time does.
The stage "network and the rest" is `Detector.read` less its two other stages, which are timed on their own.
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
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
#: Stages in the order of a page; they add up to the page.
STAGES = ("load", "scale", "staves", "network and the rest", "rebuild", "write")
MEGABYTE = 1e6
#: Wall and CPU seconds.
Cost: TypeAlias = tuple[float, float]


@dataclass
class PageTimes:
    """One page with one model: wall and CPU seconds of every warm run, by stage."""

    page: str
    weights: str
    symbols: int = 0
    runs: list[dict[str, Cost]] = field(default_factory=list)

    def median_s(self, stage: str) -> Cost:
        """Medians of a stage over the warm runs."""
        wall, cpu = zip(*(run[stage] for run in self.runs), strict=True)
        return statistics.median(wall), statistics.median(cpu)

    @property
    def total_s(self) -> Cost:
        """Medians over the warm runs of the sum of all stages."""
        wall, cpu = zip(*(map(sum, zip(*run.values(), strict=True)) for run in self.runs), strict=True)
        return statistics.median(wall), statistics.median(cpu)


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """A whole process: wall and CPU seconds, and the peak of its resident memory."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def main() -> None:
    options = _options()
    _pin(options.cores)
    if options.worker:
        print(json.dumps(_warm(options.pages, options.weights or [None], options.runs)))
        return
    warm, warm_cost = _worker()
    cold = [_cold(page, weights) for page in options.pages for weights in options.weights or [None]]
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
                times[name].symbols, stages = _run(page, detector)
                times[name].runs += [stages] if run else []  # the first run warms up
        done += [asdict(one) for one in times.values()]
    return {"pages": done, "load_s": load_s}


def _run(page: Path, detector: Any) -> tuple[int, dict[str, Cost]]:
    """Read a page once; return the number of its symbols, and what each stage cost."""
    from detect_score.pages import open_pages
    from detector.staves.scale import staff_space_px
    from detector.staves.tracing import trace_staves
    from reconstruction.assemble import assemble
    from reconstruction.musicxml import musicxml_text

    costs: dict[str, Cost] = {}
    with _timed(costs, "load"):
        (image,) = (load().pixels for load in open_pages(page))
    with _timed(costs, "scale"):
        space_px = staff_space_px(image)
    with _timed(costs, "staves"):
        trace_staves(image, space_px)
    with _timed(costs, "read"):
        reading = detector.read(image)
    with _timed(costs, "rebuild"):
        assembly = assemble([reading])
    with _timed(costs, "write"), tempfile.TemporaryDirectory() as folder:
        Path(folder, "page.musicxml").write_text(musicxml_text(assembly.score), encoding="utf-8")
    (read, read_cpu), (scale, scale_cpu), (staves, staves_cpu) = (costs[one] for one in ("read", "scale", "staves"))
    costs["network and the rest"] = (read - scale - staves, read_cpu - scale_cpu - staves_cpu)
    return len(reading.symbols), {stage: costs[stage] for stage in STAGES}


@contextmanager
def _timed(costs: dict[str, Cost], stage: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    costs[stage] = (time.perf_counter() - wall, time.process_time() - cpu)


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
        command = [sys.executable, "-m", "detect_score.main", str(page), "-o", f"{folder}/page.musicxml", "--quiet"]
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


def _print(warm: dict[str, Any], warm_cost: ProcessCost, cold: list[ProcessCost], options: argparse.Namespace) -> None:
    from realscores_eval.tables import Table

    pages = [PageTimes(**one) for one in warm["pages"]]
    by_page = Table(["page", "weights", "symbols", "warm ms", "warm CPU ms", "cold ms", "cold CPU ms", "cold MB"])
    for one, cost in zip(pages, cold, strict=True):
        names = (Path(one.page).name, Path(one.weights).name)
        whole = (_ms(cost.wall_s), _ms(cost.cpu_s), round(cost.peak_bytes / MEGABYTE))
        by_page.rows.append([*names, one.symbols, *map(_ms, one.total_s), *whole])
    by_stage = Table(["weights", "stage", "ms a page", "share", "CPU ms a page", "CPU share"])
    for weights in dict.fromkeys(one.weights for one in pages):
        rows = {stage: _mean([one.median_s(stage) for one in pages if one.weights == weights]) for stage in STAGES}
        wall, cpu = (sum(column) for column in zip(*rows.values(), strict=True))
        for stage, (wall_s, cpu_s) in rows.items():
            shares = (f"{wall_s / wall:.0%}", f"{cpu_s / cpu:.0%}")
            by_stage.rows.append([Path(weights).name, stage, _ms(wall_s), shares[0], _ms(cpu_s), shares[1]])
    show: Callable[[Table], str] = Table.markdown if options.markdown else Table.text
    print(show(by_page), show(by_stage), sep="\n\n", end="\n\n")
    print(f"{_cores()} cores, median of {options.runs} warm runs; imports and models {warm['load_s']:.2f} s a process;")
    print(f"peak memory of the warm process over all pages {warm_cost.peak_bytes / MEGABYTE:.0f} MB.")


def _mean(costs: list[Cost]) -> Cost:
    wall, cpu = zip(*costs, strict=True)
    return statistics.fmean(wall), statistics.fmean(cpu)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


if __name__ == "__main__":
    main()
