"""Names that ink or surroundings know better than the network: one look after it has seen the whole page."""

from __future__ import annotations

from collections.abc import Sequence

from detector.decode import Detections
from detector.second_look.accents import accents_seen
from detector.second_look.digits import ones_named, triplets_named
from detector.second_look.pedal_lines import pedal_lines_weighed
from detector.second_look.tenutos import tenutos_measured, tenutos_named
from detector.second_look.tremolo_strokes import tremolos_counted
from detector.second_look.voltas import voltas_measured
from notation.page import GreyImage
from notation.staff import Staff


def look_again(
    image: GreyImage, found: Detections, names: Sequence[str], staves: Sequence[Staff], space_px: float
) -> Detections:
    """Return the detections with accents, digits, pedal lines, tenutos, tremolos and voltas told from their like.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px, ledger lines thin.
        names: class names.
        staves: traced staff lines.
        space_px: staff space.
    """
    found = accents_seen(image, triplets_named(ones_named(image, found, names, space_px), names), names, space_px)
    found = tenutos_measured(image, tenutos_named(found, names, staves, space_px), names, space_px)
    found = voltas_measured(image, found, names, space_px)
    return pedal_lines_weighed(image, tremolos_counted(image, found, names, space_px), names, space_px)
