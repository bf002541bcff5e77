"""Which way up a page lies: direction of its staff lines, then up or down; and the page turned upright.

The idea is the artificial mental rotation of the ScoreAug thesis: the angle is predicted from the page itself, by means
that nobody had to label. Staff lines tell the angle up to a half circle; a small network that saw upright pages and the
same pages upside down tells the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detector.orientation.lines import find_lines
from detector.orientation.up_or_down import upright_log_odds
from notation.page import GreyImage
from notation.page_turn import PageTurn

#: Pages that lean by less are read as they lie: tracing follows the lines, and turning would soften the ink.
LEAST_LEAN_RAD = np.deg2rad(2.0)
#: A page whose staff lines run from left to right is turned over only if the network is as sure as this, log odds.
SURE = 10.0


@dataclass(frozen=True)
class Facing:
    """How a page lies.

    Attributes:
        lean_rad: by how much it lies turned clockwise, in (-pi, 3 pi / 2).
        log_odds: that this is the right way up and not the opposite.
    """

    lean_rad: float
    log_odds: float

    @property
    def is_sure(self) -> bool:
        """Whether nothing else needs to be asked which way is up."""
        return self.log_odds >= SURE


def facing(image: GreyImage) -> Facing | None:
    """Return how a grey page, uint8 (H, W), 0 = ink, lies; None where no staves are seen."""
    lines = find_lines(image)
    if lines is None:
        return None
    log_odds = upright_log_odds(image, lines)
    on_its_side = abs(lines.angle_rad) > np.pi / 4
    upside_down = log_odds < (0.0 if on_its_side else -SURE)
    if upside_down:
        return Facing(lines.angle_rad + np.pi, -log_odds)
    return Facing(lines.angle_rad, log_odds)


def page_turn(image: GreyImage) -> PageTurn:
    """Return the turn that uprights a page, none where no staves are seen."""
    return turn_of(facing(image), image)


def turn_of(lies: Facing | None, image: GreyImage) -> PageTurn:
    """Return the turn that uprights a page that lies so; a lean that the reader can follow is left alone."""
    height, width = image.shape
    return PageTurn.of(0.0 if lies is None else -lies.lean_rad, width, height, LEAST_LEAN_RAD)


def turned_upright(image: GreyImage, turn: PageTurn) -> GreyImage:
    """Return the upright page, uint8; quarter circles move pixels, other turns interpolate on paper of one tone."""
    quarter = np.rot90(image, -turn.quarters)
    if turn.rest_rad == 0:
        return np.ascontiguousarray(quarter)
    pixels = turn.matrix.copy()
    pixels[:, 2] += pixels[:, :2] @ (0.5, 0.5) - 0.5  # pixel i covers [i, i + 1)
    paper = float(np.median(image[::4, ::4]))
    out = cv2.warpAffine(image, pixels, turn.upright_size_px, flags=cv2.INTER_CUBIC, borderValue=paper)
    return np.asarray(out, np.uint8)
