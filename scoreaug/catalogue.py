"""All augmentations by name, in the order of a page's life; `UNSEEN` are kept for evaluation."""

from __future__ import annotations

from types import ModuleType

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


def _of(*modules: ModuleType) -> dict[str, Augmentation]:
    found = (one for module in modules for one in vars(module).values() if isinstance(one, Augmentation))
    return {one.name: one for one in found}


SEEN: dict[str, Augmentation] = _of(
    words, staff_line_wear, ink, bleed, pencil, stamp, sheet, sheet_motion, light, scanner, copier
)
UNSEEN: dict[str, Augmentation] = _of(unseen)
AUGMENTATIONS: dict[str, Augmentation] = {**SEEN, **UNSEEN}
