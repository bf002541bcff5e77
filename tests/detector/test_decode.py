from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.decode import Detections, decode


def _table(rows: list[tuple[list[float], list[float], float]]) -> np.ndarray:
    """One column a cell: box, probabilities, angle."""
    return np.array([[*box, *scores, angle] for box, scores, angle in rows], dtype=np.float32).T


def test_an_empty_picture() -> None:
    assert len(decode(np.zeros((4 + 3 + 1, 0), np.float32), 0.25)) == 0
    assert len(decode(np.zeros((4 + 3 + 1, 7), np.float32), 0.25)) == 0
    assert len(Detections.join([])) == 0


def test_the_best_class_decides_and_has_its_own_threshold() -> None:
    table = _table(
        [
            ([10, 20, 8, 6], [0.1, 0.6], 0.0),
            ([30, 20, 8, 6], [0.3, 0.2], 0.0),
            ([50, 20, 8, 6], [0.2, 0.4], 0.0),
        ]
    )
    assert decode(table, 0.25).labels.tolist() == [1, 0, 1]
    found = decode(table, np.array([0.25, 0.5]))
    assert found.labels.tolist() == [1, 0]
    assert np.allclose(found.boxes[:, 0], [10, 30])


def test_angles_are_made_canonical() -> None:
    found = decode(_table([([10, 20, 30, 4], [0.9], np.pi / 2)]), 0.25)
    assert np.allclose(found.boxes, [[10, 20, 4, 30, 0]], atol=1e-5)


def test_no_cap_on_the_number_of_symbols() -> None:
    rows = [([10 * i, 5.0, 8, 8], [0.9], 0.0) for i in range(4000)]
    assert len(decode(_table(rows), 0.25)) == 4000


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 60), st.integers(0, 9999), st.booleans())
def test_it_says_what_a_plain_search_says(classes: int, cells: int, seed: int, own_thresholds: bool) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, (classes, cells)) / 8  # ties are common
    table = np.concatenate([rng.uniform(5, 50, (4, cells)), scores, np.zeros((1, cells))]).astype(np.float32)
    least = rng.integers(1, 8, classes) / 8 if own_thresholds else 0.5
    expected = [
        (int(scores[:, cell].argmax()), float(scores[:, cell].max()))
        for cell in range(cells)
        if scores[:, cell].max() >= np.broadcast_to(least, (classes,))[scores[:, cell].argmax()]
    ]
    found = decode(table, least)
    assert list(zip(found.labels.tolist(), found.scores.tolist(), strict=True)) == expected
