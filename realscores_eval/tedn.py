"""TEDn: tree edit distance between MusicXML files with flattened notes, over the cost of building the truth.

After Hajič, Novotný, Pecina and Pokorný, "Further Steps Towards a Standard Testbed for Optical Music Recognition"
(ISMIR 2016), with the costs of Mayer et al. (ICDAR 2024): removing any node costs 1, inserting a node 1 and a note 5,
changing a tag or a text 1. A note keeps its signs as children; its pitch, voice, type and stem become four letters of
its label, and cost 1 for each letter that is changed. Attributes do not count.

Both sides are first brought into the normal form of `lmx.canonical` and cut down to what LMX holds. Whole measures are
aligned before trees are compared, by the edit distance of their nodes, so that a page takes seconds instead of hours:
what this gives is at least the unrestricted distance, and equal to it wherever measures correspond to measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, zip_longest
from typing import NamedTuple, TypeAlias

from lxml import etree

from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.events import Part
from realscores_eval.lmx.writer import score_element
from realscores_eval.ser import EditTally, levenshtein
from realscores_eval.tree_distance import Costs, Tree, tree_distance


class Label(NamedTuple):
    """A node: its tag, its text, and for a note its letters: pitch, voice, type, stem."""

    tag: str
    text: str = ""
    letters: tuple[str, ...] = ()


Node: TypeAlias = Tree[Label]

#: Tags that tell how a note sounds, or that its letters hold.
_WITHIN_LETTERS = frozenset(("pitch", "voice", "type", "stem", "duration", "tie"))
#: Values from 128th on share a letter, as do those from the long on.
_TYPE_LETTER = {"1024th": "128th", "512th": "128th", "256th": "128th", "maxima": "long", "": "whole"}


def _change(one: Label, two: Label) -> int:
    tags = one.tag != two.tag
    if one.letters or two.letters:
        return tags + levenshtein(one.letters or tuple(one.text), two.letters or tuple(two.text))
    return tags + (one.text != two.text)


COSTS: Costs[Label] = Costs(remove=lambda label: 1, insert=lambda label: 1 + len(label.letters), change=_change)


def tedn(truth: Sequence[Part], result: Sequence[Part]) -> EditTally:
    """Return the cost of turning a result into the truth; elements are nodes of the trees."""
    wanted, found = score_trees(truth), score_trees(result)
    distance = sum(_part_distance(one, two) for one, two in zip_longest(found, wanted))
    return EditTally(
        distance,
        sum(building_cost(part) for part in wanted),
        sum(len(part.postorder()) for part in wanted),
        sum(len(part.postorder()) for part in found),
    )


def score_trees(parts: Sequence[Part]) -> list[Node]:
    """Return the tree of each part: measures below it, flattened notes and signs below them."""
    root = score_element(canonical(parts))
    return [_tree(part, Fraction(part.findtext("measure/attributes/divisions") or 1)) for part in root.iterfind("part")]


def building_cost(tree: Node) -> int:
    """Return what it costs to insert every node of a tree."""
    return sum(COSTS.insert(node.label) for node in tree.postorder())


def _tree(element: etree._Element, divisions: Fraction) -> Node:
    if element.tag == "note":
        kept = [child for child in element if child.tag not in _WITHIN_LETTERS]
        return Tree(Label("note", letters=_letters(element)), [_tree(child, divisions) for child in kept])
    if element.tag == "duration":
        return Tree(Label("duration", str(Fraction(element.text or 0) / divisions)))
    kept = [child for child in element if child.tag != "divisions" and not _only_divisions(child)]
    return Tree(Label(str(element.tag), (element.text or "").strip()), [_tree(child, divisions) for child in kept])


def _only_divisions(element: etree._Element) -> bool:
    return element.tag == "attributes" and all(child.tag == "divisions" for child in element)


def _letters(note: etree._Element) -> tuple[str, ...]:
    pitch = note.find("pitch")
    height = "rest" if note.find("rest") is not None else "unpitched"
    height = height if pitch is None else " ".join(one.text or "" for one in pitch)
    kind = note.findtext("type") or ""
    return height, note.findtext("voice") or "1", _TYPE_LETTER.get(kind, kind), note.findtext("stem") or ""


def _part_distance(found: Node | None, wanted: Node | None) -> int:
    """Return the cost of a part, of removing it, or of building it."""
    if found is None:
        return building_cost(wanted) if wanted is not None else 0
    if wanted is None:
        return len(found.postorder())
    return sum(_measure_distance(one, two) for one, two in aligned(found.children, wanted.children))


def _measure_distance(found: Node | None, wanted: Node | None) -> int:
    if found is None:
        return building_cost(wanted) if wanted is not None else 0
    if wanted is None:
        return len(found.postorder())
    return 0 if found == wanted else tree_distance(found, wanted, COSTS)


def aligned(found: Sequence[Node], wanted: Sequence[Node]) -> list[tuple[Node | None, Node | None]]:
    """Pair the measures of two parts in order, at the least sum of edits between their nodes."""
    rows, columns = [_flat(one) for one in found], [_flat(one) for one in wanted]
    change = [[levenshtein(one, two) if one != two else 0 for two in columns] for one in rows]
    least = [list(accumulate((len(one) for one in columns), initial=0))]
    for row, labels in enumerate(rows):
        line = [least[row][0] + len(labels)]
        for column, others in enumerate(columns):
            paired = least[row][column] + change[row][column]
            line.append(min(paired, least[row][column + 1] + len(labels), line[column] + len(others)))
        least.append(line)
    pairs: list[tuple[Node | None, Node | None]] = []
    row, column = len(rows), len(columns)
    while row or column:
        if row and column and least[row][column] == least[row - 1][column - 1] + change[row - 1][column - 1]:
            row, column = row - 1, column - 1
            pairs.append((found[row], wanted[column]))
        elif row and least[row][column] == least[row - 1][column] + len(rows[row - 1]):
            row -= 1
            pairs.append((found[row], None))
        else:
            column -= 1
            pairs.append((None, wanted[column]))
    return pairs[::-1]


def _flat(tree: Node) -> list[Label]:
    return [node.label for node in tree.postorder()]
