from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.orientation import upright as orientation
from detector.orientation.lines import find_lines
from detector.orientation.up_or_down import UpNetwork, cut_views, shipped_network, upright_log_odds
from detector.orientation.upright import facing, page_turn, turned_upright
from detector.orientation.views import VIEW_PX, centred
from detector.weights_file import UPRIGHT, shipped_models
from notation.errors import WeightsError
from notation.page import GreyImage, LabelledPage
from notation.page_turn import PageTurn

Draw = Callable[[int], LabelledPage]
EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE_NAMES = ["song.png", "piano.jpg", "quartet.png"]


def _example(name: str) -> GreyImage:
    return np.asarray(cv2.imread(str(EXAMPLES / name), cv2.IMREAD_GRAYSCALE), np.uint8)


def _turned(image: GreyImage, degrees: float) -> GreyImage:
    return turned_upright(image, PageTurn.of(np.deg2rad(degrees), image.shape[1], image.shape[0]))


@pytest.mark.parametrize(
    "image",
    [
        np.full((1, 1), 255, np.uint8),
        np.full((800, 600), 255, np.uint8),
        np.zeros((600, 600), np.uint8),
        np.random.default_rng(0).integers(0, 256, (500, 700), dtype=np.uint8),
    ],
    ids=["one pixel", "white", "black", "noise"],
)
def test_without_staves_pages_stay_as_they_lie(image: GreyImage) -> None:
    assert page_turn(image).is_none
    assert facing(image) is None


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
@pytest.mark.parametrize("degrees", [0, 180, 270, 7, -97], ids=str)
def test_example_pages_are_uprighted(name: str, degrees: float) -> None:
    turned = _turned(_example(name), degrees)
    turn = page_turn(turned)
    assert turn.is_none == (degrees == 0)
    assert abs((turn.degrees + degrees + 180) % 360 - 180) < (0.5 if degrees % 90 else 1e-9)


def test_quarter_turns_there_and_back_give_the_same_pixels() -> None:
    page = _example("song.png")
    for degrees in (0, 90, 180, 270):
        turned = _turned(page, degrees)
        assert np.array_equal(turned_upright(turned, page_turn(turned)), page)


def test_a_skewed_page_keeps_its_corners_and_gets_paper_around() -> None:
    page = np.full((300, 400), 240, np.uint8)
    page[:12, :12] = page[-12:, -12:] = page[:12, -12:] = page[-12:, :12] = 10
    upright = _turned(page, 9)
    assert (upright < 60).sum() == pytest.approx((page < 60).sum(), rel=0.1)
    assert upright[0, -1] == upright[-1, 0] == 240


@pytest.mark.parametrize("degrees", [0.3, 1.5, -1.5], ids=str)
def test_a_small_lean_is_left_to_the_reader(degrees: float) -> None:
    assert page_turn(_turned(_example("song.png"), degrees)).is_none


def test_half_turned_views_say_the_opposite() -> None:
    page = _example("song.png")
    lines = find_lines(page)
    assert lines is not None
    views = np.stack(cut_views(page, lines)[:4])
    network = shipped_network()
    assert network(views[:, ::-1, ::-1]) == pytest.approx(-network(views), abs=0.05)
    assert network(views[:0]).shape == (0,)
    assert upright_log_odds(page, lines) > orientation.SURE


def test_plain_staves_are_not_turned_over() -> None:
    blank = np.full((500, 800), 255, np.uint8)
    for top in (100, 300):
        blank[top : top + 80 : 16, 30:770] = 0
    assert page_turn(blank).is_none


@pytest.mark.parametrize(
    ("log_odds", "degrees", "wanted"),
    [(-30.0, 0, 180), (-5.0, 0, 0), (20.0, 0, 0), (-1.0, 80, 100), (1.0, 80, -80), (-30.0, 3, 177)],
    ids=["sure", "not sure", "upright", "side, odds against", "side, odds for", "skewed too"],
)
def test_an_upright_page_is_turned_over_only_when_that_is_sure(
    draw_page: Draw, monkeypatch: pytest.MonkeyPatch, log_odds: float, degrees: int, wanted: int
) -> None:
    monkeypatch.setattr(orientation, "upright_log_odds", lambda image, lines: log_odds)
    turn = page_turn(_turned(draw_page(1).image, degrees))
    assert turn.degrees == pytest.approx(wanted, abs=0.2)


def test_views_beyond_the_page_are_filled() -> None:
    page = np.zeros((10, 10), np.uint8)
    assert (centred(page, 100, 100, VIEW_PX, 7) == 7).all()
    view = centred(page, 0, 0, (4, 4), 7)
    assert view.tolist() == [[7, 7, 7, 7], [7, 7, 7, 7], [7, 7, 0, 0], [7, 7, 0, 0]]


def test_the_small_network_is_no_reader_and_a_reader_is_not_it(tmp_path: Path) -> None:
    assert UPRIGHT not in shipped_models()
    (tmp_path / "x.onnx").write_bytes(b"no network")
    with pytest.raises(WeightsError):
        UpNetwork(tmp_path / "x.onnx")
