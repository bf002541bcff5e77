from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from notation.deepscores import DeepScoresPage, format_comments, parse_comments, read_deepscores, write_deepscores
from notation.deepscores_proposals import read_proposals, write_proposals
from notation.errors import FormatError, InputError, OutputError
from notation.page import Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

FIXTURE = Path(__file__).parent / "files" / "annotations.json"
EXCERPT = Path(__file__).parents[3] / "shared" / "data" / "deepscores_v2_sample" / "annotations_excerpt.json"


def test_pages_of_a_file_with_every_peculiarity() -> None:
    (first, second, empty), _ = read_deepscores(FIXTURE)
    assert (first.image_id, first.reading.source) == (3, "first.png")
    assert (first.reading.symbols.width_px, first.reading.symbols.height_px) == (400, 300)
    assert first.reading.symbols.names == (
        "stem",
        "arpeggiato",
        "noteheadBlackOnLine",
        "noteheadBlackOnLine",
        "ledgerLine",
        "stringsUpBow",
    )
    assert (second.image_id, second.reading.source) == (4, "second.png")
    assert second.reading.symbols.names == ("staff", "noteheadBlackOnLine")
    assert (empty.reading.source, len(empty.reading.symbols), empty.upright_px.shape) == ("empty.png", 0, (0, 4))


def test_everything_strange_is_counted() -> None:
    _, report = read_deepscores(FIXTURE)
    assert dict(report.counts) == {
        "duplicate": 1,
        "zero area": 1,
        "zero size": 1,
        "unknown class": 2,
        "broken annotation": 1,
        "no oriented box": 1,
        "missing image": 1,
        "missing annotation": 1,
        "unlisted annotation": 2,
    }
    assert report.examples["missing annotation"] == ["99"]


def test_duplicates_are_dropped_on_request() -> None:
    (first, *_), report = read_deepscores(FIXTURE, drop_duplicates=True)
    assert report.counts["duplicate dropped"] == 1
    assert first.reading.symbols.names.count("noteheadBlackOnLine") == 1
    assert len(first.areas_px2) == len(first.upright_px) == len(first.reading.symbols) == 5


def test_columns_belong_to_their_rows() -> None:
    (first, *_), _ = read_deepscores(FIXTURE)
    symbols = first.reading.symbols
    (ledger,), (bow,), (stem,) = (symbols.rows_of(one) for one in ("ledgerLine", "stringsUpBow", "stem"))
    assert symbols.comments[ledger] == "hidden by the beam; nobody knows why"
    assert first.areas_px2[[ledger, bow, stem]].tolist() == [0, 200, 70]
    assert first.upright_px[bow].tolist() == [60, 90, 80, 110]
    np.testing.assert_allclose(symbols.boxes[bow], [70, 100, 200**0.5, 200**0.5, -np.pi / 4])
    np.testing.assert_allclose(symbols.boxes[stem], [10, 55, 0, 70, 0])


def test_images_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "first.png").touch()
    _, report = read_deepscores(FIXTURE, images=tmp_path)
    assert report.examples["missing image"] == ["annotation 9", "second.png", "empty.png"]


def test_written_files_follow_the_release(tmp_path: Path) -> None:
    symbols, _ = Symbols.of(
        [[10, 10, 4, 2, 0], [20, 30, 2, 9, 0], [5, 50, 2, 2, 0]],
        [vocabulary().id_of(one) for one in ("noteheadBlackOnLine", "barlineSingle", "stringsUpBow")],
        width_px=40,
        height_px=60,
        comments=["duration:4;", "", ""],
    )
    page = DeepScoresPage.of(Reading(symbols, (), "a.png"), 1, np.array([7, 0, 3]))
    write_deepscores(tmp_path / "a.json", [page])
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["annotation_sets"] == ["deepscores", "muscima++", "detect-score"]
    assert document["categories"]["25"] == {
        "name": "noteheadBlackOnLine",
        "annotation_set": "deepscores",
        "color": 35,
    }
    assert document["categories"]["209"]["annotation_set"] == "detect-score"
    assert document["images"] == [{"id": 1, "filename": "a.png", "width": 40, "height": 60, "ann_ids": ["1", "2", "3"]}]
    assert document["annotations"]["1"] == {
        "a_bbox": [8, 9, 12, 11],
        "o_bbox": [12, 11, 12, 9, 8, 9, 8, 11],
        "cat_id": ["25", "157"],
        "area": 7,
        "img_id": "1",
        "comments": "duration:4;",
    }
    assert [document["annotations"][one]["cat_id"] for one in "23"] == [[None, None, "209"], ["109", None]]
    assert [document["annotations"][one]["area"] for one in "23"] == [0, 3]


def test_pages_need_ids_of_their_own(tmp_path: Path) -> None:
    page = DeepScoresPage.of(Reading(Symbols.empty(5, 5), ()), 1)
    with pytest.raises(ValueError, match="different image ids"):
        write_deepscores(tmp_path / "a.json", [page, page])
    with pytest.raises(ValueError, match="0 areas"):
        DeepScoresPage.of(page.reading, 1, np.array([3]))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        (
            "instance:#00008c;duration:8;rel_position:-1;",
            {"instance": "#00008c", "duration": "8", "rel_position": "-1"},
        ),
        (" onset : 3:4 ; ;free text", {"onset": "3:4", "free text": ""}),
    ],
)
def test_comments_are_read_tolerantly(text: str, pairs: dict[str, str]) -> None:
    assert parse_comments(text) == pairs
    assert parse_comments(format_comments(pairs)) == pairs


def test_comments_as_the_release_writes_them() -> None:
    assert format_comments({"instance": "#00008c", "duration": 8}) == "instance:#00008c;duration:8;"


Damage = Callable[[dict[str, object]], object]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda one: one.pop("images"), "images"),
        (lambda one: one.pop("annotations"), "annotations"),
        (lambda one: one.update(annotations=[]), "annotations"),
        (lambda one: one.update(images=[{"id": 1}]), r"images\[0\]"),
        (lambda one: one.update(images=[{"id": 1, "width": -1, "height": 1}]), r"images\[0\]"),
        (lambda one: one.update(images=[{"id": 1, "width": 1, "height": 1}] * 2), "different ids"),
        (lambda one: one.update(categories={"stem": {}}), "'stem'"),
    ],
)
def test_files_of_another_kind(damage: Damage, message: str, tmp_path: Path) -> None:
    document = json.loads(FIXTURE.read_text())
    damage(document)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=message) as caught:
        read_deepscores(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.json"):
        read_deepscores(tmp_path / "missing.json")
    with pytest.raises(OutputError, match="nowhere"):
        write_deepscores(tmp_path / "nowhere" / "a.json", [])


def test_proposals_of_the_wild(tmp_path: Path) -> None:
    rows = [
        {"bbox": ["10", "20", "14", "80"], "cat_id": "42", "img_id": "3", "score": "0.75"},
        {"bbox": [70, 90, 80, 100, 70, 110, 60, 100], "cat_id": 25, "img_id": 3, "score": 1},
        {"bbox": [70, 90, 80, 100, 70, 110, 60, 100], "cat_id": 25, "img_id": 3, "score": 0.5},
        {"bbox": [10, 20, 14], "cat_id": "42", "img_id": 3, "score": 0.5},
        {"bbox": [10, 20, 14, 80], "cat_id": "42", "img_id": 3, "score": 1.5},
        {"bbox": [10, 20, 14, 80], "cat_id": "157", "img_id": 3, "score": 0.5},
        {"bbox": [10, 20, 14, 80], "cat_id": "42", "img_id": 9, "score": 0.5},
    ]
    path = tmp_path / "proposals.json"
    path.write_text(json.dumps({"annotation_set": "deepscores", "proposals": rows}))
    found, report = read_proposals(path, {3: (100, 200), 4: (50, 60)})
    assert found[3].names == ("stem", "noteheadBlackOnLine", "noteheadBlackOnLine")
    assert found[3].scores.tolist() == [0.75, 1, 0.5]
    assert (len(found[4]), found[4].width_px) == (0, 50)
    assert dict(report.counts) == {"broken annotation": 2, "unknown class": 1, "missing image": 1, "duplicate": 1}
    dropped, _ = read_proposals(path, {3: (100, 200)}, drop_duplicates=True)
    assert len(dropped[3]) == 2


def test_written_proposals(tmp_path: Path) -> None:
    symbols, _ = Symbols.of([[10, 10, 4, 2, 0]], [209], [0.5], width_px=40, height_px=60)
    write_proposals(tmp_path / "a.json", {7: symbols})
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "annotation_set": "deepscores",
        "proposals": [{"bbox": [12, 11, 12, 9, 8, 9, 8, 11], "cat_id": "209", "img_id": 7, "score": 0.5}],
    }


@pytest.mark.parametrize("document", [[], {}, {"proposals": {}}, {"proposals": [3]}])
def test_no_proposals_file(document: object, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=r"a\.json"):
        read_proposals(path, {})


@pytest.mark.shared
@pytest.mark.skipif(not EXCERPT.is_file(), reason="the excerpt of DeepScoresV2 is not part of the repository")
def test_an_excerpt_of_the_release(tmp_path: Path) -> None:
    (page,), report = read_deepscores(EXCERPT)
    symbols = page.reading.symbols
    assert not report, str(report)
    assert (page.image_id, page.reading.source, len(symbols)) == (410, "lg-5230237-aug-emmentaler--page-2.png", 66)
    released = json.loads(EXCERPT.read_text())
    write_deepscores(tmp_path / "back.json", [page])
    written = json.loads((tmp_path / "back.json").read_text())
    assert _keyed(written) == _keyed(released)
    for key, category in released["categories"].items():
        ours = written["categories"][key]
        assert (ours["color"], ours["annotation_set"]) == (category["color"], category["annotation_set"])
        assert ours["name"] == category["name"].replace("legerLine", "ledgerLine")


def _keyed(document: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    """Everything that must come back exactly; corners in any order and to float32."""
    rows = []
    for one in document["annotations"].values():
        corners = np.sort(np.array(one["o_bbox"]).reshape(4, 2).round(1), axis=0).tolist()
        rows.append(str([one["a_bbox"], one["cat_id"], one["area"], one["img_id"], one["comments"], corners]))
    return sorted(rows)
