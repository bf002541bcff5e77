"""ScoreAug as the thesis prints it: one table of chances and ranges (Tuggener 2024, section 5.5, table 5.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug import wear
from scoreaug.blanks import Blanks, generated
from scoreaug.motion import Affine, turn_about_centre, with_moved_truth


@dataclass(frozen=True)
class ThesisTable:
    """Chances and ranges of ScoreAug (Tuggener 2024, table 5.4, with the values published in its code).

    The first three are the knobs of the table; their values are those of the final model.
    """

    salt_and_pepper: float = 0.0
    augment: float = 0.3  # everything below happens at all
    blur: float = 0.1
    horizontal_flip: float = 0.5
    vertical_flip: float = 0.5
    crop: float = 0.2
    paper_brightness: float = 0.5
    contrast: float = 0.2
    rotation: float = 0.6
    brightness: float = 0.4
    crop_side: tuple[float, float] = (0.25, 0.85)  # share of the blank page's side
    paper_factor: tuple[float, float] = (0.8, 1.1)
    contrast_factor: float = 5.0
    rotation_deg: tuple[float, float] = (-2.0, 2.0)
    rotation_fill: tuple[int, int] = (5, 30)  # grey levels of what the turned page leaves bare
    added_levels: tuple[float, float] = (20.0, 90.0)
    blur_radius_px: float = 1.0


FINAL_MODEL = ThesisTable()


def thesis(
    page: LabelledPage, rng: np.random.Generator, table: ThesisTable = FINAL_MODEL, blanks: Blanks = generated
) -> LabelledPage:
    """Return a page as ScoreAug wears it; the same generator state gives the same page.

    This is the table as printed. The published code differs from it: there, paper brightness and contrast always run,
    and the turning centre has its axes swapped. The truth is turned by the very matrix of the picture here; symbols
    that leave the page are dropped. What was done stands in `notes["scoreaug"]`.

    Arguments:
        page: a clean page, dark on white.
        table: `replace(FINAL_MODEL, augment=1.0)` wears every page.
        blanks: the source of blank pages, drawn by chance unless given (`scoreaug.blanks.from_folder`).
    """
    steps: list[str] = []
    score = page.image
    if rng.random() < table.salt_and_pepper:
        score = wear.salt_and_pepper(score, rng)
        steps.append("salt and pepper")
    if rng.random() >= table.augment:
        return _noted(replace(page, image=score), steps)
    paper = _paper((score.shape[0], score.shape[1]), rng, table, blanks, steps)
    if rng.random() < table.contrast:
        score = wear.more_contrast(score, table.contrast_factor)
        steps.append("contrast")
    if rng.random() < table.rotation:
        degrees = float(rng.uniform(*table.rotation_deg))
        fill = int(rng.integers(table.rotation_fill[0], table.rotation_fill[1] + 1))
        size = (score.shape[1], score.shape[0])
        turn = Affine(turn_about_centre(*size, np.deg2rad(degrees)), size)
        score, paper = turn.picture(score, fill), turn.picture(paper, fill)
        page = with_moved_truth(page, turn)
        steps.append(f"turned {degrees:.2f} degrees")
    score = _faded(score, rng, table, steps)
    return _noted(replace(page, image=wear.darker(score, paper)), steps)


def _paper(
    shape: tuple[int, int], rng: np.random.Generator, table: ThesisTable, blanks: Blanks, steps: list[str]
) -> GreyImage:
    paper = blanks(*shape, rng)
    steps.append("paper")
    if rng.random() < table.horizontal_flip:
        paper = paper[:, ::-1]
    if rng.random() < table.vertical_flip:
        paper = paper[::-1]
    if rng.random() < table.crop:
        paper = wear.cropped_and_resized(paper, rng.uniform(*table.crop_side), rng.random(), rng.random())
        steps.append("paper enlarged")
    if rng.random() < table.paper_brightness:
        paper = wear.scaled_brightness(paper, rng.uniform(*table.paper_factor))
        steps.append("paper brightness")
    return np.ascontiguousarray(paper)


def _faded(score: GreyImage, rng: np.random.Generator, table: ThesisTable, steps: list[str]) -> GreyImage:
    if rng.random() < table.brightness:
        score = wear.added_brightness(score, rng.uniform(*table.added_levels))
        steps.append("faded")
    if rng.random() < table.blur:
        score = wear.blurred(score, table.blur_radius_px)
        steps.append("blurred")
    return score


def _noted(page: LabelledPage, steps: list[str]) -> LabelledPage:
    return replace(page, notes={**page.notes, "scoreaug": ", ".join(steps)})
