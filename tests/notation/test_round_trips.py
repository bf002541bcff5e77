"""Whatever can stand on a page comes back from every format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notation import boxes as geometry
from notation.coco import read_coco, read_coco_results, write_coco, write_coco_results
from notation.conversion_report import ConversionReport
from notation.deepscores import DeepScoresPage, read_deepscores, write_deepscores
from notation.deepscores_proposals import read_proposals, write_proposals
from notation.graph import RELATIONS, NotationGraph
from notation.mung import read_mung, write_mung
from notation.page import Reading
from notation.reading_json import read_reading, write_reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from notation.yolo_obb import read_yolo_obb, write_yolo_obb

WIDTH, HEIGHT, CELL = 2000, 4000, 100.0
FEW = settings(max_examples=40)  # whole files are slow to draw
EMPTY = Reading(Symbols.empty(WIDTH, HEIGHT), ())


@st.composite
def pages(draw: st.DrawFn) -> Reading:
    """Pages whose symbols lie in cells one below the other, so that rounding cannot change their order."""
    count = draw(st.integers(0, 8))
    side, angle = st.floats(0.5, 60), st.floats(-np.pi / 4, np.pi / 4, exclude_max=True)
    boxes = [
        [draw(st.floats(100, 1900)), CELL * (row + 1), draw(side), draw(side), draw(angle)] for row in range(count)
    ]
    column = {"min_size": count, "max_size": count}
    symbols, _ = Symbols.of(
        boxes,
        draw(st.lists(st.sampled_from([one.id for one in vocabulary()]), **column)),
        draw(st.lists(st.floats(0, 1), **column)),
        width_px=WIDTH,
        height_px=HEIGHT,
        comments=draw(st.lists(st.text(_PRINTABLE, max_size=20), **column)),
    )
    staves = [
        Staff.straight(10, 1900, 200 * row + draw(st.floats(0, 40)), 17) for row in range(draw(st.integers(0, 3)))
    ]
    return Reading(symbols, tuple(staves), draw(st.text(_PRINTABLE, max_size=10)))


@st.composite
def linked_pages(draw: st.DrawFn) -> tuple[Reading, NotationGraph]:
    """Pages with relations, legal or not, and node attributes."""
    reading = draw(pages())
    graph = NotationGraph(len(reading.symbols))
    if len(graph):
        rows = st.integers(0, len(graph) - 1)
        for source, relation, target in draw(
            st.lists(st.tuples(rows, st.sampled_from(sorted(RELATIONS)), rows), max_size=10)
        ):
            graph.relate(source, relation, target)
        for row in draw(st.lists(rows, max_size=4)):
            graph.nx.nodes[row].update(draw(_ATTRIBUTES))
    return reading, graph


_PRINTABLE = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"])
_ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "staff": st.integers(0, 30),
        "position": st.floats(-20, 20),
        "voice": st.text(_PRINTABLE, max_size=3),
        "onset_ql": st.fractions(0, 8),
        "part": st.none(),
        "cue": st.booleans(),
    },
)


def scratch() -> TemporaryDirectory[str]:
    return TemporaryDirectory()  # hypothesis runs many examples in one test, so tmp_path would be shared


def assert_same_symbols(back: Symbols, truth: Symbols, *, scores: bool = True, comments: bool = True) -> None:
    assert back.names == truth.names
    assert (back.width_px, back.height_px) == (truth.width_px, truth.height_px)
    overlap = np.abs(geometry.corners(back.boxes)[:, None] - _turned_corners(truth.boxes))
    assert (overlap.max((2, 3)).min(1) < 1e-6).all()
    if scores:
        np.testing.assert_array_equal(back.scores, truth.scores)
    if comments:
        assert back.comments == truth.comments


def _turned_corners(boxes: geometry.FloatArray) -> geometry.FloatArray:
    corners = geometry.corners(boxes)
    return np.stack([np.roll(corners, k, axis=1) for k in range(4)], 1)  # (N, 4 turns, 4 corners, 2)


def assert_same_graph(back: NotationGraph, truth: NotationGraph) -> None:
    assert list(back.edges()) == list(truth.edges())
    assert dict(back.nx.nodes(data=True)) == dict(truth.nx.nodes(data=True))


@FEW
@given(linked_pages())
@example((EMPTY, NotationGraph(0)))
def test_reading_json(page: tuple[Reading, NotationGraph]) -> None:
    reading, graph = page
    with scratch() as folder:
        path = Path(folder) / "page.json"
        write_reading(path, reading, graph)
        first = path.read_bytes()
        back, links = read_reading(path)
        assert links is not None
        write_reading(path, back, links)
        assert path.read_bytes() == first
    assert_same_graph(links, graph)
    np.testing.assert_array_equal(back.symbols.boxes, reading.symbols.boxes)
    assert_same_symbols(back.symbols, reading.symbols)
    assert back.source == reading.source
    for one, other in zip(back.staves, reading.staves, strict=True):
        np.testing.assert_array_equal(one.xs_px, other.xs_px)
        np.testing.assert_array_equal(one.ys_px, other.ys_px)


@FEW
@given(linked_pages())
@example((EMPTY, NotationGraph(0)))
def test_mung(page: tuple[Reading, NotationGraph]) -> None:
    reading, graph = page
    with scratch() as folder:
        path = Path(folder) / "page.xml"
        write_mung(path, reading, graph)
        first = path.read_bytes()
        back, links, report = read_mung(path)
        write_mung(path, back, links)
        assert path.read_bytes() == first
    assert not report, str(report)
    assert_same_graph(links, graph)
    np.testing.assert_array_equal(back.symbols.boxes, reading.symbols.boxes)
    assert_same_symbols(back.symbols, reading.symbols)
    assert back.source == reading.source


@FEW
@given(st.lists(pages(), max_size=3))
@example([])
@example([EMPTY])
def test_deepscores(readings: list[Reading]) -> None:
    written = [DeepScoresPage.of(one, image_id) for image_id, one in enumerate(readings, start=7)]
    with scratch() as folder:
        path = Path(folder) / "annotations.json"
        write_deepscores(path, written)
        back, report = read_deepscores(path)
    assert set(report.counts) <= {"zero area"}
    assert [page.image_id for page in back] == [page.image_id for page in written]
    for page, truth in zip(back, written, strict=True):
        assert_same_symbols(page.reading.symbols, truth.reading.symbols, scores=False)
        assert page.reading.source == truth.reading.source
        np.testing.assert_array_equal(page.areas_px2, truth.areas_px2)
        np.testing.assert_array_equal(page.upright_px, truth.upright_px)


@FEW
@given(st.lists(pages(), max_size=3))
@example([])
@example([EMPTY])
def test_coco(readings: list[Reading]) -> None:
    written = dict(enumerate(readings))
    with scratch() as folder:
        path = Path(folder) / "coco.json"
        write_coco(path, written)
        back, report = read_coco(path)
    assert not report, str(report)
    assert list(back) == list(written)
    for image_id, truth in written.items():
        assert_same_symbols(back[image_id].symbols, truth.symbols)
        assert back[image_id].source == truth.source


Reader = Callable[[Path, dict[int, tuple[int, int]]], tuple[dict[int, Symbols], ConversionReport]]
Writer = Callable[[Path, dict[int, Symbols]], None]


@pytest.mark.parametrize(
    ("write", "read"), [(write_proposals, read_proposals), (write_coco_results, read_coco_results)]
)
@FEW
@given(readings=st.lists(pages(), max_size=3))
@example(readings=[])
@example(readings=[EMPTY, EMPTY])
def test_detections(write: Writer, read: Reader, readings: list[Reading]) -> None:
    found = {image_id: one.symbols for image_id, one in enumerate(readings, start=3)}
    with scratch() as folder:
        path = Path(folder) / "found.json"
        write(path, found)
        back, report = read(path, dict.fromkeys(found, (WIDTH, HEIGHT)))
    assert not report, str(report)
    assert list(back) == list(found)
    for image_id, truth in found.items():
        assert_same_symbols(back[image_id], truth, comments=False)


@FEW
@given(pages(), st.booleans())
@example(EMPTY, True)
def test_yolo_obb(reading: Reading, with_scores: bool) -> None:
    names = vocabulary().names()
    with scratch() as folder:
        path = Path(folder) / "page.txt"
        assert not write_yolo_obb(path, reading.symbols, names, with_scores=with_scores)
        back, report = read_yolo_obb(path, names, width_px=WIDTH, height_px=HEIGHT)
    assert not report, str(report)
    assert back.names == reading.symbols.names
    overlap = np.abs(geometry.corners(back.boxes)[:, None] - _turned_corners(reading.symbols.boxes))
    assert (overlap.max((2, 3)).min(1) < 1e-3).all()  # ten digits
    if with_scores:
        np.testing.assert_array_equal(back.scores, reading.symbols.scores)


def _every_class() -> Symbols:
    ids = [one.id for one in vocabulary()]
    boxes = [[50, 10.0 * row + 5, 8, 4, 0.1] for row in range(len(ids))]
    return Symbols.of(boxes, ids, width_px=100, height_px=10 * len(ids))[0]


def _through_each_format(symbols: Symbols, folder: Path) -> Iterator[tuple[str, Symbols]]:
    reading, size = Reading(symbols, ()), (symbols.width_px, symbols.height_px)
    write_reading(folder / "a", reading)
    yield "reading", read_reading(folder / "a")[0].symbols
    write_mung(folder / "b", reading)
    yield "mung", read_mung(folder / "b")[0].symbols
    write_deepscores(folder / "c", [DeepScoresPage.of(reading, 1)])
    yield "deepscores", read_deepscores(folder / "c")[0][0].reading.symbols
    write_coco(folder / "d", {1: reading})
    yield "coco", read_coco(folder / "d")[0][1].symbols
    write_proposals(folder / "e", {1: symbols})
    yield "proposals", read_proposals(folder / "e", {1: size})[0][1]
    write_coco_results(folder / "f", {1: symbols})
    yield "coco results", read_coco_results(folder / "f", {1: size})[0][1]
    write_yolo_obb(folder / "g", symbols, vocabulary().names())
    yield "yolo", read_yolo_obb(folder / "g", vocabulary().names(), width_px=size[0], height_px=size[1])[0]


def test_every_class_passes_every_format(tmp_path: Path) -> None:
    symbols = _every_class()
    for name, back in _through_each_format(symbols, tmp_path):
        assert back.names == symbols.names, name


@pytest.mark.parametrize("key", ["oriented_box", "score", "comments", "outlink_relations"])
def test_mung_keeps_its_own_names(key: str, tmp_path: Path) -> None:
    reading = Reading(_every_class(), ())
    graph = NotationGraph(len(reading.symbols))
    graph.nx.nodes[0][key] = 1
    with pytest.raises(ValueError, match=key):
        write_mung(tmp_path / "page.xml", reading, graph)


@pytest.mark.parametrize("attributes", [{"onset": Fraction(1, 3)}, {"onset_ql": 0.5}, {"notes": [1, 2]}])
def test_attributes_that_no_file_can_hold(attributes: dict[str, object], tmp_path: Path) -> None:
    reading = Reading(_every_class(), ())
    graph = NotationGraph(len(reading.symbols))
    graph.nx.nodes[0].update(attributes)
    for write in (write_mung, write_reading):
        with pytest.raises(ValueError, match=r"onset|notes"):
            write(tmp_path / "page", reading, graph)
    assert not list(tmp_path.iterdir())
