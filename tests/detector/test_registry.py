"""Detectors by name."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.model_record import model_file, record_of
from detector.proposals import ProposalsDetector
from detector.protocol import PageDetector
from detector.reader import Detector
from detector.registry import Wish, load_detector
from detector.weights_file import find_weights
from notation import boxes as geometry
from notation.deepscores_proposals import image_ids, write_proposals
from notation.errors import ConfigurationError, FormatError, InputError, WeightsError
from notation.page import LabelledPage
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "heads.py"
THIRD_PARTY = """
import numpy as np
from notation.page import Reading
from notation.symbols import Symbols


class Blind:
    def __init__(self, wish):
        self.wish = wish

    def read(self, image, progress=None, source=""):
        height, width = image.shape
        return Reading(Symbols.empty(width, height), (), source)


def make(wish):
    return Blind(wish)


def wrong(wish):
    return 3
"""


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "blind_detector.py").write_text(THIRD_PARTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "blind_detector", raising=False)
    return "blind_detector"


def _symbols() -> Symbols:
    ids = [vocabulary().id_of("noteheadBlackOnLine"), vocabulary().id_of("stem")]
    boxes = [[50, 60, 20, 16, 0], [60, 40, 3, 50, 0.1]]
    return Symbols.of(boxes, ids, [0.9, 0.5], width_px=300, height_px=200)[0]


def _staves() -> np.ndarray:
    image = np.full((200, 300), 255, np.uint8)
    for y in range(60, 141, 16):
        image[y : y + 2, 10:290] = 0
    return image


def test_ours_by_name_and_by_file() -> None:
    for name in ("yolo", str(find_weights(None))):
        assert isinstance(load_detector(name), Detector)


def test_proposals_stand_in_for_a_detector(tmp_path: Path) -> None:
    write_proposals(tmp_path / "found.json", {7: _symbols()})
    detector = load_detector(str(tmp_path / "found.json"))
    assert isinstance(detector, ProposalsDetector)
    shares: list[float] = []
    reading = detector.read(_staves(), shares.append, "page.png")
    assert reading.symbols.class_ids.tolist() == _symbols().class_ids.tolist()
    assert reading.symbols.boxes == pytest.approx(_symbols().boxes, abs=1e-6)
    assert reading.source == "page.png"
    assert shares == [1.0]


def test_proposals_of_no_page_or_of_several_are_refused(tmp_path: Path) -> None:
    write_proposals(tmp_path / "two.json", {1: _symbols(), 2: _symbols()})
    write_proposals(tmp_path / "none.json", {})
    assert image_ids(tmp_path / "two.json") == [1, 2]
    for name, count in (("two.json", 2), ("none.json", 0)):
        with pytest.raises(InputError, match=f"got {count} pages"):
            load_detector(str(tmp_path / name))
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(FormatError, match="object"):
        load_detector(str(tmp_path / "other.json"))


def test_a_third_party_adds_a_detector_in_one_file(third_party: str) -> None:
    wish = Wish(least_scores={"*": 0.05})
    detector: PageDetector = load_detector(f"{third_party}:make", wish)
    assert len(detector.read(_staves()).symbols) == 0
    assert vars(detector)["wish"] is wish


def test_the_example_of_the_documents_is_the_file() -> None:
    shown = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown == [EXAMPLE.read_text(encoding="utf-8")]


def test_the_example_finds_heads(draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(3)
    found = load_detector(f"{EXAMPLE}:make").read(page.image, source="page.png")
    truth = page.reading.symbols
    heads = np.isin(
        truth.class_ids, [vocabulary().id_of(name) for name in ("noteheadBlackOnLine", "noteheadBlackInSpace")]
    )
    away = np.abs(truth.boxes[heads, None, :2] - found.symbols.boxes[None, :, :2]).max(2)
    hit = away.min(1) < 4
    assert hit.mean() > 0.9
    assert (truth.class_ids[heads][hit] == found.symbols.class_ids[away.argmin(1)][hit]).mean() > 0.9
    assert len(found.symbols) <= heads.sum() * 1.1
    assert len(found.staves) == 3
    assert len(load_detector(f"{EXAMPLE}:make").read(np.full((80, 80), 255, np.uint8)).symbols) == 0


def test_the_watershed_detector_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.weights_file.weights_path", lambda name: tmp_path / f"{name}.onnx")
    with pytest.raises(WeightsError, match="no such weights"):
        load_detector("dwd")
    (tmp_path / "watershed.onnx").write_bytes(b"strange")
    with pytest.raises(WeightsError, match=r"watershed\.onnx: not a detector model"):
        load_detector("dwd")
    assert model_file("dwd") == tmp_path / "watershed.onnx"


def test_what_a_model_file_says() -> None:
    record = record_of(find_weights(None))
    assert (record.detector, len(record.classes)) == ("yolo", 158)
    assert record.megabytes < 12
    last, before = record.training, record.training["earlier stages"]
    assert record.minutes == sum(stage["minutes"] for stage in [*before, last]) > last["minutes"]
    assert record.steps == sum(stage["steps"] for stage in [*before, last])


def test_the_shipped_watershed_detector_reads_a_page(draw_page: Callable[[int], LabelledPage]) -> None:
    record = record_of(find_weights("watershed"))
    assert (record.detector, len(record.classes)) == ("dwd", 153)
    assert record.megabytes < 12
    page = draw_page(3)
    found = load_detector("dwd").read(page.image).symbols
    truth = page.reading.symbols
    for name in ("noteheadBlackOnLine", "noteheadBlackInSpace"):
        of_kind, of_found = truth.class_ids == vocabulary().id_of(name), found.class_ids == vocabulary().id_of(name)
        overlap = geometry.iou(truth.boxes[of_kind], found.boxes[of_found])
        assert (overlap.max(1) > 0.5).mean() > 0.9


def test_other_detectors_have_no_model_file(tmp_path: Path) -> None:
    assert model_file("found.json") is None
    assert model_file("module:make") is None
    assert model_file("yolo") == find_weights(None)
    with pytest.raises(WeightsError, match="no such weights"):
        model_file(str(tmp_path / "gone.onnx"))
    (tmp_path / "strange.onnx").write_bytes(b"strange")
    with pytest.raises(WeightsError, match="not a detector model"):
        record_of(tmp_path / "strange.onnx")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("yolo9000", "no such detector"),
        ("no_module_of_this_name:make", "cannot be imported"),
        ("blind_detector:missing", "cannot be imported"),
        ("blind_detector:wrong", "method `read`"),
        ("no/such/file.py:make", "cannot be imported"),
        (f"{EXAMPLE}:missing", "cannot be imported"),
    ],
    ids=["unknown", "no-module", "no-function", "no-detector", "no-file", "no-function-in-file"],
)
def test_what_is_no_detector_is_said(third_party: str, name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_detector(name)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weights"):
        load_detector(str(tmp_path / "gone.onnx"))
    (tmp_path / "strange.onnx").write_bytes(b"strange")
    with pytest.raises(WeightsError, match="not a detector model"):
        load_detector(str(tmp_path / "strange.onnx"))
