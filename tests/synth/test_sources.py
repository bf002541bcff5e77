from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from notation.errors import FormatError, InputError
from synth.sources import Piece, find_pieces, is_musicxml, music21_pieces, read_text, split_of, work_of

TEXT = '<?xml version="1.0"?><score-partwise/>'


def packed(inner: str = "score.xml") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr(inner, TEXT)
    return data.getvalue()


def test_an_empty_folder_has_no_pieces(tmp_path: Path) -> None:
    assert find_pieces(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        find_pieces(tmp_path / "nowhere")


def test_every_kind_of_file_is_found_and_read(tmp_path: Path) -> None:
    (tmp_path / "a.mxl").write_bytes(packed())
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "b.musicxml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "c.krn").write_bytes("**kern\n!! Grün\n".encode("latin-1"))
    (tmp_path / "d.xml").write_text(TEXT, encoding="utf-16")
    (tmp_path / "readme.md").write_text("no music", encoding="utf-8")
    with tarfile.open(tmp_path / "more.tar.xz", "w:xz") as archive:
        entry = tarfile.TarInfo("more/e.mei")
        entry.size = 6
        archive.addfile(entry, io.BytesIO(b"<mei/>"))
    pieces = {piece.id: read_text(piece) for piece in find_pieces(tmp_path)}
    assert list(pieces) == ["a.mxl", "b/b.musicxml", "c.krn", "d.xml", "more/more/e.mei"]
    assert pieces["a.mxl"] == pieces["b/b.musicxml"] == pieces["d.xml"] == TEXT
    assert "Grün" in pieces["c.krn"]
    assert pieces["more/more/e.mei"] == "<mei/>"


def test_a_known_corpus_has_its_licence_and_the_same_ids_from_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "openscore-sq" / "scores"
    folder.mkdir(parents=True)
    (folder / "a.mxl").write_bytes(packed())
    ids = {find_pieces(start)[0].id for start in (tmp_path, tmp_path / "openscore-sq", folder, folder / "a.mxl")}
    assert ids == {"openscore-sq/scores/a.mxl"}
    assert find_pieces(tmp_path)[0].licence.name == "CC0-1.0"


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 cut short", packed()[:40], packed("score.txt")], ids=["no zip", "cut short", "no score"]
)
def test_damaged_archives_are_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.mxl"
    path.write_bytes(data)
    with pytest.raises(FormatError, match="broken"):
        read_text(Piece("x", str(path)))


def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone"):
        read_text(Piece("x", str(tmp_path / "gone.mxl")))


@pytest.mark.parametrize(("text", "expected"), [("", False), (TEXT, True), ("<mei/>", False), ("**kern", False)])
def test_musicxml_is_told_by_its_head(text: str, expected: bool) -> None:
    assert is_musicxml(text) is expected


def test_splits_are_stable_and_have_the_shares_that_are_promised() -> None:
    splits = Counter(split_of(f"piece {n}") for n in range(4000))
    assert splits["test"] == pytest.approx(400, abs=60)
    assert splits["val"] == pytest.approx(200, abs=45)
    assert splits["train"] == 4000 - splits["test"] - splits["val"]
    assert [split_of(f"piece {n}") for n in (1, 9, 14)] == ["test", "train", "test"]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("kern/006-1-KI-001.krn", "kern/006-1b-Sm-001.krn", True),
        ("kern/008-1-Sm-003-piano.krn", "kern/008-1b-W-003.krn", True),
        ("kern/001-1-BRZ.krn", "kern/001-1a-HO.krn", True),
        ("kern/006-1-KI-001.krn", "kern/006-1-KI-002.krn", False),
        ("kern/001-1-BRZ.krn", "kern/002-1-Hat.krn", False),
    ],
)
def test_editions_of_one_work_stand_on_one_side(first: str, second: str, same: bool) -> None:
    folder = "nifc-chopin-first-editions/nifc-chopin-first-editions/"
    assert (work_of(folder + first) == work_of(folder + second)) is same


def test_other_pieces_are_works_of_their_own() -> None:
    assert work_of("kern/006-1-KI-001.krn") == "kern/006-1-KI-001.krn"


def test_the_corpus_of_music21_is_found_without_importing_it() -> None:
    pytest.importorskip("music21")
    pieces = music21_pieces()
    assert len(pieces) > 400
    assert all(piece.licence.name == "public domain" and Path(piece.path).is_file() for piece in pieces)
    assert not any("schoenberg" in piece.id for piece in pieces)
