"""ScoreAug on training crops: a crop becomes a small labelled page, is worn by one of the training recipes, and is cut
to its frame again."""

from __future__ import annotations

import cv2
import numpy as np

from detector.training.crops import Crop, View, clip
from notation.boxes import FloatArray, IntArray
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import LINE_COUNT, Staff
from notation.symbols import Symbols
from scoreaug.recipes import TRAINING

#: How often each recipe is drawn: two scans of the public domain in three are two-tone.
SHARES = {"photocopy": 0.4, "coarse_print_1880": 0.22, "old_print": 0.22, "camera": 0.1, "thesis": 0.06}
#: A recipe's strength is drawn between these; 1 is usual, 2 as bad as such sources get.
STRENGTH = (0.4, 1.4)
#: A staff of which a crop sees less than this has no lines worth breaking.
_SHORTEST_STAFF_SP = 3.0


def aged(
    crop: Crop, staff_boxes: FloatArray, class_ids: IntArray, is_long: np.ndarray, rng: np.random.Generator
) -> Crop:
    """Return the crop, worn as one kind of source is.

    Args:
        crop: a clean crop.
        staff_boxes: float64 (S, 5), the staves that it sees, crop pixels; they may reach out of it.
        class_ids: int64 (C,), the vocabulary id of every label of the network.
        is_long: bool (C,), see `detector.thin.LONG`.
        rng: decides which recipe and how strong.
    """
    height, width = crop.image.shape
    symbols, _ = Symbols.of(crop.boxes, class_ids[crop.labels], width_px=width, height_px=height)
    staves = tuple(staff for box in staff_boxes if (staff := _staff(box, width, crop.space_px)) is not None)
    page = LabelledPage(crop.image, Reading(symbols, staves), NotationGraph(len(symbols)))
    name = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    worn = TRAINING[name](page, rng, float(rng.uniform(*STRENGTH)))
    return _cut(worn, crop, class_ids, is_long)


def _cut(worn: LabelledPage, crop: Crop, class_ids: IntArray, is_long: np.ndarray) -> Crop:
    """Return what a worn crop shows in the frame of the crop that it was; a smaller scan is enlarged again."""
    height, width = crop.image.shape
    shrink = width / worn.image.shape[1]
    image = worn.image if shrink == 1 else np.asarray(cv2.resize(worn.image, (width, height)), np.uint8)
    found = worn.reading.symbols
    label_of = np.full(1 + max(int(class_ids.max()), int(found.class_ids.max(initial=0))), -1, dtype=np.int64)
    label_of[class_ids] = np.arange(len(class_ids))
    labels = label_of[found.class_ids]  # words that the recipe printed may be of a class that is not learned
    known = labels >= 0
    boxes = found.boxes[known] * [shrink, shrink, shrink, shrink, 1]
    view = View((width / 2, height / 2), 1.0, 0.0, height, width)
    boxes, rows = clip(boxes, labels[known], view, is_long, crop.space_px)
    return Crop(image, boxes, labels[known][rows], crop.space_px)


def _staff(box: FloatArray, width_px: int, space_px: float) -> Staff | None:
    """Return the straight staff in an oriented box as far as it lies in a crop, None where too little does."""
    half = box[2] / 2 * np.cos(box[4])
    x0, x1 = max(0.0, box[0] - half), min(float(width_px), box[0] + half)
    if x1 - x0 < _SHORTEST_STAFF_SP * space_px:
        return None
    xs = np.array([x0, x1])
    middle = box[1] + (xs - box[0]) * np.tan(box[4])
    gap = box[3] / (LINE_COUNT - 1) / np.cos(box[4])
    return Staff.of(xs, middle + gap * (np.arange(LINE_COUNT) - LINE_COUNT // 2)[:, None])
