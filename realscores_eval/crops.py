"""Crops of the worst faults, cut from the pages with the boxes drawn: what a table of numbers cannot show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

import cv2
import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import InputError
from notation.page import GreyImage
from realscores_eval.faults import Confusion, Fault, FaultKind

#: Blue-green-red, as OpenCV has it: what is true, and what was found.
TRUE_COLOUR, FOUND_COLOUR = (60, 150, 0), (40, 40, 220)
#: Surroundings of a fault: as much again as its longer side, within these limits.
_LEAST_MARGIN_PX, _MOST_MARGIN_PX = 50, 110
_SHOWN_PX = (260, 900)  # least and greatest longer side of the picture


def worst(confusion: Confusion, kind: FaultKind, count: int) -> list[Fault]:
    """Return faults to look at: the class with most of them first, in turn, and the most certain of each class first.

    Missed symbols have no certainty; the larger ones come first, since they are the ones that nobody should miss.
    """
    by_class: dict[tuple[str | None, str | None], list[Fault]] = defaultdict(list)
    for fault in confusion.faults:
        if fault.kind == kind:
            by_class[fault.true_name, fault.found_name].append(fault)
    classes = sorted(by_class, key=lambda one: (-len(by_class[one]), str(one)))
    queues = [sorted(by_class[one], key=_severity) for one in classes]
    turns = (fault for row in zip_longest(*queues) for fault in row if fault is not None)
    return [fault for fault, _ in zip(turns, range(count), strict=False)]


def crops(
    faults: Sequence[Fault], images: Sequence[Callable[[], GreyImage]]
) -> Iterator[tuple[Fault, NDArray[np.uint8]]]:
    """Iterate over faults with their pictures, page by page, so that each page is read once.

    Faults of pages whose picture cannot be read are left out: truth and proposals suffice for all figures.

    Arguments:
        images: by page number.
    """
    for page in sorted({fault.page for fault in faults}):
        try:
            image = images[page]()
        except InputError:
            continue
        for fault in faults:
            if fault.page == page:
                yield fault, crop(image, fault)


def crop(image: GreyImage, fault: Fault) -> NDArray[np.uint8]:
    """Return the surroundings of a fault, BGR, with the true box in green and the found one in red.

    What comes nearest on the other side of a missed or false symbol is drawn thinner.
    """
    x0, y0, x1, y1 = _hull(fault).tolist()
    margin_px = min(max(x1 - x0, y1 - y0, _LEAST_MARGIN_PX), _MOST_MARGIN_PX)
    height, width = image.shape
    left, top = (int(np.clip(low - margin_px, 0, end - 1)) for low, end in ((x0, width), (y0, height)))
    right, bottom = (int(np.clip(high + margin_px, 1, end)) for high, end in ((x1, width), (y1, height)))
    part = image[top : max(bottom, top + 1), left : max(right, left + 1)]
    scale = _scale(max(part.shape))
    kind = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    canvas = cv2.cvtColor(cv2.resize(part, None, fx=scale, fy=scale, interpolation=kind), cv2.COLOR_GRAY2BGR)
    for box, colour, thickness_px in _strokes(fault):
        quad = (geometry.corners(box[None])[0] - [left, top]) * scale
        cv2.polylines(canvas, [quad.round().astype(np.int32)], True, colour, thickness_px, cv2.LINE_AA)
    return np.asarray(canvas, dtype=np.uint8)


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


def _strokes(fault: Fault) -> Iterator[tuple[FloatArray, tuple[int, int, int], int]]:
    """Iterate over the boxes to draw, each with its colour and thickness in px."""
    if fault.near is not None:
        yield fault.near.box, TRUE_COLOUR if fault.true_box is None else FOUND_COLOUR, 1
    if fault.true_box is not None:
        yield fault.true_box, TRUE_COLOUR, 2
    if fault.found_box is not None:
        yield fault.found_box, FOUND_COLOUR, 2


def _hull(fault: Fault) -> FloatArray:
    """Return the upright hull x0, y0, x1, y1 of both boxes of a fault, shape (4,)."""
    hulls = geometry.upright(np.stack([box for box in (fault.true_box, fault.found_box) if box is not None]))
    return np.concatenate([hulls[:, :2].min(0), hulls[:, 2:].max(0)])


def _scale(longer_px: int) -> float:
    least, most = _SHOWN_PX
    return min(max(1.0, least / longer_px), most / longer_px)


def _severity(fault: Fault) -> tuple[float, float]:
    box = fault.true_box if fault.found_box is None else fault.found_box
    return -fault.score, 0.0 if box is None else -float(box[2] * box[3])
