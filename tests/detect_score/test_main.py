from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from PIL import Image

from detect_score.main import main

Save = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("fake_detector")


def test_no_argument_explains_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: detect-score" in capsys.readouterr().err


def test_a_page_becomes_musicxml_beside_it(save: Save, capsys: pytest.CaptureFixture[str]) -> None:
    page = save("page.png")
    assert main([str(page)]) == 0
    target = page.with_suffix(".musicxml")
    assert etree.parse(target).getroot().tag == "score-partwise"
    out = capsys.readouterr().out
    assert "1 staff" in out
    assert f"wrote {target}" in out
    assert len(out.splitlines()) <= 24


def test_all_outputs(save: Save, tmp_path: Path) -> None:
    page = save("page.png")
    names = {name: tmp_path / f"out.{name}" for name in ("musicxml", "json", "mid", "png")}
    words = [str(page), "-o", str(names["musicxml"]), "--json", str(names["json"])]
    assert main([*words, "--midi", str(names["mid"]), "--overlay", str(names["png"]), "--quiet"]) == 0
    result = json.loads(names["json"].read_text())
    assert result["pages"][0]["reading"]["symbols"]["classes"] == ["clefG", "noteheadWholeOnLine"]
    notes = [
        note
        for part in result["score"]["parts"]
        for measure in part["measures"]
        for event in measure["events"]
        for note in event["notes"]
    ]
    assert [note["symbols"] for note in notes] == [[{"page": 0, "row": 1}]]
    assert names["mid"].read_bytes()[:4] == b"MThd"
    assert names["png"].read_bytes()[:4] == b"\x89PNG"


def test_nothing_is_overwritten_unasked(save: Save, capsys: pytest.CaptureFixture[str]) -> None:
    page = save("page.png")
    target = page.with_suffix(".musicxml")
    target.write_text("my own work")
    assert main([str(page)]) == 2
    assert target.read_text() == "my own work"
    assert "--force" in capsys.readouterr().err
    assert main([str(page), "--force"]) == 0
    assert target.read_text().startswith("<?xml")


def test_a_bad_page_of_several_does_not_stop_the_others(
    save: Save, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    good = save("good.png")
    assert main([str(tmp_path / "bad.png"), str(good), "-o", str(tmp_path / "all.musicxml")]) == 1
    assert "bad.png: the file is empty" in capsys.readouterr().err
    assert (tmp_path / "all.musicxml").exists()


@pytest.mark.parametrize("name", ["empty.png", "missing.png", "blank.png", "noise.png", "."])
def test_unusable_input_gives_one_line_and_code_2(
    tmp_path: Path, save: Save, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "empty.png").touch()
    save("blank.png", np.full((300, 300), 255, np.uint8))
    save("noise.png", np.random.default_rng(1).integers(0, 255, (300, 300), dtype=np.uint8))
    before = sorted(tmp_path.iterdir())
    assert main([str(tmp_path / name), "-o", str(tmp_path / "out.musicxml")]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("detect-score: ")
    assert sorted(tmp_path.iterdir()) == before


def test_an_unwritable_target_is_found_before_any_work(save: Save, tmp_path: Path, fake_detector: object) -> None:
    assert main([str(save("page.png")), "-o", str(tmp_path / "no" / "such" / "folder.musicxml")]) == 2
    assert fake_detector.seen == []  # type: ignore[attr-defined]


TURNS = pytest.mark.parametrize(
    ("quarter_turns", "remark"),
    [(1, "turned clockwise by 90 degrees"), (2, "turned clockwise by 180"), (3, "turned anticlockwise by 90 degrees")],
    ids=["left", "upside down", "right"],
)


@TURNS
def test_turned_pages_are_uprighted(
    turned_page: Callable[[int], Path], capsys: pytest.CaptureFixture[str], quarter_turns: int, remark: str
) -> None:
    assert main([str(turned_page(quarter_turns))]) == 0
    assert remark in capsys.readouterr().out


@TURNS
def test_what_is_found_on_turned_pages_lies_where_it_is_in_the_file(
    turned_page: Callable[[int], Path], tmp_path: Path, quarter_turns: int, remark: str
) -> None:
    page, out = turned_page(quarter_turns), tmp_path / "s.json"
    assert main(["detect", str(page), "-o", str(out)]) == 0
    symbols = json.loads(out.read_text())
    pixels = np.asarray(Image.open(page))
    assert symbols["page"] == {"width_px": pixels.shape[1], "height_px": pixels.shape[0]}
    for line in symbols["staves"][0]["lines_px"]:
        for x, y in np.array([line[0], line[-1]]) * 0.9 + 0.1 * np.mean(line, axis=0):  # a little inside the ends
            assert pixels[int(y), int(x)] == 0
    overlay, result = tmp_path / "o.png", tmp_path / "all.json"
    assert main([str(page), "--overlay", str(overlay), "--json", str(result)]) == 0
    assert Image.open(overlay).size == (pixels.shape[1], pixels.shape[0])
    reading = json.loads(result.read_text())["pages"][0]["reading"]
    assert reading["symbols"]["boxes"] == symbols["symbols"]["boxes"]
    assert main(["rebuild", str(out)]) == 0
    assert out.with_suffix(".musicxml").read_text() == page.with_suffix(".musicxml").read_text()


@pytest.mark.parametrize(
    ("log_odds", "quarter_turns", "remarks"),
    [(0.0, 0, []), (0.0, 2, ["turned clockwise by 180 degrees to be read"]), (-20.0, 0, [])],
    ids=["in doubt, upright", "in doubt, upside down", "sure and mistaken"],
)
def test_clefs_have_the_last_word(
    turned_page: Callable[[int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log_odds: float,
    quarter_turns: int,
    remarks: list[str],
) -> None:
    monkeypatch.setattr("detector.orientation.upright.upright_log_odds", lambda image, lines: log_odds)
    result = tmp_path / "all.json"
    assert main([str(turned_page(quarter_turns)), "--json", str(result)]) == 0
    page = json.loads(result.read_text())["pages"][0]
    assert page["remarks"] == remarks
    assert "clefG" in page["reading"]["symbols"]["classes"]


def test_other_programs_get_turned_pages_in_the_frame_of_the_file(
    turned_page: Callable[[int], Path], tmp_path: Path
) -> None:
    out = tmp_path / "s.json"
    assert main(["detect", str(turned_page(1)), "-o", str(out), "--format", "coco"]) == 0
    page = json.loads(out.read_text())
    assert (page["images"][0]["width"], page["images"][0]["height"]) == (400, 600)
    corners = [(round(one["bbox"][0]), round(one["bbox"][1])) for one in page["annotations"]]
    assert sorted(corners) == [(85, 548), (115, 494)]


def test_separate_files_and_their_rules(save: Save, tmp_path: Path) -> None:
    pages = [save("a.png"), save("b.png")]
    assert main([*map(str, pages), "--separate"]) == 0
    assert (tmp_path / "a.musicxml").exists()
    assert (tmp_path / "b.musicxml").exists()
    assert main([*map(str, pages), "--separate", "-o", "x"]) == 2


def test_several_pages_make_one_score(save: Save, tmp_path: Path) -> None:
    assert main([str(save("a.png")), str(save("b.png"))]) == 0
    root = etree.parse(tmp_path / "a.musicxml").getroot()
    assert len(root.findall("part")) == 1
    assert len(root.findall("part/measure")) == 2


@pytest.mark.parametrize("format_name", ["json", "deepscores", "coco", "yolo-obb", "mung"])
def test_detect_writes_every_format(save: Save, tmp_path: Path, format_name: str) -> None:
    target = tmp_path / "symbols.out"
    assert main(["detect", str(save("page.png")), "-o", str(target), "--format", format_name]) == 0
    assert target.stat().st_size > 0


def test_detect_then_rebuild_equals_read(save: Save, tmp_path: Path) -> None:
    page = save("page.png")
    assert main([str(page)]) == 0
    assert main(["detect", str(page), "-o", str(tmp_path / "s.json")]) == 0
    assert main(["rebuild", str(tmp_path / "s.json")]) == 0
    assert (tmp_path / "s.musicxml").read_text() == page.with_suffix(".musicxml").read_text()


def test_rebuild_refuses_foreign_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.json").write_text('{"schema": "other"}')
    assert main(["rebuild", str(tmp_path / "s.json")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
