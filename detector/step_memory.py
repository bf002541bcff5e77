"""What a training step holds in memory, table by table: the formulas behind `detector.memory`.

Letters: B crops, A cells of a crop (`StepSize.cells`), C classes, N boxes of the fullest crop (the truth is padded to
it), P (box, cell) pairs with the cell's centre in the box, Q pairs with it in the box's upright hull, D = 4 x 16 values
of a box's distributions. All tables are float32 unless said otherwise; the network itself runs in bfloat16.

Once the network has run, every byte that its backward pass needs is held until the backward pass: `NetworkMemory`.
On top of it `training.trainer` and the library's loss (ultralytics 8.4, `v8OBBLoss`) hold, at the assigner's call:

    4 BHW              pictures
    4 BA (D + C + 1)   the outputs as float32 (bfloat16 ones are counted with the network)
    4 BA (D + C)       boxes and scores once more, cell by cell
    4 BA D             softmax over the distributions
    56 BA              decoded boxes, their sines, and the assigner's copy

The rest of the step needs the largest of three moments:

    1. the assigner: its argument sigmoid(scores) 4 BAC, and `dense_assigner_bytes` or `sparse_assigner_bytes`;
    2. the class loss: target scores 4 BAC, target boxes (20), flags (1) and box numbers (8) 29 BA, then 8 BAC for the
       logarithm of the sigmoid and its buffer, or the loss itself;
    3. the box loss: those targets, the class loss 4 BAC, 92 BA of targets as distances, and about 900 bytes + a row of
       C scores for each positive cell, at most ten of a box.

The backward pass frees faster than it fills: measured below the largest moment in every case tried.

The dense assigner (`RotatedTaskAlignedAssigner`) holds tables of B x N x A entries, one after the other:

    a. which cells lie in which box: two offsets, two projections, two products: six float32 tables   24 BNA
    b. merits of the pairs: three masks (bool, float32, bool), merits and overlaps                     14 BNA + 36 P
    c. before those two are made, the pairs' overlaps are computed                                      6 BNA + 125 P
    d. targets: merits, overlaps, positive mask (int8); one-hot targets as int8 and as float32         9 BNA + 5 BAC
       (on the CPU multiplying int8 by float32 makes a float32 copy first: 9 BAC), 36 BA of rows

So it costs 24 bytes an entry of the table, whatever the number of classes; d is the larger one below N = 0.6 C. A sum
over the int8 mask as int64 (17 BNA) stays below. Ours (`training.assigner`) holds lists of pairs and the answer:

    a. pairs of the hull: rows and cells twice (32), offsets (8), projections, comparisons             58 Q
    b. pairs in the box: rows and cells (16), both boxes (40), covariances and terms of the overlap   113 P
    c. the answer: scores 4 BAC, boxes, labels, numbers (int64) and flags                              BA (37 + 4 C)
       and what is left of the pairs: at most the ten best of each box                                47 P
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

Assigner: TypeAlias = Literal["dense", "sparse"]
Device: TypeAlias = Literal["cpu", "cuda"]

_FLOAT = 4  # bytes
#: Values that describe a box's four distances: 16 bins each.
_BOX_CHANNELS = 64
#: Decoded boxes (20), the assigner's copy (20), half the difference of the distances (8), cosine and sine (8).
_DECODED = 56
#: Targets of a cell beside its scores: box, positive flag, number of the box.
_TARGETS = 29
#: The targets as distances from the cell, turned into the box's frame, on their way.
_BOX_LOSS = 92
#: One positive cell in the box loss: distributions, their logarithms, both boxes, covariances kept for later.
_POSITIVE = 900
#: Best cells of a box.
_TOP_CELLS = 10
#: oneDNN's compiled kernels and scratch for the shapes of one network, resident but no tensor; 14 to 24 MB measured.
_CPU_KERNELS = 20_000_000
#: The C allocator keeps freed blocks between the live ones: this share of the step's tensors, after a few steps.
_CPU_RESERVE = 0.15
#: AdamW: weights, their average, two moments; all float32.
_COPIES_OF_WEIGHTS = 4


@dataclass(frozen=True)
class StepSize:
    """How much a step looks at: crops of one size, and the classes that are told apart."""

    crops: int
    height_px: int
    width_px: int
    classes: int
    strides: tuple[int, ...] = (8, 16, 32)

    @property
    def cells(self) -> int:
        """Cells (anchors) of one crop on all levels: 8,400 for 640 x 640."""
        return sum((self.height_px // stride) * (self.width_px // stride) for stride in self.strides)


@dataclass(frozen=True)
class TruthSize:
    """How much truth a batch has.

    Attributes:
        padded: boxes of the fullest crop.
        boxes: boxes of all crops.
        pairs: (box, cell) pairs with the cell inside the box.
        hull_pairs: the same for the upright hulls.
    """

    padded: int
    boxes: int
    pairs: int
    hull_pairs: int


@dataclass(frozen=True)
class NetworkMemory:
    """What a network holds, counted on one or two crops by `detector.memory.count_network`.

    Attributes:
        parameters: trained numbers.
        buffers: other float numbers (running means).
        fixed_bytes: held for the backward pass whatever the batch: the weights in bfloat16.
        crop_bytes: held a crop: every tensor that the backward pass needs, and the outputs.
    """

    parameters: int
    buffers: int
    fixed_bytes: int
    crop_bytes: int

    @property
    def resident_bytes(self) -> int:
        """Held between the steps: weights, average and AdamW's moments, and the buffers of both networks."""
        return _FLOAT * (_COPIES_OF_WEIGHTS * self.parameters + 2 * self.buffers)

    def held_bytes(self, crops: int) -> int:
        """Held between forward and backward pass."""
        return self.fixed_bytes + crops * self.crop_bytes


@dataclass(frozen=True)
class StepMemory:
    """A prediction in bytes.

    Attributes:
        resident: held between the steps.
        forward: held when the assigner is called, beyond `resident`.
        assigner: the assigner alone, at its peak.
        step: the peak of the step, beyond `resident`.
        overhead: resident in the process beside live tensors: kernels, and blocks that the allocator keeps.
        moment: where the step has its peak.
    """

    resident: int
    forward: int
    assigner: int
    step: int
    overhead: int
    moment: str

    @property
    def total(self) -> int:
        """The most that is held at once."""
        return self.resident + self.step + self.overhead


def dense_assigner_bytes(size: StepSize, truth: TruthSize, device: Device = "cpu") -> int:
    """Peak of the library's assigner beyond its arguments; without a box it makes no table."""
    if not truth.padded:
        return size.crops * size.cells * (_FLOAT * size.classes + _TARGETS)
    table = size.crops * truth.padded * size.cells
    places = size.crops * size.cells
    one_hot = 9 if device == "cpu" else 5
    return max(
        24 * table,
        14 * table + 36 * truth.pairs,
        6 * table + 125 * truth.pairs,
        9 * table + places * (one_hot * size.classes + 36),
    )


def sparse_assigner_bytes(size: StepSize, truth: TruthSize) -> int:
    """Peak of our assigner beyond its arguments."""
    answer = size.crops * size.cells * (37 + _FLOAT * size.classes) + 47 * min(truth.pairs, _TOP_CELLS * truth.boxes)
    return max(58 * truth.hull_pairs, 113 * truth.pairs, answer)


def assigner_bytes(assigner: Assigner, size: StepSize, truth: TruthSize, device: Device = "cpu") -> int:
    """Peak of either assigner beyond its arguments."""
    return dense_assigner_bytes(size, truth, device) if assigner == "dense" else sparse_assigner_bytes(size, truth)


def step_memory(
    network: NetworkMemory, size: StepSize, truth: TruthSize, assigner: Assigner, device: Device = "cpu"
) -> StepMemory:
    """Predict a step of `detector.training.trainer`: network, loss and either assigner."""
    places = size.crops * size.cells
    scores = _FLOAT * places * size.classes
    forward = network.held_bytes(size.crops) + _loss_input_bytes(size)
    assigning = assigner_bytes(assigner, size, truth, device)
    positive = _different(min(_TOP_CELLS * truth.boxes, truth.pairs), places)
    moments = {
        "assigner": scores + assigning,
        "class loss": 3 * scores + _TARGETS * places,
        "box loss": 2 * scores + (_TARGETS + _BOX_LOSS) * places + positive * (_POSITIVE + _FLOAT * size.classes),
    }
    moment = max(moments, key=lambda name: moments[name])
    gradients = network.fixed_bytes + _FLOAT * network.parameters
    step = max(forward + moments[moment], gradients)
    overhead = _CPU_KERNELS + round(_CPU_RESERVE * step) if device == "cpu" else 0
    return StepMemory(network.resident_bytes, forward, assigning, step, overhead, moment)


def _different(claims: int, places: int) -> int:
    """How many different cells so many claims are expected to reach: boxes that overlap claim the same ones."""
    return round(places * -math.expm1(-claims / places)) if places else 0


def _loss_input_bytes(size: StepSize) -> int:
    """Everything between the network's outputs and the assigner's call."""
    pictures = _FLOAT * size.crops * size.height_px * size.width_px
    copies = _FLOAT * (2 * (_BOX_CHANNELS + size.classes) + 1)
    return pictures + size.crops * size.cells * (copies + _FLOAT * _BOX_CHANNELS + _DECODED)
