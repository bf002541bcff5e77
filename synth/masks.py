"""Class and instance segmentation: which pixel belongs to which symbol, drawn without smoothing."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from notation.boxes import FloatArray
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from synth.rasteriser import Rasteriser

InstanceMask = NDArray[np.int32]  # (height, width), row of the symbol plus 1, 0 for paper and unlabelled ink
ClassMask = NDArray[np.uint8]  # (height, width), colour of the class, 0 for paper and unlabelled ink


def instance_mask(
    root: etree._Element, owners: Mapping[etree._Element, Sequence[tuple[int, FloatArray]]], rasteriser: Rasteriser
) -> InstanceMask:
    """Return the instance of every pixel.

    Args:
        root: the page.
        owners: for each drawn element the rows of the symbols that it is the ink of, each with the upright hull
            x0, y0, x1, y1 of that symbol; ink that two symbols share is divided by the hulls.
        rasteriser: draws the page.
    """
    elements = list(owners)
    numbers = rasteriser.numbers(_coloured(root, elements))
    rows = np.zeros(len(elements) + 1, np.int32)
    rows[1:] = [owners[element][0][0] + 1 for element in elements]
    mask: InstanceMask = rows[numbers]
    for number, element in enumerate(elements, 1):
        if len(owners[element]) > 1:
            _divide(mask, numbers == number, owners[element])
    return mask


def _divide(mask: InstanceMask, ink: NDArray[np.bool_], owners: Sequence[tuple[int, FloatArray]]) -> None:
    mask[ink] = 0
    for row, (x0, y0, x1, y1) in owners:
        part = slice(max(int(y0), 0), int(np.ceil(y1)) + 1), slice(max(int(x0), 0), int(np.ceil(x1)) + 1)
        mask[part][ink[part]] = row + 1


def class_mask(instances: InstanceMask, symbols: Symbols) -> ClassMask:
    """Return the class colour of every pixel, as in the class segmentation of DeepScoresV2."""
    names = vocabulary()
    colours = np.zeros(len(symbols) + 1, np.uint8)
    colours[1:] = [names.by_id(one).color for one in symbols.class_ids.tolist()]
    picture: ClassMask = colours[instances]
    return picture


def instance_rgb(instances: InstanceMask) -> NDArray[np.uint8]:
    """Return instance numbers as RGB, uint8 (height, width, 3), the lowest byte in blue as in DeepScoresV2."""
    return np.stack([instances >> 16, (instances >> 8) & 255, instances & 255], -1).astype(np.uint8)


def areas_px2(instances: InstanceMask, symbols: Symbols) -> list[int]:
    """Return the number of pixels of every symbol."""
    counts: list[int] = np.bincount(instances.ravel(), minlength=len(symbols) + 1)[1:].tolist()
    return counts


def _coloured(root: etree._Element, elements: Sequence[etree._Element]) -> str:
    colours = {element: number for number, element in enumerate(elements, 1)}
    order = [colours.get(element, 0) for element in root.iter(etree.Element)]
    page = copy.deepcopy(root)
    for element, number in zip(list(page.iter(etree.Element)), order, strict=True):
        if number:
            colour = f"#{number:06x}"
            fill = "none" if element.get("fill") == "none" else colour
            element.set("style", f"fill:{fill};stroke:{colour};color:{colour}")
            element.set("shape-rendering", "crispEdges")
            element.set("text-rendering", "optimizeSpeed")
    for leaf in page.iter("{*}path", "{*}polygon", "{*}polyline", "{*}rect", "{*}ellipse"):
        leaf.set("shape-rendering", "crispEdges")
    return str(etree.tostring(page, encoding="unicode"))
