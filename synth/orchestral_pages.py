"""Pages of full scores: a system fills the page, so the staves are small where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from notation.errors import FormatError
from notation.page import LabelledPage
from synth import excerpt
from synth.orchestra import orchestral_score
from synth.style import Style
from synth.verovio_engraver import engrave

#: Bars of a score: what fills one or two pages.
_BARS = (6, 13)
#: What a staff of a full score takes with the space below it, in staff spaces, at first; and how much a page that
#: runs over its edge shrinks, and how often.
_STAFF_SP, _SHRINK, _ATTEMPTS = (8.5, 12.0), 0.82, 4
_STAFF_SPACE_PX = (6.5, 14.0)
#: Share of the scores in which staves without notes are left out after the first system.
_CONDENSED = 0.35
_LARGEST_PX = (2300, 3400)


def orchestral_pages(texts: Sequence[str], style: Style, piece: str, rng: np.random.Generator) -> list[LabelledPage]:
    """Return the first two pages of a full score made from the parts of several MusicXML texts.

    Raises:
        FormatError: as `orchestral_score`, or no system fits on a page.
    """
    bars = int(rng.integers(*_BARS))
    score = orchestral_score(texts, bars, rng)
    tall = _tall(style, _staff_count(score), rng)
    for _ in range(_ATTEMPTS):
        pages = engrave(score, tall, piece, lambda count: range(1, min(count, 2) + 1))
        if all(_fits(page) for page in pages):
            return pages
        tall = replace(tall, staff_space_px=tall.staff_space_px * _SHRINK)
    raise FormatError(f"a system of {_staff_count(score)} staves fits on no page")


def _staff_count(score: str) -> int:
    return sum(int(part.findtext("measure/attributes/staves") or 1) for part in excerpt.parse(score).findall("part"))


def _tall(style: Style, staves: int, rng: np.random.Generator) -> Style:
    """Return the style on an upright page, with staves as large as the page allows."""
    height = _LARGEST_PX[1] if rng.random() < 0.5 else int(rng.integers(2600, _LARGEST_PX[1]))
    top, bottom = style.margin_px[2:]
    room = (height - top - bottom) * 0.95 / (staves * rng.uniform(*_STAFF_SP))
    options = dict(style.options) | {
        "spacingStaff": int(rng.integers(3, 8)), "spacingBracketGroup": int(rng.integers(4, 10)),
        "spacingBraceGroup": int(rng.integers(4, 9)), "condense": "auto" if rng.random() < _CONDENSED else "none",
        "justifyVertically": bool(rng.random() < 0.5),
    }  # fmt: skip
    return replace(
        style, width_px=min(style.width_px, _LARGEST_PX[0], round(height * 0.78)), height_px=height,
        staff_space_px=float(np.clip(room, *_STAFF_SPACE_PX)), options=MappingProxyType(options),
    )  # fmt: skip


def _fits(page: LabelledPage) -> bool:
    """Tell whether all symbols lie on the page."""
    height, width = page.image.shape
    boxes = page.reading.symbols.boxes
    return bool(len(boxes)) and bool((boxes[:, 1] < height - 2).all() and (boxes[:, 0] < width - 2).all())
