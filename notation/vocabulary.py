"""The symbol classes of a page: DeepScoresV2's 136, its 72 MUSCIMA++ names, and ours from id 209 on.

The table is `data/vocabulary.csv`. Ids 1 to 208, names and colours are those of the DeepScoresV2 release (Tuggener et
al. 2020); id 2 is written `ledgerLine` as in the released files, and the older spellings are read too. Our own
annotation set `detect-score` holds what DeepScoresV2 lacks and a reader needs: barlines by kind, brackets, voltas,
text. Our names are SMuFL names wherever SMuFL has one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from notation.errors import ConfigurationError

#: Other spellings found in released files, and what we write for them.
ALIASES = {"legerLine": "ledgerLine", "arpeggio": "arpeggiato", "restHNr_numeral": "restHNr"}


@dataclass(frozen=True, slots=True)
class SymbolClass:
    """One row of the vocabulary."""

    id: int
    name: str
    annotation_set: str  # "deepscores", "muscima++" or "detect-score"
    color: int  # pixel value in the 8-bit class segmentation
    muscima_id: int | None  # the MUSCIMA++ name of a deepscores class, where there is one


class Vocabulary:
    """The classes that can stand in `Symbols`, by name and by id; `muscima++` rows are names for export only."""

    def __init__(self, classes: Iterable[SymbolClass]) -> None:
        self._by_id = {one.id: one for one in classes}
        self._by_name = {one.name: one for one in self._by_id.values() if one.annotation_set != "muscima++"}

    def __iter__(self) -> Iterator[SymbolClass]:
        """Iterate over the classes that a detector may predict, by ascending id."""
        return iter(sorted(self._by_name.values(), key=lambda one: one.id))

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and ALIASES.get(name, name) in self._by_name

    @property
    def all_sets(self) -> list[SymbolClass]:
        """Every row, the MUSCIMA++ ones included, by ascending id."""
        return sorted(self._by_id.values(), key=lambda one: one.id)

    def id_of(self, name: str) -> int:
        """Return the id of a class name (old spellings allowed).

        Raises:
            ConfigurationError: no class has that name.
        """
        found = self._by_name.get(ALIASES.get(name, name))
        if found is None:
            raise ConfigurationError(f"no symbol class is called {name!r}")
        return found.id

    def name_of(self, class_id: int) -> str:
        """Return the name of an id.

        Raises:
            ConfigurationError: no class has that id.
        """
        return self.by_id(class_id).name

    def by_id(self, class_id: int) -> SymbolClass:
        """Return the row of an id; raises `ConfigurationError` when there is none."""
        if class_id not in self._by_id:
            raise ConfigurationError(f"no symbol class has id {class_id}")
        return self._by_id[class_id]

    def names(self) -> tuple[str, ...]:
        """Return the predictable names by ascending id."""
        return tuple(one.name for one in self)


@cache
def vocabulary() -> Vocabulary:
    """Return the project's vocabulary, read once."""
    text = files("notation").joinpath("data/vocabulary.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return Vocabulary(
        SymbolClass(
            id=int(row["id"]),
            name=row["name"],
            annotation_set=row["annotation_set"],
            color=int(row["color"]),
            muscima_id=int(row["muscima_id"]) if row["muscima_id"] else None,
        )
        for row in rows
    )
