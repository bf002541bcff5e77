from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from notation.coco import read_coco, read_coco_results, write_coco, write_coco_results
from notation.errors import FormatError
from notation.page import Reading
from notation.symbols import Symbols

ONE = Symbols.of([[10, 20, 8, 4, 0]], [25], [0.5], width_px=100, height_px=90)[0]


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_written_pages(tmp_path: Path) -> None:
    write_coco(tmp_path / "a.json", {7: Reading(ONE, (), "a.png")})
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["images"] == [{"id": 7, "file_name": "a.png", "width": 100, "height": 90}]
    assert {"id": 25, "name": "noteheadBlackOnLine", "supercategory": "deepscores"} in document["categories"]
    assert document["annotations"] == [
        {
            "id": 1,
            "image_id": 7,
            "category_id": 25,
            "bbox": [6, 18, 8, 4],
            "segmentation": [[6, 18, 14, 18, 14, 22, 6, 22]],
            "area": 32,
            "iscrowd": 0,
            "score": 0.5,
        }
    ]


def test_written_results(tmp_path: Path) -> None:
    write_coco_results(tmp_path / "a.json", {7: ONE})
    (row,) = json.loads((tmp_path / "a.json").read_text())
    assert row["score"] == 0.5
    assert set(row) == {"image_id", "category_id", "bbox", "segmentation", "score"}


def test_files_of_other_tools(tmp_path: Path) -> None:
    """Their own category numbers, masks, polygons of many corners, boxes alone."""
    box = [10, 20, 30, 40]
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 90}],
        "categories": [{"id": 0, "name": "stem"}, {"id": 1, "name": "legerLine"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 0, "bbox": box},
            {"id": 2, "image_id": 1, "category_id": 0, "bbox": box, "segmentation": {"counts": "xyz", "size": [9, 9]}},
            {
                "id": 3,
                "image_id": 1,
                "category_id": 1,
                "bbox": box,
                "segmentation": [[0, 50, 9, 50, 9, 52, 5, 53, 0, 52]],
            },
            {"id": 4, "image_id": 1, "category_id": 2, "bbox": box},
            {"id": 5, "image_id": 2, "category_id": 0, "bbox": box},
            {"id": 6, "image_id": 1, "category_id": 0, "bbox": [1, 2, 3]},
            {"id": 7, "image_id": 1, "category_id": 0, "bbox": [1, 2, 0, 7], "segmentation": []},
        ],
    }
    pages, report = read_coco(written(tmp_path / "a.json", document))
    assert pages[1].symbols.names == ("stem", "stem", "stem", "ledgerLine")
    np.testing.assert_allclose(pages[1].symbols.boxes[1], [25, 40, 30, 40, 0])
    np.testing.assert_allclose(pages[1].symbols.boxes[3], [4.5, 51.5, 9, 3, 0], atol=1e-4)
    assert dict(report.counts) == {
        "no oriented box": 5,
        "duplicate": 1,
        "zero size": 1,
        "unknown class": 1,
        "missing image": 1,
        "broken annotation": 1,
    }


def test_results_of_other_tools(tmp_path: Path) -> None:
    rows = [
        {"image_id": 1, "category_id": 42, "bbox": [10, 20, 30, 40], "score": 0.25},
        {"image_id": 1, "category_id": 0, "bbox": [10, 20, 30, 40], "score": 0.25},
        {"image_id": 1, "category_id": 42, "bbox": [10, 20, 30, 40], "score": "high"},
    ]
    found, report = read_coco_results(written(tmp_path / "a.json", rows), {1: (100, 90)})
    assert (found[1].names, found[1].scores.tolist()) == (("stem",), [0.25])
    assert dict(report.counts) == {"no oriented box": 3, "unknown class": 1, "broken annotation": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "object"),
        ({"images": [], "annotations": []}, "categories"),
        ({"images": [{}], "categories": [], "annotations": []}, r"images\[0\]"),
        ({"images": [], "categories": [{}], "annotations": []}, r"categories\[0\]"),
        ({"images": [], "categories": [], "annotations": [1]}, r"annotations\[0\]"),
        ({"images": [{"id": 1, "width": 1, "height": 1}] * 2, "categories": [], "annotations": []}, "twice"),
    ],
)
def test_files_of_another_kind(document: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read_coco(written(tmp_path / "a.json", document))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("document", [{}, [3]])
def test_no_results(document: object, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"a\.json"):
        read_coco_results(written(tmp_path / "a.json", document), {})
