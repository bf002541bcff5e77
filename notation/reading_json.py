"""Our own file between detector and reconstruction: one `Reading`, and its `NotationGraph` where there is one.

    {"schema": "detect-score/reading", "version": 1, "source": "page.png",
     "page": {"width_px": 1960, "height_px": 2772},
     "symbols": {"classes": ["stem"], "boxes": [[cx, cy, width, height, angle]], "scores": [0.9], "comments": [""]},
     "staves": [{"xs_px": [x, x], "ys_px": [[y, y], ... five lines]}],
     "graph": {"edges": [[0, "stem", 1]], "nodes": {"0": {"staff": 0, "onset_ql": "3/4"}}}}

A page that was turned to be read says so. Its page size, boxes and staff lines are those of the picture in the file;
rows keep the order of the upright page, and each staff lists the points of its lines, from the upper line down:

    {"turn": {"clockwise_quarters": 1, "clockwise_rest_rad": 0.02},
     "staves": [{"lines_px": [[[x, y], [x, y], ...], ... five lines]}], ... all else as above}

Boxes are as in `notation.boxes`. Node attributes whose name ends in `_ql` are fractions. `comments` and `graph` may be
absent. Keys that are not known here are left alone, so that other tools can add their own.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from notation import loose_values as loose
from notation.boxes import FloatArray, IntArray, as_boxes
from notation.errors import ConfigurationError, FormatError
from notation.files import Json, PathLike, read_json, write_json
from notation.graph import NotationGraph
from notation.page import Reading
from notation.page_turn import PageTurn
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
        "page": _page_document(reading),
        "symbols": _symbols_document(reading.symbols, reading.turn),
        "staves": [_staff_document(one, reading.turn) for one in reading.staves],
    }
    if reading.turn is not None:
        turn = reading.turn
        document["turn"] = {"clockwise_quarters": turn.quarters, "clockwise_rest_rad": turn.rest_rad}
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
    turn = None if top.get("turn") is None else _turn(loose.mapping(top["turn"], "turn"), width_px, height_px)
    symbols, order = _symbols(loose.mapping(top.get("symbols"), "symbols"), width_px, height_px, turn)
    staves = tuple(_staff(one, number, turn) for number, one in enumerate(loose.sequence(top.get("staves"), "staves")))
    source = top.get("source", "")
    if not isinstance(source, str):
        raise FormatError("expected source to be a text")
    graph = None if top.get("graph") is None else _graph(loose.mapping(top["graph"], "graph"), order)
    return Reading(symbols, staves, source, turn), graph


def _check_version(top: dict[str, Json]) -> None:
    schema, version = top.get("schema"), top.get("version")
    if schema != SCHEMA:
        raise FormatError(f"expected schema {SCHEMA!r}, got {schema!r}")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FormatError(f"expected a version number, got {version!r}")
    if version > VERSION:
        raise FormatError(f"written by a newer detect-score (version {version}, this one reads up to {VERSION})")


def _page_document(reading: Reading) -> Json:
    frame = reading.symbols if reading.turn is None else reading.turn
    return {"width_px": frame.width_px, "height_px": frame.height_px}


def _staff_document(staff: Staff, turn: PageTurn | None) -> Json:
    if turn is None:
        return {"xs_px": staff.xs_px.tolist(), "ys_px": staff.ys_px.tolist()}
    return {"lines_px": turn.points_to_file(staff.points()).tolist()}


def _turn(columns: dict[str, Json], width_px: int, height_px: int) -> PageTurn:
    quarters, rest = columns.get("clockwise_quarters"), columns.get("clockwise_rest_rad")
    if not isinstance(quarters, int) or isinstance(quarters, bool) or quarters not in range(4):
        raise FormatError(f"expected turn.clockwise_quarters to be 0, 1, 2 or 3, got {quarters!r}")
    if not isinstance(rest, int | float) or isinstance(rest, bool) or not abs(rest) <= np.pi / 4:
        raise FormatError(f"expected turn.clockwise_rest_rad within an eighth of a circle, got {rest!r}")
    return PageTurn(quarters, float(rest), width_px, height_px)


def _symbols_document(symbols: Symbols, turn: PageTurn | None) -> Json:
    columns: dict[str, Json] = {
        "classes": list(symbols.names),
        "boxes": (symbols.boxes if turn is None else turn.boxes_to_file(symbols.boxes)).tolist(),
        "scores": symbols.scores.tolist(),
    }
    if any(symbols.comments):
        columns["comments"] = list(symbols.comments)
    return columns


def _symbols(
    columns: dict[str, Json], width_px: int, height_px: int, turn: PageTurn | None
) -> tuple[Symbols, IntArray]:
    names = _texts(columns.get("classes"), "symbols.classes")
    comments = _texts(columns["comments"], "symbols.comments") if "comments" in columns else None
    try:
        boxes = as_boxes(_numbers(columns.get("boxes"), "symbols.boxes"))
        if turn is not None:
            boxes = turn.boxes_to_upright(boxes)
            width_px, height_px = turn.upright_size_px
        return Symbols.of(
            boxes,
            [vocabulary().id_of(name) for name in names],
            _numbers(columns.get("scores"), "symbols.scores"),
            width_px=width_px,
            height_px=height_px,
            comments=comments,
        )
    except (ValueError, ConfigurationError) as error:
        raise FormatError(f"symbols: {error}") from error


def _staff(value: Json, number: int, turn: PageTurn | None) -> Staff:
    where = f"staves[{number}]"
    columns = loose.mapping(value, where)
    if turn is not None:
        return _turned_staff(_numbers(columns.get("lines_px"), f"{where}.lines_px"), where, turn)
    xs, ys = (_numbers(columns.get(key), f"{where}.{key}") for key in ("xs_px", "ys_px"))
    try:
        return Staff.of(xs, ys)
    except ValueError as error:
        raise FormatError(f"{where}: {error}") from error


def _turned_staff(lines: FloatArray, where: str, turn: PageTurn) -> Staff:
    if lines.ndim != 3 or lines.shape[2] != 2 or len(lines) == 0:
        raise FormatError(f"expected {where}.lines_px to hold five lines of points, got shape {lines.shape}")
    upright = turn.points_to_upright(lines)
    try:
        return Staff.of(upright[..., 0].mean(0), upright[..., 1])  # the lines share their knots up to rounding
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
