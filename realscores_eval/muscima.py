"""MUSCIMA++: detections and truth compared in its classes, by the second name that DeepScoresV2 gives its symbols.

Several classes of ours share one name there (noteheads on lines and in spaces, accidentals of notes and of keys, digits
whatever they count), and some have none. So every class stands for the first of those that share its name, and what has
no name is left out on both sides: letters, barlines and the parts of words there; text, barlines and brackets here.
MUSCIMA++ knows upright boxes only.
Source of the names: the second column of the categories of DeepScoresV2; Hajic and Pecina 2017.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from notation import loose_values as loose
from notation.deepscores import DeepScoresPage
from notation.errors import InputError
from notation.mung import read_mung
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.page_folders import read_grey
from realscores_eval.symbol_set import SymbolPage, SymbolSet

#: Names of the released graphs (versions 1 and 2) for which DeepScoresV2 has another, or which it joins with another.
ALIASES = {
    "legerLine": "ledgerLine", "ledger_line": "ledgerLine",
    "noteheadFull": "noteheadFullSmall", "noteheadHalf": "noteheadHalfSmall",
    "notehead-full": "noteheadFullSmall", "notehead-empty": "noteheadHalfSmall",
    "gClef": "clefG", "cClef": "clefC", "fClef": "clefF",
    "tuplet": "tuple", "tupletBracket": "tupleBracket",
    "tremolo": "tremoloMark", "arpeggiato": "arpeggio",
}  # fmt: skip
PICTURES = (".png", ".jpg", ".tif")


def compatible(symbols: Symbols) -> Symbols:
    """Return the symbols that have a name in MUSCIMA++, each as the first class with that name."""
    names, first = _name_ids(), _first_classes()
    kept = symbols.select([row for row, one in enumerate(symbols.class_ids.tolist()) if one in names])
    ids = [first[names[one]] for one in kept.class_ids.tolist()]
    return Symbols.of(kept.boxes, ids, kept.scores, width_px=kept.width_px, height_px=kept.height_px)[0]


def compatible_name(name: str) -> str:
    """Return the MUSCIMA++ name of a class of ours; raises `KeyError` for one without."""
    return vocabulary().name_of(_name_ids()[vocabulary().id_of(name)])


def class_of(name: object) -> int | None:
    """Return the class of ours that stands for a name of MUSCIMA++, or for one of our own; None for others."""
    if not isinstance(name, str):
        return None
    ours = loose.class_id(name)
    foreign = _foreign_ids().get(ALIASES.get(name, name))
    name_id = foreign if foreign is not None else _name_ids().get(ours or 0)
    return None if name_id is None else _first_classes()[name_id]


def mung_set(folder: Path) -> SymbolSet:
    """Read a folder of MuNG graphs `NAME.xml`; pictures lie beside them or in `images/`, under the same name.

    Raises:
        InputError: no graph.
        FormatError: a file is not MuNG.
    """
    paths = sorted(folder.glob("*.xml"))
    if not paths:
        raise InputError(f"{folder}: no MuNG graphs (*.xml)")
    pages, remarks = [], []
    for number, path in enumerate(paths, start=1):
        page, found = _mung_page(path, number)
        pages.append(page)
        remarks += [f"{path.name}: {line}" for line in found]
    return in_muscima_classes(SymbolSet(folder, tuple(pages), shapes=("upright",), remarks=remarks))


def in_muscima_classes(symbol_set: SymbolSet) -> SymbolSet:
    """Return a set whose truth and detections are compared in the classes of MUSCIMA++."""
    return replace(symbol_set, mapped=compatible, shown=compatible_name)


def _mung_page(path: Path, number: int) -> tuple[SymbolPage, list[str]]:
    picture = next((one for one in _pictures(path) if one.is_file()), path.with_suffix(PICTURES[0]))
    height_px, width_px = read_grey(picture).shape if picture.is_file() else (0, 0)
    reading, _, report = read_mung(path, width_px=width_px, height_px=height_px, class_of=class_of)
    labelled = DeepScoresPage.of(replace(reading, source=picture.name), number)
    labelled = replace(labelled, areas_px2=np.maximum(labelled.areas_px2, 1))  # masks are not read, so none is empty
    links = ("link", "mask", "oriented")
    return SymbolPage(labelled, partial(read_grey, picture)), [
        line for line in str(report).splitlines() if not any(word in line for word in links)
    ]


def _pictures(path: Path) -> list[Path]:
    folders = (path.parent, path.parent / "images")
    return [folder / f"{path.stem}{suffix}" for folder in folders for suffix in PICTURES]


@cache
def _name_ids() -> dict[int, int]:
    """Map our class ids to the ids of their MUSCIMA++ names."""
    return {one.id: one.muscima_id for one in vocabulary() if one.muscima_id is not None}


@cache
def _first_classes() -> dict[int, int]:
    """Map ids of MUSCIMA++ names to the first class of ours with that name."""
    return {name_id: class_id for class_id, name_id in sorted(_name_ids().items(), reverse=True)}


@cache
def _foreign_ids() -> dict[str, int]:
    return {one.name: one.id for one in vocabulary().all_sets if one.annotation_set == "muscima++"}
