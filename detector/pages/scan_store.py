"""Scans without truth as training pages: self-training, and mining of what the detector sees where no music is.

What the detector is sure of is taken for the truth. What it only half sees is painted over, so that the network is
taught neither that it is there nor that it is not. What it is sure of where no music can be, far from every staff, is
a mistake that needs no truth to be known: it stays in the picture without a label, and crops are placed on it.

Run as `python -m detector.pages.scan_store SCANS --store OUT`; `configs/self_training.yaml` is a recipe that trains
with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from detector.pages.store import write_page
from detector.reader import Detector
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import InputError
from notation.page import GreyImage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: From this score on a symbol is taken for the truth; between the two scores it is neither.
SURE, FAINT = 0.5, 0.1
#: A half-seen symbol larger than this is left as it is: painting it over would hide others. Square staff spaces.
LARGEST_PAINTED_SP2 = 12.0
#: Symbols of these kinds stand on a staff or on its ledger lines,
ON_STAFF = (
    "notehead",
    "rest",
    "clef",
    "key",
    "accidental",
    "flag",
    "barline",
    "timeSig",
    "ledgerLine",
    "augmentationDot",
)
#: and so no farther than this from its outer lines or its ends, staff spaces; eleven ledger lines reach as far.
FARTHEST_SP = 11.0
#: The band of paper around a half-seen symbol that is painted over with it, staff spaces.
MARGIN_SP = 0.15
_NAMES = {one.id: one.name for one in vocabulary().all_sets}
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


@dataclass(frozen=True)
class ScanTruth:
    """What a reading of a scan teaches.

    Attributes:
        truth: symbols taken for the truth.
        unsure: float64 (N, 5), boxes to be painted over.
        mistakes: float64 (M, 2), middles of symbols that cannot be, page pixels.
    """

    truth: Symbols
    unsure: FloatArray
    mistakes: FloatArray


def sort_out(reading: Reading) -> ScanTruth:
    """Return what a faint reading (scores from `FAINT` on) of a scan teaches."""
    symbols = reading.symbols
    names = np.array([_NAMES[number] for number in symbols.class_ids.tolist()], dtype=object)
    bound = np.array([str(name).startswith(ON_STAFF) for name in names], dtype=bool)
    stray = bound & (_from_staves_sp(symbols.boxes, reading.staves) > FARTHEST_SP)
    sure = symbols.scores >= SURE
    keep = sure & ~stray
    truth, _ = Symbols.of(
        symbols.boxes[keep], symbols.class_ids[keep], width_px=symbols.width_px, height_px=symbols.height_px
    )
    return ScanTruth(truth, symbols.boxes[~sure & ~stray], symbols.boxes[sure & stray, :2])


def painted_over(image: GreyImage, boxes: FloatArray, keep: FloatArray, space_px: float) -> GreyImage:
    """Return the scan without the small symbols in `boxes` (N, 5) that no box of `keep` (M, 5) touches.

    Every row of a hole is drawn from its left edge to its right one, so staff lines go on.
    """
    out = image.copy()
    taken = geometry.upright(keep)
    for x0, y0, x1, y1 in geometry.upright(boxes) + np.array([-1, -1, 1, 1]) * MARGIN_SP * space_px:
        if (x1 - x0) * (y1 - y0) > LARGEST_PAINTED_SP2 * space_px**2:
            continue
        meets = (taken[:, 0] < x1) & (taken[:, 2] > x0) & (taken[:, 1] < y1) & (taken[:, 3] > y0)
        # a staff or a system's brace lies around everything
        if not (meets & (taken[:, 2] - taken[:, 0] < image.shape[1] / 3)).any():
            _bridge(out, round(x0), round(y0), round(x1), round(y1))
    return out


def _bridge(image: NDArray[np.uint8], x0: int, y0: int, x1: int, y1: int) -> None:
    height, width = image.shape
    x0, x1, y0, y1 = max(1, x0), min(width - 2, x1), max(0, y0), min(height, y1)
    if x1 <= x0 or y1 <= y0:
        return
    left, right = (image[y0:y1, x : x + 1].astype(np.float32) for x in (x0 - 1, x1))
    share = np.linspace(0, 1, x1 - x0, dtype=np.float32)[None]
    image[y0:y1, x0:x1] = np.rint(left * (1 - share) + right * share).astype(np.uint8)


def _from_staves_sp(boxes: FloatArray, staves: tuple[Staff, ...]) -> FloatArray:
    """Return how far each box's middle lies from the nearest staff, (N,): beyond its outer lines or its ends."""
    nearest = np.full(len(boxes), np.inf)
    for staff in staves:
        beyond = np.abs(staff.position_at(boxes[:, 0], boxes[:, 1])) / 2 - 2
        aside = np.maximum(staff.x0_px - boxes[:, 0], boxes[:, 0] - staff.x1_px) / staff.space_px
        nearest = np.minimum(nearest, np.maximum(0, np.maximum(beyond, aside)))
    return nearest


def scans(folder: Path) -> Iterator[tuple[str, GreyImage]]:
    """Iterate over the pictures of a folder and its subfolders by name; what cannot be read is said and left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _PICTURES:
            image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if image is None:
                print(f"{path}: cannot be read", file=sys.stderr)
                continue
            yield path.stem, image.astype(np.uint8)


def main() -> None:
    """Command line: fill a store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("scans", type=Path, help="folder of pictures")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--weights", help="the teacher: a shipped model (default) or an ONNX file")
    options = parser.parse_args()
    teacher = Detector.load(options.weights, least_scores={"*": FAINT})
    pages, seen = 0, np.zeros(3, dtype=np.int64)
    for name, image in tqdm(scans(options.scans), unit="page"):
        reading = teacher.read(image)
        if not reading.staves:
            continue
        found = sort_out(reading)
        space = float(np.median([staff.space_px for staff in reading.staves]))
        picture = painted_over(image, found.unsure, found.truth.boxes, space)
        about = {"piece": name, "number": 1, "is_scan": True}
        truth = found.truth
        write_page(options.store, pages, picture, truth.boxes, truth.class_ids, space, about, found.mistakes)
        pages += 1
        seen += (len(truth), len(found.unsure), len(found.mistakes))
    if not pages:
        raise InputError(f"{options.scans}: no picture with a staff on it")
    print(f"{pages} pages, {seen[0]} symbols taken for the truth, {seen[1]} half seen, {seen[2]} where no music can be")


if __name__ == "__main__":
    main()
