"""What goes into the network: one strip, as wide as whole steps make it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from notation.page import GreyImage
from realscores_eval.staff_lmx.staff_strip import HEIGHT_PX, contrasted

#: Widths are whole multiples of this, so that few shapes have to be compiled.
WIDTH_STEP_PX = 64


def network_input(strip: GreyImage) -> NDArray[np.float32]:
    """Return a strip as float32 (1, 1, `HEIGHT_PX`, W), ink 1, with paper on its right."""
    width = max(strip.shape[1], 1)
    out = np.zeros((1, 1, HEIGHT_PX, width + -width % WIDTH_STEP_PX), np.float32)
    out[0, 0, :, : strip.shape[1]] = contrasted(strip)
    return out
