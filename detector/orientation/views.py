"""Views: the pieces of a page by which the network of `detector.orientation.up_or_down` tells up from down."""

from __future__ import annotations

import numpy as np

from notation.page import GreyImage

FORMAT = "detect-score-upright 1"
#: Staff space of a view, px; a clef is 28 px tall there, a rest 12.
SPACE_PX = 4.0
#: Staff space at which ink is told from paper, before views are reduced to their own, px.
WEAR_SPACE_PX = 10.0
#: Height and width of a view, px: 16 x 32 staff spaces, a staff with its words and half a bar or more of music.
VIEW_PX = (64, 128)
#: Views that the network takes at once.
VIEWS_AT_ONCE = 6


def centred(image: GreyImage, x: float, y: float, size: tuple[int, int], fill: int) -> GreyImage:
    """Return (height, width) `size` pixels around a point of a picture; what lies beyond the picture is `fill`."""
    height, width = size
    left, top = round(x - width / 2), round(y - height / 2)
    out = np.full(size, fill, np.uint8)
    rows = slice(max(0, top), max(0, min(image.shape[0], top + height)))
    columns = slice(max(0, left), max(0, min(image.shape[1], left + width)))
    part = image[rows, columns]
    down, right = rows.start - top, columns.start - left
    if part.size:
        out[down : down + part.shape[0], right : right + part.shape[1]] = part
    return out
