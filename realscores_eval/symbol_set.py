"""`SymbolSet`: pages whose symbols are known, whatever file the truth comes from, and how to score detections on them.

Two kinds of folders are read:

    FOLDER/NAME.json + images/            DeepScoresV2 annotations: RealScores as published, DeepScoresV2, our data sets
    FOLDER/*.xml (+ pictures)             MuNG graphs: MUSCIMA++, scored in its own classes
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from notation import loose_values as loose
from notation.deepscores import DeepScoresPage, read_deepscores
from notation.deepscores_proposals import read_proposals
from notation.errors import InputError
from notation.files import read_json
from notation.page import GreyImage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import Evaluation, evaluate
from realscores_eval.deepscores_pages import truth_of
from realscores_eval.matching import Mode, Shape
from realscores_eval.page_folders import read_grey, spread
from realscores_eval.scored_page import ScoredPage, attempt

#: What a detector found on a page, or `None` and why it failed.
Found: TypeAlias = tuple[Symbols | None, str]


@dataclass(frozen=True)
class SymbolPage:
    """One page: its true symbols as in `DeepScoresPage`, and its picture, which is read when asked for."""

    labelled: DeepScoresPage
    image: Callable[[], GreyImage]

    @property
    def name(self) -> str:
        """File name of the page."""
        return self.labelled.reading.source or f"image {self.labelled.image_id}"


@dataclass(frozen=True)
class SymbolSet:
    """Pages with known symbols.

    Attributes:
        source: the file or folder of the truth.
        pages: in the order of the file.
        shapes: the kinds of boxes that the truth has.
        mapped: what of detections and truth is compared, under which class; the identity but for foreign class sets.
        shown: the name of a class in tables.
        remarks: what was met on reading, one line each.
    """

    source: Path
    pages: tuple[SymbolPage, ...]
    shapes: tuple[Shape, ...] = ("oriented", "upright")
    mapped: Callable[[Symbols], Symbols] = lambda symbols: symbols
    shown: Callable[[str], str] = lambda name: name
    remarks: list[str] = field(default_factory=list)

    def first(self, count: int | None) -> SymbolSet:
        """Return the set with its first pages only."""
        return replace(self, pages=self.pages[:count])

    def spread(self, count: int | None) -> SymbolSet:
        """Return the set with at most `count` pages, evenly spread."""
        return replace(self, pages=tuple(spread(self.pages, count)))

    def proposals(self, path: Path) -> dict[int, Found]:
        """Read a proposals file; a page without proposals was read and found empty.

        Raises:
            InputError: the file cannot be opened.
            FormatError: it is no proposals file.
        """
        symbols = [page.labelled for page in self.pages]
        sizes_px = {one.image_id: (one.reading.symbols.width_px, one.reading.symbols.height_px) for one in symbols}
        found, report = read_proposals(path, sizes_px)
        self.remarks.extend(f"{path.name}: {line}" for line in str(report).splitlines())
        return {image_id: (one, "") for image_id, one in found.items()}

    def detections(
        self, detect: Callable[[GreyImage], Reading], done: Callable[[], object] = lambda: None
    ) -> dict[int, Found]:
        """Run a detector over every page; one on which it raises is a complete miss."""
        found = {}
        for page in self.pages:
            image = page.image()
            found[page.labelled.image_id] = attempt(lambda image=image: detect(image).symbols)  # type: ignore[misc]
            done()
        return found

    def scored(self, found: Mapping[int, Found], shape: Shape, mode: Mode) -> list[ScoredPage]:
        """Return truth and detections of every page, as one kind of box and one mode count them."""
        return [self._scored_page(page, *found[page.labelled.image_id], shape, mode) for page in self.pages]

    def evaluate(self, found: Mapping[int, Found]) -> list[Evaluation]:
        """Return each kind of box, standard and legacy."""
        modes: tuple[Mode, ...] = ("standard", "legacy")
        return [
            evaluate(self.scored(found, shape, mode), shape=shape, mode=mode) for shape in self.shapes for mode in modes
        ]

    def _scored_page(
        self, page: SymbolPage, found: Symbols | None, failure: str, shape: Shape, mode: Mode
    ) -> ScoredPage:
        mapped = None if found is None else self.mapped(found)
        return ScoredPage(self.mapped(truth_of(page.labelled, shape, mode)), mapped, page.name, failure)


def deepscores_set(folder: Path, annotations: str | None = None, split: str | None = None) -> SymbolSet:
    """Read DeepScoresV2 annotations; detections of classes that the file does not declare are not compared.

    Arguments:
        folder: holds the annotation file, and the pictures in `images/`; or the annotation file itself.
        annotations: name of the file in the folder.
        split: take the file whose name ends in it; "test" where nothing is said and there are several files.

    Raises:
        InputError: no annotation file, or several that fit.
        FormatError: it is no annotation file.
    """
    path = folder if folder.is_file() else _annotation_file(folder, annotations, split)
    images = path.parent / "images"
    pages, report = read_deepscores(path, images=images)
    known = _declared_ids(path)
    return SymbolSet(
        source=path,
        pages=tuple(SymbolPage(one, partial(read_grey, images / one.reading.source)) for one in pages),
        mapped=lambda symbols: symbols.select(np.isin(symbols.class_ids, known)),
        remarks=str(report).splitlines(),
    )


def undeclared(symbol_set: SymbolSet, found: Mapping[int, Found]) -> Counter[str]:
    """Return how many detections were not compared, by class."""
    counts: Counter[str] = Counter()
    for symbols in [one for one, _ in found.values() if one is not None]:
        for class_id in np.unique(symbols.class_ids).tolist():
            of_class = symbols.select(symbols.class_ids == class_id)
            if not len(symbol_set.mapped(of_class)):
                counts[vocabulary().name_of(class_id)] += len(of_class)
    return counts


def _annotation_file(folder: Path, annotations: str | None, split: str | None) -> Path:
    if annotations is not None:
        return folder / annotations
    files = sorted(path for path in folder.glob("*.json") if path.stem != "attribution")
    wanted = [path for path in files if path.stem.endswith(split or "test")] or ([] if split else files)
    if len(wanted) != 1:
        listed = ", ".join(path.name for path in wanted or files) or "no JSON file at all"
        raise InputError(f"{folder}: expected one annotation file, found {listed} (--annotations names it)")
    return wanted[0]


def _declared_ids(path: Path) -> list[int]:
    """Return our ids of the classes that a file declares; all of the release where it declares none."""
    document = loose.mapping(read_json(path), "the file")
    declared = loose.mapping(document.get("categories") or {}, "categories").values()
    names: Iterable[object] = (one.get("name") for one in declared if isinstance(one, dict))
    ids = [class_id for name in names if (class_id := loose.class_id(name)) is not None]
    return ids or [one.id for one in vocabulary() if one.annotation_set == "deepscores"]
