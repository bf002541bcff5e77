"""`NotationGraph`: typed relations between the symbols of a page, and the grammar of what is legal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import networkx as nx

from notation.symbols import Symbols

_HEADS = ("notehead*",)
_RESTS = ("rest*",)
_FLAGS = ("flag*",)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the grammar: `source --relation--> target`, and how many such edges a source and a target may have.

    `sources` and `targets` are shell patterns over class names. `None` means any number.
    """

    relation: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    most_from_source: int | None = None
    most_to_target: int | None = None


#: The grammar. Edges run from the governing symbol to the dependent one, as in MUSCIMA++.
GRAMMAR: tuple[Rule, ...] = (
    Rule("stem", _HEADS, ("stem",), most_from_source=2),
    Rule("flag", ("stem",), _FLAGS, most_from_source=2, most_to_target=1),
    Rule("beam", ("stem",), ("beam",), most_from_source=6),
    Rule("tremolo", ("stem", *_HEADS), ("tremolo*",), most_from_source=5),
    Rule("dot", (*_HEADS, *_RESTS), ("augmentationDot",), most_from_source=4),
    Rule("accidental", _HEADS, ("accidental*",), most_from_source=2),
    Rule("ledger", _HEADS, ("ledgerLine",)),
    Rule("tie", _HEADS, ("tie",), most_from_source=2, most_to_target=2),
    Rule("slur", (*_HEADS, *_RESTS), ("slur",)),
    Rule("articulation", (*_HEADS, *_RESTS), ("artic*", "fermata*", "strings*", "breathMark")),
    Rule("ornament", _HEADS, ("ornament*", "trillExtension", "arpeggiato")),
    Rule("fingering", _HEADS, ("fingering*",)),
    Rule("tuplet", (*_HEADS, *_RESTS, "beam"), ("tuplet*",)),
    Rule("grace", _HEADS, ("graceNote*",), most_from_source=1),
    Rule("dot-of-barline", ("barline*",), ("repeatDot",)),
    Rule("precedes", (*_HEADS, *_RESTS), (*_HEADS, *_RESTS)),
)


class NotationGraph:
    """A directed multigraph whose nodes are symbol rows and whose edges carry a relation of `GRAMMAR`.

    Node attributes: `staff` (row of the staff on the page, from 0), and for notes and rests `system`, `measure`
    (on the page, from 0), `part`, `voice`, `onset_ql` (Fraction within the measure), `position` (staff position).
    The networkx graph itself is `nx`.
    """

    def __init__(self, symbol_count: int) -> None:
        self.nx: nx.MultiDiGraph[int] = nx.MultiDiGraph()
        self.nx.add_nodes_from(range(symbol_count))

    def __len__(self) -> int:
        return int(self.nx.number_of_nodes())

    def relate(self, source: int, relation: str, target: int) -> None:
        """Add one edge; adding it twice is adding it once. Raises `ValueError` for rows or relations unknown here."""
        if source not in self.nx or target not in self.nx:
            raise ValueError(f"expected symbol rows below {len(self)}, got {source} and {target}")
        if relation not in RELATIONS:
            raise ValueError(f"expected a relation of the grammar, got {relation!r}")
        self.nx.add_edge(source, target, key=relation)

    def targets(self, source: int, relation: str) -> list[int]:
        """Return the rows that `source` governs by `relation`, ascending."""
        return sorted(t for _, t, key in self.nx.out_edges(source, keys=True) if key == relation)

    def sources(self, target: int, relation: str) -> list[int]:
        """Return the rows that govern `target` by `relation`, ascending."""
        return sorted(s for s, _, key in self.nx.in_edges(target, keys=True) if key == relation)

    def edges(self, relation: str | None = None) -> Iterator[tuple[int, str, int]]:
        """Iterate over (source, relation, target), sorted."""
        found = sorted((s, key, t) for s, t, key in self.nx.edges(keys=True))
        return (edge for edge in found if relation is None or edge[1] == relation)


RELATIONS: frozenset[str] = frozenset(rule.relation for rule in GRAMMAR)


@dataclass(frozen=True, slots=True)
class Violation:
    """An edge or a count that the grammar does not allow."""

    row: int
    relation: str
    message: str


def violations(graph: NotationGraph, symbols: Symbols, grammar: Iterable[Rule] = GRAMMAR) -> list[Violation]:
    """Return everything in `graph` that breaks `grammar`, sorted by row; never raises."""
    names = symbols.names
    rules = {rule.relation: rule for rule in grammar}
    found = []
    for source, relation, target in graph.edges():
        rule = rules.get(relation)
        if rule is None or not (_matches(names[source], rule.sources) and _matches(names[target], rule.targets)):
            message = f"{names[source]} cannot have {relation} {names[target]}"
            found.append(Violation(source, relation, message))
    for rule in rules.values():
        for row in graph.nx.nodes:
            found += _counts(graph, row, rule, names[row])
    return sorted(found, key=lambda one: (one.row, one.relation, one.message))


def _counts(graph: NotationGraph, row: int, rule: Rule, name: str) -> list[Violation]:
    out = len(graph.targets(row, rule.relation))
    into = len(graph.sources(row, rule.relation))
    found = []
    if rule.most_from_source is not None and out > rule.most_from_source:
        message = f"{name} has {out} {rule.relation}, at most {rule.most_from_source} are legal"
        found.append(Violation(row, rule.relation, message))
    if rule.most_to_target is not None and into > rule.most_to_target:
        message = f"{into} symbols share one {rule.relation} {name}, at most {rule.most_to_target} may"
        found.append(Violation(row, rule.relation, message))
    return found


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
