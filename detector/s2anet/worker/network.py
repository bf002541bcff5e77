"""A recipe's S2ANet as a network of mmrotate, fed with grey crops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from detector.s2anet.worker.bridges import import_mmrotate
from detector.s2anet.worker.config import model_config
from detector.s2anet.worker.overlaps import near_overlaps
from detector.s2anet.worker.sampled_conv import SampledConv

import_mmrotate()

from mmcv.ops import nms_rotated  # type: ignore[import-not-found]  # noqa: E402
from mmdet.structures import DetDataSample  # type: ignore[import-not-found]  # noqa: E402
from mmdet.structures.bbox import get_box_tensor  # type: ignore[import-not-found]  # noqa: E402
from mmengine.config import ConfigDict  # type: ignore[import-not-found]  # noqa: E402
from mmengine.structures import InstanceData  # type: ignore[import-not-found]  # noqa: E402
from mmrotate.registry import MODELS, TASK_UTILS  # type: ignore[import-not-found]  # noqa: E402
from mmrotate.structures.bbox import RotatedBoxes  # type: ignore[import-not-found]  # noqa: E402


class S2ANet(nn.Module):
    """mmrotate's network, built from a recipe's `network` and `answer` (see `configs/s2anet.yaml`)."""

    def __init__(self, network: dict[str, Any], answer: dict[str, Any], class_count: int, *, half: bool) -> None:
        super().__init__()
        self.plan, self.answer, self.in_half = network, answer, half
        self.model = MODELS.build(ConfigDict(model_config(network, answer, class_count)))
        self.model.init_weights()
        align = self.model.bbox_head_refine[0].feat_refine_module
        align.deform_conv = SampledConv(align.deform_conv.weight)
        if network["he_start"]:
            _start_as_he(self.model.bbox_head_refine[0])
        for head in (self.model.bbox_head_init, self.model.bbox_head_refine[0]):
            for last in (head.retina_cls, head.retina_reg):
                last.register_forward_hook(lambda _module, _inputs, out: out.float())

    def losses(self, images: torch.Tensor, truth: Sequence[tuple[NDArray[np.float32], Any]]) -> dict[str, torch.Tensor]:
        """Return the four losses of a batch.

        Args:
            images: uint8 (B, H, W).
            truth: a crop's boxes float32 (N, 5) as `crop_folder.boxes_of` gives them, and labels int64 (N,).
        """
        samples = [_sample(images.shape[-2:], boxes, labels) for boxes, labels in truth]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.in_half):
            parts = self.model.loss(self._input(images), samples)
        return {name: torch.stack(list(value)).sum() for name, value in parts.items()}

    @torch.no_grad()
    def find(self, image: NDArray[np.uint8], least_score: float) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return boxes (N, 5) px, labels (N,) and scores (N,) on a tile, best first, duplicates within a class gone."""
        sample = _sample(image.shape, np.zeros((0, 5), np.float32), np.zeros(0, np.int64))
        head, images = self.model.bbox_head_refine[-1], torch.from_numpy(image)[None]
        with torch.autocast("cpu", torch.bfloat16, enabled=self.in_half):
            features = self.model.extract_feat(self._input(images))
            rois = self.model.bbox_head_init.filter_bboxes(*self.model.bbox_head_init(features))
            outs = head(head.feature_refine(features, rois))
        config = ConfigDict(self.model.test_cfg, score_thr=least_score)
        found = head.predict_by_feat(
            *outs, rois=rois, batch_img_metas=[sample.metainfo], cfg=config, rescale=False, with_nms=False
        )[0]
        boxes, labels, scores = get_box_tensor(found.bboxes), found.labels, found.scores
        kept = _best_of_each_class(boxes, labels, scores, self.answer["overlap"])[: self.answer["symbols"]]
        return boxes[kept].numpy(), labels[kept].numpy(), scores[kept].numpy()

    def _input(self, images: torch.Tensor) -> torch.Tensor:
        grey: torch.Tensor = (images[:, None].float() - self.plan["grey_mean"]) / self.plan["grey_std"]
        return grey.expand(-1, self.plan["input_channels"], -1, -1)


@TASK_UTILS.register_module()
class NearOverlaps:
    """mmrotate's overlaps of rotated boxes, for a processor."""

    def __call__(self, bboxes1: Any, bboxes2: Any, mode: str = "iou") -> torch.Tensor:
        """Return intersection over union (M, N) of two lists of boxes; raises `ValueError` for another mode."""
        if mode != "iou":
            raise ValueError(f"expected the mode 'iou', got {mode!r}")
        return near_overlaps(get_box_tensor(bboxes1), get_box_tensor(bboxes2))


def _start_as_he(head: Any) -> None:
    """Give the convolutions of the second stage He's deviations, but for those that give its answers."""
    answers = {id(head.retina_cls.weight), id(head.retina_reg.weight)}
    for weight in head.parameters():
        if weight.ndim >= 4 and id(weight) not in answers:
            nn.init.kaiming_normal_(weight)


def _sample(shape: Sequence[int], boxes: NDArray[np.float32], labels: NDArray[np.int64]) -> Any:
    size = tuple(int(side) for side in shape)
    sample = DetDataSample(
        metainfo={"img_shape": size, "pad_shape": size, "batch_input_shape": size, "scale_factor": (1.0, 1.0)}
    )
    sample.gt_instances = InstanceData(bboxes=RotatedBoxes(torch.from_numpy(boxes)), labels=torch.from_numpy(labels))
    return sample


def _best_of_each_class(
    boxes: torch.Tensor, labels: torch.Tensor, scores: torch.Tensor, overlap: float
) -> torch.Tensor:
    """Return the rows that rotated suppression within each class leaves, best first."""
    kept = [torch.zeros(0, dtype=torch.long)]
    for label in sorted(set(labels.tolist())):
        rows = (labels == label).nonzero()[:, 0]
        kept.append(rows[nms_rotated(boxes[rows].float(), scores[rows].float(), overlap)[1]])
    rows = torch.cat(kept)
    return rows[scores[rows].argsort(descending=True)]
