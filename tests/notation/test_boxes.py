from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notation import boxes as geometry
from notation.boxes import FloatArray

EMPTY = np.zeros((0, 5))


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def raw_boxes(least: float = 0.0, count: int = 8) -> st.SearchStrategy[FloatArray]:
    """Boxes of any angle, not canonical; sides in px from `least`."""
    box = st.tuples(numbers(-500, 3000), numbers(-500, 3000), numbers(least, 900), numbers(least, 900), numbers(-7, 7))
    return st.lists(box, max_size=count).map(lambda rows: np.array(rows, dtype=np.float64).reshape(-1, 5))


def spread(count: int = 8) -> st.SearchStrategy[FloatArray]:
    """Boxes that are near enough to each other to overlap."""
    box = st.tuples(numbers(0, 60), numbers(0, 60), numbers(1, 50), numbers(1, 50), numbers(-4, 4))
    return st.lists(box, max_size=count).map(lambda rows: geometry.as_boxes(np.array(rows).reshape(-1, 5)))


def same_rectangles(first: FloatArray, second: FloatArray, tolerance: float) -> bool:
    """Whether the corners agree, under the best of the four ways to start."""
    turns = [np.abs(geometry.corners(first) - np.roll(geometry.corners(second), k, 1)).max((1, 2)) for k in range(4)]
    return bool((np.min(turns, axis=0) <= tolerance).all()) if len(first) else len(second) == 0


def turned(boxes: FloatArray, angle: float, x: float = 0.0, y: float = 0.0) -> FloatArray:
    cos, sin = np.cos(angle), np.sin(angle)
    return geometry.affine(boxes, [[cos, -sin, x], [sin, cos, y]])


@pytest.mark.parametrize("nothing", [[], np.zeros((0, 5)), np.zeros((0, 4, 2)), ()])
def test_no_boxes(nothing: object) -> None:
    assert geometry.as_boxes(nothing).shape == (0, 5)  # type: ignore[arg-type]


def test_nothing_out_of_nothing() -> None:
    none = np.zeros(0)
    assert geometry.canonical(EMPTY).shape == (0, 5)
    assert geometry.corners(EMPTY).shape == (0, 4, 2)
    assert geometry.from_corners(np.zeros((0, 4, 2))).shape == (0, 5)
    assert geometry.from_upright(np.zeros((0, 4))).shape == (0, 5)
    assert geometry.upright(EMPTY).shape == (0, 4)
    assert geometry.affine(EMPTY, [[1, 0, 5], [0, 1, 5]]).shape == (0, 5)
    assert geometry.polygons(EMPTY).shape == (0,)
    assert geometry.iou(EMPTY, np.ones((3, 5))).shape == (0, 3)
    assert geometry.nms(EMPTY, none, none.astype(np.int64), 0.5).shape == (0,)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 2, 3, 4]], "shape"),
        ([1, 2, 3, 4, 5], "shape"),
        ([[1, 2, 3, 4, np.nan]], "finite"),
        ([[np.inf, 2, 3, 4, 0]], "finite"),
        ([[1, 2, -3, 4, 0]], "negative"),
    ],
)
def test_illegal_boxes(rows: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        geometry.as_boxes(rows)


@pytest.mark.parametrize(
    ("angle", "width", "height", "expected"),
    [
        (0.0, 9, 2, (9, 2, 0.0)),
        (np.pi / 2, 9, 2, (2, 9, 0.0)),
        (np.pi, 9, 2, (9, 2, 0.0)),
        (-np.pi / 4, 9, 2, (9, 2, -np.pi / 4)),
        (np.pi / 4, 9, 2, (2, 9, -np.pi / 4)),
        (0.9, 9, 2, (2, 9, 0.9 - np.pi / 2)),
        (-0.9, 9, 2, (2, 9, np.pi / 2 - 0.9)),
    ],
)
def test_width_is_nearer_to_horizontal(
    angle: float, width: float, height: float, expected: tuple[float, float, float]
) -> None:
    box = geometry.canonical(np.array([[5, 5, width, height, angle]]))
    np.testing.assert_allclose(box[0, 2:], expected, atol=1e-12)


@given(raw_boxes())
@example(np.array([[0, 0, 9, 2, np.nextafter(np.pi / 4, 0)]]))
@example(np.array([[0, 0, 9, 2, np.nextafter(-np.pi / 4, -1)]]))
@example(np.array([[0, 0, 9, 2, 5 * np.pi / 4]]))
def test_canonical_form(boxes: FloatArray) -> None:
    once = geometry.canonical(boxes)
    assert ((once[:, 4] >= -np.pi / 4) & (once[:, 4] < np.pi / 4)).all()
    np.testing.assert_array_equal(geometry.canonical(once), once)
    np.testing.assert_array_equal(geometry.areas(once), geometry.areas(boxes))
    assert same_rectangles(once, boxes, 1e-9)


def test_corners_go_clockwise_from_top_left() -> None:
    assert geometry.corners(np.array([[5.0, 3, 4, 2, 0]])).tolist() == [[[3, 2], [7, 2], [7, 4], [3, 4]]]


def test_positive_angles_are_clockwise_on_the_page() -> None:
    _, right_end, _, _ = geometry.corners(np.array([[0.0, 0, 10, 0, 0.3]]))[0]
    assert right_end[1] > 0  # y points down


@given(raw_boxes(), st.permutations(range(4)))
def test_corners_in_any_order_give_the_box_back(boxes: FloatArray, order: list[int]) -> None:
    back = geometry.from_corners(geometry.corners(boxes)[:, order])
    assert same_rectangles(back, boxes, 2e-3)
    np.testing.assert_allclose(geometry.areas(back), geometry.areas(boxes), atol=2e-3 * 1000)


@given(raw_boxes(least=0.5), st.permutations(range(4)))
def test_boxes_of_some_size_come_back_exactly(boxes: FloatArray, order: list[int]) -> None:
    back = geometry.from_corners(geometry.corners(boxes)[:, order])
    assert same_rectangles(back, boxes, 1e-8)


def test_corners_of_float32_files_are_rectangles() -> None:
    box = np.array([[3021.3, 2750.8, 2.0, 71.0, 0.02]])
    stored = geometry.corners(box).astype(np.float32)
    assert same_rectangles(geometry.from_corners(stored), box, 1e-3)


def test_least_box_around_a_kite() -> None:
    kite = [[0, 0], [10, 1], [10, 3], [0, 4]]
    box = geometry.from_corners([kite])[0]
    np.testing.assert_allclose(box, [5, 2, 10, 4, 0], atol=1e-4)


@given(st.lists(st.tuples(numbers(0, 3000), numbers(0, 3000)), min_size=1, max_size=12))
def test_least_box_holds_every_point(points: list[tuple[float, float]]) -> None:
    cx, cy, width, height, angle = geometry.min_area_box(points)
    offset = np.array(points) - [cx, cy]
    along = offset @ [np.cos(angle), np.sin(angle)]
    across = offset @ [-np.sin(angle), np.cos(angle)]
    assert np.abs(along).max() <= width / 2 + 0.02
    assert np.abs(across).max() <= height / 2 + 0.02


@given(raw_boxes(least=1.0), numbers(-3, 3), numbers(0.2, 4), numbers(-90, 90), numbers(-3, 3), numbers(-90, 90))
def test_affine_composes(boxes: FloatArray, first: float, zoom: float, dx: float, second: float, dy: float) -> None:
    one = np.array([[np.cos(first), -np.sin(first), dx], [np.sin(first), np.cos(first), dy]])
    one[:, :2] *= zoom
    two = np.array([[np.cos(second), -np.sin(second), dy], [np.sin(second), np.cos(second), dx]])
    both = np.column_stack([two[:, :2] @ one[:, :2], two[:, :2] @ one[:, 2] + two[:, 2]])
    in_turn = geometry.affine(geometry.affine(boxes, one), two)
    assert same_rectangles(geometry.affine(boxes, both), in_turn, 1e-6)


def test_affine_wants_two_rows() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        geometry.affine(EMPTY, np.eye(3))


@given(st.lists(st.tuples(*[numbers(-100, 100)] * 4), max_size=6))
def test_upright_and_back(rows: list[tuple[float, float, float, float]]) -> None:
    array = np.array(rows, dtype=np.float64).reshape(-1, 4)
    low, high = np.minimum(array[:, :2], array[:, 2:]), np.maximum(array[:, :2], array[:, 2:])
    np.testing.assert_allclose(geometry.upright(geometry.from_upright(array)), np.hstack([low, high]), atol=1e-9)


@given(spread(), spread())
def test_overlap_is_symmetric_and_a_share(first: FloatArray, second: FloatArray) -> None:
    overlap = geometry.iou(first, second)
    assert overlap.shape == (len(first), len(second))
    assert ((overlap >= 0) & (overlap <= 1)).all()
    np.testing.assert_allclose(geometry.iou(second, first).T, overlap, atol=1e-9)


@given(spread())
def test_every_box_overlaps_itself_wholly(boxes: FloatArray) -> None:
    np.testing.assert_allclose(np.diag(geometry.iou(boxes, boxes)), 1, atol=1e-9)


def test_boxes_that_differ_in_their_last_bits_overlap_wholly() -> None:
    box = np.array([[30.68751440205855, 12.343515808767409, 41.800000000000004, 12.9, 0.4550031585371592]])
    other = np.array(
        [[30.687514402058554, 12.343515808767409, 41.800000000000004, 12.900000000000004, 0.45500315853715917]]
    )
    np.testing.assert_allclose(geometry.iou(box, other), 1, atol=1e-6)


@given(spread(), spread())
def test_overlap_of_upright_boxes_is_that_of_intervals(first: FloatArray, second: FloatArray) -> None:
    first[:, 4] = second[:, 4] = 0
    a, b = geometry.upright(first)[:, None], geometry.upright(second)[None]
    sides = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)
    shared = sides.prod(-1)
    union = geometry.areas(first)[:, None] + geometry.areas(second)[None] - shared
    np.testing.assert_allclose(geometry.iou(first, second), shared / union, atol=1e-9)


@given(spread(), spread(), numbers(-4, 4), numbers(-500, 500))
def test_overlap_does_not_see_rotation(first: FloatArray, second: FloatArray, angle: float, shift: float) -> None:
    moved = geometry.iou(turned(first, angle, shift), turned(second, angle, shift))
    np.testing.assert_allclose(moved, geometry.iou(first, second), atol=1e-6)


def test_boxes_without_area_overlap_nothing() -> None:
    flat = np.array([[5.0, 5, 10, 0, 0], [5, 5, 0, 0, 0]])
    whole = np.array([[5.0, 5, 10, 10, 0]])
    assert not geometry.iou(flat, whole).any()
    assert not geometry.iou(flat, flat).any()


def test_parallel_slanted_beams_do_not_overlap() -> None:
    """Two beams of one group: their upright hulls overlap by more than half, the beams themselves not at all."""
    beams = np.array([[100.0, 50, 120, 8, 0.35], [100, 63, 120, 8, 0.35]])
    hulls = geometry.from_upright(geometry.upright(beams))
    assert geometry.iou(beams, beams)[0, 1] == 0
    assert geometry.iou(hulls, hulls)[0, 1] > 0.5
    labels = np.array([1, 1])
    assert len(geometry.nms(beams, np.array([0.9, 0.8]), labels, 0.5)) == 2
    assert len(geometry.nms(hulls, np.array([0.9, 0.8]), labels, 0.5)) == 1


@pytest.mark.parametrize(
    ("scores", "labels", "threshold", "kept"),
    [
        ([0.5, 0.9], [1, 1], 0.5, [1]),
        ([0.9, 0.9], [1, 1], 0.5, [0]),  # a tie: the earlier row
        ([0.5, 0.9], [1, 2], 0.5, [1, 0]),  # labels do not meet
        ([0.5, 0.9], [1, 1], 0.9, [1, 0]),  # overlap 0.82 is not above
    ],
)
def test_nms_of_two(scores: list[float], labels: list[int], threshold: float, kept: list[int]) -> None:
    pair = np.array([[10.0, 10, 10, 10, 0], [11, 10, 10, 10, 0]])
    assert geometry.nms(pair, np.array(scores), np.array(labels), threshold).tolist() == kept


def test_a_suppressed_box_suppresses_nothing() -> None:
    chain = np.array([[10.0, 10, 10, 10, 0], [14, 10, 10, 10, 0], [18, 10, 10, 10, 0]])
    assert geometry.nms(chain, np.array([0.9, 0.8, 0.7]), np.ones(3, np.int64), 0.3).tolist() == [0, 2]


@given(st.data(), spread(12), numbers(0.05, 0.95))
def test_nms_is_independent_of_row_order(data: st.DataObject, boxes: FloatArray, threshold: float) -> None:
    count = len(boxes)
    scores = np.array(data.draw(st.permutations(range(count))), dtype=np.float64) / 20
    labels = np.array(data.draw(st.lists(st.integers(1, 2), min_size=count, max_size=count)), dtype=np.int64)
    order = np.array(data.draw(st.permutations(range(count))), dtype=np.int64)
    kept = geometry.nms(boxes, scores, labels, threshold)
    again = geometry.nms(boxes[order], scores[order], labels[order], threshold)
    assert order[again].tolist() == kept.tolist()
    assert (np.diff(scores[kept]) < 0).all()


@given(spread(12), numbers(0.05, 0.95))
def test_nms_is_idempotent_and_leaves_no_clash(boxes: FloatArray, threshold: float) -> None:
    scores = np.linspace(1, 0.1, len(boxes))
    labels = np.ones(len(boxes), np.int64)
    kept = geometry.nms(boxes, scores, labels, threshold)
    assert geometry.nms(boxes[kept], scores[kept], labels[kept], threshold).tolist() == list(range(len(kept)))
    overlap = geometry.iou(boxes[kept], boxes[kept])
    assert all(overlap[i, j] <= threshold for i, j in itertools.combinations(range(len(kept)), 2))
    lost = np.setdiff1d(np.arange(len(boxes)), kept)
    assert (geometry.iou(boxes[lost], boxes[kept]).max(1, initial=0) > threshold).all()
