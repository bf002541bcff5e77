"""`LilypondStyle`: how LilyPond engraves a page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Sizes of the whole notation in points, from pocket scores to part books; small ones have heavier glyphs.
_STAFF_SIZES_PT = (14.0, 16.0, 18.0, 20.0, 23.0)
_PAGE_SHAPES = (0.7071, 0.7727, 0.75)
_WIDTH_IN_SPACES = (95.0, 140.0)


@dataclass(frozen=True)
class LilypondStyle:
    """An engraving style.

    Attributes:
        width_px, height_px: page size.
        staff_space_px: distance of two staff lines.
        staff_size_pt: LilyPond's staff size; picks the optical size of the glyphs, not their size in px.
        margin_sp: left, right, top and bottom margin in staff spaces.
        font: name of a music font; others than Emmentaler must lie in `font_folder`.
        font_folder: folder with subfolders NAME/otf and NAME/svg of replacement fonts.
        line_thickness: thickness of staff lines, in staff spaces; stems and barlines follow.
        ragged_last: whether the last system keeps its natural width.
    """

    width_px: int = 2100
    height_px: int = 2970
    staff_space_px: float = 18.0
    staff_size_pt: float = 20.0
    margin_sp: tuple[float, float, float, float] = (6.0, 6.0, 6.0, 6.0)
    font: str = "emmentaler"
    font_folder: str = ""
    line_thickness: float = 0.1
    ragged_last: bool = False


def random_lilypond_style(
    rng: np.random.Generator, font_folder: str = "", fonts: tuple[str, ...] = ("emmentaler",)
) -> LilypondStyle:
    """Return a style drawn from `rng`, with one of `fonts`; page at most 2500 px wide."""
    space = float(rng.uniform(13.0, 22.0))
    width = float(np.clip(rng.uniform(*_WIDTH_IN_SPACES) * space, 1200, 2500))
    margin = rng.uniform(4.0, 9.0, 4)
    return LilypondStyle(
        width_px=round(width),
        height_px=round(width / float(rng.choice(_PAGE_SHAPES))),
        staff_space_px=space,
        staff_size_pt=float(rng.choice(_STAFF_SIZES_PT)),
        margin_sp=(float(margin[0]), float(margin[1]), float(margin[2]), float(margin[3])),
        font=str(rng.choice(fonts)),
        font_folder=font_folder,
        line_thickness=float(rng.uniform(0.08, 0.13)),
        ragged_last=bool(rng.random() < 0.3),
    )
