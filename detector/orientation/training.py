"""Trains the small network that tells up from down, from pages that stand upright; nobody labels anything.

    python -m detector.orientation.training STORE ... --out detector/weights/upright.onnx --minutes 12

STORE are page stores of `detector.pages.store`. Every view is shown as it stands and upside down, and the network is
asked which is which: the artificial mental rotation of the ScoreAug thesis, for the half turn alone, since staff lines
tell every other angle. One CPU core is enough; the file takes half precision and holds its own record.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from onnx import helper
from torch import nn

from detector.orientation.views import FORMAT, SPACE_PX, VIEW_PX, VIEWS_AT_ONCE, WEAR_SPACE_PX, centred
from detector.pages.store import StoredPage, read_store
from detector.staves.darkness import darkness
from detector.training.export import SOURCES, half_storage
from detector.training.wear import worn
from notation.page import GreyImage
from notation.vocabulary import vocabulary

#: Margin of a view that is cut away after it was turned, staff spaces.
MARGIN_SP = 2.0
#: A view is turned, scaled and moved by up to so much, since measured staff lines are not exact.
TURN_RAD, SCALE, SHIFT_SP = np.deg2rad(2.5), 0.12, 3.0
BATCH = 32
#: Views kept for several steps; a fresh view takes longer to draw and to wear than to learn from.
POOL, FRESH = 3_000, 8
LEARNING_RATE = 3e-3


class UpNetwork(nn.Module):
    """Views (N, 1, 64, 128), uint8 darkness as float, to (N,): log odds that a view stands upright.

    What one pass says of the view is set against what it says of the same view upside down, so that turning a view
    by a half circle changes the sign and nothing else.
    """

    def __init__(self) -> None:
        super().__init__()
        widths, strides = (1, 16, 24, 40, 64, 64), (2, 2, 2, 2, 1)
        layers: list[nn.Module] = []
        for before, after, stride in zip(widths, widths[1:], strides, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.last = nn.Conv2d(widths[-1], 1, 1, bias=False)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Return the log odds of each view."""
        both = torch.cat([views, torch.flip(views, (2, 3))]) / 255.0
        one: torch.Tensor = self.last(self.features(both)).mean((1, 2, 3))
        upright, turned = one.chunk(2)
        return 8.0 * (upright - turned)


class ViewSampler:
    """Draws worn views around staves of stored pages."""

    def __init__(self, pages: Sequence[StoredPage]) -> None:
        staff = vocabulary().id_of("staff")
        self.pages = [page for page in pages if (page.class_ids == staff).any()]
        self._staves = [page.boxes[page.class_ids == staff] for page in self.pages]

    def draw(self, rng: np.random.Generator) -> GreyImage:
        """Return one upright view, uint8 (64, 128), 255 = ink."""
        number = int(rng.integers(len(self.pages)))
        page, staves = self.pages[number], self._staves[number]
        staff = staves[rng.integers(len(staves))]
        x = staff[0] + (rng.uniform(-0.5, 0.5) if rng.random() < 0.6 else rng.choice([-0.5, 0.5])) * staff[2]
        y = staff[1] + rng.uniform(-SHIFT_SP, SHIFT_SP) * page.space_px
        height, width = (side / SPACE_PX + 2 * MARGIN_SP for side in VIEW_PX)
        reach = (round(height * page.space_px), round(width * page.space_px))
        image = page.pixels()
        part = centred(image, _within(x, reach[1], image.shape[1]), y, reach, 255)
        size = (round(width * WEAR_SPACE_PX), round(height * WEAR_SPACE_PX))
        way = cv2.INTER_AREA if page.space_px > WEAR_SPACE_PX else cv2.INTER_CUBIC
        small = cv2.resize(part, size, interpolation=way)
        return _jittered(darkness(worn(np.asarray(small, np.uint8), rng)), rng)


def _within(x: float, reach: int, side: int) -> float:
    """Return a centre whose view stays on the page where the page is wide enough."""
    return side / 2 if side <= reach else float(np.clip(x, reach / 2, side - reach / 2))


def _jittered(picture: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Return a picture at `WEAR_SPACE_PX` as a view, turned and scaled a little."""
    height, width = VIEW_PX
    scale = SPACE_PX / WEAR_SPACE_PX * rng.uniform(1 - SCALE, 1 + SCALE)
    centre = (picture.shape[1] / 2, picture.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(centre, float(np.rad2deg(rng.uniform(-TURN_RAD, TURN_RAD))), scale)
    matrix[:, 2] += (width / 2 - centre[0], height / 2 - centre[1])
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def train(pages: Sequence[StoredPage], minutes: float, seed: int = 0) -> tuple[UpNetwork, int]:
    """Return the network after so many minutes of one core, and its steps; deterministic but for the clock."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng, network = np.random.default_rng(seed), UpNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-3)
    start, step, seen = time.process_time(), 0, 0.7
    for views in _batches(ViewSampler(pages), rng):
        done = (time.process_time() - start) / (60 * minutes)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * done))
        loss = nn.functional.softplus(-network(torch.from_numpy(views).float()[:, None])).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        seen, step = 0.98 * seen + 0.02 * loss.item(), step + 1
        if step % 50 == 0:
            print(f"step {step}, {100 * done:.0f} % of the time, loss {seen:.4f}", flush=True)
    return network.eval(), step


def _batches(sampler: ViewSampler, rng: np.random.Generator) -> Iterator[GreyImage]:
    """Yield (BATCH, 64, 128) views without end; the pool of views is renewed bit by bit."""
    pool = [sampler.draw(rng) for _ in range(BATCH)]
    while True:
        for _ in range(FRESH):
            fresh = sampler.draw(rng)
            if len(pool) < POOL:
                pool.append(fresh)
            else:
                pool[int(rng.integers(POOL))] = fresh
        yield np.stack([pool[row] for row in rng.choice(len(pool), BATCH, replace=False)])


def export(network: UpNetwork, out: Path, record: dict[str, object]) -> None:
    """Write the network as ONNX, half precision, for `VIEWS_AT_ONCE` views."""
    views = torch.zeros((VIEWS_AT_ONCE, 1, *VIEW_PX))
    torch.onnx.export(
        network, (views,), out, input_names=["views"], output_names=["log_odds"], opset_version=17, dynamo=False
    )
    model = half_storage(onnx.load(out))
    facts = {"format": FORMAT, "training": json.dumps(record), "sources": json.dumps(SOURCES)}
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    onnx.save(model, out)


def main() -> None:
    """Command line of the training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    pages = [page for store in options.store for page in read_store(store)]
    network, steps = train(pages, options.minutes, options.seed)
    record = {"pages": len(pages), "steps": steps, "minutes": options.minutes, "batch": BATCH, "seed": options.seed}
    export(network, options.out, record)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB after {steps} steps on {len(pages)} pages")


if __name__ == "__main__":
    main()
