"""Shards of strips: zip files with a PNG a strip and one JSON table of tokens and bar columns."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from notation.page import GreyImage

_TABLE = "strips.json"


@dataclass(frozen=True)
class Strip:
    """A staff of a page.

    Attributes:
        image: uint8 (`HEIGHT_PX`, width).
        bars_px: columns where measures begin, and where the last one ends.
        tokens: the LMX of what is printed on it.
    """

    image: GreyImage
    bars_px: tuple[float, ...]
    tokens: tuple[str, ...]
    source: str = ""


def write_shard(path: Path, strips: Sequence[Strip]) -> None:
    """Write strips into one file, which appears only when it is complete."""
    rows = [{"bars_px": one.bars_px, "tokens": " ".join(one.tokens), "source": one.source} for one in strips]
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_TABLE, json.dumps(rows))
        for number, one in enumerate(strips):
            archive.writestr(f"{number}.png", cv2.imencode(".png", one.image)[1].tobytes())
    unfinished.rename(path)


def read_shard(path: Path) -> Iterator[tuple[bytes, Strip]]:
    """Iterate over the strips of a shard, each as its packed picture and itself with an empty one; see `unpacked`."""
    with zipfile.ZipFile(path) as archive:
        for number, row in enumerate(json.loads(archive.read(_TABLE))):
            strip = Strip(
                np.zeros((0, 0), np.uint8), tuple(row["bars_px"]), tuple(row["tokens"].split()), row["source"]
            )
            yield archive.read(f"{number}.png"), strip


def unpacked(png: bytes) -> GreyImage:
    """Return the picture of a strip."""
    return cast(GreyImage, cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
