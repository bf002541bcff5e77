"""What holds for every augmentation and recipe: the contract, and that the truth goes where the ink goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.graph import violations
from notation.page import LabelledPage
from scoreaug.catalogue import AUGMENTATIONS, SEEN, UNSEEN
from scoreaug.motion import MaskedPage
from scoreaug.recipes import RECIPES

EVERY = {**AUGMENTATIONS, **RECIPES}
MOVING = [name for name, one in AUGMENTATIONS.items() if one.moves]
Empty = Callable[[int, int], LabelledPage]


def worn(name: str, page: LabelledPage, seed: int, strength: float = 1.0) -> LabelledPage:
    return EVERY[name](page, np.random.default_rng(seed), strength)


@pytest.mark.parametrize("name", EVERY)
class TestContract:
    @pytest.mark.parametrize("size", [(1, 1), (3, 90), (90, 3), (120, 80)])
    def test_an_empty_page_of_any_size(self, name: str, size: tuple[int, int], empty_page: Empty) -> None:
        after = worn(name, empty_page(*size), seed=3, strength=1.5)
        symbols = after.reading.symbols
        assert (symbols.height_px, symbols.width_px) == after.image.shape
        assert after.image.dtype == np.uint8
        assert set(symbols.names) <= {"text"}
        assert len(after.graph) == len(symbols)

    def test_strength_nought_changes_nothing(self, name: str, page: MaskedPage) -> None:
        after = worn(name, page, seed=1, strength=0)
        assert (after.image == page.image).all()
        assert after.reading is page.reading

    def test_one_seed_one_page(self, name: str, page: MaskedPage) -> None:
        first, second = worn(name, page, 5), worn(name, page, 5)
        assert (first.image == second.image).all()
        assert (first.reading.symbols.boxes == second.reading.symbols.boxes).all()
        assert first.notes == second.notes

    def test_it_does_something_to_a_page_of_music(self, name: str, page: MaskedPage) -> None:
        strength = 4.0 if name == "thesis" else 1.0  # its P_aug leaves seven pages in ten alone
        results = [worn(name, page, seed, strength).image for seed in range(3)]
        assert any(one.shape != page.image.shape or (one != page.image).any() for one in results)

    def test_picture_symbols_graph_and_masks_stay_together(self, name: str, page: MaskedPage) -> None:
        after = worn(name, page, seed=2, strength=1.5)
        symbols = after.reading.symbols
        assert isinstance(after, MaskedPage)
        assert after.image.flags.c_contiguous
        assert after.masks[0].shape == after.image.shape == (symbols.height_px, symbols.width_px)
        assert len(after.reading.staves) == len(page.reading.staves)
        assert violations(after.graph, symbols) == []
        assert [symbols.names[row] for edge in after.graph.edges() for row in (edge[0], edge[2])] in (
            ["noteheadBlackOnLine", "stem"],
            [],
        )


@pytest.mark.parametrize("name", [*MOVING, *RECIPES])
@given(seed=st.integers(0, 10_000), strength=st.floats(0.2, 2))
@settings(max_examples=12, deadline=None)
def test_augmented_box_is_the_box_of_the_augmented_mask(
    name: str, seed: int, strength: float, page: MaskedPage
) -> None:
    after = worn(name, page, seed, strength)
    assert isinstance(after, MaskedPage)
    within_px = 1.6 if name in MOVING else 2.4  # masks move to the nearest pixel, in recipes up to twice
    for box, label in zip(after.reading.symbols.boxes, after.reading.symbols.comments, strict=True):
        ys, xs = np.nonzero(after.masks[0] == int(label or 255))
        if len(xs) and on_page(box, after):
            assert extent_in_frame(xs, ys, box) == pytest.approx([0, box[2], 0, box[3]], abs=within_px), label


def on_page(box: np.ndarray, page: LabelledPage) -> bool:
    reach = np.hypot(box[2], box[3]) / 2
    height, width = page.image.shape
    return bool(reach < box[0] < width - reach and reach < box[1] < height - reach)


def extent_in_frame(xs: np.ndarray, ys: np.ndarray, box: np.ndarray) -> list[float]:
    """First and last of what pixels cover along the width and along the height, from the top left corner of a box."""
    cos, sin = np.cos(box[4]), np.sin(box[4])
    x, y = xs + 0.5 - box[0], ys + 0.5 - box[1]
    along, across = x * cos + y * sin + box[2] / 2, y * cos - x * sin + box[3] / 2
    return [along.min() - 0.5, along.max() + 0.5, across.min() - 0.5, across.max() + 0.5]


@pytest.mark.parametrize("name", MOVING)
@given(seed=st.integers(0, 10_000), strength=st.floats(0.2, 2))
@settings(max_examples=12, deadline=None)
def test_staff_lines_lie_on_their_ink(name: str, seed: int, strength: float, page: MaskedPage) -> None:
    after = worn(name, page, seed, strength)
    height, width = after.image.shape
    scale = width / page.image.shape[1]
    for staff in after.reading.staves:
        xs = np.linspace(staff.x0_px + 3, staff.x1_px - 3, 60)
        ys = staff.lines_at(xs)
        there = (ys > 2) & (ys < height - 2) & (xs > 2) & (xs < width - 2)
        centre = centre_of_ink(after.image, np.broadcast_to(xs, ys.shape)[there], ys[there])
        off = np.abs(centre - ys[there])
        assert np.median(off) < 0.4 + 0.1 * scale
        assert np.percentile(off, 80) < 0.8


def centre_of_ink(image: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """The centre of darkness within 2 px above and below each point."""
    rows = np.floor(ys)[:, None] + np.arange(-2, 3)
    ink = 255.0 - image[rows.astype(int).clip(0, image.shape[0] - 1), np.floor(xs).astype(int)[:, None]]
    centre: np.ndarray = ((rows + 0.5) * ink).sum(1) / np.maximum(ink.sum(1), 1)
    return np.where(ink.sum(1) > 0, centre, ys)


def test_what_is_unseen_is_in_no_other_recipe() -> None:
    unseen = set(UNSEEN.values())
    assert unseen == set(RECIPES["worn_unseen"].augmentations)  # type: ignore[union-attr]
    for name, one in RECIPES.items():
        if name not in ("thesis", "worn_unseen"):
            assert not unseen & set(one.augmentations), name  # type: ignore[union-attr]


def test_every_seen_augmentation_is_in_a_recipe() -> None:
    used = {one.name for each in RECIPES.values() if hasattr(each, "augmentations") for one in each.augmentations}
    assert set(SEEN) <= used
