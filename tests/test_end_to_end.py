"""The shipped reader on pages that come with the project, through the command that users type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from lxml import etree

from detect_score.main import main
from realscores_eval.notes import compare

EXAMPLES = Path(__file__).parent.parent / "examples"
#: Least F1 of the notes (pitch, onset, duration): well below what the shipped weights reach, far above a broken reader.
LEAST_F1 = {"song.png": 0.85, "piano.jpg": 0.70, "quartet.png": 0.80}
Save = Callable[[str, np.ndarray], Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(name: str, pixels: np.ndarray) -> Path:
        path = tmp_path / name
        assert cv2.imwrite(str(path), pixels)
        return path

    return write


def _f1(page: Path, out: Path) -> float:
    truth = (EXAMPLES / f"{page.stem.split('_')[0]}.truth.musicxml").read_text(encoding="utf-8")
    return compare(truth, out.read_text(encoding="utf-8")).levels["pitch+onset+duration"].f1


@pytest.mark.parametrize("name", LEAST_F1)
def test_examples_are_read(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.musicxml"
    assert main([str(EXAMPLES / name), "-o", str(out)]) == 0
    report = capsys.readouterr().out
    assert len(report.splitlines()) <= 24
    assert _f1(EXAMPLES / name, out) >= LEAST_F1[name]


def test_upside_down_sixteen_bit_and_grey_on_colour(save: Save, capsys: pytest.CaptureFixture[str]) -> None:
    page = cv2.imread(str(EXAMPLES / "song.png"), cv2.IMREAD_GRAYSCALE)
    turned = save("song_turned.png", np.rot90(page, 2))
    assert main([str(turned)]) == 0
    assert "turned clockwise by 180 degrees" in capsys.readouterr().out
    assert _f1(turned, turned.with_suffix(".musicxml")) >= LEAST_F1["song.png"]
    deep = save("song_deep.png", page.astype(np.uint16) * 257)
    assert main([str(deep)]) == 0
    assert _f1(deep, deep.with_suffix(".musicxml")) >= LEAST_F1["song.png"]
    yellow = save("song_yellow.png", (page[..., None] * np.array([0.7, 0.9, 1.0])).astype(np.uint8))
    assert main([str(yellow)]) == 0
    assert _f1(yellow, yellow.with_suffix(".musicxml")) >= LEAST_F1["song.png"]


def test_a_picture_without_music_is_refused(save: Save, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(5)
    cloudy = cv2.resize(rng.uniform(0, 255, (12, 9)).astype(np.uint8), (1200, 1600), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 6, cloudy.shape)
    photo = save("photo.jpg", np.clip(cloudy + grain, 0, 255).astype(np.uint8))
    assert main([str(photo)]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("detect-score: ")
    assert sorted(path.name for path in photo.parent.iterdir()) == ["photo.jpg"]


def test_printed_words_are_not_music(save: Save) -> None:
    words = np.full((1600, 1200), 255, np.uint8)
    for line, y in enumerate(range(100, 1500, 40)):
        cv2.putText(words, f"line {line} of a book without any music in it", (80, y), 0, 1.0, (0,), 2)
    assert main([str(save("words.png", words))]) == 2


def test_two_pages_become_one_score(tmp_path: Path) -> None:
    out = tmp_path / "both.musicxml"
    assert main([str(EXAMPLES / "song.png"), str(EXAMPLES / "song.png"), "-o", str(out)]) == 0
    root = etree.parse(out).getroot()
    single = etree.parse(EXAMPLES / "song.truth.musicxml").getroot()
    assert len(root.findall("part")) == len(single.findall("part"))
    assert len(root.findall("part[1]/measure")) == 2 * len(single.findall("part[1]/measure"))
    assert root.findall("part[1]/measure/print[@new-page='yes']")
