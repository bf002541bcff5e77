"""Backbone, RefineNet decoder and heads of the Deep Watershed Detector.

Sources: residual networks, He et al. 2016 (ResNet-101: bottlenecks 3, 4, 23, 3); RefineNet, Lin et al. 2017 (residual
convolution units, multi-resolution fusion, chained residual pooling); heads as in the thesis, each a 1 x 1 convolution
of the last map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

#: Width, height, and sine and cosine of four times the angle.
SHAPE_NUMBERS = 4
#: No side is longer than e^8 or shorter than e^-8 pixels of the map.
_LARGEST_LOG = 8.0


@dataclass(frozen=True)
class Design:
    """Size of a network.

    Attributes:
        blocks: residual blocks of each of the four stages.
        width: channels of the stem; stage k has width * 2**k, times 4 with bottlenecks.
        bottleneck: blocks of three convolutions, as in ResNet-50 and deeper, or of two.
        decoder_width: channels of the decoder.
        head_width: channels of the last map, which the heads look at.
        stride: pixels of the input a pixel of the maps; 1 as published, 4 for speed.
        log_sides: widths and heights are learned as logarithms, so that a slur does not outweigh all noteheads; as
            published they are learned as they are.
    """

    blocks: tuple[int, int, int, int]
    width: int
    bottleneck: bool
    decoder_width: int
    head_width: int
    stride: int
    log_sides: bool


DESIGNS = {
    "resnet101": Design((3, 4, 23, 3), 64, True, 256, 128, 1, False),
    "small": Design((2, 2, 2, 2), 24, False, 48, 64, 4, True),
}


@dataclass(frozen=True)
class Maps:
    """What the network says, all float (B, ..., H, W): logits of energy levels (levels + 1) and of classes, shapes."""

    energy: torch.Tensor
    classes: torch.Tensor
    shapes: torch.Tensor


class WatershedNetwork(nn.Module):
    """Grey (B, 1, H, W), 1 = ink, sides multiples of 32, to maps at 1 / stride of the size."""

    def __init__(self, design: Design, class_count: int, levels: int) -> None:
        super().__init__()
        self.design = design
        narrow = design.width
        wide = [narrow * 2**k * (4 if design.bottleneck else 1) for k in range(4)]
        self.stem = nn.Sequential(_conv(1, narrow, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList()
        before = narrow
        for k, count in enumerate(design.blocks):
            self.stages.append(_stage(before, wide[k], count, 1 if k == 0 else 2, design.bottleneck))
            before = wide[k]
        self.decoder = _Decoder(wide, design.decoder_width)
        last = design.head_width
        self.fine = _conv(
            1, last, 2 * design.stride + 1, design.stride
        )  # the page itself: hills of 2 px must not be blurred
        self.squeeze = _conv(design.decoder_width, last, 3)
        self.join = nn.Sequential(_ResidualUnit(last), _conv(last, last, 3))
        self.energy = nn.Conv2d(last, levels + 1, 1)
        self.classes = nn.Conv2d(last, class_count, 1)
        self.shapes = nn.Conv2d(last, SHAPE_NUMBERS, 1)

    def forward(self, ink: torch.Tensor) -> Maps:
        """Return the maps."""
        levels = []
        x = self.stem(ink)
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        coarse = self.squeeze(self.decoder(levels))
        fine = self.fine(ink)
        size = fine.shape[2:]
        last = self.join(fine + functional.interpolate(coarse, size=size, mode="bilinear", align_corners=False))
        return Maps(self.energy(last), self.classes(last), self._shapes(last))

    def _shapes(self, last: torch.Tensor) -> torch.Tensor:
        raw: torch.Tensor = self.shapes(last)
        if not self.design.log_sides:
            return raw
        sides = raw[:, :2].float().clamp(-_LARGEST_LOG, _LARGEST_LOG).exp()
        return torch.cat([sides, raw[:, 2:].float()], 1)

    def heads(self) -> dict[str, nn.Module]:
        """Return the three heads by the name of what they draw."""
        return {"energy": self.energy, "classes": self.classes, "shapes": self.shapes}


class _Decoder(nn.Module):
    """RefineNet: from the coarsest level up, each is refined, added to what is below it, and pooled for context."""

    def __init__(self, widths: Sequence[int], width: int) -> None:
        super().__init__()
        self.enter = nn.ModuleList(nn.Conv2d(one, width, 1, bias=False) for one in widths)
        self.refine = nn.ModuleList(nn.Sequential(_ResidualUnit(width), _ResidualUnit(width)) for _ in widths)
        self.context = nn.ModuleList(_ChainedPooling(width) for _ in widths)
        self.leave = nn.ModuleList(_ResidualUnit(width) for _ in widths)

    def forward(self, levels: Sequence[torch.Tensor]) -> torch.Tensor:
        below: torch.Tensor | None = None
        for k in reversed(range(len(levels))):
            x = self.refine[k](self.enter[k](levels[k]))
            if below is not None:
                x = x + functional.interpolate(below, size=x.shape[2:], mode="bilinear", align_corners=False)
            below = self.leave[k](self.context[k](x))
        if below is None:
            raise ValueError("expected feature maps, got none")
        return below


class _ChainedPooling(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.steps = nn.ModuleList(
            nn.Sequential(nn.MaxPool2d(5, 1, 2), nn.Conv2d(width, width, 3, 1, 1, bias=False)) for _ in range(2)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(x)
        total, path = x, x
        for step in self.steps:
            path = step(path)
            total = total + path
        return total


class _ResidualUnit(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner: torch.Tensor = self.second(functional.relu(self.norm(self.first(functional.relu(x)))))
        return x + inner


class _Block(nn.Module):
    """A residual block of two convolutions, or of three with a bottleneck."""

    def __init__(self, before: int, after: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        inner = after // 4 if bottleneck else after
        if bottleneck:
            path = [_conv(before, inner, 1), _conv(inner, inner, 3, stride), _conv(inner, after, 1, active=False)]
        else:
            path = [_conv(before, inner, 3, stride), _conv(inner, after, 3, active=False)]
        self.path = nn.Sequential(*path)
        same = before == after and stride == 1
        self.short = nn.Identity() if same else _conv(before, after, 1, stride, active=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.path(x) + self.short(x))


def _stage(before: int, after: int, count: int, stride: int, bottleneck: bool) -> nn.Sequential:
    first = _Block(before, after, stride, bottleneck)
    return nn.Sequential(first, *(_Block(after, after, 1, bottleneck) for _ in range(count - 1)))


def _conv(before: int, after: int, side: int, stride: int = 1, active: bool = True) -> nn.Sequential:
    layers = [nn.Conv2d(before, after, side, stride, side // 2, bias=False), nn.BatchNorm2d(after)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if active else []))
