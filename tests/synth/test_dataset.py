from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from notation.deepscores import parse_comments, read_deepscores
from notation.errors import InputError, OutputError
from notation.vocabulary import vocabulary
from synth import dataset, sources
from synth.dataset import read_pages, write_dataset
from synth.sources import Piece, find_pieces


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory, score, note) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for number, pitch in enumerate("CDE"):
        bars = [note(f"{pitch}5", "eighth", 2) * 8] * 4
        (folder / f"{number}.musicxml").write_text(score(*bars), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Path:
    folder = tmp_path_factory.mktemp("data") / "set"
    counts = write_dataset(folder, find_pieces(music), 1, seed=5, workers=0, with_masks=True)
    assert (counts["failed"], counts.total()) == (0, 3)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_pieces_make_no_data_set(tmp_path: Path) -> None:
    assert write_dataset(tmp_path / "set", [], workers=0).total() == 0
    with pytest.raises(InputError, match="no data set"):
        list(read_pages(tmp_path / "set"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="file"):
        write_dataset(tmp_path / "file" / "set", [], workers=0)


def test_pages_come_back_as_they_were_made(written: Path, music: Path) -> None:
    pages = list(read_pages(written))
    assert {page.piece for page in pages} == {piece.id for piece in find_pieces(music)}
    for page in pages:
        assert page.image.dtype == np.uint8
        assert page.image.shape == (page.reading.symbols.height_px, page.reading.symbols.width_px)
        heads = [row for row, name in enumerate(page.reading.symbols.names) if name.startswith("notehead")]
        assert len(heads) == page.musicxml.count("<pitch>") == 32
        assert all(page.graph.targets(row, "stem") for row in heads)
        assert page.notes["engraver"] == "verovio"
    by_split = [page.piece for split in dataset.SPLITS for page in read_pages(written, split)]
    assert sorted(by_split) == sorted(page.piece for page in pages)


def test_every_page_stands_in_the_split_of_its_piece(written: Path) -> None:
    for split in dataset.SPLITS:
        assert all(sources.split_of(page.piece) == split for page in read_pages(written, split))


def test_the_deepscores_files_say_the_same(written: Path) -> None:
    for split in dataset.SPLITS:
        found, _ = read_deepscores(written / f"deepscores_{split}.json", images=written / "images")
        for one, page in zip(found, read_pages(written, split), strict=True):
            assert one.reading.symbols.names == page.reading.symbols.names
            assert np.abs(one.reading.symbols.boxes[:, :2] - page.reading.symbols.boxes[:, :2]).max() < 1e-6
            assert (one.areas_px2 > 0).all()


def test_comments_carry_instance_duration_position_and_onset(written: Path) -> None:
    page = next(read_pages(written))
    for row, (name, text) in enumerate(zip(page.reading.symbols.names, page.reading.symbols.comments, strict=True)):
        comment = parse_comments(text)
        assert comment["instance"] == f"#{row + 1:06x}"
        if name.startswith("notehead"):
            assert comment["duration"] == "8"
            assert int(comment["rel_position"]) % 2 == (1 if "InSpace" in name else 0)
            assert {"onset", "instance", "duration", "rel_position"} == set(comment)


def test_masks_have_the_colours_of_classes_and_instances(written: Path) -> None:
    page = next(read_pages(written))
    name = page.reading.source.removesuffix(".png")
    classes = cv2.imread(str(written / "segmentation" / f"{name}_seg.png"), cv2.IMREAD_UNCHANGED)
    bgr = cv2.imread(str(written / "instance" / f"{name}_inst.png"), cv2.IMREAD_COLOR).astype(np.int64)
    rows = bgr[..., 0] + 256 * bgr[..., 1] + 65536 * bgr[..., 2]
    assert classes.shape == rows.shape == page.image.shape
    colours = np.array([0, *(vocabulary().by_id(one).color for one in page.reading.symbols.class_ids.tolist())])
    assert (colours[rows] == classes).all()


def test_finished_pieces_are_left_alone_and_missing_ones_are_made(written: Path, music: Path) -> None:
    before = contents(written)
    record = sorted((written / "pieces").iterdir())[0]
    record.unlink()
    stamps = {path: path.stat().st_mtime_ns for path in (written / "images").iterdir()}
    counts = write_dataset(written, find_pieces(music), 1, seed=5, workers=0, with_masks=True)
    assert counts.total() == 3
    assert contents(written) == before
    again = [path for path in stamps if path.stat().st_mtime_ns != stamps[path]]
    assert len(again) == 1


@pytest.mark.slow
def test_one_process_and_several_write_the_same_bytes(tmp_path: Path, written: Path, music: Path) -> None:
    write_dataset(tmp_path / "set", find_pieces(music), 1, seed=5, workers=2, with_masks=True)
    assert contents(tmp_path / "set") == contents(written)


def test_a_piece_that_fails_is_reported_and_the_others_are_written(
    tmp_path: Path, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.musicxml"
    broken.write_text("<score-partwise>", encoding="utf-8")
    pieces = [Piece("broken", str(broken)), find_pieces(music)[0]]
    counts = write_dataset(tmp_path / "set", pieces, 1, workers=0)
    assert (counts["failed"], counts.total()) == (1, 2)
    assert "broken: FormatError: " in capsys.readouterr().err


def test_variants_differ_and_share_the_split(tmp_path: Path, music: Path) -> None:
    write_dataset(tmp_path / "set", find_pieces(music)[:1], 1, workers=0, variants=2)
    first, second = read_pages(tmp_path / "set")
    assert first.piece == second.piece
    assert first.image.shape != second.image.shape


def test_sources_and_licences_are_written_down(written: Path) -> None:
    assert json.loads((written / "attribution.json").read_text(encoding="utf-8")) == {"unknown: ": 3}


def test_long_pieces_are_cut_to_about_the_pages_asked_for(tmp_path: Path, score, note) -> None:
    (tmp_path / "long.musicxml").write_text(score(*[note("C5", "16th", 1) * 16] * 200), encoding="utf-8")
    write_dataset(tmp_path / "set", find_pieces(tmp_path), 1, seed=1, workers=0)
    pages = list(read_pages(tmp_path / "set"))
    assert len(pages) == 1
    assert 1 <= pages[0].musicxml.count("<measure ") <= 30
