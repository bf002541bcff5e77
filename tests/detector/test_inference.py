from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from detector.decode import Detections, decode
from detector.inference import Network
from detector.suppression import suppress
from detector.tile_shapes import free_tile_shape
from detector.weights_file import find_weights
from notation import boxes as geometry
from notation.page import GreyImage, LabelledPage


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(find_weights(None), threads=1, precision="f32")


@pytest.fixture
def page(draw_page: Callable[[int], LabelledPage]) -> GreyImage:
    return np.pad(draw_page(5).image, ((0, 124), (0, 124)), constant_values=255)


def _symbols(table: np.ndarray) -> Detections:
    found = decode(table, 0.4)
    return suppress(found, found.labels, 0.5)


def test_the_shipped_model_takes_tiles_of_any_shape(network: Network) -> None:
    assert network.tile_px is None


@pytest.mark.parametrize("shape", [(32, 32), (64, 320), (1024, 1024), (416, 96)], ids=str)
def test_every_cell_of_a_tile_has_its_place(network: Network, shape: tuple[int, int]) -> None:
    (table,) = network.tables([np.full(shape, 255, np.uint8)])
    cells = sum((shape[0] // stride) * (shape[1] // stride) for stride in (8, 16, 32))
    assert table.shape == (4 + len(network.facts.names) + 1, cells)
    assert (np.abs(table[0] - shape[1] / 2) < shape[1] / 2 + 200).all()
    assert (np.abs(table[1] - shape[0] / 2) < shape[0] / 2 + 200).all()


def test_at_its_own_shape_the_freed_model_says_what_its_file_says(network: Network, page: GreyImage) -> None:
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    plain = core.compile_model(core.read_model(find_weights(None)), "CPU", settings)
    expected = plain(page.astype(np.float32)[None, None])[0][0]
    (table,) = network.tables([page])
    assert np.abs(table - expected).max() < 0.01


def test_a_symbol_stands_where_it_is_drawn_whatever_the_tile(network: Network, page: GreyImage) -> None:
    (whole,) = (_symbols(table) for table in network.tables([page]))
    (part,) = (_symbols(table) for table in network.tables([page[96:832, 0:960]]))
    part.boxes[:, 1] += 96
    inner = (np.abs(whole.boxes[:, 0] - 450) < 350) & (np.abs(whole.boxes[:, 1] - 450) < 250)
    overlap = geometry.iou(whole.boxes[inner], part.boxes) * (whole.labels[inner][:, None] == part.labels[None])
    assert inner.sum() > 30
    assert (overlap.max(1) > 0.7).mean() > 0.9


def test_no_tile_gives_no_table(network: Network) -> None:
    assert list(network.tables([])) == []


def test_tables_come_in_the_order_of_their_tiles(network: Network) -> None:
    shapes = [(32, 32 * count) for count in (3, 1, 7, 2, 5, 4, 9, 1, 6)]
    widths = [table.shape[1] for table in network.tables(np.full(shape, 255, np.uint8) for shape in shapes)]
    assert widths == [21 * shape[1] // 32 for shape in shapes]


def test_a_page_that_was_given_up_does_not_disturb_the_next(network: Network, page: GreyImage) -> None:
    (expected,) = (table.copy() for table in network.tables([page]))
    abandoned: Iterator[np.ndarray] = network.tables([page[:512]] * 5)
    next(abandoned)
    network.tables([page[:, :512]] * 3)
    (again,) = network.tables([page])
    assert (again == expected).all()


@pytest.mark.parametrize("target", [[1, 1, 4096], [1, 64, 64]], ids=["too few", "rows and columns"])
def test_a_model_of_another_kind_is_not_freed(target: list[int]) -> None:
    """Where cells are counted in a way that nobody knows, the model says so."""
    import openvino
    from openvino import opset13 as operations

    grey = operations.parameter([1, 1, 64, 64], np.float32, name="grey")
    folded = operations.reshape(grey, np.array(target), special_zero=False)
    assert not free_tile_shape(openvino.Model([folded], [grey], "other"))
