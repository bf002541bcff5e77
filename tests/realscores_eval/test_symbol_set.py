"""Folders of pages with known symbols: the published RealScores format, our own sets, MuNG in MUSCIMA++ classes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from notation.deepscores import DeepScoresPage, write_deepscores
from notation.errors import FormatError, InputError
from notation.mung import write_mung
from notation.page import GreyImage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.muscima import class_of, compatible, compatible_name, in_muscima_classes, mung_set
from realscores_eval.symbol_set import SymbolSet, deepscores_set, undeclared

FILES = Path(__file__).parent / "files" / "imslp_test"
HEAD, SPACE = "noteheadBlackOnLine", "noteheadBlackInSpace"


def symbols(*names: str, shift_px: float = 0, score: float = 1.0) -> Symbols:
    """Boxes of 12 by 10 px side by side, one a name."""
    boxes = [(20 + 30 * k + shift_px, 50, 12, 10, 0) for k in range(len(names))]
    ids = [vocabulary().id_of(name) for name in names]
    return Symbols.of(boxes, ids, [score] * len(names), width_px=400, height_px=100)[0]


def detections(symbol_set: SymbolSet, *found: Symbols) -> dict[int, tuple[Symbols | None, str]]:
    return {page.labelled.image_id: (one, "") for page, one in zip(symbol_set.pages, found, strict=True)}


class TestRealScores:
    """The folder as it is published: one annotation file, pictures in `images/`."""

    def test_pages(self) -> None:
        found = deepscores_set(FILES, annotations="imslp_test.json")
        assert [page.name for page in found.pages] == ["scan 1.png", "scan 2.png"]
        assert found.pages[0].image().shape == (360, 480)
        assert len(found.pages[0].labelled.areas_px2) == 43

    def test_the_file_itself_can_be_named(self) -> None:
        assert len(deepscores_set(FILES / "imslp_test.json").pages) == 2

    def test_the_only_file_called_test_is_taken(self) -> None:
        """Proposals lie beside it, and end in other words."""
        assert deepscores_set(FILES).source.name == "imslp_test.json"

    def test_our_own_classes_are_not_compared(self) -> None:
        found = deepscores_set(FILES).first(1)
        both = symbols(HEAD, "barlineSingle")
        assert found.mapped(both).names == (HEAD,)
        assert undeclared(found, detections(found, both)) == {"barlineSingle": 1}
        assert [one.name for one in found.evaluate(detections(found, both))[0].classes if one.found_count] == [HEAD]

    def test_proposals_take_the_place_of_a_detector(self) -> None:
        found = deepscores_set(FILES)
        oriented, legacy, *_ = found.evaluate(found.proposals(FILES / "proposals_oriented.json"))
        assert (oriented.shape, oriented.mode, legacy.mode) == ("oriented", "standard", "legacy")
        printed = json.loads((FILES / "toolkit_ap.json").read_text())["oriented"]
        assert legacy.mean(0.25) == pytest.approx(np.mean([row["0.25"] for row in printed.values()]), abs=1e-6)

    def test_symbols_without_ink_are_left_out_of_standard_mode(self) -> None:
        found = deepscores_set(FILES)
        none = detections(found, symbols(), symbols())
        counts = [len(found.scored(none, "oriented", mode)[0].truth) for mode in ("standard", "legacy")]
        assert counts == [42, 43]

    def test_perfect_detections(self) -> None:
        found = deepscores_set(FILES)
        truth = [page.labelled.reading.symbols for page in found.pages]
        standard = found.evaluate(detections(found, *truth))[0]
        assert standard.mean(0.5) > 0.9  # below 1 only for the detection of the symbol without ink

    def test_a_detector_that_fails_on_a_page(self) -> None:
        found = deepscores_set(FILES)
        calls: list[GreyImage] = []

        def detect(image: GreyImage) -> Reading:
            calls.append(image)
            if len(calls) == 2:
                raise InputError("black page")
            return Reading(found.pages[0].labelled.reading.symbols, ())

        done = found.evaluate(found.detections(detect))
        assert done[0].failures == (("scan 2.png", "InputError: black page"),)

    def test_missing_and_ambiguous_files(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no JSON file"):
            deepscores_set(tmp_path)
        shutil.copy(FILES / "imslp_test.json", tmp_path / "a.json")
        assert len(deepscores_set(tmp_path).pages) == 2
        shutil.copy(FILES / "imslp_test.json", tmp_path / "b.json")
        with pytest.raises(InputError, match=r"a\.json, b\.json"):
            deepscores_set(tmp_path)
        (tmp_path / "b.json").write_text("[]")
        with pytest.raises(FormatError, match=r"b\.json"):
            deepscores_set(tmp_path, annotations="b.json")

    def test_splits_of_our_own_sets(self, tmp_path: Path) -> None:
        for number, split in enumerate(("train", "val", "test")):
            page = DeepScoresPage.of(Reading(symbols(*[HEAD] * (number + 1)), (), "a.png"), 1)
            write_deepscores(tmp_path / f"deepscores_{split}.json", [page])
        counts = [len(deepscores_set(tmp_path, split=one).pages[0].labelled.areas_px2) for one in ("train", None)]
        assert counts == [1, 3]


class TestMuscimaClasses:
    def test_classes_that_share_a_name_become_one(self) -> None:
        both = compatible(symbols(HEAD, SPACE, "timeSig8", "clef8", "text"))
        assert [compatible_name(name) for name in both.names] == [
            "noteheadFullSmall",
            "noteheadFullSmall",
            "numeral8",
            "numeral8",
        ]
        assert len(set(both.names)) == 2

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("noteheadFull", "noteheadFullSmall"),
            ("legerLine", "ledgerLine"),
            ("gClef", "clefG"),
            ("numeral4", "numeral4"),
            ("timeSig4", "numeral4"),
            ("beam", "beam"),
        ],
        ids=str,
    )
    def test_names_of_the_graphs(self, name: str, shown: str) -> None:
        class_id = class_of(name)
        assert class_id is not None
        assert compatible_name(vocabulary().name_of(class_id)) == shown

    @pytest.mark.parametrize("name", ["barline", "letterA", "text", "", None], ids=str)
    def test_names_without_a_class(self, name: object) -> None:
        assert class_of(name) is None

    def test_detections_need_not_know_lines_from_spaces(self) -> None:
        truth, found = symbols(HEAD, SPACE), symbols(SPACE, HEAD, score=0.9)
        plain = deepscores_set(FILES).first(1)
        page = DeepScoresPage.of(Reading(truth, (), "a.png"), 1)
        plain = SymbolSet(plain.source, (type(plain.pages[0])(page, plain.pages[0].image),))
        assert plain.evaluate(detections(plain, found))[0].mean(0.5) == 0
        joined = in_muscima_classes(plain)
        assert joined.evaluate(detections(joined, found))[0].mean(0.5) == 1

    def test_only_what_has_no_name_is_left_out(self) -> None:
        joined = in_muscima_classes(deepscores_set(FILES).first(1))
        assert undeclared(joined, detections(joined, symbols(HEAD, SPACE, "text"))) == {"text": 1}


class TestMung:
    """Graphs that `notation.mung` wrote stand in for the released ones."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        truth = symbols(HEAD, SPACE, "keySharp", "accidentalSharp", "text")
        write_mung(tmp_path / "a.xml", Reading(truth, (), "a.png"))
        cv2.imwrite(str(tmp_path / "a.png"), np.full((100, 400), 255, np.uint8))
        return tmp_path

    def test_truth(self, folder: Path) -> None:
        found = mung_set(folder)
        assert found.shapes == ("upright",)
        assert [compatible_name(name) for name in found.pages[0].labelled.reading.symbols.names] == [
            "noteheadFullSmall",
            "noteheadFullSmall",
            "accidentalSharp",
            "accidentalSharp",
        ]
        assert any("unknown class" in line and "text" in line for line in found.remarks)
        assert found.pages[0].image().shape == (100, 400)

    def test_detections_in_our_classes(self, folder: Path) -> None:
        """Three right in MUSCIMA++ classes, one sharp missed, and text that nobody asks for."""
        found = mung_set(folder)
        standard, legacy = found.evaluate(detections(found, symbols(SPACE, HEAD, "accidentalSharp", score=0.9)))
        assert [(one.name, one.truth_count, one.at(0.5)) for one in standard.classes] == [
            (HEAD, 2, 1.0),
            ("accidentalSharp", 2, 0.5),
        ]
        assert legacy.mean(0.5) == pytest.approx(0.75)

    def test_foreign_names(self, folder: Path) -> None:
        text = (folder / "a.xml").read_text().replace(f"<ClassName>{HEAD}<", "<ClassName>noteheadFull<")
        (folder / "a.xml").write_text(text.replace("<ClassName>text<", "<ClassName>letterA<"))
        found = mung_set(folder)
        assert len(found.pages[0].labelled.reading.symbols) == 4
        assert found.evaluate(detections(found, symbols(HEAD, HEAD, score=0.9)))[0].classes[0].at(0.5) == 1

    def test_no_graphs(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no MuNG"):
            mung_set(tmp_path)
        (tmp_path / "a.xml").write_text("<score-partwise/>")
        with pytest.raises(FormatError, match="Nodes"):
            mung_set(tmp_path)
