"""Pictures and report: what stands in them, and that they are files that a browser takes."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from lxml import etree

from notation.errors import InputError
from notation.page import GreyImage
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.analysis import Analysis, analyse, renamed
from realscores_eval.analysis_tables import best_table, sections
from realscores_eval.average_precision import evaluate_all
from realscores_eval.crops import FOUND_COLOUR, TRUE_COLOUR, crop
from realscores_eval.html_report import report_html, write_report
from realscores_eval.pictures import confusion_svg, curve_classes, precision_recall, precision_recall_svg
from realscores_eval.scored_page import ScoredPage

HEAD, SPACE, STEM = "noteheadBlackOnLine", "noteheadBlackInSpace", "stem"


def symbols(*rows: tuple[str, float, float]) -> Symbols:
    """Boxes of 10 by 10 px at the height of 50: class, centre x, score."""
    ids = [vocabulary().id_of(name) for name, _, _ in rows]
    columns = ([(x, 50, 10, 10, 0) for _, x, _ in rows], ids, [score for _, _, score in rows])
    return Symbols.of(*columns, width_px=400, height_px=100)[0]


def blank() -> GreyImage:
    return np.full((100, 400), 255, np.uint8)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    truth = symbols((HEAD, 20, 1), (HEAD, 60, 1), (SPACE, 100, 1), (STEM, 200, 1))
    found = symbols((HEAD, 20, 0.9), (HEAD, 60, 0.8), (HEAD, 100, 0.7), (STEM, 300, 0.6))
    pages = [ScoredPage(truth, found, "first <page>.png"), ScoredPage(truth, truth, "second.png")]
    return analyse(evaluate_all(pages), pages, resamples=50, least_score=0.5)


class TestPictures:
    def test_curve_worked_by_hand(self) -> None:
        recall, precision = precision_recall(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 2)
        assert recall.tolist() == [0.5, 0.5, 0.5, 1.0]
        assert precision.tolist() == pytest.approx([1.0, 1.0, 0.5, 2 / 3])

    def test_curve_of_nothing(self) -> None:
        recall, _ = precision_recall(np.zeros(0), np.zeros(0, bool), 3)
        assert len(recall) == 0

    def test_pictures_are_svg_and_name_the_classes(self, analysis: Analysis) -> None:
        evaluation = analysis.evaluations[0]
        for text in (
            precision_recall_svg(evaluation, curve_classes(evaluation)),
            confusion_svg(analysis.confusion),
        ):
            words = [one.text for one in etree.fromstring(text.encode()).iter("{*}text")]
            assert HEAD in words
        assert SPACE in words and "(missed)" in words

    def test_pictures_of_nothing(self) -> None:
        empty = analyse(evaluate_all([]), [])
        etree.fromstring(precision_recall_svg(empty.evaluations[0], []).encode())
        etree.fromstring(confusion_svg(empty.confusion).encode())

    def test_crop_shows_both_boxes(self, analysis: Analysis) -> None:
        (fault,) = [one for one in analysis.confusion.faults if one.kind == "confused"]
        colours = {tuple(one) for one in crop(blank(), fault).reshape(-1, 3).tolist()}
        assert FOUND_COLOUR in colours
        (missed,) = [one for one in analysis.confusion.faults if one.kind == "missed"]
        assert TRUE_COLOUR in {tuple(one) for one in crop(blank(), missed).reshape(-1, 3).tolist()}


class TestTables:
    def test_best_classes_stand_side_by_side(self, analysis: Analysis) -> None:
        rows = best_table(analysis.evaluations[0], 2).rows
        assert [row[0] for row in rows] == [HEAD, SPACE]
        assert [row[2] for row in rows] == [HEAD, SPACE]

    def test_sections_of_nothing(self) -> None:
        for one in sections(analyse(evaluate_all([]), [])):
            assert one.text(markdown=False)

    def test_other_names_reach_every_table(self, analysis: Analysis) -> None:
        text = "\n".join(one.text(markdown=True) for one in sections(renamed(analysis, lambda name: name[::-1])))
        assert HEAD[::-1] in text
        assert not re.search(rf"\b{HEAD}\b", text)


class _Checker(HTMLParser):
    """Counts opening against closing tags."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)
        assert not any(value and value.startswith("http") for name, value in attrs if name in {"src", "href"})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestReport:
    def test_one_file_holds_everything(self, analysis: Analysis) -> None:
        text = report_html(analysis, [blank, blank], {"truth": "a&b"}, "Title <1>")
        checker = _Checker()
        checker.feed(text)
        assert not checker.open
        assert {"title", "table", "svg", "img", "figure"} <= checker.seen
        assert "Title &lt;1&gt;" in text and "a&amp;b" in text and "first &lt;page&gt;.png" in text

    def test_crops_are_pictures(self, analysis: Analysis) -> None:
        text = report_html(analysis, [blank, blank], {}, "Title")
        pictures = re.findall(r"base64,([^\"]+)", text)
        assert len(pictures) == len(analysis.confusion.faults)
        for one in pictures:
            assert cv2.imdecode(np.frombuffer(base64.b64decode(one), np.uint8), cv2.IMREAD_COLOR) is not None

    def test_pages_without_a_picture_have_no_crops(self, analysis: Analysis) -> None:
        def gone() -> GreyImage:
            raise InputError("first.png: no picture")

        text = report_html(analysis, [gone, gone], {}, "Title")
        assert "base64," not in text
        assert "pictures of some pages are not there" in text

    def test_a_folder_gets_the_pictures_too(self, analysis: Analysis, tmp_path: Path) -> None:
        written = write_report(tmp_path / "new", analysis, [blank, blank], {}, "Title")
        assert [one.name for one in written] == ["report.html", "precision_recall.svg", "confusion.svg"]
        assert all(one.is_file() for one in written)
        assert write_report(tmp_path / "one.html", analysis, [blank, blank], {}, "Title") == [tmp_path / "one.html"]
