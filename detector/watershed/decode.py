"""Maps to symbols: cut the energy at rising levels, and let every island vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from notation import boxes as geometry

#: Islands with fewer pixels are noise; the published 8 px belong to hills of 16 px.
LEAST_PIXELS = 2
#: The shape is that of the pixels so high, as a share of the island's summit: at the foot of a hill the network begins
#: to speak of what stands beside it.
SUMMIT_SHARE = 0.9


@dataclass(frozen=True)
class PageMaps:
    """What the network says of a page or a tile, pixels of the map.

    Attributes:
        height: float32 (H, W), expected energy as a share of the highest level.
        labels: int64 (H, W), the likeliest class.
        sureness: float32 (H, W), its probability.
        shapes: float32 (4, H, W), see `targets.TargetMaps`.
    """

    height: NDArray[np.float32]
    labels: NDArray[np.int64]
    sureness: NDArray[np.float32]
    shapes: NDArray[np.float32]


def decode_maps(maps: PageMaps, cuts: Sequence[float], *, oriented: bool) -> Detections:
    """Return one symbol for every island of energy, boxes in pixels of the map.

    The island's centre of gravity, weighted by energy, is the symbol's middle, its majority the class, the mean shape
    of its highest pixels the box (thesis, chapter 4, where it is that of all pixels); the score is the mean probability
    of the class over the island, times its height.

    Args:
        maps: what the network says.
        cuts: rising shares of the highest level below which there is sea, see `islands`; published is a single one.
        oriented: use the angle; as published, boxes are upright.
    """
    island, count = islands(maps.height, cuts)
    if not count:
        return Detections.join([])
    where = np.flatnonzero(island)
    owner = island.ravel()[where] - 1
    pixels = np.bincount(owner, minlength=count)
    height = maps.height.ravel()[where].astype(np.float64)
    labels, sureness = _votes(maps.labels.ravel()[where], maps.sureness.ravel()[where], owner, count)

    def mean(values: NDArray[np.floating], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = np.bincount(owner, values * weight, count) / np.bincount(owner, weight, count)
        return result

    peak = np.zeros(count)
    np.maximum.at(peak, owner, height)
    summit = (height >= SUMMIT_SHARE * peak[owner]).astype(np.float64)
    x, y = where % island.shape[1] + 0.5, where // island.shape[1] + 0.5
    width, tall, sine, cosine = (mean(one.ravel()[where], summit) for one in maps.shapes)
    angle = np.arctan2(sine, cosine) / 4 if oriented else np.zeros(count)
    boxes = np.stack([mean(x, height), mean(y, height), np.maximum(width, 1), np.maximum(tall, 1), angle], 1)
    big = pixels >= LEAST_PIXELS
    return Detections(geometry.canonical(boxes[big]), labels[big], np.clip(sureness * peak, 0, 1)[big])


def islands(height: NDArray[np.float32], cuts: Sequence[float]) -> tuple[NDArray[np.int64], int]:
    """Return which island each pixel belongs to, int64 (H, W), 0 in the sea, and how many there are.

    The sea rises from cut to cut. An island that it parts becomes its parts, so that neighbours are told from each
    other; one that it only makes smaller or drowns stays as it was, so that low hills, where the network is unsure of
    the middle, are not lost.

    Args:
        height: float32 (H, W), energy as a share of the highest level.
        cuts: rising, each in [0, 1).
    """
    island, count = _land(height > cuts[0])
    for cut in cuts[1:]:
        higher, higher_count = _land(height > cut)
        parents = np.zeros(higher_count + 1, np.int64)
        parents[higher.ravel()] = island.ravel()  # each lies within one
        parents[0] = 0
        parted = np.bincount(parents[1:], minlength=count + 1) > 1
        parted[0] = False
        gone = parted[island]
        island[gone] = np.where(parted[parents[higher[gone]]], higher[gone] + count, 0)
        numbers, dense = np.unique(island, return_inverse=True)
        lowest = int(numbers[0] > 0)  # no sea at all
        island, count = dense.reshape(island.shape).astype(np.int64) + lowest, len(numbers) - 1 + lowest
    return island, count


def _land(above: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    count, numbers = cv2.connectedComponents(above.astype(np.uint8), connectivity=8)
    return numbers.astype(np.int64), count - 1  # the sea


def _votes(
    labels: NDArray[np.int64], sureness: NDArray[np.float32], owner: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the class that most pixels of an island name, (K,), and the share of its pixels that say so, surely."""
    classes = int(labels.max(initial=0)) + 1
    votes = np.bincount(owner * classes + labels, minlength=count * classes).reshape(count, classes)
    winner = votes.argmax(1)
    for_it = np.where(labels == winner[owner], sureness, 0.0)
    return winner.astype(np.int64), np.bincount(owner, for_it, count) / np.bincount(owner, minlength=count)
