from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notation import boxes as geometry
from notation.errors import FormatError
from notation.graph import NotationGraph
from notation.page import Reading
from notation.page_turn import PageTurn
from notation.reading_json import from_document, read_reading, to_document, write_reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

NO_BOXES = np.zeros((0, 5))
BOXES = np.array([[30.0, 50, 12, 8, 0], [300, 20, 3, 56, 0], [120, 90, 70, 8, 0.25]])
ANGLES = st.floats(-7, 7)


@pytest.mark.parametrize(
    ("quarters", "wanted"),
    [
        (0, [30.0, 50, 12, 8, 0]),
        (1, [150.0, 30, 8, 12, 0]),
        (2, [370.0, 150, 12, 8, 0]),
        (3, [50.0, 370, 8, 12, 0]),
    ],
    ids=["none", "clockwise", "upside down", "anticlockwise"],
)
def test_quarter_turns_move_boxes_exactly(quarters: int, wanted: list[float]) -> None:
    turn = PageTurn(quarters, 0.0, 400, 200)
    assert turn.boxes_to_upright(BOXES[:1]).tolist() == [wanted]
    assert turn.boxes_to_file(turn.boxes_to_upright(BOXES)).tolist() == BOXES.tolist()
    assert turn.boxes_to_file(NO_BOXES).shape == (0, 5)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3], ids=str)
def test_quarter_turns_of_boxes_are_those_of_pixels(quarters: int) -> None:
    image = np.zeros((200, 400), np.uint8)
    image[46:54, 24:36] = 255
    turn = PageTurn(quarters, 0.0, 400, 200)
    upright = np.rot90(image, -quarters)
    assert turn.upright_size_px == upright.shape[::-1]
    rows, columns = np.nonzero(upright)
    hull = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert geometry.upright(turn.boxes_to_upright(BOXES[:1]))[0].tolist() == hull


@given(angle=ANGLES, width=st.integers(1, 4000), height=st.integers(1, 4000))
def test_there_and_back_is_nothing_and_no_corner_is_lost(angle: float, width: int, height: int) -> None:
    turn = PageTurn.of(angle, width, height)
    back = turn.boxes_to_file(turn.boxes_to_upright(BOXES))
    assert geometry.iou(back, BOXES).diagonal() == pytest.approx(1, abs=1e-6)
    corners = turn.points_to_upright([[0, 0], [width, 0], [width, height], [0, height]])
    assert (corners >= -1e-6).all()
    assert (corners <= np.array(turn.upright_size_px) + 1e-6).all()
    assert abs((turn.degrees - np.rad2deg(angle) + 180) % 360 - 180) < 1e-6


@pytest.mark.parametrize(
    ("degrees", "quarters", "rest"),
    [(0, 0, 0), (0.9, 0, 0), (-0.9, 0, 0), (5, 0, 5), (89.5, 1, 0), (-90, 3, 0), (183, 2, 3), (-50, 3, 40)],
    ids=str,
)
def test_small_rests_are_left_alone(degrees: float, quarters: int, rest: float) -> None:
    turn = PageTurn.of(np.deg2rad(degrees), 100, 100, np.deg2rad(1.0))
    assert turn.quarters == quarters
    assert np.rad2deg(turn.rest_rad) == pytest.approx(rest)
    assert turn.is_none == (quarters == 0 and rest == 0)


def _reading(turn: PageTurn | None) -> Reading:
    ids = [vocabulary().id_of(name) for name in ("noteheadBlackOnLine", "stem", "beam")]
    width, height = (400, 200) if turn is None else turn.upright_size_px
    symbols = Symbols.of(BOXES, ids, [0.9, 0.8, 0.7], width_px=width, height_px=height)[0]
    return Reading(symbols, (Staff.of([10, 200, 380], np.add.outer([40, 50, 60, 70, 80], [0, 2, 3])),), "p.png", turn)


@pytest.mark.parametrize("degrees", [90, 180, 270, 7.5, -100], ids=str)
def test_a_turned_reading_is_written_in_the_frame_of_its_file_and_read_back(tmp_path: Path, degrees: float) -> None:
    turn = PageTurn.of(np.deg2rad(degrees), 500, 300)
    reading = _reading(turn)
    graph = NotationGraph(3)
    graph.relate(1, "stem", 0)
    write_reading(tmp_path / "r.json", reading, graph)
    again, graph_again = read_reading(tmp_path / "r.json")
    assert again.turn == turn
    assert again.symbols.names == reading.symbols.names
    assert again.symbols.boxes == pytest.approx(reading.symbols.boxes, abs=1e-9)
    assert (again.symbols.width_px, again.symbols.height_px) == turn.upright_size_px
    assert again.staves[0].ys_px == pytest.approx(reading.staves[0].ys_px, abs=1e-9)
    assert graph_again is not None
    assert list(graph_again.edges()) == list(graph.edges())


def test_boxes_in_the_file_lie_on_the_ink_of_the_file() -> None:
    turn = PageTurn.of(np.pi, 400, 200)
    document = to_document(_reading(turn))
    symbols = document["symbols"]
    assert isinstance(symbols, dict)
    order = [0, 1, 2]
    wanted = turn.boxes_to_file(_reading(turn).symbols.boxes)[order]
    assert symbols["boxes"] == wanted.tolist()
    assert document["page"] == {"width_px": 400, "height_px": 200}
    assert "turn" not in to_document(_reading(None))


def test_symbols_for_other_programs_are_sorted_in_the_frame_of_the_file() -> None:
    turn = PageTurn.of(np.pi, 400, 200)
    symbols = turn.symbols_to_file(_reading(turn).symbols)
    assert (np.diff(geometry.upright(symbols.boxes)[:, 1]) >= 0).all()
    assert (symbols.width_px, symbols.height_px) == (400, 200)


@pytest.mark.parametrize(
    "turn",
    [
        {"clockwise_quarters": 4, "clockwise_rest_rad": 0},
        {"clockwise_quarters": 1},
        {"clockwise_quarters": 1, "clockwise_rest_rad": float("nan")},
        {"clockwise_quarters": True, "clockwise_rest_rad": 0},
        7,
    ],
    ids=["four quarters", "no rest", "nan", "truth", "number"],
)
def test_strange_turns_are_refused(turn: object) -> None:
    document = to_document(_reading(PageTurn(1, 0.0, 400, 200)))
    document["turn"] = turn  # type: ignore[assignment]
    with pytest.raises(FormatError):
        from_document(document)
