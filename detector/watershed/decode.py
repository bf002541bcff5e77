"""Maps to symbols: cut the energy, and let every island vote."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from notation import boxes as geometry

#: Islands with fewer pixels are noise; the published 8 px belong to hills of 16 px.
LEAST_PIXELS = 2


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


def decode_maps(maps: PageMaps, cut: float, *, oriented: bool) -> Detections:
    """Return one symbol for every island of energy, boxes in pixels of the map.

    The island's centre of gravity, weighted by energy, is the symbol's middle, its majority the class, its mean shape
    the box (thesis, chapter 4); the score is the mean probability of the class over the island, times its height.

    Args:
        maps: what the network says.
        cut: share of the highest level below which there is sea; higher parts what stands close together.
        oriented: use the angle; as published, boxes are upright.
    """
    land = (maps.height > cut).astype(np.uint8)
    count, island = cv2.connectedComponents(land, connectivity=8)
    count -= 1  # the sea
    if not count:
        return Detections.join([])
    where = np.flatnonzero(land)
    owner = island.ravel()[where].astype(np.int64) - 1
    pixels = np.bincount(owner, minlength=count)
    height = maps.height.ravel()[where].astype(np.float64)
    labels, sureness = _votes(maps.labels.ravel()[where], maps.sureness.ravel()[where], owner, count)

    def mean(values: NDArray[np.floating], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = np.bincount(owner, values * weight, count) / np.bincount(owner, weight, count)
        return result

    even = np.ones(len(where))
    x, y = where % land.shape[1] + 0.5, where // land.shape[1] + 0.5
    width, tall, sine, cosine = (mean(one.ravel()[where], even) for one in maps.shapes)
    angle = np.arctan2(sine, cosine) / 4 if oriented else np.zeros(count)
    boxes = np.stack([mean(x, height), mean(y, height), np.maximum(width, 1), np.maximum(tall, 1), angle], 1)
    peak = np.zeros(count)
    np.maximum.at(peak, owner, height)
    big = pixels >= LEAST_PIXELS
    return Detections(geometry.canonical(boxes[big]), labels[big], np.clip(sureness * peak, 0, 1)[big])


def _votes(
    labels: NDArray[np.int64], sureness: NDArray[np.float32], owner: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the class that most pixels of an island name, (K,), and the share of its pixels that say so, surely."""
    classes = int(labels.max(initial=0)) + 1
    votes = np.bincount(owner * classes + labels, minlength=count * classes).reshape(count, classes)
    winner = votes.argmax(1)
    for_it = np.where(labels == winner[owner], sureness, 0.0)
    return winner.astype(np.int64), np.bincount(owner, for_it, count) / np.bincount(owner, minlength=count)
