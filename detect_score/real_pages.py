"""`detect-score evaluate FOLDER --real-pages`: the shipped detector on the hand-corrected real pages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tqdm import tqdm

from notation.errors import InputError
from realscores_eval.real_pages_truth import RealPage, page_table, real_pages, score_real_pages
from realscores_eval.tables import report
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
    table = page_table(pages)
    print(table.markdown() if options.markdown else table.text(), end="\n\n")
    there = [page for page in pages if page.scan is not None]
    if not there:
        raise InputError(f"{options.folder}: none of the {len(pages)} annotated pages is here; see docs/real_pages.md")
    with tqdm(total=len(there), unit="page", disable=not sys.stderr.isatty(), leave=False) as bar:

        def done(page: RealPage) -> None:
            bar.set_postfix_str(page.name)
            bar.update()

        result = score_real_pages(there, detector(), widen_sp=options.widen, done=done)
    print(report(result, markdown=options.markdown))
    if len(there) < len(pages):
        print(f"detect-score: {len(pages) - len(there)} of {len(pages)} annotated pages are missing", file=sys.stderr)
    return 1 if len(there) < len(pages) or result[0].failures else 0
