from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from notation.errors import FormatError
from notation.symbols import Symbols
from notation.yolo_obb import read_class_list, read_yolo_obb, write_class_list, write_yolo_obb

NAMES = ("stem", "noteheadBlackOnLine")


def test_a_written_line(tmp_path: Path) -> None:
    symbols, _ = Symbols.of([[10, 20, 8, 4, 0]], [25], [0.5], width_px=100, height_px=40)
    path = tmp_path / "a.txt"
    assert not write_yolo_obb(path, symbols, NAMES)
    assert path.read_text() == "1 0.06 0.45 0.14 0.45 0.14 0.55 0.06 0.55\n"
    write_yolo_obb(path, symbols, NAMES, with_scores=True)
    assert path.read_text() == "1 0.06 0.45 0.14 0.45 0.14 0.55 0.06 0.55 0.5\n"


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    symbols, _ = Symbols.of(
        [[2, 20, 8, 4, 0], [50, 20, 8, 4, 0], [50, 30, 8, 4, 0]], [25, 135, 42], width_px=100, height_px=40
    )
    report = write_yolo_obb(tmp_path / "a.txt", symbols, NAMES)
    assert dict(report.counts) == {"outside the page": 1, "class left out": 1}
    assert report.examples["class left out"] == ["staff"]
    back, _ = read_yolo_obb(tmp_path / "a.txt", NAMES, width_px=100, height_px=40)
    np.testing.assert_allclose(back.boxes[0], [3, 20, 6, 4, 0], atol=1e-6)


def test_pages_without_size(tmp_path: Path) -> None:
    symbols, _ = Symbols.of([[2, 20, 8, 4, 0]], [25], width_px=0, height_px=0)
    with pytest.raises(ValueError, match="width and height"):
        write_yolo_obb(tmp_path / "a.txt", symbols, NAMES)
    assert not write_yolo_obb(tmp_path / "a.txt", Symbols.empty(0, 0), NAMES)
    assert (tmp_path / "a.txt").read_text() == ""


def test_lines_of_other_tools(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    lines = [
        "0 0.5 0.5 0.2 0.4",  # plain YOLO: centre and sides
        "1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2 0.75",
        "1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2",
        "",
        "2 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2",
        "1 0.1 0.1 0.2 0.1 0.2 0.2",
        "1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 nan",
        "stem 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2",
        "1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2 0.3 0.4",
    ]
    path.write_text("\r\n".join(lines))
    symbols, report = read_yolo_obb(path, NAMES, width_px=100, height_px=100)
    assert symbols.names == ("noteheadBlackOnLine", "noteheadBlackOnLine", "stem")
    assert symbols.scores.tolist() == [0.75, 1, 1]
    np.testing.assert_allclose(symbols.boxes[2], [50, 50, 20, 40, 0])
    assert dict(report.counts) == {"no oriented box": 1, "unknown class": 1, "broken annotation": 4, "duplicate": 1}
    dropped, _ = read_yolo_obb(path, NAMES, width_px=100, height_px=100, drop_duplicates=True)
    assert len(dropped) == 2


def test_classes_that_only_the_list_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("0 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2\n")
    symbols, report = read_yolo_obb(path, ["dog"], width_px=100, height_px=100)
    assert (len(symbols), dict(report.counts)) == (0, {"unknown class": 1})


@pytest.mark.parametrize("names", [(), NAMES, ("no", "on", "1", "tie: yes")])
def test_class_lists(names: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    write_class_list(path, names, path="images here", train="train")
    assert read_class_list(path) == names
    assert "train: train\n" in path.read_text()


def test_class_lists_as_lists(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("nc: 2\nnames: [stem, beam]\n")
    assert read_class_list(path) == ("stem", "beam")


@pytest.mark.parametrize("text", ["", "names: 3", "names: {1: stem}", "names: {0: 5}", "names: [", "- stem"])
def test_no_class_list(text: str, tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text)
    with pytest.raises(FormatError, match=r"data\.yaml") as caught:
        read_class_list(path)
    assert "\n" not in str(caught.value)
