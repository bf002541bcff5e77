from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from notation.errors import FormatError, InputError, OutputError
from notation.graph import NotationGraph
from notation.page import Reading
from notation.reading_json import SCHEMA, VERSION, from_document, read_reading, to_document, write_reading
from notation.staff import Staff
from notation.symbols import Symbols


def small_page() -> tuple[Reading, NotationGraph]:
    boxes = [[50, 20, 2, 60, 0], [50.0, 80, 10, 8, 0.1]]
    symbols, _ = Symbols.of(boxes, [42, 25], [0.75, 0.5], width_px=100, height_px=90)
    graph = NotationGraph(2)
    graph.relate(1, "stem", 0)
    graph.nx.nodes[1].update(staff=np.int64(0), onset_ql=Fraction(3, 4), voice="1")
    return Reading(symbols, (Staff.straight(0, 100, 60, 8),), "page.png"), graph


def test_the_document() -> None:
    assert to_document(*small_page()) == {
        "schema": SCHEMA,
        "version": VERSION,
        "source": "page.png",
        "page": {"width_px": 100, "height_px": 90},
        "symbols": {
            "classes": ["stem", "noteheadBlackOnLine"],
            "boxes": [[50, 20, 2, 60, 0], [50, 80, 10, 8, 0.1]],
            "scores": [0.75, 0.5],
        },
        "staves": [{"xs_px": [0, 100], "ys_px": [[y, y] for y in (60, 68, 76, 84, 92)]}],
        "graph": {"edges": [[1, "stem", 0]], "nodes": {"1": {"staff": 0, "onset_ql": "3/4", "voice": "1"}}},
    }


def test_pages_without_graph(tmp_path: Path) -> None:
    reading, _ = small_page()
    write_reading(tmp_path / "a.json", reading)
    assert "graph" not in json.loads((tmp_path / "a.json").read_text())
    back, graph = read_reading(tmp_path / "a.json")
    assert (graph, back.source) == (None, "page.png")


def test_rows_in_another_order_keep_their_relations() -> None:
    """Somebody edits a file by hand and adds the stem at the end."""
    document = to_document(*small_page())
    columns: Any = document["symbols"]
    for name in columns:
        columns[name].reverse()
    document["graph"] = {"edges": [[0, "stem", 1]], "nodes": {"0": {"staff": 3}}}
    reading, graph = from_document(document)
    assert graph is not None
    assert reading.symbols.names == ("stem", "noteheadBlackOnLine")
    assert list(graph.edges()) == [(1, "stem", 0)]
    assert graph.nx.nodes[1] == {"staff": 3}


def test_keys_of_other_tools_are_left_alone() -> None:
    document = to_document(*small_page())
    document["issues"] = [{"code": "bar-too-long"}]
    assert len(from_document(document)[0].symbols) == 2


def test_older_spellings_are_read() -> None:
    document: Any = to_document(*small_page())
    document["symbols"]["classes"][0] = "legerLine"
    assert from_document(document)[0].symbols.names[0] == "ledgerLine"


Damage = Callable[[Any], object]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda one: one.update(schema="coco"), "expected schema"),
        (lambda one: one.pop("schema"), "expected schema"),
        (lambda one: one.update(version=VERSION + 1), "newer detect-score"),
        (lambda one: one.update(version="1"), "version number"),
        (lambda one: one.update(version=True), "version number"),
        (lambda one: one.update(version=0), "version number"),
        (lambda one: one.pop("page"), "page"),
        (lambda one: one["page"].update(width_px=-1), "width_px"),
        (lambda one: one["page"].update(height_px=1.5), "height_px"),
        (lambda one: one.update(source=7), "source"),
        (lambda one: one.pop("symbols"), "symbols"),
        (lambda one: one["symbols"].pop("scores"), "scores"),
        (lambda one: one["symbols"]["classes"].__setitem__(0, "dog"), "'dog'"),
        (lambda one: one["symbols"]["classes"].__setitem__(0, 42), "classes"),
        (lambda one: one["symbols"]["classes"].append("stem"), "one length"),
        (lambda one: one["symbols"]["boxes"].__setitem__(0, [1, 2, 3, 4]), "one length"),
        (lambda one: one["symbols"].update(boxes=[[1, 2, 3, 4]] * 2), "shape"),
        (lambda one: one["symbols"]["boxes"].__setitem__(0, [1, 2, 3, 4, "0"]), "numbers only"),
        (lambda one: one["symbols"]["boxes"].__setitem__(0, [1, 2, -3, 4, 0]), "negative"),
        (lambda one: one["symbols"]["boxes"].__setitem__(0, [1, 2, 10**400, 4, 0]), "numbers only"),
        (lambda one: one["symbols"].update(scores=[2, 0.5]), "scores"),
        (lambda one: one["symbols"].update(scores=[None, 0.5]), "numbers only"),
        (lambda one: one["symbols"].update(comments=["a"]), "one length"),
        (lambda one: one.pop("staves"), "staves"),
        (lambda one: one["staves"].append(5), r"staves\[1\]"),
        (lambda one: one["staves"][0].update(xs_px=[5, 5]), r"staves\[0\]"),
        (lambda one: one["staves"][0]["ys_px"].pop(), r"staves\[0\]"),
        (lambda one: one["graph"].update(edges=[[1, "stem"]]), "edges"),
        (lambda one: one["graph"].update(edges=[[1, "stem", 2]]), "edges"),
        (lambda one: one["graph"].update(edges=[[1, "beside", 0]]), "edges"),
        (lambda one: one["graph"].update(nodes={"2": {}}), "'2'"),
        (lambda one: one["graph"].update(nodes={"one": {}}), "'one'"),
        (lambda one: one["graph"].update(nodes={"1": {"onset_ql": "1/0"}}), "onset_ql"),
        (lambda one: one["graph"].update(nodes={"1": {"onset_ql": "soon"}}), "onset_ql"),
    ],
)
def test_files_that_break_the_rules(damage: Damage, message: str, tmp_path: Path) -> None:
    document = to_document(*small_page())
    damage(document)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=message) as caught:
        read_reading(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"a": NaN}', b"[" * 200_000])
def test_files_that_are_no_reading(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.json"):
        read_reading(path)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.json"):
        read_reading(tmp_path / "missing.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_reading(tmp_path)
    with pytest.raises(OutputError, match="nowhere"):
        write_reading(tmp_path / "nowhere" / "a.json", small_page()[0])


def test_a_graph_of_another_page() -> None:
    with pytest.raises(ValueError, match="2 symbols"):
        to_document(small_page()[0], NotationGraph(3))


def test_an_old_file_survives_a_failure(tmp_path: Path) -> None:
    reading, graph = small_page()
    path = tmp_path / "a.json"
    write_reading(path, reading, graph)
    before = path.read_text()
    graph.nx.nodes[0]["position"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        write_reading(path, reading, graph)
    assert path.read_text() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
