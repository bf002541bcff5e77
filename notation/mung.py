"""MuNG, the notation graphs of MUSCIMA++, as XML: a node a symbol, links run from governing to dependent symbol.

The format knows upright boxes and nameless links. The oriented box, the score, the comment, node attributes and the
names of the relations stand in `Data` items, so that our own files come back exactly; other tools pass them on. Staff
lines have no place in it. Pixel masks are not read.
Source: https://github.com/OMR-Research/mung, the `Nodes` format of version 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path

import numpy as np
from lxml import etree

from notation import boxes as geometry
from notation import loose_values as loose
from notation.boxes import FloatArray
from notation.conversion_report import ConversionReport, check_symbols
from notation.errors import FormatError, InputError
from notation.files import PathLike, write_bytes
from notation.graph import GRAMMAR, RELATIONS, NotationGraph
from notation.page import Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: Keys of the `Data` items that are ours and no node attributes.
_BOX, _SCORE, _COMMENTS, _RELATIONS = "oriented_box", "score", "comments", "outlink_relations"
_RESERVED = frozenset({_BOX, _SCORE, _COMMENTS, _RELATIONS})


@dataclass(slots=True)
class _Node:
    id: int
    class_id: int
    box: FloatArray
    score: float = 1.0
    comments: str = ""
    outlinks: list[int] = field(default_factory=list)
    inlinks: list[int] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)  # one an outlink; several of one pair are joined by "+"
    attributes: dict[str, object] = field(default_factory=dict)


def read_mung(
    path: PathLike,
    *,
    width_px: int = 0,
    height_px: int = 0,
    drop_duplicates: bool = False,
    class_of: Callable[[object], int | None] = loose.class_id,
) -> tuple[Reading, NotationGraph, ConversionReport]:
    """Read a graph; the size is used where the file, as most, does not tell the size of its page.

    Links without the name of a relation get the one that the grammar has for their two classes. `class_of` gives the
    class of a name, None for symbols to leave out; other class sets have other names.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not MuNG.
    """
    root = _root(path)
    report = ConversionReport()
    nodes = [node for one in root.iter("Node") if (node := _node(one, report, class_of)) is not None]
    symbols, order = Symbols.of(
        [node.box for node in nodes],
        [node.class_id for node in nodes],
        [node.score for node in nodes],
        width_px=loose.whole(root.get("width_px")) or width_px,
        height_px=loose.whole(root.get("height_px")) or height_px,
        comments=[node.comments for node in nodes],
    )
    source = root.get("document") or ""
    symbols, kept = check_symbols(symbols, report, source, drop_duplicates=drop_duplicates)
    graph = _graph([nodes[row] for row in order[kept].tolist()], report)
    return Reading(symbols, (), source), graph, report


def write_mung(
    path: PathLike, reading: Reading, graph: NotationGraph | None = None, *, dataset: str = "detect-score"
) -> None:
    """Write a graph, node ids are symbol rows.

    Raises:
        OutputError: the file cannot be written.
        ValueError: a text holds characters that XML forbids, or a node attribute has a name or value that cannot be
            told from others.
    """
    symbols = reading.symbols
    links = NotationGraph(len(symbols)) if graph is None else graph
    if set(links.nx.nodes) != set(range(len(symbols))):
        raise ValueError(f"expected a graph of {len(symbols)} symbols, got {len(links)} nodes")
    root = etree.Element("Nodes", dataset=dataset, document=reading.source)
    root.set("width_px", str(symbols.width_px))
    root.set("height_px", str(symbols.height_px))
    for row, name in enumerate(symbols.names):
        _add_node(root, row, name, symbols, links)
    write_bytes(path, etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _root(path: PathLike) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(Path(path).read_bytes(), parser)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except etree.XMLSyntaxError as error:
        raise FormatError(f"{path}: broken XML, {error.msg}") from error
    if root.tag != "Nodes":
        raise FormatError(f"{path}: expected a MuNG file with the root Nodes, got {root.tag}")
    return root


def _add_node(root: etree._Element, row: int, name: str, symbols: Symbols, graph: NotationGraph) -> None:
    x0, y0, x1, y1 = geometry.upright(symbols.boxes[row : row + 1])[0].tolist()
    left, top = int(np.floor(x0)), int(np.floor(y0))
    relations: dict[int, list[str]] = {}
    for _, target, relation in sorted(graph.nx.out_edges(row, keys=True)):
        relations.setdefault(target, []).append(relation)
    node = etree.SubElement(root, "Node")
    _add_text(node, "Id", str(row))
    _add_text(node, "ClassName", name)
    _add_text(node, "Top", str(top))
    _add_text(node, "Left", str(left))
    _add_text(node, "Width", str(int(np.ceil(x1)) - left))
    _add_text(node, "Height", str(int(np.ceil(y1)) - top))
    _add_text(node, "Inlinks", " ".join(str(one) for one in sorted(graph.nx.predecessors(row))))
    _add_text(node, "Outlinks", " ".join(str(one) for one in relations))
    data = etree.SubElement(node, "Data")
    _add_item(data, _BOX, "list[float]", " ".join(repr(one) for one in symbols.boxes[row].tolist()))
    _add_item(data, _SCORE, "float", repr(float(symbols.scores[row])))
    if symbols.comments[row]:
        _add_item(data, _COMMENTS, "str", symbols.comments[row])
    if relations:
        _add_item(data, _RELATIONS, "list[str]", " ".join("+".join(one) for one in relations.values()))
    for key, value in graph.nx.nodes[row].items():
        _add_item(data, key, *_typed(key, value))


def _add_text(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, tag).text = text


def _add_item(data: etree._Element, key: str, kind: str, text: str) -> None:
    etree.SubElement(data, "DataItem", key=key, type=kind).text = text


def _typed(key: str, value: object) -> tuple[str, str]:
    """Return the type and text of a node attribute; fractions are texts whose key ends in `_ql`."""
    plain = value.item() if isinstance(value, np.generic) else value
    if key in _RESERVED:
        raise ValueError(f"expected node attributes to leave the name {key!r} alone")
    if key.endswith("_ql") and isinstance(plain, Fraction | int) and not isinstance(plain, bool):
        return "str", str(Fraction(plain))
    if plain is None:
        return "none", ""
    if type(plain) in (int, float, bool, str) and not key.endswith("_ql"):
        return type(plain).__name__, str(plain)
    raise ValueError(f"expected node attributes to be text, numbers or None, and *_ql fractions, got {key}={value!r}")


def _node(element: etree._Element, report: ConversionReport, class_of: Callable[[object], int | None]) -> _Node | None:
    node_id = loose.whole(element.findtext("Id"))
    name = (element.findtext("ClassName") or "").strip()
    class_id = class_of(name)
    if node_id is None:
        report.count("broken annotation", f"a {name} without id")
        return None
    if class_id is None:
        report.count("unknown class", f"{node_id}: {name}")
        return None
    items = {item.get("key", ""): item for item in element.iterfind("Data/DataItem")}
    box = _box(element, items, node_id, report)
    score = loose.score(items[_SCORE].text) if _SCORE in items else 1.0
    if box is None or score is None:
        report.count("broken annotation", str(node_id))
        return None
    report.count("mask skipped", str(node_id), times=int(bool((element.findtext("Mask") or "").strip())))
    return _Node(
        id=node_id,
        class_id=class_id,
        box=box,
        score=score,
        comments=(items[_COMMENTS].text or "") if _COMMENTS in items else "",
        outlinks=_ids(element.findtext("Outlinks")),
        inlinks=_ids(element.findtext("Inlinks")),
        relations=(items[_RELATIONS].text or "").split() if _RELATIONS in items else [],
        attributes={key: _value(key, item) for key, item in items.items() if key not in _RESERVED},
    )


def _box(
    element: etree._Element, items: dict[str, etree._Element], node_id: int, report: ConversionReport
) -> FloatArray | None:
    oriented = loose.numbers((items[_BOX].text or "").split(), (5,)) if _BOX in items else None
    if oriented is not None and min(oriented[2:4]) >= 0:
        return np.array(oriented)
    edges = [loose.number(element.findtext(tag)) for tag in ("Left", "Top", "Width", "Height")]
    known = [one for one in edges if one is not None]
    if len(known) < len(edges):
        return None
    report.count("no oriented box", str(node_id))
    left, top, width, height = known
    return loose.box_around([left, top, left + width, top + height])


def _ids(text: str | None) -> list[int]:
    found = (loose.whole(one) for one in (text or "").split())
    return [one for one in found if one is not None]


def _value(key: str, item: etree._Element) -> object:
    """Return a node attribute; what does not parse as its type stays a text."""
    text, kind = item.text or "", item.get("type")
    try:
        if key.endswith("_ql"):
            return Fraction(text) if kind != "none" else None
        if kind in ("int", "float"):
            return int(text) if kind == "int" else float(text)
    except (ValueError, ZeroDivisionError):
        return text
    return {"bool": text == "True", "none": None}.get(kind or "", text)


def _graph(nodes: Sequence[_Node], report: ConversionReport) -> NotationGraph:
    graph = NotationGraph(len(nodes))
    row_of = {node.id: row for row, node in enumerate(nodes)}
    for row, node in enumerate(nodes):
        graph.nx.nodes[row].update(node.attributes)
    for node in nodes:
        for target_id, relations in _links(node):
            _relate(graph, nodes, row_of.get(node.id), row_of.get(target_id), relations, report)
    outgoing = {(node.id, target) for node in nodes for target in node.outlinks}
    for node in nodes:
        for source_id in node.inlinks:
            if (source_id, node.id) not in outgoing:
                report.count("one-sided link", f"{source_id} to {node.id}")
                _relate(graph, nodes, row_of.get(source_id), row_of.get(node.id), [], report)
    return graph


def _links(node: _Node) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the targets of a node with the names of their relations, empty where the file has none."""
    named = len(node.relations) == len(node.outlinks)
    for number, target_id in enumerate(node.outlinks):
        relations = node.relations[number].split("+") if named else []
        yield target_id, [one for one in relations if one in RELATIONS]


def _relate(
    graph: NotationGraph,
    nodes: Sequence[_Node],
    source: int | None,
    target: int | None,
    relations: Sequence[str],
    report: ConversionReport,
) -> None:
    if source is None or target is None:
        known = nodes[source if source is not None else target or 0].id
        report.count("dangling link", f"at {known}")
        return
    found = relations or _legal_relation(nodes[source], nodes[target])
    if not found:
        names = [vocabulary().name_of(nodes[row].class_id) for row in (source, target)]
        report.count("link without relation", " to ".join(names))
    for relation in found:
        graph.relate(source, relation, target)


def _legal_relation(source: _Node, target: _Node) -> list[str]:
    """Return the first relation of the grammar between two classes, or none."""
    above, below = (vocabulary().name_of(node.class_id) for node in (source, target))
    for rule in GRAMMAR:
        fits = any(fnmatchcase(above, one) for one in rule.sources) and any(
            fnmatchcase(below, one) for one in rule.targets
        )
        if fits:
            return [rule.relation]
    return []
