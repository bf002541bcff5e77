"""Peak memory of the real training step against the prediction of `detector.step_memory`, for both assigners.

    python benchmarks/training_memory.py [--store STORE ...] [--device cuda] [--cases N] [--case full:4:640:640:300 ...]

A case is FILTER:CROPS:HEIGHT:WIDTH:BOXES; the first crop holds BOXES boxes, the others half as many, so the padded
table is fuller than the truth. With `--store` the crops and their truth are drawn from stored pages as training draws
them, and BOXES is not used. Every case is measured in a process of its own, with the
`Trainer` of `detector.training` itself:

- CPU, resident: the peak of the process (VmHWM) over `--steps` steps, less what it held before the trainer was built,
  with all libraries loaded and warm. It contains what the C allocator keeps in reserve.
- CPU, tensors: the peak of PyTorch's CPU allocator during one more step, from the profiler's memory events. It has no
  part in oneDNN's scratch, nor in weights made before, so it is compared with the step alone.
- CUDA: `torch.cuda.max_memory_allocated`, weights included.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch

from detector.classes import class_names
from detector.memory import ASSIGNERS, count_network
from detector.pages.instances import truth_of_batch
from detector.pages.store import read_store, write_store
from detector.step_memory import Assigner, Device, NetworkMemory, StepSize, step_memory
from detector.text_table import markdown
from detector.training.batches import Batch, CropSampler, make_batch
from detector.training.network import build_criterion, silence_ultralytics
from detector.training.recipe import BatchShape, read_recipe
from detector.training.trainer import Trainer
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

_MB = 1e6


@dataclass(frozen=True)
class Case:
    """What is trained on: class filter, crops of one size, boxes in the fullest crop."""

    classes: str
    crops: int
    height_px: int
    width_px: int
    boxes: int

    @classmethod
    def of(cls, text: str) -> Case:
        """Read `FILTER:CROPS:HEIGHT:WIDTH:BOXES`."""
        name, *numbers = text.split(":")
        return cls(name, *(int(number) for number in numbers))

    @property
    def shape(self) -> BatchShape:
        """The case as the recipe's only batch."""
        return BatchShape(self.height_px, self.width_px, self.crops, 1.0)


CASES = tuple(
    Case.of(text)
    for text in (
        "full:2:640:640:300",
        "full:2:640:640:1250",
        "full:1:512:1024:300",
        "full:1:896:896:500",
        "full:4:320:320:100",
        "harmony:2:640:640:200",
        "noteheads:2:640:640:120",
        "full:4:640:640:300",
        "harmony:8:640:640:120",
    )
)


@dataclass(frozen=True)
class Measured:
    """Bytes: the peak above the empty program, the peak of tensors within a step (CPU only), seconds a step."""

    peak: int
    tensors: int | None
    step_s: float


def random_batch(case: Case, class_count: int, seed: int = 0) -> Batch:
    """Return noise with boxes of the size of heads, rests and stems."""
    rng = np.random.default_rng(seed)
    counts = [case.boxes if crop == 0 else case.boxes // 2 for crop in range(case.crops)]
    crop = np.repeat(np.arange(case.crops), counts)
    total = len(crop)
    centres = rng.uniform(0.02, 0.98, (total, 2)) * [case.width_px, case.height_px]
    columns = [crop, rng.integers(0, class_count, total), centres, rng.uniform(8, 40, (total, 2)), np.zeros(total)]
    targets = np.concatenate([column.reshape(total, -1) for column in columns], 1).astype(np.float32)
    images = rng.integers(0, 256, (case.crops, case.height_px, case.width_px), dtype=np.uint8)
    return Batch(torch.from_numpy(images), torch.from_numpy(targets))


def stored_batch(case: Case, stores: Sequence[Path], names: Sequence[str]) -> Batch:
    """Return the first batch that training would draw."""
    recipe = read_recipe("training", classes=case.classes)
    recipe = replace(recipe, batches=(case.shape,), worn_share=0.0)
    sampler = CropSampler([page for store in stores for page in read_store(store)], names, recipe)
    return make_batch(sampler, recipe, step=0)


@dataclass(frozen=True)
class Work:
    """What every case has in common: the network, the steps before the peak is read, the stores to draw from."""

    network: str
    steps: int
    stores: tuple[Path, ...]

    def batch(self, case: Case, names: Sequence[str]) -> Batch:
        """The case's batch, from the stores where there are some."""
        return stored_batch(case, self.stores, names) if self.stores else random_batch(case, len(names))


def blank_store(folder: Path) -> Path:
    """Write a store of one page with one notehead, so that a trainer can be built."""
    symbols, _ = Symbols.of(
        np.array([[64.0, 64, 20, 16, 0]]), [vocabulary().id_of("noteheadBlackOnLine")], width_px=128, height_px=128
    )
    staff = Staff.straight(4, 124, 32, 16)
    page = LabelledPage(np.full((128, 128), 255, np.uint8), Reading(symbols, (staff,)), NotationGraph(1), piece="blank")
    write_store(folder, [page])
    return folder


def build_trainer(folder: Path, classes: str, network: str, assigner: Assigner, device: Device) -> Trainer:
    """Return a trainer that took one small step, so optimizer state and kernels are there."""
    recipe = read_recipe("training", classes=classes, network=network, threads=1)
    trainer = Trainer(recipe, [folder / "store"], folder / "store", folder / "run", device)
    if assigner == "dense":
        from ultralytics.utils.loss import v8OBBLoss

        trainer.criterion = v8OBBLoss(trainer.model)
    else:
        trainer.criterion = build_criterion(trainer.model)
    trainer._step(random_batch(Case(classes, 1, 64, 64, 3), len(trainer.names)), 0.5, time.monotonic())
    return trainer


def measure_cpu(folder: Path, case: Case, work: Work, assigner: Assigner) -> Measured:
    """Measure a case in this process, which is left full of garbage."""
    build_trainer(folder, case.classes, work.network, assigner, "cpu")  # loads what is loaded late, compiles kernels
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before = _resident_bytes("VmRSS")
    trainer = build_trainer(folder, case.classes, work.network, assigner, "cpu")
    batch = work.batch(case, trainer.names)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    begin = time.process_time()
    for _ in range(work.steps):
        trainer._step(batch, 0.5, time.monotonic())
    step_s = (time.process_time() - begin) / work.steps
    peak = _resident_bytes("VmHWM") - before
    return Measured(peak, _tensor_peak(trainer, batch, folder), step_s)


def measure_cuda(folder: Path, case: Case, work: Work, assigner: Assigner) -> Measured:
    """Measure a case on the GPU."""
    before = torch.cuda.memory_allocated()
    trainer = build_trainer(folder, case.classes, work.network, assigner, "cuda")
    batch = work.batch(case, trainer.names)
    torch.cuda.reset_peak_memory_stats()
    begin = time.monotonic()
    for _ in range(work.steps):
        trainer._step(batch, 0.5, time.monotonic())
    torch.cuda.synchronize()
    return Measured(torch.cuda.max_memory_allocated() - before, None, (time.monotonic() - begin) / work.steps)


def apart(folder: Path, case: Case, work: Work, assigner: Assigner) -> Measured:
    """Measure a case on the CPU in a copy of this process, with everything already loaded."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_report, args=(sender, folder, case, work, assigner))
    child.start()
    sender.close()
    try:
        measured: Measured = receiver.recv()
    except EOFError:
        raise SystemExit(f"{case}: the measuring process broke off") from None
    finally:
        child.join()
    return measured


def table_row(
    case: Case, class_count: int, network: NetworkMemory, assigner: Assigner, batch: Batch, found: Measured
) -> dict[str, str]:
    """Return predicted and measured side by side."""
    truth = truth_of_batch(batch)
    device: Device = "cpu" if found.tensors is not None else "cuda"
    size = StepSize(case.crops, case.height_px, case.width_px, class_count)
    whole = step_memory(network, size, truth, assigner, device)
    row = {
        "filter": f"{case.classes} ({class_count})",
        "crops": f"{case.crops} x {case.height_px} x {case.width_px}",
        "boxes (padded)": f"{truth.boxes} ({truth.padded})",
        "assigner": assigner,
        "predicted MB": _mb(whole.total),
        "measured MB": _mb(found.peak),
        "ratio": f"{whole.total / found.peak:.3f}",
    }
    if found.tensors is not None:
        row |= {"step MB": _mb(whole.step), "tensors MB": _mb(found.tensors)}
        row["ratio "] = f"{whole.step / found.tensors:.3f}"
    return row | {"assigner MB": _mb(whole.assigner), "most at": whole.moment, "s a step": f"{found.step_s:.1f}"}


def _report(sender: Connection, folder: Path, case: Case, work: Work, assigner: Assigner) -> None:
    sender.send(measure_cpu(folder, case, work, assigner))
    sender.close()


def _resident_bytes(key: str) -> int:
    """Return `VmRSS` or `VmHWM` of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"no {key} in /proc/self/status: resident memory is read on Linux only")


def _tensor_peak(trainer: Trainer, batch: Batch, folder: Path) -> int:
    """Return the peak of PyTorch's CPU allocator during a step, beyond what was there before it."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profiler:
        trainer._step(batch, 0.5, time.monotonic())
    path = folder / "trace.json"
    profiler.export_chrome_trace(str(path))
    events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    changes = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == "[memory]")
    return int(np.cumsum([size for _, size in changes], dtype=np.int64).max(initial=0))


def _mb(size: float) -> str:
    return f"{size / _MB:.0f}"


def run_case(
    folder: Path, case: Case, work: Work, device: Device, assigners: Sequence[Assigner]
) -> list[dict[str, str]]:
    """Measure one case with the assigners and return its rows."""
    names = class_names(case.classes)
    counted = count_network(work.network, len(names), case.height_px, case.width_px)
    batch = work.batch(case, names)
    measure = apart if device == "cpu" else measure_cuda
    found = [(one, measure(folder, case, work, one)) for one in assigners]
    return [table_row(case, len(names), counted, one, batch, measured) for one, measured in found]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=Case.of, action="append", metavar="FILTER:CROPS:HEIGHT:WIDTH:BOXES")
    parser.add_argument("--cases", type=int, default=len(CASES), help="so many of the built-in cases")
    parser.add_argument("--store", type=Path, nargs="+", default=[], help="draw the crops from stored pages")
    parser.add_argument("--network", default="yolo11n-obb.yaml")
    parser.add_argument("--assigner", choices=ASSIGNERS, help="only this one")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--steps", type=int, default=3, help="steps before the peak is read")
    options = parser.parse_args()
    work = Work(options.network, options.steps, tuple(options.store))
    assigners = (options.assigner,) if options.assigner else ASSIGNERS
    torch.set_num_threads(1)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        silence_ultralytics(folder)
        blank_store(folder / "store")
        for case in options.case or CASES[: options.cases]:
            rows += run_case(folder, case, work, options.device, assigners)
            print(*rows[-len(assigners) :], sep="\n", file=sys.stderr, flush=True)
    print(markdown(rows))


if __name__ == "__main__":
    main()
