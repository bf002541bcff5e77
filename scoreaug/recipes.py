"""Recipes: which wear comes in which order, how often. Each makes clean pages look like one kind of source.

`thesis` is ScoreAug as published; the others go beyond it. `worn_unseen` is for evaluation only: nothing that trains
may use it, and no other recipe holds one of its augmentations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from notation.errors import ConfigurationError
from notation.page import LabelledPage
from scoreaug import (
    bleed,
    copier,
    ink,
    light,
    pencil,
    scanner,
    sheet,
    sheet_motion,
    staff_line_wear,
    stamp,
    unseen,
    words,
)
from scoreaug.augmentation import Augmentation
from scoreaug.thesis_table import FINAL_MODEL, ThesisTable, thesis

__all__ = ["FINAL_MODEL", "RECIPES", "TRAINING", "Recipe", "RecipeLike", "Step", "ThesisTable", "recipe", "thesis"]

#: (page, rng, strength) to the worn page, with what was done in `notes["scoreaug"]`.
RecipeLike: TypeAlias = "Recipe | Callable[[LabelledPage, np.random.Generator, float], LabelledPage]"


@dataclass(frozen=True)
class Step:
    """One augmentation, or one of several, and the chance that it happens; `strength` multiplies the recipe's."""

    chance: float
    either: tuple[Augmentation, ...]
    strength: float = 1.0

    def __call__(self, page: LabelledPage, rng: np.random.Generator, strength: float) -> LabelledPage:
        """Return the page, worn or, by chance, as it is; adds the name of what was done to the page's notes."""
        if rng.random() >= self.chance:
            return page
        augmentation = self.either[int(rng.integers(len(self.either)))]
        worn = augmentation(page, rng, strength * self.strength * rng.uniform(0.5, 1.2))
        done = [one for one in (worn.notes.get("scoreaug", ""), augmentation.name) if one]
        return replace(worn, notes={**worn.notes, "scoreaug": ", ".join(done)})


@dataclass(frozen=True)
class Recipe:
    """Steps in the order in which they happen to a page: the plate, the print, the sheet, the camera, the file."""

    name: str
    steps: tuple[Step, ...]

    def __call__(self, page: LabelledPage, rng: np.random.Generator, strength: float = 1.0) -> LabelledPage:
        """Return the worn page; strength 0 returns it as it is, 1 is usual, 2 as bad as such sources get."""
        page = replace(page, notes={**page.notes, "scoreaug": ""})
        if strength <= 0:
            return page
        for step in self.steps:
            page = step(page, rng, strength)
        return page

    @property
    def augmentations(self) -> frozenset[Augmentation]:
        """All that may happen."""
        return frozenset(one for step in self.steps for one in step.either)


def _step(chance: float, *either: Augmentation, strength: float = 1.0) -> Step:
    return Step(chance, either, strength)


#: A book of 1850 to 1950 from the shelf of a library, scanned in grey.
OLD_PRINT = Recipe(
    "old_print",
    (
        _step(0.3, words.text_around),
        _step(0.3, staff_line_wear.ragged_staff_lines, staff_line_wear.broken_staff_lines, strength=0.7),
        _step(0.7, ink.ink_spread, ink.uneven_inking, ink.ink_erosion, ink.frayed_edges, strength=0.8),
        _step(0.3, ink.pinholes),
        _step(0.5, ink.faded_ink),
        _step(0.4, bleed.bleed_through, bleed.set_off),
        _step(0.3, pencil.pencil_fingerings, pencil.pencil_marks),
        _step(0.2, stamp.library_stamp),
        _step(0.95, sheet.on_paper),
        _step(0.3, sheet.stained, sheet.browned_edges, sheet.folded),
        _step(0.5, sheet.paper_tone),
        _step(0.6, sheet_motion.skew, sheet_motion.bowed, sheet_motion.page_curl, strength=0.8),
        _step(0.3, light.gutter_shadow),
        _step(0.4, scanner.defocused, scanner.sharpened, scanner.rescanned, strength=0.7),
        _step(0.5, scanner.sensor_noise, strength=0.6),
        _step(0.5, scanner.jpeg),
    ),
)

#: A one-bit scan of a copy, as nearly all of the public domain is.
PHOTOCOPY = Recipe(
    "photocopy",
    (
        _step(0.3, words.text_around),
        _step(0.7, ink.ink_spread, ink.ink_erosion, ink.uneven_inking, ink.frayed_edges),
        _step(0.2, staff_line_wear.broken_staff_lines, staff_line_wear.double_staff_lines, strength=0.7),
        _step(0.25, bleed.bleed_through, bleed.set_off),
        _step(0.4, pencil.pencil_marks, pencil.pencil_fingerings),
        _step(0.15, stamp.library_stamp),
        _step(0.4, sheet.on_paper, sheet.folded, sheet.stained),
        _step(0.6, sheet_motion.skew, sheet_motion.bowed),
        _step(0.2, light.gutter_shadow, light.uneven_light, strength=0.7),
        _step(0.6, scanner.defocused, scanner.rescanned, scanner.sharpened, strength=0.7),
        _step(0.95, copier.two_tone),
        _step(0.5, copier.edge_salt),
        _step(0.5, copier.toner_dust),
        _step(0.25, copier.black_margins),
        _step(0.2, copier.streaks),
    ),
)

#: Photographed on a desk or a music stand.
CAMERA = Recipe(
    "camera",
    (
        _step(0.4, ink.ink_spread, ink.faded_ink, ink.uneven_inking, strength=0.7),
        _step(0.3, pencil.pencil_marks, pencil.pencil_fingerings),
        _step(0.25, bleed.bleed_through),
        _step(0.9, sheet.on_paper),
        _step(0.3, sheet.folded, sheet.stained),
        _step(0.7, sheet_motion.bowed, sheet_motion.page_curl),
        _step(0.9, sheet_motion.perspective),
        _step(0.8, light.uneven_light),
        _step(0.6, light.cast_shadow, light.gutter_shadow),
        _step(0.9, light.auto_exposed),
        _step(0.5, light.shaken, scanner.defocused),
        _step(0.3, scanner.rescanned, strength=0.6),
        _step(0.8, scanner.sensor_noise, strength=0.7),
        _step(0.9, scanner.jpeg),
    ),
)

#: Lithographs and worn plates of about 1880: coarse ink, failing staff lines; scanned small, in one bit or in grey.
COARSE_PRINT_1880 = Recipe(
    "coarse_print_1880",
    (
        _step(0.4, words.text_around),
        _step(0.9, staff_line_wear.broken_staff_lines, staff_line_wear.ragged_staff_lines),
        _step(0.4, staff_line_wear.double_staff_lines, staff_line_wear.ragged_staff_lines),
        _step(0.3, ink.doubled_impression),
        _step(0.9, ink.frayed_edges, ink.uneven_inking),
        _step(0.4, ink.ink_spread, ink.ink_erosion, strength=0.7),
        _step(0.5, ink.pinholes),
        _step(0.5, bleed.bleed_through, bleed.set_off),
        _step(0.2, stamp.library_stamp, pencil.pencil_marks),
        _step(0.5, sheet.on_paper, strength=1.1),
        _step(0.5, sheet_motion.skew, sheet_motion.bowed),
        _step(0.5, scanner.low_resolution, scanner.rescanned),
        _step(0.6, copier.two_tone),
        _step(0.4, copier.toner_dust, copier.edge_salt),
        _step(0.3, scanner.jpeg),
    ),
)

#: For evaluation only: other causes, other mathematics; see `scoreaug.unseen`.
WORN_UNSEEN = Recipe(
    "worn_unseen",
    (
        _step(0.5, unseen.washed_out),
        _step(0.6, unseen.crumbled_ink),
        _step(0.4, unseen.fibrous_paper),
        _step(0.6, unseen.feed_slip, unseen.barrel_lens),
        _step(0.4, unseen.lamp_bands),
        _step(0.5, unseen.descreened),
        _step(0.6, unseen.adaptive_threshold, unseen.few_greys),
        _step(0.3, unseen.dropped_rows),
    ),
)


def _thesis(page: LabelledPage, rng: np.random.Generator, strength: float = 1.0) -> LabelledPage:
    """The table of the final model; strength multiplies P_snp, P_aug and P_blur up to 1, and nothing else."""
    final = FINAL_MODEL
    table = replace(
        final,
        salt_and_pepper=min(1.0, final.salt_and_pepper * strength),
        augment=min(1.0, final.augment * strength),
        blur=min(1.0, final.blur * strength),
    )
    return thesis(page, rng, table)


#: What training may draw from.
TRAINING: dict[str, RecipeLike] = {
    "thesis": _thesis,
    **{one.name: one for one in (OLD_PRINT, PHOTOCOPY, CAMERA, COARSE_PRINT_1880)},
}
RECIPES: dict[str, RecipeLike] = {**TRAINING, WORN_UNSEEN.name: WORN_UNSEEN}


def recipe(name: str) -> RecipeLike:
    """Return a recipe by its name; raises `ConfigurationError` for an unknown one."""
    if name not in RECIPES:
        raise ConfigurationError(f"{name}: no recipe; there are {', '.join(RECIPES)}")
    return RECIPES[name]
