"""Our own file between detector and reconstruction: one `Reading`, and its `NotationGraph` where there is one.

    {"schema": "detect-score/reading", "version": 1, "source": "page.png",
     "page": {"width_px": 1960, "height_px": 2772},
     "symbols": {"classes": ["stem"], "boxes": [[cx, cy, width, height, angle]], "scores": [0.9], "comments": [""]},
     "staves": [{"xs_px": [x, x], "ys_px": [[y, y], ... five lines]}],
     "graph": {"edges": [[0, "stem", 1]], "nodes": {"0": {"staff": 0, "onset_ql": "3/4"}}}}

Boxes are as in `notation.boxes`. Node attributes whose name ends in `_ql` are fractions. `comments` and `graph` may be
absent. Keys that are not known here are left alone, so that other tools can add their own.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from notation import loose_values as loose
from notation.boxes import FloatArray, IntArray
from notation.errors import ConfigurationError, FormatError
from notation.files import Json, PathLike, read_json, write_json
from notation.graph import NotationGraph
from notation.page import Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

SCHEMA = "detect-score/reading"
VERSION = 1


def read_reading(path: PathLike) -> tuple[Reading, NotationGraph | None]:
    """Read what `write_reading` wrote.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is no reading, comes from a newer version, or holds classes or numbers that are not legal.
    """
    document = read_json(path)
    try:
        return from_document(document)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def write_reading(path: PathLike, reading: Reading, graph: NotationGraph | None = None) -> None:
    """Write a reading, all of it or nothing.

    Raises:
        OutputError: the file cannot be written.
        ValueError: `graph` has not one node a symbol, or an attribute that JSON cannot hold.
    """
    write_json(path, to_document(reading, graph))


def to_document(reading: Reading, graph: NotationGraph | None = None) -> dict[str, Json]:
    """Return the JSON value of a reading, for callers that put several into one file."""
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "version": VERSION,
        "source": reading.source,
        "page": {"width_px": reading.symbols.width_px, "height_px": reading.symbols.height_px},
        "symbols": _symbols_document(reading.symbols),
        "staves": [{"xs_px": one.xs_px.tolist(), "ys_px": one.ys_px.tolist()} for one in reading.staves],
    }
    if graph is not None:
        if set(graph.nx.nodes) != set(range(len(reading.symbols))):
            raise ValueError(f"expected a graph of {len(reading.symbols)} symbols, got {len(graph)} nodes")
        document["graph"] = _graph_document(graph)
    return document


def from_document(document: Json) -> tuple[Reading, NotationGraph | None]:
    """Return the reading in a JSON value; raises `FormatError` as `read_reading` does."""
    top = loose.mapping(document, "the file")
    _check_version(top)
    page = loose.mapping(top.get("page"), "page")
    width_px, height_px = _size(page, "width_px"), _size(page, "height_px")
    symbols, order = _symbols(loose.mapping(top.get("symbols"), "symbols"), width_px, height_px)
    staves = tuple(_staff(one, number) for number, one in enumerate(loose.sequence(top.get("staves"), "staves")))
    source = top.get("source", "")
    if not isinstance(source, str):
        raise FormatError("expected source to be a text")
    graph = None if top.get("graph") is None else _graph(loose.mapping(top["graph"], "graph"), order)
    return Reading(symbols, staves, source), graph


def _check_version(top: dict[str, Json]) -> None:
    schema, version = top.get("schema"), top.get("version")
    if schema != SCHEMA:
        raise FormatError(f"expected schema {SCHEMA!r}, got {schema!r}")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FormatError(f"expected a version number, got {version!r}")
    if version > VERSION:
        raise FormatError(f"written by a newer detect-score (version {version}, this one reads up to {VERSION})")


def _symbols_document(symbols: Symbols) -> Json:
    columns: dict[str, Json] = {
        "classes": list(symbols.names),
        "boxes": symbols.boxes.tolist(),
        "scores": symbols.scores.tolist(),
    }
    if any(symbols.comments):
        columns["comments"] = list(symbols.comments)
    return columns


def _symbols(columns: dict[str, Json], width_px: int, height_px: int) -> tuple[Symbols, IntArray]:
    names = _texts(columns.get("classes"), "symbols.classes")
    comments = _texts(columns["comments"], "symbols.comments") if "comments" in columns else None
    try:
        return Symbols.of(
            _numbers(columns.get("boxes"), "symbols.boxes"),
            [vocabulary().id_of(name) for name in names],
            _numbers(columns.get("scores"), "symbols.scores"),
            width_px=width_px,
            height_px=height_px,
            comments=comments,
        )
    except (ValueError, ConfigurationError) as error:
        raise FormatError(f"symbols: {error}") from error


def _staff(value: Json, number: int) -> Staff:
    where = f"staves[{number}]"
    columns = loose.mapping(value, where)
    xs, ys = (_numbers(columns.get(key), f"{where}.{key}") for key in ("xs_px", "ys_px"))
    try:
        return Staff.of(xs, ys)
    except ValueError as error:
        raise FormatError(f"{where}: {error}") from error


def _graph_document(graph: NotationGraph) -> Json:
    nodes: dict[str, Json] = {
        str(row): {key: _attribute_document(key, value) for key, value in attributes.items()}
        for row, attributes in graph.nx.nodes(data=True)
        if attributes
    }
    return {"edges": [list(edge) for edge in graph.edges()], "nodes": nodes}


def _graph(document: dict[str, Json], order: IntArray) -> NotationGraph:
    """Rows in the file count in file order; `order` tells which of them became which row of the sorted symbols."""
    graph = NotationGraph(len(order))
    row_of = {int(old): new for new, old in enumerate(order.tolist())}
    for edge in loose.sequence(document.get("edges"), "graph.edges"):
        source, relation, target = _edge(edge)
        try:
            graph.relate(row_of[source], relation, row_of[target])
        except (KeyError, ValueError) as error:
            raise FormatError(f"graph.edges: {edge} names a row or relation that does not exist") from error
    for key, attributes in loose.mapping(document.get("nodes", {}), "graph.nodes").items():
        if not key.isdecimal() or int(key) not in row_of:
            raise FormatError(f"graph.nodes: there is no symbol {key!r}")
        for name, value in loose.mapping(attributes, f"graph.nodes.{key}").items():
            graph.nx.nodes[row_of[int(key)]][name] = _attribute(name, value)
    return graph


def _edge(value: Json) -> tuple[int, str, int]:
    match value:
        case [int(source), str(relation), int(target)]:
            return source, relation, target
    raise FormatError(f"graph.edges: expected [row, relation, row], got {value!r}")


def _attribute_document(name: str, value: object) -> Json:
    plain = value.item() if isinstance(value, np.generic) else value
    if name.endswith("_ql") and isinstance(plain, Fraction | int) and not isinstance(plain, bool):
        return str(Fraction(plain))
    if plain is None or (isinstance(plain, str | int | float | bool) and not name.endswith("_ql")):
        return plain
    raise ValueError(f"expected node attributes to be text, numbers or None, and *_ql fractions, got {name}={value!r}")


def _attribute(name: str, value: Json) -> object:
    if not name.endswith("_ql") or value is None:
        return value
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise FormatError(f"graph.nodes: expected {name} to be a fraction, got {value!r}") from error


def _size(page: dict[str, Json], key: str) -> int:
    value = page.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FormatError(f"expected page.{key} to be a whole number of pixels, got {value!r}")
    return value


def _numbers(value: Json, where: str) -> FloatArray:
    try:
        array = np.asarray(loose.sequence(value, where))
    except ValueError as error:
        raise FormatError(f"expected {where} to have rows of one length") from error
    if array.size and array.dtype.kind not in "if":
        raise FormatError(f"expected {where} to hold numbers only")
    return array.astype(np.float64)


def _texts(value: Json, where: str) -> list[str]:
    texts = [one for one in loose.sequence(value, where) if isinstance(one, str)]
    if len(texts) != len(loose.sequence(value, where)):
        raise FormatError(f"expected {where} to hold texts only")
    return texts
