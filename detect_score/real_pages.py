"""`detect-score evaluate FOLDER --real-pages`: the shipped detector on the hand-corrected real pages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tqdm import tqdm

from notation.errors import InputError
from realscores_eval.average_precision import evaluate_all
from realscores_eval.real_pages_truth import RealPage, page_table, published_classes, real_pages, scored_real_pages
from realscores_eval.tables import Table, mean_table, report
from realscores_eval.three_lines import Detect


def run(options: argparse.Namespace, detector: Callable[[], Detect]) -> int:
    """Print which pages are there, means and classes; return 1 when a page is missing or failed.

    Arguments:
        options: of `detect-score evaluate`.
        detector: loads a detector that reports faint symbols too, once it is known that there are pages.

    Raises:
        InputError: none of the annotated pages lies under the folder.
    """
    pages = real_pages(options.folder)
    print(_shown(page_table(pages), options), end="\n\n")
    there = [page for page in pages if page.scan is not None]
    if not there:
        raise InputError(f"{options.folder}: none of the {len(pages)} annotated pages is here; see docs/real_pages.md")
    with tqdm(total=len(there), unit="page", disable=not sys.stderr.isatty(), leave=False) as bar:

        def done(page: RealPage) -> None:
            bar.set_postfix_str(page.name)
            bar.update()

        scored = scored_real_pages(there, detector(), done=done)
    result = evaluate_all(scored, widen_sp=options.widen)
    print(report(result, markdown=options.markdown), end="\n\n")
    print("Only the classes of DeepScoresV2", end="\n\n")
    print(_shown(mean_table(evaluate_all(scored, widen_sp=options.widen, classes=published_classes())), options))
    if len(there) < len(pages):
        print(f"detect-score: {len(pages) - len(there)} of {len(pages)} annotated pages are missing", file=sys.stderr)
    return 1 if len(there) < len(pages) or result[0].failures else 0


def _shown(table: Table, options: argparse.Namespace) -> str:
    return table.markdown() if options.markdown else table.text()
