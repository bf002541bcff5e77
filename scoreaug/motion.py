"""Moving a page: picture, boxes, staff lines and graph go along with one affine map."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.graph import NotationGraph
from notation.page import GreyImage, LabelledPage
from notation.symbols import Symbols


def turn_about_centre(width_px: int, height_px: int, angle_rad: float) -> FloatArray:
    """Return the 2 x 3 matrix that turns a page about its centre, clockwise for positive angles."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    linear = np.array([[cos, -sin], [sin, cos]])
    centre = np.array([width_px / 2, height_px / 2])
    return np.column_stack([linear, centre - linear @ centre])


def moved_image(image: GreyImage, matrix: FloatArray, fill: int) -> GreyImage:
    """Return the picture under a 2 x 3 matrix of page pixels, in its old size; what comes from outside is `fill`.

    OpenCV puts the centre of the first pixel at 0, we put it at 0.5.
    """
    half = np.array([0.5, 0.5])
    indices = np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ half - half])
    size = (image.shape[1], image.shape[0])
    return cv2.warpAffine(image, indices, size, flags=cv2.INTER_LINEAR, borderValue=fill).astype(np.uint8)


def moved_truth(page: LabelledPage, matrix: FloatArray) -> LabelledPage:
    """Return the page with symbols, staves and graph moved by a 2 x 3 matrix, and the picture as it was.

    Symbols that leave the page altogether are dropped, with their relations. Rows are numbered anew.
    """
    old = page.reading.symbols
    boxes = geometry.affine(old.boxes, matrix)
    kept = np.flatnonzero(_on_page(boxes, old.width_px, old.height_px)).astype(np.int64)
    symbols, order = Symbols.of(
        boxes[kept],
        old.class_ids[kept],
        old.scores[kept],
        width_px=old.width_px,
        height_px=old.height_px,
        comments=[old.comments[row] for row in kept.tolist()],
    )
    staves = tuple(staff.affine(matrix) for staff in page.reading.staves)
    reading = replace(page.reading, symbols=symbols, staves=staves)
    return replace(page, reading=reading, graph=_renumbered(page.graph, kept[order]))


def _on_page(boxes: FloatArray, width_px: int, height_px: int) -> np.ndarray:
    hull = geometry.upright(boxes)
    return (hull[:, 2] > 0) & (hull[:, 3] > 0) & (hull[:, 0] < width_px) & (hull[:, 1] < height_px)


def _renumbered(graph: NotationGraph, old_rows: IntArray) -> NotationGraph:
    """Return the graph whose row i is row `old_rows[i]` of `graph`."""
    new_row = {old: new for new, old in enumerate(old_rows.tolist())}
    out = NotationGraph(len(old_rows))
    for source, relation, target in graph.edges():
        if source in new_row and target in new_row:
            out.relate(new_row[source], relation, new_row[target])
    for old, new in new_row.items():
        out.nx.nodes[new].update(graph.nx.nodes[old])
    return out
