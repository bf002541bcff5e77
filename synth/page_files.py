"""The files of one page and of one piece in a data set; `synth.dataset` says where they lie."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from notation.errors import OutputError
from notation.files import Json, write_bytes, write_json, write_text
from notation.page import LabelledPage
from notation.reading_json import write_reading
from synth.sources import Piece, split_of

FOLDERS = ("images", "readings", "musicxml", "pieces")
MASK_FOLDERS = ("segmentation", "instance")


def make_folders(root: Path, *, masks: bool = False) -> None:
    """Make the folders of a data set; raises `OutputError` when they cannot be made."""
    try:
        for name in FOLDERS + (MASK_FOLDERS if masks else ()):
            (root / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{root}: cannot be written ({error})") from error


def digest(text: str) -> str:
    """Return eight hexadecimal digits that stand for a text, the same in every run."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def slug(piece_id: str, suffix: str) -> str:
    """Return a file name that is unique for a piece and what was made of it."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", piece_id)[-50:].strip("-")
    return f"{word}-{digest(piece_id)}-{suffix}"


def write_page(root: Path, name: str, page: LabelledPage) -> dict[str, Json]:
    """Write picture, reading and MusicXML of a page; returns its record."""
    write_image(root / "images" / f"{name}.png", page.image)
    write_reading(root / "readings" / f"{name}.json", replace(page.reading, source=f"{name}.png"), page.graph)
    if page.musicxml is not None:
        write_text(root / "musicxml" / f"{name}.musicxml", page.musicxml)
    return {"name": name, "number": page.number, "notes": dict(page.notes)}


def write_piece(root: Path, name: str, piece: Piece, variant: int, pages: Sequence[Mapping[str, Json]]) -> None:
    """Write the record of a finished piece, its pages, split and licence."""
    record = {
        "piece": piece.id, "variant": variant, "split": split_of(piece.id), "pages": [dict(page) for page in pages],
        "licence": piece.licence.name, "attribution": piece.licence.attribution,
    }  # fmt: skip
    write_json(root / "pieces" / f"{name}.json", record)


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Write grey or blue-green-red pixels as PNG; raises `OutputError` when the file cannot be written."""
    good, data = cv2.imencode(".png", image)
    if not good:
        raise OutputError(f"{path}: cannot be packed as PNG")
    write_bytes(path, data.tobytes())
