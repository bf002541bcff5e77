"""What the rising sea is worth: average precision of a watershed detector by the levels at which its energy is cut.

    python benchmarks/watershed_cuts.py STORE --pages 12 --cuts 0.2 --cuts 0.4 --cuts 0.15 0.25 0.35 0.45 0.55

STORE is a store of pages (`python -m detector.pages.mixture`), best of the val split.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from detector.pages.store import StoredPage, read_store
from detector.watershed.reader import WatershedDetector
from detector.weights_file import WATERSHED, find_weights
from notation.symbols import Symbols
from realscores_eval.average_precision import Evaluation, evaluate
from realscores_eval.scored_page import ScoredPage

CLASSES = ("noteheadBlackOnLine", "noteheadBlackInSpace", "clefG", "clefF", "restQuarter", "rest8th")


def with_cuts(detector: WatershedDetector, cuts: Sequence[float], pages: Sequence[StoredPage]) -> Evaluation:
    """Return the scores of a detector whose energy is cut at other levels."""
    detector.facts["cuts"] = list(cuts)
    return evaluate([_scored(detector, page) for page in pages])


def _scored(detector: WatershedDetector, page: StoredPage) -> ScoredPage:
    image = page.pixels()
    height, width = image.shape
    truth, _ = Symbols.of(page.boxes, page.class_ids, width_px=width, height_px=height)
    return ScoredPage(truth, detector.read(image).symbols)


def main() -> None:
    """Print one line a choice of cuts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--weights", type=Path, default=find_weights(WATERSHED))
    parser.add_argument("--pages", type=int, default=12, help="so many pages, evenly spread (12)")
    parser.add_argument("--cuts", type=float, nargs="+", action="append", metavar="SHARE", required=True)
    options = parser.parse_args()
    stored = read_store(options.store)
    pages = stored[:: max(1, len(stored) // options.pages)][: options.pages]
    detector = WatershedDetector.load(options.weights)
    print("AP at 0.5, oriented boxes; mean of the classes with 10 true symbols or more")
    print(" ".join([f"{'cuts':32s}", "mean AP25  AP50", *CLASSES]))
    for cuts in options.cuts:
        scores = with_cuts(detector, cuts, pages)
        by_name = {one.name: one for one in scores.classes}
        means = f"{scores.mean(0.25, least=10):9.4f} {scores.mean(0.5, least=10):.4f}"
        single = (f"{by_name[name].at(0.5):{len(name)}.4f}" if name in by_name else "-" for name in CLASSES)
        print(" ".join([f"{' '.join(map(str, cuts)):32s}", means, *single]), flush=True)


if __name__ == "__main__":
    main()
