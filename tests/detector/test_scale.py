"""Staff space and line thickness of pages drawn with known measures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.staves.crossings import find_crossings
from detector.staves.darkness import as_grey, darkness
from detector.staves.scale import line_thickness_px, staff_scales, staff_space_px
from notation.page import GreyImage

TOLERANCE = 0.02


def ruled(space: float, thickness: float, width: int = 800, staves: int = 3) -> GreyImage:
    """Return staves with anti-aliased level lines; the pixel row r covers heights r to r + 1."""
    rows = np.arange(int(space * (12 * staves + 4)))[:, None]
    lines = np.array([space * (5 + 12 * s + k) for s in range(staves) for k in range(5)])
    covered = np.minimum(rows + 1, lines + thickness / 2) - np.maximum(rows, lines - thickness / 2)
    column = 255 * (1 - np.clip(covered, 0, 1).sum(1).clip(0, 1))
    page = np.full((len(rows), width), 255.0)
    page[:, 40:-40] = column[:, None]
    return page.astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (2000, 3), (500, 400)])
def test_a_blank_page_has_no_scale(shape: tuple[int, int]) -> None:
    page = np.full(shape, 255, np.uint8)
    assert staff_space_px(page) is None
    assert line_thickness_px(page) is None


def test_text_has_no_scale() -> None:
    page = np.full((900, 1000), 255, np.uint8)
    rng = np.random.default_rng(2)
    for row in range(40, 880, 30):
        words = "".join(rng.choice(list("abcdefghij klmnop qrst uvwxyz AEFHTZ"), 42))
        cv2.putText(page, words, (30, row), cv2.FONT_HERSHEY_COMPLEX, 1, 0, 2)
    assert staff_space_px(page) is None


def test_a_photograph_has_no_scale() -> None:
    rng = np.random.default_rng(3)
    page = cv2.GaussianBlur(rng.normal(0, 1, (800, 900)), (0, 0), 6)
    scaled = (255 * (page - page.min()) / np.ptp(page)).astype(np.uint8)
    assert staff_space_px(scaled) is None


@pytest.mark.parametrize("space", [5.0, 6.4, 9.7, 13.0, 18.3, 31.0, 60.0])
def test_space_within_two_percent(space: float) -> None:
    found = staff_space_px(ruled(space, 0.14 * space, width=int(50 * space)))
    assert found == pytest.approx(space, rel=TOLERANCE)


@pytest.mark.parametrize("space", [8.0, 18.3])
@pytest.mark.parametrize("wear", ["binarised", "grey", "speckled"])
def test_space_on_worn_pages(space: float, wear: str) -> None:
    rng = np.random.default_rng(1)
    page = ruled(space, 0.16 * space, width=int(50 * space))
    if wear == "binarised":
        page = np.where(page < 150, 0, 255).astype(np.uint8)
    elif wear == "grey":
        page = np.clip(70 + 0.6 * page + rng.normal(0, 10, page.shape), 0, 255).astype(np.uint8)
    else:
        page = np.where(rng.random(page.shape) < 0.02, 0, page).astype(np.uint8)
    assert staff_space_px(page) == pytest.approx(space, rel=TOLERANCE)


def dithered(page: GreyImage, paper: int, order: int) -> GreyImage:
    """Return a page on grey paper in black and white, by a threshold matrix of side 2 ** order (Bayer 1973)."""
    steps = np.zeros((1, 1))
    for _ in range(order):
        steps = np.block([[4 * steps, 4 * steps + 2], [4 * steps + 3, 4 * steps + 1]])
    height, width = page.shape
    thresholds = np.tile((steps + 0.5) / steps.size, (height // len(steps) + 1, width // len(steps) + 1))
    return np.where(page * (paper / 255) > 255 * thresholds[:height, :width], 255, 0).astype(np.uint8)


@pytest.mark.parametrize("order", [1, 2, 3], ids=["2x2", "4x4", "8x8"])
@pytest.mark.parametrize("paper", [160, 200, 235], ids=["dark", "grey", "light"])
@pytest.mark.parametrize("space", [12.0, 19.0], ids=["small", "large"])
def test_a_screen_is_no_staff(space: float, paper: int, order: int) -> None:
    page = dithered(ruled(space, 0.16 * space, width=int(50 * space)), paper, order)
    spaces = [scale.space_px for scale in staff_scales(darkness(page))]
    assert spaces == pytest.approx([space], rel=TOLERANCE)
    assert staff_space_px(dithered(np.full(page.shape, 255, np.uint8), paper, order)) is None


def test_notes_and_slurs_beside_most_of_a_staff_leave_its_scale() -> None:
    space = 16.0
    page = ruled(space, 2.2, staves=1)
    for x in range(80, 760, 5 * round(space)):
        page[round(2.5 * space) : round(4.2 * space), x : x + 2 * round(space)] = 0
    assert staff_space_px(page) == pytest.approx(space, rel=TOLERANCE)


@pytest.mark.parametrize("thickness", [2.0, 3.0, 4.0, 5.5])
def test_thickness(thickness: float) -> None:
    assert line_thickness_px(ruled(20.0, thickness)) == pytest.approx(thickness, abs=0.3)


def test_two_sizes_come_commonest_first() -> None:
    large, small = ruled(18.0, 2.5, staves=3), ruled(12.0, 2.0, staves=1)
    spaces = [scale.space_px for scale in staff_scales(darkness(np.vstack([small, large])))]
    assert spaces == pytest.approx([18.0, 12.0], rel=TOLERANCE)


@pytest.mark.parametrize("slope", [-0.08, -0.02, 0.0, 0.05])
def test_slope_of_the_lines(slope: float) -> None:
    page = cv2.copyMakeBorder(ruled(16.0, 2.2), 80, 80, 0, 0, cv2.BORDER_CONSTANT, value=255)
    shear = np.array([[1, 0, 0], [slope, 1, -slope * 400]])
    turned = cv2.warpAffine(page, shear, page.shape[::-1], borderValue=255)
    assert staff_scales(darkness(as_grey(turned)))[0].slope == pytest.approx(slope, abs=0.004)


def test_crossings_lie_on_the_staves() -> None:
    found = find_crossings(darkness(ruled(16.0, 2.2, staves=1)))
    assert found.width_sp * 16.0 >= 680
    assert found.y_px == pytest.approx(np.full(len(found), 16.0 * 7), abs=0.6)


def test_darkness_is_relative_to_the_paper_around() -> None:
    page = ruled(16.0, 3.0)
    shaded = (page * np.linspace(0.5, 1.0, page.shape[1])[None]).astype(np.uint8)
    dark = darkness(shaded)
    assert dark[page == 255].mean() < 8
    assert dark[page == 0].min() > 150
