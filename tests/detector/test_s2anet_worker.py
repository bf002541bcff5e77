"""What the worker computes in the place of mmcv: overlaps and sampling, against shapely and plain convolutions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from torch import nn
from torch.nn import functional

from detector.s2anet.worker.overlaps import near_overlaps, paired_overlaps
from detector.s2anet.worker.sampled_conv import SampledConv
from notation import boxes as geometry

_box = st.tuples(st.floats(0, 60), st.floats(0, 60), st.floats(2, 60), st.floats(2, 60), st.floats(-2, 2))


def _tensor(rows: list[tuple[float, ...]]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)


def test_no_boxes_no_overlaps() -> None:
    assert near_overlaps(_tensor([]), _tensor([])).shape == (0, 0)
    assert near_overlaps(_tensor([(1, 1, 2, 2, 0)]), _tensor([])).shape == (1, 0)
    assert paired_overlaps(_tensor([]), _tensor([])).shape == (0,)


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        pytest.param((10, 10, 8, 4, 0), (10, 10, 8, 4, 0), 1.0, id="same"),
        pytest.param((10, 10, 8, 4, 0.3), (10, 10, 4, 8, 0.3 + np.pi / 2), 1.0, id="same-by-another-name"),
        pytest.param((10, 10, 8, 4, 0), (14, 10, 8, 4, 0), 1 / 3, id="half-shared"),
        pytest.param((10, 10, 8, 4, 0), (18, 10, 8, 4, 0), 0.0, id="neighbours"),
        pytest.param((10, 10, 8, 8, 0), (10, 10, 4, 4, 0.7), 0.25, id="one-in-the-other"),
        pytest.param((10, 10, 20, 2, 0), (10, 10, 20, 2, np.pi / 2), 4 / 76, id="a-cross"),
        pytest.param((10, 10, 2, 2, 0), (90, 10, 2, 2, 0), 0.0, id="far-apart"),
    ],
)
def test_overlaps_by_hand(first: tuple[float, ...], second: tuple[float, ...], overlap: float) -> None:
    assert near_overlaps(_tensor([first]), _tensor([second])).item() == pytest.approx(overlap, abs=1e-3)
    assert near_overlaps(_tensor([second]), _tensor([first])).item() == pytest.approx(overlap, abs=1e-3)


@given(st.lists(_box, min_size=1, max_size=6), st.lists(_box, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_overlaps_are_those_of_the_polygons(first: list[tuple[float, ...]], second: list[tuple[float, ...]]) -> None:
    mine = near_overlaps(_tensor(first), _tensor(second)).numpy()
    true = geometry.iou(geometry.as_boxes(np.array(first)), geometry.as_boxes(np.array(second)))
    assert mine == pytest.approx(true, abs=2e-3)


def test_overlaps_of_nothing_are_nothing() -> None:
    assert paired_overlaps(_tensor([(5, 5, 0, 0, 0)]), _tensor([(5, 5, 0, 0, 0)])).isfinite().all()


def _conv() -> SampledConv:
    torch.manual_seed(0)
    return SampledConv(nn.Parameter(torch.randn(6, 4, 3, 3)))


def test_without_offsets_it_is_a_convolution() -> None:
    conv, features = _conv(), torch.randn(2, 4, 7, 9)
    assert torch.allclose(
        conv(features, torch.zeros(2, 18, 7, 9)), functional.conv2d(features, conv.weight, padding=1), atol=1e-4
    )


def test_a_whole_step_down_is_a_shift_of_the_picture() -> None:
    conv, features = _conv(), torch.randn(1, 4, 8, 8)
    offset = torch.zeros(1, 9, 2, 8, 8)
    offset[:, :, 0] = 1  # down comes first
    shifted = functional.conv2d(functional.pad(features, (0, 0, 0, 1))[:, :, 1:], conv.weight, padding=1)
    inner = slice(1, -2)  # at the border the shifted picture has another edge
    made = conv(features, offset.view(1, 18, 8, 8))
    assert torch.allclose(made[:, :, inner, inner], shifted[:, :, inner, inner], atol=1e-4)


def test_what_lies_off_the_picture_is_nought() -> None:
    assert not _conv()(torch.ones(1, 4, 5, 5), torch.full((1, 18, 5, 5), 40.0)).any()
