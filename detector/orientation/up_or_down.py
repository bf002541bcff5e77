"""Up or down: what a small network says of a few views along the staves of a page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from detector.orientation.lines import StaffLines, turn_matrix
from detector.orientation.views import FORMAT, SPACE_PX, VIEW_PX, VIEWS_AT_ONCE, WEAR_SPACE_PX, centred
from detector.staves.darkness import darkness
from detector.weights_file import UPRIGHT
from notation.boxes import FloatArray
from notation.errors import WeightsError
from notation.page import GreyImage

#: Views that are looked at, at most.
MOST_VIEWS = 24
#: Log odds that make further views needless.
ENOUGH = 25.0
#: Views lie this far apart, staff spaces: in x, or else in y.
APART_SP = (24.0, 7.0)
#: No single view may say more than this; one strange stamp or title must not outvote the page.
LOUDEST = 5.0


class UpNetwork:
    """The compiled network: views, uint8 (N, 64, 128), 255 = ink, to log odds that each stands upright."""

    def __init__(self, path: Path) -> None:
        """Compile `path`; raises `WeightsError` when it is not the network of `detector.orientation.training`."""
        import openvino

        core = openvino.Core()
        try:
            model = core.read_model(path)
            info = model.get_rt_info()["framework"]["format"]
            if str(info.astype(str)) != FORMAT:
                raise ValueError(f"format {info.astype(str)!r}, expected {FORMAT!r}")
        except (RuntimeError, KeyError, ValueError) as error:
            raise WeightsError(f"{path}: not a network that tells up from down ({error})") from error
        self._request = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1}).create_infer_request()

    def __call__(self, views: GreyImage) -> FloatArray:
        """Return float64 (N,), N up to `VIEWS_AT_ONCE`."""
        batch = np.zeros((VIEWS_AT_ONCE, 1, *VIEW_PX), np.float32)
        batch[: len(views), 0] = views
        self._request.infer({0: batch})
        out: FloatArray = self._request.get_output_tensor(0).data[: len(views)].astype(np.float64)
        return out


@cache
def shipped_network() -> UpNetwork:
    """Return the network inside the package, compiled once a process."""
    return UpNetwork(Path(str(files("detector").joinpath("weights", f"{UPRIGHT}.onnx"))))


def upright_log_odds(image: GreyImage, lines: StaffLines, network: UpNetwork | None = None) -> float:
    """Return log odds that a page, its staff lines turned level, stands upright and not upside down.

    Args:
        image: uint8 (H, W), 0 = ink.
        lines: its staff lines, of `detector.orientation.lines`.
        network: another one than the shipped.
    """
    network = network or shipped_network()
    views = cut_views(image, lines)
    total = 0.0
    for first in range(0, len(views), VIEWS_AT_ONCE):
        said = network(np.stack(views[first : first + VIEWS_AT_ONCE]))
        total += float(np.clip(said, -LOUDEST, LOUDEST).sum())
        if abs(total) >= ENOUGH:
            break
    return total


def cut_views(image: GreyImage, lines: StaffLines) -> list[GreyImage]:
    """Return views along the staves, those at the ends of the staves first, where clefs stand."""
    factor = min(1.0, WEAR_SPACE_PX / lines.space_px)
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    dark = darkness(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8))
    matrix, (width, height) = turn_matrix(image.shape[1], image.shape[0], -lines.angle_rad)
    to_view = matrix * (SPACE_PX / lines.space_px)  # page px to level px at the views' staff space
    width, height = (round(side * SPACE_PX / lines.space_px) for side in (width, height))
    from_dark = to_view @ np.diag([image.shape[1] / size[0], image.shape[0] / size[1], 1.0])
    from_dark[:, 2] += from_dark[:, :2] @ (0.5, 0.5) - 0.5  # pixel i covers [i, i + 1)
    level = np.asarray(cv2.warpAffine(dark, from_dark, (width, height), flags=cv2.INTER_LINEAR), np.uint8)
    points = np.stack([lines.x_px, lines.y_px], 1) @ to_view[:, :2].T + to_view[:, 2]
    reach = VIEW_PX[1] / 2
    return [
        centred(level, float(np.clip(x, min(reach, width / 2), max(width - reach, width / 2))), y, VIEW_PX, 0)
        for x, y in _spread(points)
    ]


def _spread(points: FloatArray) -> FloatArray:
    """Return up to `MOST_VIEWS` of (N, 2) level points that lie apart, the outermost in x first."""
    left = points[np.argsort(-np.abs(points[:, 0] - np.median(points[:, 0])), kind="stable")]
    chosen: list[FloatArray] = []
    while len(left) and len(chosen) < MOST_VIEWS:
        chosen.append(left[0])
        gap = np.abs(left - left[0]) / (SPACE_PX * np.array(APART_SP))
        left = left[(gap >= 1).any(1)]
    return np.array(chosen).reshape(-1, 2)
