"""The composite boxes of single grace notes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synth.svg_geometry import Group
from synth.verovio_marks import Mark

_PARTS = ("notehead", "stem", "flag", "graceNoteSlash")


def grace_marks(marks: list[Mark]) -> Iterator[Mark]:
    """Yield one mark over head, stem, flag and slash of every small note that stands alone, without a beam of its own.

    A small note between the notes of a beam lies within that beam's group, but hangs on no beam.
    """
    parts: dict[Group, list[Mark]] = {}
    full: set[Group | None] = set()
    for mark in marks:
        note = mark.group.within("chord") or mark.group.within("note")
        if note is not None and mark.name.startswith(_PARTS):
            if _is_grace(note):
                parts.setdefault(note, []).append(mark)
            else:
                full.add(note.within("beam"))
    parts = {note: members for note, members in parts.items() if note.within("beam") in full | {None}}
    for note, members in parts.items():
        names = [mark.name for mark in members]
        if "stem" in names and any(name.endswith("Small") for name in names):
            yield _composite(note, members, "graceNoteSlash" in names)


def _is_grace(note: Group) -> bool:
    return any(group.element.get("data-grace") or group.kind == "graceGrp" for group in note.lineage())


def _composite(note: Group, members: list[Mark], slashed: bool) -> Mark:
    heads = np.concatenate([mark.points for mark in members if mark.name.startswith("notehead")])
    stem = next(mark.points for mark in members if mark.name == "stem")
    up = stem[:, 1].mean() < heads[:, 1].mean()
    name = f"graceNote{'Acciaccatura' if slashed else 'Appoggiatura'}Stem{'Up' if up else 'Down'}"
    inks = tuple(ink for mark in members for ink in mark.inks)
    return Mark(name, np.concatenate([mark.points for mark in members]), note, inks, members[0].staff)
