"""One look at a page by one network: scaling, cutting into tiles, and making one list of what the tiles show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections, decode
from detector.families import families_of, suppress_rivals
from detector.second_look.fragments import mend
from detector.settings import Settings
from detector.staves.darkness import Grey
from detector.thin import LONG
from detector.tiles import Tile, fitted_tile, inked_part, lay_tiles, merge, pixels_of
from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: Paper that is shown to the network around all ink of a page, staff spaces. A narrow margin would save pixels, but the
#: network tells words from lyrics and titles by the paper around them: with 2 in place of the whole margin, AP of lyric
#: fell from 0.96 to 0.77 on a page. So only pages that are half empty are cut.
MARGIN_SP = 24.0


@dataclass(frozen=True)
class Look:
    """A page as a network sees it.

    Attributes:
        page: uint8 (H, W), the page scaled to `space_px`.
        tiles: where it is cut; together they hold all ink.
        space_px: staff space on the scaled page.
        scale_x, scale_y: scaled page over page; they differ only by the rounding of the page's size.
    """

    page: GreyImage
    tiles: list[Tile]
    space_px: float
    scale_x: float
    scale_y: float

    def pixels(self) -> Iterator[GreyImage]:
        """Yield the pixels of each tile."""
        return (pixels_of(self.page, tile) for tile in self.tiles)

    def in_page(self, found: Detections) -> Detections:
        """Return detections of the scaled page in pixels of the page."""
        boxes = found.boxes.copy()
        boxes[:, 0] /= self.scale_x
        boxes[:, 1] /= self.scale_y
        boxes[:, 2:4] /= (self.scale_x * self.scale_y) ** 0.5
        return Detections(boxes, found.labels, found.scores)


def look_at(
    image: GreyImage,
    dark: Grey,
    space_px: float,
    wanted_px: float,
    settings: Settings,
    tile_px: tuple[int, int] | None = None,
) -> Look:
    """Scale a page and lay tiles over its ink.

    Args:
        image: uint8 (H, W), 0 = ink.
        dark: its darkness picture.
        space_px: staff space of the page.
        wanted_px: staff space that it is scaled to.
        settings: longest tile and overlap.
        tile_px: (height, width) of a network that takes no other; None where tiles may fit the page.
    """
    page = _resized(image, wanted_px / space_px)
    scale_x, scale_y = page.shape[1] / image.shape[1], page.shape[0] / image.shape[0]
    x0, y0, x1, y1 = inked_part(dark, round(MARGIN_SP * space_px))
    left, top = int(x0 * scale_x), int(y0 * scale_y)
    width, height = int(np.ceil(x1 * scale_x)) - left, int(np.ceil(y1 * scale_y)) - top
    overlap_px = round(settings.overlap_sp * wanted_px)
    tile = tile_px or fitted_tile(width, height, settings.longest_tile_px, overlap_px)
    tiles = lay_tiles(width, height, tile, overlap_px, left=left, top=top)
    return Look(page, tiles, wanted_px, scale_x, scale_y)


@dataclass(frozen=True)
class Kinds:
    """What looking at a page needs to know of the classes of a model, row by row."""

    names: tuple[str, ...]
    families: IntArray
    is_long: NDArray[np.bool_]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Kinds:
        """Look the classes up."""
        return cls(names, families_of(names), np.array([name in LONG for name in names]))


def symbols_of(
    look: Look,
    tables: Iterator[NDArray[np.float32]],
    kinds: Kinds,
    least_scores: FloatArray,
    tick: Callable[[], object] = lambda: None,
) -> Detections:
    """Return what a look shows, in page pixels, one row a symbol; thin boxes are as wide as the network makes them.

    Args:
        look: the page as the network sees it.
        tables: one table a tile, in their order; further ones are left.
        kinds: the network's classes.
        least_scores: float64 (C,), threshold of each class.
        tick: called after every tile.
    """
    parts = []
    for tile, table in zip(look.tiles, tables, strict=False):  # tiles first: not one table too many is taken
        found = decode(table, least_scores)
        found.boxes[:, :2] += (tile.x, tile.y)
        parts.append((tile, suppress_rivals(found, kinds.families)))
        tick()
    whole = mend(merge(parts, kinds.is_long, look.space_px), kinds.names)
    return look.in_page(suppress_rivals(whole, kinds.families))


def _resized(image: GreyImage, scale: float) -> GreyImage:
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    if size == (image.shape[1], image.shape[0]):
        return image
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=way).astype(np.uint8, copy=False)
