"""`Style`: how a page is engraved; every length is in pixels or staff spaces, so that styles of engravers compare."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

#: SMuFL fonts that Verovio carries.
VEROVIO_FONTS = ("Leipzig", "Bravura", "Gootville", "Leland", "Petaluma")
#: The range in which detectors read best is 8 to 22 px a staff space (ReEngrave's sweep); pages cover its upper part.
STAFF_SPACE_RANGE_PX = (12.0, 24.0)
#: Width over height of A4, letter, and the quarto and octavo sheets of old editions.
_PAGE_SHAPES = (0.7071, 0.7071, 0.7727, 0.75, 0.80, 0.66)
_WIDTH_IN_SPACES = (85.0, 150.0)  # an A4 page at rastral sizes from 9 mm down to 5 mm staves
_MAX_PAGE_PX = (2500, 3500)


@dataclass(frozen=True)
class Style:
    """An engraving style.

    Attributes:
        font: SMuFL font, one of the engraver's or of `font_folder`.
        font_folder: where a font lies that the engraver does not carry, see `synth.font_shelf`; "" for its own.
        text_files: font files with families of words that the rasteriser does not find by itself.
        text_family: font family of words and lyrics, resolved by the rasteriser.
        width_px, height_px: page size.
        staff_space_px: distance of two staff lines.
        margin_px: left, right, top, bottom.
        options: further options of Verovio by their own names; other engravers ignore them.
        seed: seed of everything random below the style, such as element ids.
        finger_look: SVG attributes of fingering digits, as pairs of name and value, in the place of the engraver's.
    """

    font: str = "Leipzig"
    text_family: str = "DejaVu Serif"
    width_px: int = 2100
    height_px: int = 2970
    staff_space_px: float = 18.0
    margin_px: tuple[int, int, int, int] = (80, 80, 80, 80)
    options: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 1
    finger_look: tuple[tuple[str, str], ...] = ()
    font_folder: str = ""
    text_files: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the options as a plain dictionary, which a read-only view is not."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return _rebuilt, (values | {"options": dict(self.options)},)

    def scaled(self, factor: float) -> Style:
        """Return the same layout drawn `factor` times as large."""
        left, right, top, bottom = (round(side * factor) for side in self.margin_px)
        return replace(
            self,
            width_px=round(self.width_px * factor),
            height_px=round(self.height_px * factor),
            staff_space_px=self.staff_space_px * factor,
            margin_px=(left, right, top, bottom),
        )


def _rebuilt(values: dict[str, Any]) -> Style:
    return Style(**values | {"options": MappingProxyType(values["options"])})


def random_style(rng: np.random.Generator) -> Style:
    """Return a style drawn from `rng`: page about the shape of A4, at most 2500 x 3500 px."""
    space = float(rng.uniform(*STAFF_SPACE_RANGE_PX))
    width = float(np.clip(rng.uniform(*_WIDTH_IN_SPACES) * space, 1000, _MAX_PAGE_PX[0]))
    height = min(width / float(rng.choice(_PAGE_SHAPES)), _MAX_PAGE_PX[1])
    sides = rng.uniform(0.025, 0.08, 4) * width
    return Style(
        font=str(rng.choice(VEROVIO_FONTS, p=(0.3, 0.2, 0.15, 0.3, 0.05))),
        text_family=str(rng.choice(("DejaVu Serif", "STIXGeneral", "DejaVu Sans"), p=(0.3, 0.6, 0.1))),
        width_px=round(width),
        height_px=round(height),
        staff_space_px=space,
        margin_px=(round(sides[0]), round(sides[1]), round(sides[2]), round(sides[3])),
        options=MappingProxyType(_verovio_options(rng)),
        seed=int(rng.integers(1, 2**31 - 1)),
    )


def _verovio_options(rng: np.random.Generator) -> dict[str, Any]:
    return _spacing(rng) | _thicknesses(rng) | _manners(rng)


def _spacing(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "spacingLinear": float(rng.uniform(0.12, 0.35)),
        "spacingNonLinear": float(rng.uniform(0.5, 0.7)),
        "spacingStaff": int(rng.integers(6, 16)),
        "spacingSystem": int(rng.integers(3, 14)),
        "spacingBraceGroup": int(rng.integers(8, 16)),
        "spacingBracketGroup": int(rng.integers(8, 16)),
        "measureMinWidth": int(rng.integers(8, 20)),
        "justifyVertically": bool(rng.random() < 0.4),
        "lyricSize": float(rng.uniform(3.4, 5.0)),
        "graceFactor": float(rng.uniform(0.6, 0.78)),
        "fingeringScale": float(rng.uniform(0.6, 0.9)),
        "dynamDist": float(rng.uniform(0.5, 2.0)),
    }


def _thicknesses(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "staffLineWidth": float(rng.uniform(0.12, 0.26)),
        "stemWidth": float(rng.uniform(0.14, 0.32)),
        "barLineWidth": float(rng.uniform(0.2, 0.45)),
        "thickBarlineThickness": float(rng.uniform(0.8, 1.2)),
        "barLineSeparation": float(rng.uniform(0.7, 1.2)),
        "ledgerLineThickness": float(rng.uniform(0.18, 0.4)),
        "ledgerLineExtension": float(rng.uniform(0.35, 0.75)),
        "hairpinThickness": float(rng.uniform(0.15, 0.35)),
        "hairpinSize": float(rng.uniform(2.0, 4.0)),
        "slurMidpointThickness": float(rng.uniform(0.35, 0.8)),
        "slurEndpointThickness": float(rng.uniform(0.08, 0.2)),
        "tieMidpointThickness": float(rng.uniform(0.3, 0.7)),
        "tieEndpointThickness": float(rng.uniform(0.08, 0.2)),
        "tupletBracketThickness": float(rng.uniform(0.15, 0.35)),
        "octaveLineThickness": float(rng.uniform(0.15, 0.35)),
        "repeatEndingLineThickness": float(rng.uniform(0.15, 0.35)),
        "pedalLineThickness": float(rng.uniform(0.15, 0.35)),
        "bracketThickness": float(rng.uniform(0.8, 1.4)),
        "multiRestThickness": float(rng.uniform(1.5, 2.5)),
    }


def _manners(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "beamMaxSlope": int(rng.integers(5, 20)),
        "beamFrenchStyle": bool(rng.random() < 0.15),
        "slurCurveFactor": float(rng.uniform(0.7, 1.6)),
        "slurSymmetry": float(rng.uniform(0.0, 0.5)),
        "tupletAngledOnBeams": bool(rng.random() < 0.3),
        "tupletNumHead": bool(rng.random() < 0.15),
        "octaveAlternativeSymbols": bool(rng.random() < 0.5),
        "staccatoCenter": bool(rng.random() < 0.3),
        "useBraceGlyph": bool(rng.random() < 0.5),
        "pedalStyle": str(rng.choice(("auto", "line", "pedstar", "altpedstar"))),
        "multiRestStyle": str(rng.choice(("auto", "default", "block", "symbols"))),
        "mnumInterval": int(rng.choice((0, 0, 0, 1, 5, 10))),
        "header": str(rng.choice(("auto", "none"), p=(0.7, 0.3))),
        "lyricVerseCollapse": bool(rng.random() < 0.3),
    }
