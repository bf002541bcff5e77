"""`--json`: everything that was found, with a link from every note to the symbols that it was read from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from detect_score.pipeline import PageRead
from notation.graph import NotationGraph
from notation.reading_json import to_document
from notation.score import Score

SCHEMA = "detect-score/result"
VERSION = 1


def result_text(pages: Sequence[PageRead], graphs: Sequence[NotationGraph], score: Score) -> str:
    """Return the document: pages (each a `detect-score/reading` with its graph), score, issues.

    A note's `symbols` name the page, from 0, and the row of that page's symbols.
    """
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "pages": [_page(one, graph) for one, graph in zip(pages, graphs, strict=True)],
        "score": plain(score),
        "issues": plain(score.issues),
    }
    document["score"].pop("issues")
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _page(one: PageRead, graph: NotationGraph) -> dict[str, Any]:
    return {
        "name": one.page.name,
        "remarks": list(one.page.remarks),
        "seconds": round(one.seconds, 3),
        "reading": to_document(one.reading, graph),
    }


def plain(value: Any) -> Any:
    """Return dataclasses as dictionaries, fractions as "3/4", numpy numbers as numbers, all the way down."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value
