"""The mixture: its default is what the weights were trained on; variety is an option, drawn from the seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.pages.mixture import MixtureJob, engrave_job, plan_jobs, with_orchestra
from detector.pages.store import read_store
from notation.errors import InputError
from synth.composer import compose
from synth.sources import Piece, split_of
from synth.style import random_style
from synth.variety import PLAIN, Variety
from synth.verovio_engraver import engrave

PIECES = [
    Piece(f"{shelf}/{number}", "nowhere")
    for shelf in ("openscore-lieder", "openscore-sq", "trompa")
    for number in range(30)
]


def test_an_empty_shelf_is_named() -> None:
    with pytest.raises(InputError, match="openscore-lieder"):
        plan_jobs([], 3, "train", 1)


def test_without_an_orchestra_the_plan_stays() -> None:
    jobs = plan_jobs(PIECES, 20, "train", 1)
    assert with_orchestra(jobs, PIECES, "train", 0.0, 1) == jobs


def test_an_orchestra_takes_two_quartets_and_a_song_of_the_split() -> None:
    jobs = with_orchestra(plan_jobs(PIECES, 20, "train", 1), PIECES, "train", 1.0, 1)
    assert jobs == with_orchestra(plan_jobs(PIECES, 20, "train", 1), PIECES, "train", 1.0, 1)
    for job in jobs:
        assert [piece.id.split("/")[0] for piece in job.orchestra] == [
            "openscore-sq",
            "openscore-sq",
            "openscore-lieder",
        ]
        assert {split_of(piece.id) for piece in job.orchestra} == {"train"}


def test_the_default_makes_the_pages_of_the_plain_styles(tmp_path: Path) -> None:
    job = MixtureJob(0, None, 7)
    engrave_job(job, tmp_path, 3, PLAIN)
    rng = np.random.default_rng((3, 2, 0))
    style = random_style(rng)
    (wanted, *_) = engrave(compose(7), style, "", lambda count: range(1, 2))
    stored = read_store(tmp_path)[0]
    assert np.array_equal(stored.boxes, wanted.reading.symbols.boxes)
    assert np.array_equal(stored.class_ids, wanted.reading.symbols.class_ids)
    assert np.array_equal(stored.pixels(), wanted.image)


def test_variety_changes_the_page_the_same_way_every_time(tmp_path: Path) -> None:
    job = MixtureJob(0, None, 7)
    stores = [tmp_path / name for name in ("plain", "first", "second")]
    for store, variety in zip(stores, (PLAIN, Variety(decorated=1.0), Variety(decorated=1.0)), strict=True):
        engrave_job(job, store, 3, variety)
    plain, first, second = (read_store(store)[0] for store in stores)
    assert np.array_equal(first.boxes, second.boxes)
    assert not np.array_equal(plain.boxes, first.boxes)
