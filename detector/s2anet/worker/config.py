"""A recipe as the configuration of mmrotate's `RefineSingleStageDetector`, plain data; nothing is downloaded by it."""

from __future__ import annotations

from typing import Any, TypeAlias

Config: TypeAlias = dict[str, Any]

#: mmrotate's name for long side first, angle in [-45, 135) degrees, clockwise as seen.
ANGLES = "le135"
#: Depths from here on have bottlenecks, which give four times the channels.
_BOTTLENECK_DEPTH = 50


def model_config(network: Config, answer: Config, class_count: int) -> Config:
    """Return the configuration of a recipe's `network` and `answer` (see `configs/s2anet.yaml`)."""
    strides = list(network["strides"])
    head = _head(network, class_count)
    anchors = {
        "type": "FakeRotatedAnchorGenerator",
        "scales": [network["anchor_scale"]],
        "ratios": [1.0],
        "strides": strides,
    }
    align = {"type": "AlignConv", "feat_channels": network["channels"], "kernel_size": 3, "strides": strides}
    refined = {"type": "PseudoRotatedAnchorGenerator", "strides": strides}
    stage = {"assigner": _assigner(network), "allowed_border": -1, "pos_weight": -1, "debug": False}
    first = head | {"type": "S2AHead", "anchor_generator": anchors}
    first["bbox_coder"] = head["bbox_coder"] | {"use_box_type": False}
    return {
        "type": "RefineSingleStageDetector",
        "backbone": _backbone(network),
        "neck": _neck(network),
        "bbox_head_init": first,
        "bbox_head_refine": [head | {"type": "S2ARefineHead", "frm_cfg": align, "anchor_generator": refined}],
        "train_cfg": {"init": stage, "refine": [stage], "stage_loss_weights": [1.0]},
        "test_cfg": {
            "nms_pre": answer["candidates"],
            "min_bbox_size": 0,
            "score_thr": answer["least_score"],
            "nms": {"type": "nms_rotated", "iou_threshold": answer["overlap"]},
            "max_per_img": answer["symbols"],
        },
    }


def _backbone(network: Config) -> Config:
    return {
        "type": "mmdet.ResNet",
        "depth": network["depth"],
        "base_channels": network["base_channels"],
        "stem_channels": network["base_channels"],
        "in_channels": network["input_channels"],
        "norm_eval": False,  # trained from nothing, so its statistics are learned
    }


def _neck(network: Config) -> Config:
    wide = network["base_channels"] * (4 if network["depth"] >= _BOTTLENECK_DEPTH else 1)
    return {
        "type": "mmdet.FPN",
        "in_channels": [wide << level for level in range(4)],
        "out_channels": network["channels"],
        "start_level": 1,
        "add_extra_convs": "on_input",
        "num_outs": len(network["strides"]),
    }


def _head(network: Config, class_count: int) -> Config:
    focal = {"type": "mmdet.FocalLoss", "use_sigmoid": True, "gamma": network["gamma"], "alpha": network["alpha"]}
    return {
        "num_classes": class_count,
        "in_channels": network["channels"],
        "feat_channels": network["channels"],
        "stacked_convs": network["stacked_convs"],
        "bbox_coder": {
            "type": "DeltaXYWHTRBBoxCoder",
            "angle_version": ANGLES,
            "norm_factor": 1,
            "edge_swap": network["edge_swap"],
            "proj_xy": True,
            "target_means": [0.0] * 5,
            "target_stds": [1.0] * 5,
        },
        "loss_cls": focal | {"loss_weight": 1.0},
        "loss_bbox": {"type": "mmdet.SmoothL1Loss", "beta": network["beta"], "loss_weight": 1.0},
    }


def _assigner(network: Config) -> Config:
    return {
        "type": "mmdet.MaxIoUAssigner",
        "pos_iou_thr": network["positive_iou"],
        "neg_iou_thr": network["negative_iou"],
        "min_pos_iou": network["least_iou"],
        "ignore_iof_thr": -1,
        "iou_calculator": {"type": "NearOverlaps"},
    }
