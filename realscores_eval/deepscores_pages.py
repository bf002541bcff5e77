"""A DeepScoresV2 annotation file and a proposals file as pages to score, the way published figures were made."""

from __future__ import annotations

import numpy as np

from notation import boxes as geometry
from notation.deepscores import DeepScoresPage, read_deepscores
from notation.deepscores_proposals import read_proposals
from notation.files import PathLike
from notation.symbols import Symbols
from realscores_eval.matching import Mode, Shape
from realscores_eval.scored_page import ScoredPage


def deepscores_pages(annotations: PathLike, proposals: PathLike, *, shape: Shape, mode: Mode) -> list[ScoredPage]:
    """Return every page of `annotations` with its proposals; a page that has none was read and found empty.

    Upright truth is the file's own `a_bbox`. Symbols without ink (`area` 0) count in legacy mode only.

    Raises:
        InputError: a file cannot be opened.
        FormatError: a file is not of its kind.
    """
    pages, _ = read_deepscores(annotations)
    sizes_px = {page.image_id: (page.reading.symbols.width_px, page.reading.symbols.height_px) for page in pages}
    found, _ = read_proposals(proposals, sizes_px)
    return [ScoredPage(truth_of(page, shape, mode), found[page.image_id], page.reading.source) for page in pages]


def truth_of(page: DeepScoresPage, shape: Shape, mode: Mode) -> Symbols:
    """Return the true symbols of a page as one kind of box and one mode count them."""
    symbols = page.reading.symbols
    kept = page.areas_px2 > 0 if mode == "standard" else np.ones(len(symbols), bool)
    boxes = symbols.boxes if shape == "oriented" else geometry.from_upright(page.upright_px)
    columns = (boxes[kept], symbols.class_ids[kept])
    return Symbols.of(*columns, width_px=symbols.width_px, height_px=symbols.height_px)[0]
