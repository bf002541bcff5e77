"""From which score on a class is reported: where its F1 on pages of unseen pieces is highest.

Run as `python -m detector.training.thresholds --weights MODEL.onnx --store PAGES`; writes the thresholds into the file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from tqdm import tqdm

from detector.decode import Detections
from detector.pages.store import StoredPage, read_store
from detector.reader import LEAST_SCORE, Detector
from detector.training.quick_ap import hits
from notation.vocabulary import vocabulary

#: Scores below this are never worth reporting.
FAINT = 0.08
#: A detection is right when it overlaps its truth so much; the place matters to a reader, the outline does not.
OVERLAP = 0.25
#: A class with fewer true symbols keeps the usual threshold.
LEAST_COUNT = 30
#: Thresholds stay inside this range, whatever the pages say: other prints are harder.
RANGE = (0.12, 0.6)


def best_thresholds(found: Sequence[Detections], truth: Sequence[Detections], class_count: int) -> np.ndarray:
    """Return the score of the highest F1 for each class, float64 (C,); nan where there is too little truth.

    Args:
        found, truth: one entry a page, labels being rows of the class list; scores of truth are not used.
    """
    labels = np.concatenate([one.labels for one in found])
    scores = np.concatenate([one.scores for one in found])
    right = np.concatenate([hits(a, b, OVERLAP) for a, b in zip(found, truth, strict=True)])
    counts = np.bincount(np.concatenate([one.labels for one in truth]), minlength=class_count)
    out = np.full(class_count, np.nan)
    for label in np.flatnonzero(counts >= LEAST_COUNT).tolist():
        mine = labels == label
        order = np.argsort(-scores[mine], kind="stable")
        if len(order):
            reported = np.arange(1, len(order) + 1)
            f1 = 2 * np.cumsum(right[mine][order]) / (reported + counts[label])
            out[label] = np.clip(scores[mine][order][np.argmax(f1)], *RANGE)
    return out


def measure(weights: Path, pages: Sequence[StoredPage]) -> dict[str, float]:
    """Read pages with a model and return its best thresholds by class name, rounded; classes without are absent."""
    detector = Detector.load(weights, least_scores={"*": FAINT})
    names = detector.facts.names
    rows = {vocabulary().id_of(name): row for row, name in enumerate(names)}
    found, truth = [], []
    for page in tqdm(pages, unit="page"):
        found.append(detector.find(page.pixels(), page.space_px))
        labels = np.array([rows.get(int(one), -1) for one in page.class_ids], dtype=np.int64)
        known = labels >= 0
        truth.append(Detections(page.boxes[known], labels[known], np.ones(known.sum())))
    best = best_thresholds(found, truth, len(names))
    return {name: round(float(value), 3) for name, value in zip(names, best, strict=True) if not np.isnan(value)}


def write_thresholds(weights: Path, thresholds: dict[str, float]) -> None:
    """Put thresholds into a model file, in the place of those that were there."""
    model = onnx.load(weights)
    properties = {one.key: one.value for one in model.metadata_props} | {"least_scores": json.dumps(thresholds)}
    onnx.helper.set_model_props(model, properties)
    waiting = weights.with_suffix(".part")
    onnx.save(model, waiting)
    waiting.replace(weights)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--store", type=Path, nargs="+", required=True, help="pages that training did not see")
    options = parser.parse_args()
    pages = [page for store in options.store for page in read_store(store)]
    thresholds = measure(options.weights, pages)
    write_thresholds(options.weights, thresholds)
    for name, value in sorted(thresholds.items(), key=lambda pair: pair[1]):
        print(f"{value:.3f}  {name}")
    print(f"the other classes: {LEAST_SCORE}")


if __name__ == "__main__":
    main()
