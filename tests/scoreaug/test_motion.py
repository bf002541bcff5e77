"""Moving pages: boxes, staves and graph must go where the ink goes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation import boxes as geometry
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from scoreaug.motion import moved_image, moved_truth, turn_about_centre

WIDTH, HEIGHT = 240, 320


def labelled(boxes: list[tuple[float, ...]], names: list[str]) -> LabelledPage:
    ids = [vocabulary().id_of(name) for name in names]
    symbols, _ = Symbols.of(boxes, ids, width_px=WIDTH, height_px=HEIGHT)
    staff = Staff.straight(20, 220, 100, 10)
    return LabelledPage(
        np.full((HEIGHT, WIDTH), 255, np.uint8), Reading(symbols, (staff,)), NotationGraph(len(symbols))
    )


def test_an_empty_page_stays_empty() -> None:
    moved = moved_truth(labelled([], []), turn_about_centre(WIDTH, HEIGHT, 0.03))
    assert len(moved.reading.symbols) == len(moved.graph) == 0


def test_no_turn_moves_nothing() -> None:
    page = labelled([(50, 60, 20, 4, 0.2), (100, 200, 3, 40, 0)], ["beam", "stem"])
    matrix = turn_about_centre(WIDTH, HEIGHT, 0)
    assert moved_truth(page, matrix).reading.symbols.boxes == pytest.approx(page.reading.symbols.boxes, abs=1e-4)
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    assert (moved_image(noise, matrix, 9) == noise).all()


def test_positive_angles_turn_clockwise_about_the_centre() -> None:
    matrix = turn_about_centre(WIDTH, HEIGHT, np.pi / 2)
    assert matrix @ [WIDTH / 2, HEIGHT / 2, 1] == pytest.approx([WIDTH / 2, HEIGHT / 2])
    assert matrix @ [WIDTH / 2 + 10, HEIGHT / 2, 1] == pytest.approx([WIDTH / 2, HEIGHT / 2 + 10])


def test_a_quarter_turn_moves_every_pixel_to_its_place() -> None:
    """A matrix of page corners used as one of pixel centres would be off by a whole pixel here."""
    square = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    assert (moved_image(square, turn_about_centre(64, 64, np.pi / 2), 0) == np.rot90(square, -1)).all()


@given(
    centre=st.tuples(st.floats(80, 160), st.floats(100, 220)),
    size=st.tuples(st.floats(20, 60), st.floats(5, 10)),
    turn=st.floats(-0.3, 0.3),
    angle=st.floats(-0.05, 0.05),
)
@settings(max_examples=60, deadline=None)
def test_moved_box_is_the_box_of_the_moved_mask(
    centre: tuple[float, float], size: tuple[float, float], turn: float, angle: float
) -> None:
    """Draw the box, move the picture, and take the box of its ink."""
    page = labelled([(*centre, *size, turn)], ["beam"])
    matrix = turn_about_centre(WIDTH, HEIGHT, angle)
    (expected,) = moved_truth(page, matrix).reading.symbols.boxes
    moved = moved_image(drawn(page.reading.symbols.boxes[0]), matrix, 255)
    assert ink_moments(moved) == pytest.approx(box_moments(expected), abs=0.1)
    found = geometry.min_area_box(pixel_corners(moved < 128))
    assert found[:4] == pytest.approx(expected[:4], abs=1.6)  # a pixel at the edge is ink or not


def drawn(box: np.ndarray) -> np.ndarray:
    """The picture of one box; its edges fall off over one pixel."""
    x, y = np.indices((HEIGHT, WIDTH))[::-1] + 0.5 - box[:2, None, None]
    cos, sin = np.cos(box[4]), np.sin(box[4])
    along, across = np.abs(x * cos + y * sin), np.abs(y * cos - x * sin)
    shares = (box[2] / 2 - along + 0.5).clip(0, 1) * (box[3] / 2 - across + 0.5).clip(0, 1)
    return np.rint(255 * (1 - shares)).astype(np.uint8)


def ink_moments(image: np.ndarray) -> list[float]:
    """Centre of gravity in page pixels, and direction of the long axis in quarters of a radian."""
    ink = cv2.moments((255 - image).astype(np.float32))
    axis = 0.5 * np.arctan2(2 * ink["mu11"], ink["mu20"] - ink["mu02"])
    return [ink["m10"] / ink["m00"] + 0.5, ink["m01"] / ink["m00"] + 0.5, axis * 4]


def box_moments(box: np.ndarray) -> list[float]:
    return [box[0], box[1], box[4] * 4]


def pixel_corners(mask: np.ndarray) -> np.ndarray:
    ys, xs = np.nonzero(mask)
    return np.concatenate([np.stack([xs + dx, ys + dy], 1) for dx in (0, 1) for dy in (0, 1)])


def test_staff_lines_go_along() -> None:
    page = labelled([], [])
    angle = 0.03
    (staff,) = moved_truth(page, turn_about_centre(WIDTH, HEIGHT, angle)).reading.staves
    slope = (staff.ys_px[2, -1] - staff.ys_px[2, 0]) / (staff.x1_px - staff.x0_px)
    assert slope == pytest.approx(np.tan(angle))
    middle = turn_about_centre(WIDTH, HEIGHT, angle) @ [120, 120, 1]  # on the middle line
    assert staff.lines_at(middle[0])[2] == pytest.approx(middle[1])


def test_rows_of_the_graph_follow_their_symbols() -> None:
    """A head at the right lies below a stem at the left; the turn lifts it above, so their rows change places."""
    page = labelled(
        [(200, 104, 10, 8, 0), (20, 100, 2, 8, 0), (110, 102, 10, 8, 0)], ["noteheadBlackOnLine", "stem", "beam"]
    )
    names = page.reading.symbols.names
    head, stem, beam = (names.index(name) for name in ("noteheadBlackOnLine", "stem", "beam"))
    page.graph.relate(head, "stem", stem)
    page.graph.relate(stem, "beam", beam)
    page.graph.nx.nodes[head]["staff"] = 0
    moved = moved_truth(page, turn_about_centre(WIDTH, HEIGHT, -0.1))
    after = moved.reading.symbols.names
    assert after != names
    related = [(after[source], relation, after[target]) for source, relation, target in moved.graph.edges()]
    assert sorted(related) == [("noteheadBlackOnLine", "stem", "stem"), ("stem", "beam", "beam")]
    assert moved.graph.nx.nodes[after.index("noteheadBlackOnLine")] == {"staff": 0}
    assert moved.graph.nx.nodes[after.index("stem")] == {}


def test_symbols_that_leave_the_page_are_dropped() -> None:
    page = labelled([(4, 4, 4, 4, 0), (120, 160, 20, 4, 0)], ["augmentationDot", "beam"])
    moved = moved_truth(page, turn_about_centre(WIDTH, HEIGHT, 0.1))
    assert moved.reading.symbols.names == ("beam",)
    assert len(moved.graph) == 1
