"""The network, YOLO with oriented boxes, built from scratch by ultralytics with everything that talks turned off."""

from __future__ import annotations

import math
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import torch
from PIL import Image
from torch import nn

from notation.errors import ConfigurationError

#: Gains of the four losses; box, class and distribution are the library's defaults, the angle's too.
GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5, "angle": 1.0}
#: The angle output is (sigmoid(x) - 1/4) pi; this bias makes an untrained network say "level", as most symbols are.
#: YOLO26 gives the angle itself. Its second head, which has one box a symbol and needs no suppression, is left out:
#: several cells must answer for a symbol where others overlap it.
_LEVEL_BIAS = -math.log(3)


def silence_ultralytics(folder: Path) -> None:
    """Keep the library offline and out of the user's home; call before anything imports it.

    Its settings file goes into `folder`; reports, update checks, hub and experiment trackers are turned off.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["YOLO_CONFIG_DIR"] = str(folder)
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_VERBOSE"] = "false"
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    patched = Image.open, cv2.imread, cv2.imwrite, cv2.imshow
    from ultralytics.utils import SETTINGS, patches  # noqa: F401 (patches must have run before its work is undone)

    # The library swaps these for its own; its Image.open wants to install a package for files that are no pictures.
    Image.open, cv2.imread, cv2.imwrite, cv2.imshow = patched
    off = {key: False for key, value in SETTINGS.items() if value is True}
    if off:
        SETTINGS.update(off)  # type: ignore[no-untyped-call]


def build_network(yaml_name: str, class_count: int) -> nn.Module:
    """Return an untrained one-channel OBB network; `silence_ultralytics` must have run.

    Raises:
        ConfigurationError: the library has no such network.
    """
    from ultralytics.nn.modules.head import OBB26
    from ultralytics.nn.tasks import OBBModel, yaml_model_load

    try:
        plan = yaml_model_load(yaml_name) | {"end2end": False}  # type: ignore[no-untyped-call]
    except FileNotFoundError as error:
        raise ConfigurationError(f"no network {yaml_name!r}: {error}") from error
    model: Any = OBBModel(plan, ch=1, nc=class_count, verbose=False)  # type: ignore[no-untyped-call]
    head = model.model[-1]
    for branch in head.cv4:
        branch[-1].bias.data.fill_(0.0 if isinstance(head, OBB26) else _LEVEL_BIAS)
    model.args = SimpleNamespace(**GAINS)
    network: nn.Module = model
    return network


def build_criterion(model: nn.Module) -> Any:
    """Return the library's OBB loss with our sparse assigner in the place of its dense one."""
    from ultralytics.utils.loss import v8OBBLoss

    from detector.training.assigner import SparseAssigner

    criterion: Any = v8OBBLoss(model)
    criterion.assigner = SparseAssigner(criterion.nc, criterion.stride.tolist())
    return criterion


def as_input(images: torch.Tensor) -> torch.Tensor:
    """Turn uint8 (B, H, W) grey pages into float (B, 1, H, W) with 1 = ink and 0 = paper, so padding is paper."""
    return (255 - images).to(torch.float32).div_(255).unsqueeze(1)
