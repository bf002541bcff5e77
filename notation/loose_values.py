"""Tolerant reading of values in foreign files, where numbers may be texts and texts may be missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import FormatError
from notation.files import Json
from notation.vocabulary import vocabulary


def mapping(value: object, where: str) -> dict[str, Json]:
    """Return `value` if it is a JSON object; raises `FormatError` otherwise."""
    if not isinstance(value, dict):
        raise FormatError(f"expected {where} to be an object, got {type(value).__name__}")
    return value


def sequence(value: object, where: str) -> list[Json]:
    """Return `value` if it is a JSON list; raises `FormatError` otherwise."""
    if not isinstance(value, list):
        raise FormatError(f"expected {where} to be a list, got {type(value).__name__}")
    return value


def number(value: object) -> float | None:
    """Return a finite number, also from a text such as "0.5"; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: object) -> int | None:
    """Return a whole number, also from "12" and 12.0; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def numbers(value: object, lengths: Iterable[int]) -> list[float] | None:
    """Return a list of as many finite numbers as one of `lengths` says; None for anything else."""
    if not isinstance(value, list) or len(value) not in lengths:
        return None
    found = [number(one) for one in value]
    return [one for one in found if one is not None] if None not in found else None


def score(value: object) -> float | None:
    """Return a confidence in [0, 1]; None for anything else."""
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def class_id(name: object) -> int | None:
    """Return the id of a class name in any of its spellings; None for names that are no class of ours."""
    return vocabulary().id_of(name) if isinstance(name, str) and name in vocabulary() else None


@cache
def own_class_ids() -> dict[int, int]:
    """Return the map of class ids for files that use those of our vocabulary."""
    return {one.id: one.id for one in vocabulary()}


def box_around(points: Sequence[float]) -> FloatArray:
    """Return the box, shape (5,), of 4 numbers x0, y0, x1, y1 or of the corners x0, y0, x1, y1, ..., all in px."""
    corners = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if len(corners) == 2:
        boxes = geometry.from_upright(corners.reshape(1, 4))
    elif len(corners) == 4:
        boxes = geometry.from_corners(corners[None])
    else:
        boxes = geometry.min_area_box(corners)[None]
    found: FloatArray = boxes[0]
    return found
