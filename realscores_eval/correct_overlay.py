"""Close-ups for correcting by eye: ink in grey, unexplained ink in magenta, boxes by class with row and class name."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff
from realscores_eval.correct_ink import Mask

Picture = NDArray[np.uint8]  # (height, width, 3), BGR
Window = tuple[int, int, int, int]  # x0, y0, x1, y1 in page px

#: Families share a hue; the two parities of a head do not, since a head on the wrong one is an error to see.
_HUES = (
    ("notehead*OnLine*", 0.62), ("notehead*InSpace*", 0.36), ("stem", 0.50), ("beam", 0.08), ("flag*", 0.14),
    ("ledgerLine", 0.98), ("rest*", 0.78), ("accidental*", 0.00), ("key*", 0.92), ("clef*", 0.40), ("slur", 0.45),
    ("tie", 0.06), ("augmentationDot", 0.85), ("artic*", 0.58), ("dynamic*", 0.10), ("tuplet*", 0.28), ("text", 0.12),
    ("fingering*", 0.70), ("barline*", 0.95),
)  # fmt: skip
#: Too many to name each: colour and shape tell them, and the log can be written from class and place.
BARE = ("noteheadBlack*", "stem", "ledgerLine")
_SHORT = (
    ("notehead", "nh"), ("accidental", "acc"), ("fingering", "fing"), ("Above", "^"), ("Below", "v"),
    ("artic", ""), ("dynamic", "dyn"), ("Hairpin", ""), ("augmentationDot", "dot"), ("OnLine", "L"),
    ("InSpace", "S"), ("barlineSingle", "bar"), ("timeSig", "time"), ("Staccatissimo", "Wedge"), ("tuplet", "tup"),
    ("systemicBarline", "sysbar"), ("Staccato", "stac"), ("Small", "sm"),
)  # fmt: skip
_TICK_PX = 100


def windows(staves: Sequence[Staff], groups: Sequence[Sequence[int]], parts: int, page: GreyImage) -> Iterator[Window]:
    """Return the windows of every system, `parts` side by side with a little overlap, down to the next system.

    Arguments:
        staves: of the page, top to bottom.
        groups: rows of `staves` for each system.
        parts: windows a system.
        page: for its size.
    """
    height, width = page.shape
    edges = [0]
    for upper, lower in pairwise(groups):
        edges.append(round((staves[upper[-1]].ys_px.max() + staves[lower[0]].ys_px.min()) / 2))
    edges.append(height)
    for group, top, bottom in zip(groups, edges[:-1], edges[1:], strict=True):
        space = staves[group[0]].space_px
        left = max(min(staves[row].x0_px for row in group) - 4 * space, 0)
        right = min(max(staves[row].x1_px for row in group) + 3 * space, width)
        low = round(max(top - space, staves[group[0]].ys_px.min() - 13 * space, 0))
        high = round(min(bottom + space, staves[group[-1]].ys_px.max() + 13 * space, height))
        step = (right - left) / parts
        for part in range(parts):
            yield round(left + part * step), low, min(round(left + (part + 1) * step + space), width), high


def draw_window(
    page: GreyImage,
    missing: Mask,
    rows: Sequence[tuple[str, str, FloatArray]],
    window: Window,
    scale: float,
    every_name: bool = False,
) -> Picture:
    """Return one window of the page, magnified, with rulers in page px around it.

    Arguments:
        missing: ink that no box explains.
        rows: (reference, class, box) as `correct_log.current_rows` gives them.
        every_name: also name heads, stems, beams and ledger lines.
    """
    x0, y0, x1, y1 = window
    canvas = _paper(page[y0:y1, x0:x1], missing[y0:y1, x0:x1], scale)
    _rulers(canvas, window, scale)
    labels = []
    for reference, name, box in rows:
        quad = (geometry.corners(box[None])[0] - [x0, y0]) * scale
        if name == "staff" or not _meets(quad, canvas):
            continue
        cv2.polylines(canvas, [quad.round().astype(np.int32)], True, _colour(name), 1, cv2.LINE_AA)
        if every_name or not any(fnmatchcase(name, pattern) for pattern in BARE):
            labels.append((quad, f"{_short(name)} {reference}", _colour(name)))
    taken: list[tuple[float, float, float, float]] = []
    for quad, text, colour in labels:
        _label(canvas, quad, text, colour, taken)
    return canvas


def _paper(page: GreyImage, missing: Mask, scale: float) -> Picture:
    pale = (255 - (255 - page.astype(np.float32)) * 0.35).astype(np.uint8)
    picture = cv2.cvtColor(pale, cv2.COLOR_GRAY2BGR)
    picture[missing] = (255, 0, 255)
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR), np.uint8)


def _rulers(canvas: Picture, window: Window, scale: float) -> None:
    x0, y0, x1, y1 = window
    for x in range(-(-x0 // 20) * 20, x1, 20):
        at, major = round((x - x0) * scale), x % _TICK_PX == 0
        for end in (0, canvas.shape[0] - 1):
            cv2.line(canvas, (at, end), (at, abs(end - (14 if major else 6))), (0, 0, 0), 1)
        if major:
            cv2.line(canvas, (at, 0), (at, canvas.shape[0]), (215, 215, 200), 1)
            for y in (12, canvas.shape[0] - 4):
                cv2.putText(canvas, str(x), (at + 3, y), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    for y in range(-(-y0 // 20) * 20, y1, 20):
        at, major = round((y - y0) * scale), y % _TICK_PX == 0
        for end in (0, canvas.shape[1] - 1):
            cv2.line(canvas, (end, at), (abs(end - (14 if major else 6)), at), (0, 0, 0), 1)
        if major:
            cv2.line(canvas, (0, at), (canvas.shape[1], at), (215, 215, 200), 1)
            cv2.putText(canvas, str(y), (2, at - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)


def _meets(quad: FloatArray, canvas: Picture) -> bool:
    low, high = quad.min(0), quad.max(0)
    return bool((high > 0).all() and low[0] < canvas.shape[1] and low[1] < canvas.shape[0])


def _label(
    canvas: Picture,
    quad: FloatArray,
    text: str,
    colour: tuple[int, int, int],
    taken: list[tuple[float, float, float, float]],
) -> None:
    """Write a label above its box, or where it hides no other label."""
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.42, 1)
    low, high = quad.min(0), quad.max(0)
    x = float(np.clip(low[0], 2, max(canvas.shape[1] - width - 2, 2)))
    y = float(np.clip(low[1] - 3, height + 2, canvas.shape[0] - 3))
    for at in (y, float(high[1]) + height + 3, y - height - 3, float(high[1]) + 2 * height + 6, y - 2 * height - 6):
        place = (x, at - height, x + width, at)
        if not any(a < place[2] and place[0] < c and b < place[3] and place[1] < d for a, b, c, d in taken):
            break
    taken.append(place)
    origin = (round(place[0]), round(place[3]))
    cv2.putText(canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 3, cv2.LINE_AA)
    cv2.putText(canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)


def _short(name: str) -> str:
    for long, short in _SHORT:
        name = name.replace(long, short)
    return name


def _colour(name: str) -> tuple[int, int, int]:
    hue = next((hue for pattern, hue in _HUES if fnmatchcase(name, pattern)), zlib.crc32(name.encode()) % 100 / 100)
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.95, 0.8)
    return round(blue * 255), round(green * 255), round(red * 255)
