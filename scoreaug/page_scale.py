"""How large a page is drawn: the staff space and the staff line, which every augmentation measures in."""

from __future__ import annotations

import numpy as np

from notation.boxes import FloatArray
from notation.page import GreyImage, LabelledPage
from notation.staff import Staff

#: An empty page is taken for a page of this many staff spaces: A4 is 297 mm high, common music has 1.8 mm.
SPACES_A_PAGE = 165
#: Staff lines are this thick where none can be measured (SMuFL `staffLineThickness` is 0.08 to 0.16 in its fonts).
LINE_SP = 0.13
_COLUMNS = 200  # sampled columns a staff
_REACH_SP = 0.35  # less than half a space: neighbouring lines stay out
_SAMPLED_COLUMNS = 100  # of a page without truth
_FEWEST_RUNS = 200  # below that, there is no music to measure


def staff_space_px(page: LabelledPage) -> float:
    """Return the median staff space of the page in px, at least 1.

    Without staves it is taken from the picture's runs, and for pages without music from the height of the page.
    """
    if page.reading.staves:
        return max(1.0, float(np.median([staff.space_px for staff in page.reading.staves])))
    return max(1.0, _from_runs_px(page.image) or max(page.image.shape) / SPACES_A_PAGE)


def _from_runs_px(image: GreyImage) -> float:
    """Return the commonest height of a dark run and the light run below it, 0 where runs are few.

    Source: Cardoso and Rebelo (2010), who show that the sum of both runs outlives thick and thin lines.
    """
    columns = image[:, :: max(1, image.shape[1] // _SAMPLED_COLUMNS)]
    dark = columns < (float(columns.min()) + float(np.median(columns))) / 2
    column, row = np.nonzero((dark[1:] & ~dark[:-1]).T)  # a dark run starts below this row
    heights = np.diff(row)[np.diff(column) == 0]
    heights = heights[(heights >= 4) & (heights < image.shape[0] / 20)]
    return float(np.bincount(heights).argmax()) if len(heights) >= _FEWEST_RUNS else 0.0


def line_px(page: LabelledPage) -> float:
    """Return the median thickness of the staff lines in px, measured as darkness, at least 0.5."""
    # The lower quartile over columns: symbols on a line only add to its darkness.
    found = [np.percentile(_round_lines(page.image, staff).sum(1), 25) for staff in page.reading.staves]
    measured = [one for one in found if one > 0]
    return max(0.5, float(np.median(measured)) if measured else LINE_SP * staff_space_px(page))


def line_level(page: LabelledPage) -> float:
    """Return the grey level that three quarters of the staff lines are darker than, 0 on a page without staves."""
    found = [float(np.percentile(_round_lines(page.image, staff).max(1), 25)) for staff in page.reading.staves]
    return 255 * (1 - float(np.median(found))) if found else 0.0


def _round_lines(image: GreyImage, staff: Staff) -> FloatArray:
    """Return darkness in [0, 1] around the lines of a staff, (5, rows, sampled columns)."""
    height, width = image.shape
    xs = np.linspace(staff.x0_px, staff.x1_px, _COLUMNS).clip(0, width - 1).astype(np.int64)
    reach = max(1, round(_REACH_SP * staff.space_px))
    rows = staff.lines_at(xs)[:, None, :] + np.arange(-reach, reach + 1)[None, :, None]
    darkness: FloatArray = 1 - image[rows.clip(0, height - 1).astype(np.int64), xs] / 255.0
    return darkness
