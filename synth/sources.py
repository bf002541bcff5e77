"""Where music comes from: folders and archives of MusicXML, MEI and kern, each piece with its licence."""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from notation.errors import FormatError, InputError

Split = Literal["train", "val", "test"]
_SUFFIXES = (".mxl", ".musicxml", ".xml", ".mei", ".krn")
#: `kern/006-1b-Sm-003.krn` is opus 6, edition 1b, publisher Sm, number 3; parts of chamber music end in `-piano`.
_CHOPIN_EDITION = re.compile(r"(nifc-chopin-first-editions/kern/\d+)-[^/]*?(?:-(\d{3})(?:-[a-z]+)?)?\.krn$")
#: Shares of the pieces, in percent.
_VAL_PERCENT, _TEST_PERCENT = 5, 10


#: First seed of the composer in each split: no piece is composed twice.
SEEDS_A_SPLIT: dict[Split, int] = {"train": 0, "val": 1_000_000, "test": 2_000_000}


@dataclass(frozen=True, slots=True)
class Licence:
    """What must be said about a source."""

    name: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of music: its id, the file, the member of that file for archives, and the licence."""

    id: str
    path: str
    member: str = ""
    licence: Licence = Licence("unknown", "")


_KNOWN: dict[str, Licence] = {
    "openscore-lieder": Licence("CC0-1.0", "OpenScore Lieder Corpus"),
    "openscore-sq": Licence("CC0-1.0", "OpenScore String Quartets"),
    "nifc-chopin-first-editions": Licence(
        "CC-BY-4.0", "Chopin first editions, The Fryderyk Chopin Institute (humdrum-chopin-first-editions)"
    ),
    "trompa": Licence("CC-BY-4.0", "TROMPA encodings, mdw - University of Music and Performing Arts Vienna"),
}
_PUBLIC_DOMAIN = Licence("public domain", "music21 corpus, works by composers who died before 1900")
#: Folders of the music21 corpus whose composers died before 1900; the rest is left alone.
_MUSIC21_FOLDERS = (
    "bach", "beethoven", "chopin", "corelli", "cpebach", "handel", "haydn", "josquin", "monteverdi", "mozart",
    "palestrina", "schubert", "schumann_clara", "schumann_robert", "verdi", "weber",
)  # fmt: skip


def find_pieces(folder: str | Path) -> list[Piece]:
    """Return every piece below `folder`, also inside .tar.xz archives, sorted by id.

    Raises:
        InputError: there is no such folder.
    """
    root = Path(folder)
    if not root.exists():
        raise InputError(f"{folder}: no such folder")
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
    base = root.parent if root.is_file() else root
    return sorted((piece for path in files for piece in _pieces_in(path, base)), key=lambda piece: piece.id)


def music21_pieces() -> list[Piece]:
    """Return the public-domain MusicXML and kern of music21's corpus; empty where music21 is not installed."""
    spec = find_spec("music21")
    if spec is None or spec.origin is None:
        return []
    corpus = Path(spec.origin).parent / "corpus"
    found = []
    for name in _MUSIC21_FOLDERS:
        for path in sorted((corpus / name).rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                found.append(Piece(f"music21/{path.relative_to(corpus)}", str(path), licence=_PUBLIC_DOMAIN))
    return found


def _pieces_in(path: Path, base: Path) -> Iterator[Piece]:
    name = _name(path, base)
    if path.name.endswith(".tar.xz"):
        licence = _licence(path.name.removesuffix(".tar.xz"), path)
        for member in _members(str(path)):
            yield Piece(f"{name.removesuffix('.tar.xz')}/{member}", str(path), member, licence)
    elif path.suffix in _SUFFIXES and not path.name.startswith("."):
        yield Piece(name, str(path), licence=_licence(name, path))


def _name(path: Path, base: Path) -> str:
    """Return the id of a file: from its corpus downwards where we know it, so that it is the same from any folder."""
    known = next((i for i, part in enumerate(path.parts) if part in _KNOWN), None)
    return "/".join(path.parts[known:]) if known is not None else path.relative_to(base).as_posix()


def _licence(name: str, path: Path) -> Licence:
    parts = (*path.parts, *name.split("/"))
    return next((_KNOWN[part] for part in parts if part in _KNOWN), Licence("unknown", ""))


@lru_cache(maxsize=4)
def _archive(path: str) -> dict[str, bytes]:
    with lzma.open(path) as packed, tarfile.open(fileobj=io.BytesIO(packed.read())) as archive:
        return {
            one.name: archive.extractfile(one).read()  # type: ignore[union-attr]
            for one in archive
            if one.isfile() and one.name.endswith(_SUFFIXES)
        }


def _members(path: str) -> list[str]:
    return sorted(_archive(path))


def read_text(piece: Piece) -> str:
    """Return the music of a piece as MusicXML, MEI or kern text.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged.
    """
    try:
        data = _archive(piece.path)[piece.member] if piece.member else Path(piece.path).read_bytes()
        return _decoded(_unzipped(data) if data[:2] == b"PK" else data)
    except OSError as error:
        raise InputError(f"{piece.path}: cannot be read ({error})") from error
    except (KeyError, zipfile.BadZipFile, lzma.LZMAError, tarfile.TarError, UnicodeError) as error:
        raise FormatError(f"{piece.path}: damaged ({error})") from error


def _unzipped(data: bytes) -> bytes:
    """Return the score inside a compressed MusicXML file: the first XML outside META-INF; `KeyError` without one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".musicxml"))]
        return archive.read(next((name for name in names if not name.startswith("META-INF")), "a score"))


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def is_musicxml(text: str) -> bool:
    """Tell whether a text is partwise MusicXML, by its head."""
    return "<score-partwise" in text[:20_000]


def work_of(piece_id: str) -> str:
    """Return what the editions of one work have in common: opus and number of the Chopin files, else the whole id."""
    edition = _CHOPIN_EDITION.search(piece_id)
    return "/".join(part for part in edition.groups() if part) if edition else piece_id


def split_of(piece_id: str) -> Split:
    """Return the split of a piece, from a hash of its work: the same on every machine and in every data set."""
    percent = int.from_bytes(hashlib.sha256(work_of(piece_id).encode()).digest()[:8], "big") % 100
    if percent < _TEST_PERCENT:
        return "test"
    return "val" if percent < _TEST_PERCENT + _VAL_PERCENT else "train"
