"""Data and training of the sequence baseline, at a size that trains in seconds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from notation.errors import ConfigurationError, InputError, WeightsError
from realscores_eval.lmx.delinearise import parts_of
from realscores_eval.staff_lmx.alphabet import FIELDS, SYMBOLS, UNKNOWN
from realscores_eval.staff_lmx.decoding import SLOT_PX
from realscores_eval.staff_lmx.network import StripNetwork
from realscores_eval.staff_lmx.network_input import network_input
from realscores_eval.staff_lmx.staff_strip import HEIGHT_PX
from realscores_eval.staff_lmx.strip_file import Strip, read_shard, unpacked, write_shard
from realscores_eval.staff_lmx.training import strip_wear
from realscores_eval.staff_lmx.training.batches import Windows
from realscores_eval.staff_lmx.training.engraved_strips import engraved_strips
from realscores_eval.staff_lmx.training.export import export_run
from realscores_eval.staff_lmx.training.losses import field_loss, place_loss, places
from realscores_eval.staff_lmx.training.network import StaffNetwork
from realscores_eval.staff_lmx.training.recipe import Recipe
from realscores_eval.staff_lmx.training.training import Run
from synth.composer import compose

SMALL = Recipe(
    minutes=0.2,
    windows=2,
    channels=(4, 4, 8, 8),
    column=16,
    hidden=8,
    layers=1,
    slot=16,
    half=False,
)
TOKENS = "measure clef:G2 C5 voice:1 quarter stem:up D5 half measure rest voice:1 rest:measure"


def strip(seed: int = 0) -> Strip:
    image = np.random.default_rng(seed).integers(0, 255, (HEIGHT_PX, 240)).astype(np.uint8)
    return Strip(image, (6.0, 120.0, 230.0), tuple(TOKENS.split()), "drawn")


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "shards"
    folder.mkdir()
    write_shard(folder / "train_0000.zip", [strip(0), strip(1)])
    write_shard(folder / "val_0000.zip", [strip(2)])
    return folder


def test_an_empty_shard(tmp_path: Path) -> None:
    write_shard(tmp_path / "train_0000.zip", [])
    assert list(read_shard(tmp_path / "train_0000.zip")) == []


def test_shards_keep_strips(shards: Path) -> None:
    png, kept = next(read_shard(shards / "train_0000.zip"))
    assert (unpacked(png) == strip(0).image).all()
    assert replace(kept, image=strip(0).image).tokens == tuple(TOKENS.split())
    assert kept.bars_px == strip(0).bars_px


def test_batches_hold_whole_measures(shards: Path) -> None:
    batch = next(Windows(shards, seed=0).batches(4))
    assert batch.strips.shape[:3] == (4, 1, HEIGHT_PX)
    assert batch.strips.shape[3] % 4 == 0
    assert batch.strips.min() >= 0 and batch.strips.max() <= 1
    bar = 1 + SYMBOLS.index("bar")
    for words, count in zip(batch.words, batch.counts, strict=True):
        assert words[count - 1, 0] == bar
        assert (words[count:] == UNKNOWN).all()


def test_shards_that_come_later_are_found(shards: Path) -> None:
    windows = Windows(shards, seed=0)
    write_shard(shards / "train_0001.zip", [strip(3)])
    assert len(windows.lines) == 2
    windows.refresh()
    assert len(windows.lines) == 3


def test_wear_keeps_the_height() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        out = strip_wear.worn(strip_wear.moved(strip().image, rng), rng)
        assert out.dtype == np.uint8
        assert out.shape[0] == HEIGHT_PX


def test_one_slot_every_two_columns() -> None:
    symbols, fields = StaffNetwork(SMALL.shape).eval()(torch.zeros(1, 1, HEIGHT_PX, 64))
    assert symbols.shape == (1, 64 // SLOT_PX, 1 + len(SYMBOLS))
    assert fields.shape == (1, 64 // SLOT_PX, sum(len(values) for values in FIELDS.values()))


def test_losses_fall_where_the_truth_is_said(shards: Path) -> None:
    batch = next(Windows(shards, seed=0).batches(2))
    slots = batch.strips.shape[3] // SLOT_PX
    plain = torch.zeros(2, slots, 1 + len(SYMBOLS)).log_softmax(-1)
    sure = torch.zeros(2, slots, 1 + len(SYMBOLS))
    sure[:, :, 0] = 9
    for row in range(2):
        for at in range(int(batch.counts[row])):
            sure[row, 3 * at, int(batch.words[row, at, 0])] = 18
    sure = sure.log_softmax(-1)
    assert place_loss(sure, batch) < 0.1 * place_loss(plain, batch)
    rows, at, here = places(sure, batch)
    assert here.tolist() == [3 * number for number in at.tolist()]
    said = torch.zeros(len(rows), sum(len(values) for values in FIELDS.values()))
    assert field_loss(said, batch, rows, at, 0.0).isfinite()


def test_a_run_goes_on_and_is_exported(shards: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    Run(tmp_path / "run", SMALL, shards).train(0.5)
    first = Run(tmp_path / "run", SMALL, shards)
    assert first.steps > 0
    again = Run(tmp_path / "run", SMALL, shards)
    again.train(0.5)
    assert again.steps > first.steps
    assert again.rate() < SMALL.learning_rate
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["steps"] for row in rows] == [first.steps, again.steps]
    export_run(tmp_path / "run", SMALL, tmp_path / "model.onnx")
    image = strip(5).image
    with torch.no_grad():
        symbols, fields = Run(tmp_path / "run", SMALL, shards).mean.eval()(torch.from_numpy(network_input(image)))
    network = StripNetwork(tmp_path / "model.onnx", threads=1)
    for read, expected in zip(network.scores(image), (symbols, fields), strict=True):
        assert np.abs(read - expected[0, : len(read)].numpy()).max() < 0.1


def test_a_run_needs_shards(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shards"):
        Run(tmp_path / "run", SMALL, tmp_path).train(1)


def test_another_file_is_no_staff_reader(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(WeightsError, match="not a staff reader"):
        StripNetwork(tmp_path / "model.onnx")


def test_the_recipe_file_is_the_default_recipe(tmp_path: Path) -> None:
    assert Recipe.read(Path(__file__).parents[2] / "configs" / "staff_lmx.yaml") == Recipe()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("minuets: 3")
    with pytest.raises(ConfigurationError, match="minuets"):
        Recipe.read(wrong)


@pytest.mark.slow
def test_strips_of_a_composed_piece_say_what_they_show() -> None:
    strips = list(engraved_strips(compose(3), np.random.default_rng(0), "composed"))
    assert strips
    for one in strips:
        assert one.image.shape[0] == HEIGHT_PX
        assert len(parts_of(one.tokens)[0].measures) == len(one.bars_px) - 1
        assert -1 <= one.bars_px[0] <= one.bars_px[-1] <= one.image.shape[1]
    assert any((one.image < 128).mean() > 0.02 for one in strips)
