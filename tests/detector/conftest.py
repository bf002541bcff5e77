"""A page drawn with OpenCV, whose truth is known by construction."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from notation import boxes as geometry
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

SPACE_PX = 16.0


@pytest.fixture
def draw_page() -> Callable[[int], LabelledPage]:
    """A function from a seed to a page of staves with heads, stems and slanted beams, staff space 16 px."""
    return _page


def _page(seed: int) -> LabelledPage:
    rng = np.random.default_rng(seed)
    image = np.full((900, 900), 255, np.uint8)
    staves, boxes, names = [], [], []
    for top in (120.0, 360.0, 600.0):
        staff = Staff.straight(40, 860, top, SPACE_PX)
        staves.append(staff)
        for y in staff.ys_px[:, 0]:
            cv2.line(image, (40, round(y)), (860, round(y)), 0, 2)
        for x in range(90, 820, int(rng.integers(50, 80))):
            for name, box in _note(image, x, top, int(rng.integers(-4, 5)), rng):
                names.append(name)
                boxes.append(box)
    ids = [vocabulary().id_of(name) for name in names]
    symbols, _ = Symbols.of(np.array(boxes), ids, width_px=900, height_px=900)
    return LabelledPage(image, Reading(symbols, tuple(staves)), NotationGraph(len(symbols)), piece=f"drawn-{seed}")


def _note(
    image: np.ndarray, x: int, top: float, position: int, rng: np.random.Generator
) -> list[tuple[str, np.ndarray]]:
    y = top + 2 * SPACE_PX - position * SPACE_PX / 2
    cv2.ellipse(image, (x, round(y)), (10, 7), -15, 0, 360, 0, -1)
    cv2.line(image, (x + 9, round(y)), (x + 9, round(y - 56)), 0, 2)
    head = "noteheadBlackInSpace" if position % 2 else "noteheadBlackOnLine"
    made = [(head, np.array([x + 0.5, y, 21, 16, 0])), ("stem", np.array([x + 9.5, y - 28, 3, 56, 0]))]
    if rng.random() < 0.3:
        tilt = int(rng.integers(-15, 16))
        quad = np.array([[x, y - 74], [x + 70, y - 74 + tilt], [x + 70, y - 66 + tilt], [x, y - 66]])
        cv2.fillPoly(image, [quad.round().astype(np.int32)], 0)
        made.append(("beam", geometry.min_area_box(quad)))
    return made
