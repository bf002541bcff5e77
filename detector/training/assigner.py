"""Task-aligned assignment over the few (box, cell) pairs that can match.

The library's assigner holds boxes x cells tables: 30,000 boxes in a batch of dense pages cost tens of gigabytes and
most of the step. Here candidates are generated cell by cell inside each box: the cost grows with the inked area.
Rule (Feng et al. 2021, TOOD): a pair's merit is score^0.5 * overlap^6; the ten best cells of a box are positive; a cell
claimed twice goes to the box that it overlaps more; targets are merits scaled to the best overlap of their box.
One rule is ours: a box that would be left without any cell keeps its best ones. The slash of a grace note lies on stem
and flag, which overlap every cell of it more, and was hardly ever shown to the network.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

_ALPHA, _BETA, _TOP_CELLS, _EPS = 0.5, 6.0, 10, 1e-9
#: Boxes more slender than this take candidate cells from a wider strip.
_SLENDER = 10.0
#: So many cells stay with a box that would lose all of them to others.
_LAST_CELLS = 2


class SparseAssigner:
    """Drop-in for ultralytics' `RotatedTaskAlignedAssigner`."""

    def __init__(self, class_count: int, strides: list[float]) -> None:
        self.class_count = class_count
        self.least_side_px = float(strides[1])  # smaller boxes take candidate cells as if they were this wide

    @torch.no_grad()
    def __call__(
        self, scores: Tensor, boxes: Tensor, cells: Tensor, gt_labels: Tensor, gt_boxes: Tensor, gt_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Assign cells to boxes.

        Args:
            scores: float (B, A, C), predicted probabilities.
            boxes: float (B, A, 5), predicted boxes, px.
            cells: float (A, 2), cell centres, px.
            gt_labels, gt_boxes, gt_mask: (B, N, 1), (B, N, 5) px, (B, N, 1), padded truth.

        Returns:
            labels (B, A), boxes (B, A, 5), scores (B, A, C), positive mask (B, A) and truth index (B, A).
        """
        image, row = gt_mask[..., 0].bool().nonzero(as_tuple=True)
        truth, label = gt_boxes[image, row], gt_labels[image, row, 0].long()
        owner, cell = candidate_pairs(truth, cells, self.least_side_px)
        overlap = _overlap(truth[owner], boxes[image[owner], cell])
        merit = scores[image[owner], cell, label[owner]].float().pow(_ALPHA) * overlap.pow(_BETA)
        keep = best_of_each(owner, merit, _TOP_CELLS)
        owner, cell, overlap, merit = owner[keep], cell[keep], overlap[keep], merit[keep]
        place = image[owner] * cells.shape[0] + cell
        keep = best_of_each(place, overlap + saved_from_starving(owner, place, overlap, merit), 1)
        owner, overlap, merit, place = owner[keep], overlap[keep], merit[keep], place[keep]
        target = merit * _best(owner, overlap, len(truth))[owner] / (_best(owner, merit, len(truth))[owner] + _EPS)
        return self._dense(scores.shape, gt_boxes, place, truth[owner], label[owner], row[owner], target)

    def _dense(
        self,
        shape: torch.Size,
        gt_boxes: Tensor,
        place: Tensor,
        truth: Tensor,
        label: Tensor,
        row: Tensor,
        target: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        batch, cell_count, _ = shape
        total, device = batch * cell_count, gt_boxes.device
        labels = torch.zeros(total, dtype=torch.long, device=device)
        boxes = torch.zeros(total, 5, dtype=gt_boxes.dtype, device=device)
        scores = torch.zeros(total, self.class_count, device=device)
        positive = torch.zeros(total, dtype=torch.bool, device=device)
        index = torch.zeros(total, dtype=torch.long, device=device)
        labels[place], boxes[place], positive[place], index[place] = label, truth, True, row
        scores[place, label] = target
        return (
            labels.view(batch, -1),
            boxes.view(batch, cell_count, 5),
            scores.view(batch, cell_count, -1),
            positive.view(batch, -1),
            index.view(batch, -1),
        )


def candidate_pairs(truth: Tensor, cells: Tensor, least_side_px: float) -> tuple[Tensor, Tensor]:
    """Return (box row, cell row) for every cell centre inside each (N, 5) box, boxes widened to `least_side_px`.

    Each box looks only at the cells of its upright hull, level by level. A level reaches no further than 15 of its
    cells from a centre, so a system barline needs cells of the coarsest level: long boxes are widened up to one of
    those.
    """
    cos, sin = truth[:, 4].cos(), truth[:, 4].sin()
    longer = truth[:, 2:4].amax(1, keepdim=True)
    least = (longer / _SLENDER).clamp(least_side_px, 2 * least_side_px)
    half = torch.maximum(truth[:, 2:4], least) / 2
    reach_x = half[:, 0] * cos.abs() + half[:, 1] * sin.abs()
    reach_y = half[:, 0] * sin.abs() + half[:, 1] * cos.abs()
    owners, found = [], []
    for first, columns, rows, stride in _levels(cells):
        low_x, high_x = _cell_range(truth[:, 0], reach_x, stride, columns)
        low_y, high_y = _cell_range(truth[:, 1], reach_y, stride, rows)
        wide, tall = (high_x - low_x).clamp(min=0), (high_y - low_y).clamp(min=0)
        count = wide * tall
        owner = torch.repeat_interleave(torch.arange(len(truth), device=truth.device), count)
        local = torch.arange(len(owner), device=truth.device) - (count.cumsum(0) - count)[owner]
        x, y = low_x[owner] + local % wide[owner], low_y[owner] + local // wide[owner]
        owners.append(owner)
        found.append(first + y * columns + x)
    owner, cell = torch.cat(owners), torch.cat(found)
    offset = cells[cell] - truth[owner, :2]
    along = offset[:, 0] * cos[owner] + offset[:, 1] * sin[owner]
    across = offset[:, 1] * cos[owner] - offset[:, 0] * sin[owner]
    inside = (along.abs() <= half[owner, 0]) & (across.abs() <= half[owner, 1])
    return owner[inside], cell[inside]


def _levels(cells: Tensor) -> list[tuple[int, int, int, float]]:
    """Return (first cell, columns, rows, stride) of each level of a row-major list of cell centres."""
    begins = [0, *((cells[1:, 1] < cells[:-1, 1]).nonzero()[:, 0] + 1).tolist(), len(cells)]
    levels = []
    for first, end in pairwise(begins):
        stride = float(cells[first, 0]) * 2
        columns = round(float(cells[first:end, 0].max()) / stride + 0.5)
        levels.append((first, columns, (end - first) // columns, stride))
    return levels


def best_of_each(group: Tensor, merit: Tensor, count: int) -> Tensor:
    """Return the rows of the `count` largest merits of every group."""
    order = torch.argsort(merit, descending=True, stable=True)
    order = order[torch.argsort(group[order], stable=True)]
    ordered = group[order]
    starts = torch.ones_like(ordered, dtype=torch.bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    position = torch.arange(len(ordered), device=group.device)
    begin = torch.where(starts, position, torch.zeros_like(position)).cummax(0).values
    return order[position - begin < count]


def saved_from_starving(owner: Tensor, place: Tensor, overlap: Tensor, merit: Tensor) -> Tensor:
    """Return 1 for the best pairs of the boxes that would lose all their cells to boxes with more overlap, else 0."""
    fed = torch.zeros(int(owner.max()) + 1 if len(owner) else 0, dtype=torch.bool, device=owner.device)
    fed[owner[best_of_each(place, overlap, 1)]] = True
    last = best_of_each(owner, merit, _LAST_CELLS)
    saved = torch.zeros_like(overlap)
    saved[last[~fed[owner[last]]]] = 1.0
    return saved


def _best(group: Tensor, values: Tensor, group_count: int) -> Tensor:
    out = torch.zeros(group_count, dtype=values.dtype, device=values.device)
    return out.scatter_reduce_(0, group, values, "amax")


def _cell_range(centre: Tensor, reach: Tensor, stride: float, count: int) -> tuple[Tensor, Tensor]:
    low = ((centre - reach) / stride - 0.5).ceil().long().clamp(0, count)
    high = ((centre + reach) / stride - 0.5).floor().long().add(1).clamp(0, count)
    return low, high


def _overlap(first: Tensor, second: Tensor) -> Tensor:
    from ultralytics.utils.metrics import probiou

    value: Tensor = probiou(first.float(), second.float()).squeeze(-1).clamp(0)
    return value
