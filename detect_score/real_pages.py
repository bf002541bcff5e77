"""`detect-score evaluate FOLDER --real-pages`: the shipped detector on the hand-corrected real pages."""

from __future__ import annotations

import argparse
import sys

from tqdm import tqdm

from notation.errors import InputError
from realscores_eval.real_pages_truth import page_table, real_pages, score_real_pages
from realscores_eval.tables import report
from realscores_eval.three_lines import Detect

#: AP is the area under the whole curve, so its detector must speak below the threshold of the reader.
FAINT = 0.05


def run(options: argparse.Namespace) -> int:
    """Print which pages are there, means and classes; return 1 when a page is missing or failed.

    Raises:
        InputError: none of the annotated pages lies under the folder.
    """
    pages = real_pages(options.folder)
    table = page_table(pages)
    print(table.markdown() if options.markdown else table.text(), end="\n\n")
    there = [page for page in pages if page.scan is not None]
    if not there:
        raise InputError(f"{options.folder}: none of the {len(pages)} annotated pages is here; see docs/real_pages.md")
    with tqdm(total=len(there), unit="page", disable=not sys.stderr.isatty(), leave=False) as bar:
        detect = faint_detector(options.weights)
        result = score_real_pages(there, detect, widen_sp=options.widen, done=lambda _: bar.update())
    print(report(result, markdown=options.markdown))
    if len(there) < len(pages):
        print(f"detect-score: {len(pages) - len(there)} of {len(pages)} annotated pages are missing", file=sys.stderr)
    return 1 if len(there) < len(pages) or result[0].failures else 0


def faint_detector(weights: str | None) -> Detect:
    """Return the detector that reports faint symbols too, for the AP."""
    from detector.reader import Detector

    return Detector.load(weights, least_scores={"*": FAINT}).read
