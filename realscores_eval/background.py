"""How much of a box is background: the share of its area that the symbol does not fill, oriented and upright.

    python -m realscores_eval.background FOLDER [--split test] [--pages N] [--markdown]

For data sets with instance segmentation (`detect-score synth --masks` writes it, DeepScoresV2 ships it). A pixel
belongs to a box when its centre lies inside. Two shares are counted: pixels that are not the symbol's own ink, and
pixels that are nobody's. Upright boxes are those of the file; our sets state none, there it is the hull of the ink.
The layout is that of table 5.1 of Tuggener 2024, which does not say which of the two shares it counts; "improvement" is
the part of the upright box's background that the oriented box leaves out.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.deepscores import DeepScoresPage, parse_comments
from notation.errors import DetectScoreError, InputError
from notation.page import Reading
from notation.reading_json import read_reading
from realscores_eval.symbol_set import deepscores_set
from realscores_eval.tables import Cell, Table

InstanceMask = NDArray[np.int64]  # (height, width), number of the symbol on its page, 0 for what is nobody's


@dataclass
class Shares:
    """Background shares of the symbols of one class, each a list of (upright, oriented)."""

    own: list[tuple[float, float]] = field(default_factory=list)  # not the symbol's own ink
    free: list[tuple[float, float]] = field(default_factory=list)  # nobody's ink

    def means(self) -> tuple[float, float, float, float]:
        """Return mean own upright, own oriented, free upright, free oriented."""
        upright, oriented = np.mean(self.own, 0).tolist()
        free_upright, free_oriented = np.mean(self.free, 0).tolist()
        return upright, oriented, free_upright, free_oriented


def background_shares(box: FloatArray, number: int, mask: InstanceMask) -> tuple[float, float] | None:
    """Return which share of the pixels in a box, shape (5,), is not ink of `number`, and which is nobody's.

    None for a box that holds no pixel's centre.
    """
    x0, y0, x1, y1 = geometry.upright(box[None])[0].tolist()
    left, top = max(int(np.floor(x0)), 0), max(int(np.floor(y0)), 0)
    part = mask[top : int(np.ceil(y1)), left : int(np.ceil(x1))]
    dx = np.arange(part.shape[1]) + left + 0.5 - box[0]
    dy = np.arange(part.shape[0])[:, None] + top + 0.5 - box[1]
    cos, sin = np.cos(box[4]), np.sin(box[4])
    inside = (np.abs(dx * cos + dy * sin) <= box[2] / 2) & (np.abs(dy * cos - dx * sin) <= box[3] / 2)
    held = part[inside]
    if not held.size:
        return None
    return float((held != number).mean()), float((held == 0).mean())


def page_shares(
    page: DeepScoresPage, mask: InstanceMask
) -> Iterator[tuple[str, tuple[float, float], tuple[float, float]]]:
    """Iterate over the symbols of a page: class, own (upright, oriented) and free (upright, oriented) background."""
    symbols, names = page.reading.symbols, page.reading.symbols.names
    upright = geometry.from_upright(page.upright_px)
    for row in np.flatnonzero(page.areas_px2).tolist():
        number = instance_number(symbols.comments[row], row)
        whole = background_shares(upright[row], number, mask)
        tight = background_shares(symbols.boxes[row], number, mask)
        if whole is not None and tight is not None:
            yield names[row], (whole[0], tight[0]), (whole[1], tight[1])


def instance_number(comment: str, row: int) -> int:
    """Return the number of a symbol in the instance segmentation.

    DeepScoresV2 states its colour in the comment (`instance:#00008c`); our own sets count rows from 1.
    """
    stated = parse_comments(comment).get("instance", "")
    return int(stated.lstrip("#"), 16) if stated else row + 1


def read_instances(path: Path) -> InstanceMask:
    """Return an instance segmentation, whose red, green and blue are the bytes of a number.

    Raises:
        InputError: the file cannot be read.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if picture is None:
        raise InputError(f"{path}: no instance segmentation that can be read")
    blue, green, red = (picture[..., k].astype(np.int64) for k in range(3))
    mask: InstanceMask = (red << 16) | (green << 8) | blue
    return mask


def measure(folder: Path, split: str | None = None, pages: int | None = None) -> dict[str, Shares]:
    """Return the shares of every class of a data set.

    Raises:
        InputError: no annotation file, or no segmentation.
        FormatError: a file is broken.
    """
    found: dict[str, Shares] = defaultdict(Shares)
    for page in deepscores_set(folder, split=split).first(pages).pages:
        stem = Path(page.labelled.reading.source).stem
        mask = read_instances(folder / "instance" / f"{stem}_inst.png")
        reading = folder / "readings" / f"{stem}.json"
        labelled = _with_ink_hulls(read_reading(reading)[0], mask) if reading.is_file() else page.labelled
        for name, own, free in page_shares(labelled, mask):
            found[name].own.append(own)
            found[name].free.append(free)
    return dict(found)


def _with_ink_hulls(reading: Reading, mask: InstanceMask) -> DeepScoresPage:
    """Return a page of our own set, whose rows are the numbers of the mask, with the upright hull of each ink."""
    count = len(reading.symbols)
    upright, areas = np.zeros((count, 4)), np.zeros(count, np.int64)
    for row, part in enumerate(ndimage.find_objects(mask, max_label=count)):
        if part is not None:
            upright[row] = part[1].start, part[0].start, part[1].stop, part[0].stop
            areas[row] = int((mask[part] == row + 1).sum())
    return DeepScoresPage(reading, 0, upright, areas)


def background_table(shares: dict[str, Shares]) -> Table:
    """Return one row a class, most common first, then the means over all symbols and over all classes; in percent."""
    head = ["class", "symbols", "upright %", "oriented %", "improvement %"]
    table = Table([*head, "nobody's, upright %", "nobody's, oriented %", "improvement %"])
    for name, one in sorted(shares.items(), key=lambda item: (-len(item[1].own), item[0])):
        table.rows.append([name, len(one.own), *_percentages(one.means())])
    if shares:
        every = Shares(
            [row for one in shares.values() for row in one.own], [r for s in shares.values() for r in s.free]
        )
        table.rows.append(["all symbols", len(every.own), *_percentages(every.means())])
        upright, oriented, free_upright, free_oriented = np.mean([one.means() for one in shares.values()], 0).tolist()
        table.rows.append(
            ["mean of classes", len(every.own), *_percentages((upright, oriented, free_upright, free_oriented))]
        )
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description="Background inside oriented and upright boxes, by class.")
    parser.add_argument("folder", type=Path, help="a data set with instance segmentation")
    parser.add_argument("--split", choices=("train", "val", "test"))
    parser.add_argument("--pages", type=int, metavar="N", help="only the first N pages")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(argv)
    try:
        table = background_table(measure(options.folder, options.split, options.pages))
    except DetectScoreError as error:
        print(error, file=sys.stderr)
        return 2
    print(table.markdown() if options.markdown else table.text())
    return 0


def _percentages(means: tuple[float, float, float, float]) -> list[Cell]:
    upright, oriented, free_upright, free_oriented = means
    return [
        *(f"{100 * one:6.2f}" for one in (upright, oriented, _saved(upright, oriented))),
        *(f"{100 * one:6.2f}" for one in (free_upright, free_oriented, _saved(free_upright, free_oriented))),
    ]


def _saved(upright: float, oriented: float) -> float:
    return (upright - oriented) / upright if upright else 0.0


if __name__ == "__main__":
    sys.exit(main())
