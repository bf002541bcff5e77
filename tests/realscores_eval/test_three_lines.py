"""The three lines over folders of pages, with callables in place of detector and reconstruction."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from notation.errors import FormatError, InputError
from notation.page import GreyImage, Reading
from notation.reading_json import write_reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.page_folders import MusicPage, dataset_pages, names_of_split, scanned_pages
from realscores_eval.three_lines import DETECTOR, END_TO_END, NULL, TRUE_SYMBOLS, PageLines, three_lines
from realscores_eval.three_lines_report import document, line_table, page_table, report, sign_table

Listing = Callable[[Path], Iterator[MusicPage]]
SPACE_PX = 16.0


def music(*steps: str) -> str:
    """One bar of quarter notes in octave 4."""
    note = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>1</duration><type>quarter</type></note>"
    bar = "<attributes><divisions>1</divisions></attributes>" + "".join(note.format(step) for step in steps)
    parts = '<part-list><score-part id="P1"><part-name/></score-part></part-list>'
    return f'<score-partwise>{parts}<part id="P1"><measure number="1">{bar}</measure></part></score-partwise>'


def heads(count: int) -> Reading:
    """Black heads side by side on one staff; their number stands for the music in these tests."""
    boxes = [(100 + 40 * k, 132, 20, 16, 0) for k in range(count)]
    ids = [vocabulary().id_of("noteheadBlackOnLine")] * count
    symbols, _ = Symbols.of(boxes, ids, width_px=600, height_px=300)
    return Reading(symbols, (Staff.straight(50, 550, 100, SPACE_PX),))


def rebuild(readings: Sequence[Reading]) -> str:
    (one,) = readings
    return music(*"CDEFGAB"[: len(one.symbols)])


def page_with(count: int) -> GreyImage:
    image = np.full((300, 600), 255, np.uint8)
    image[0, :count] = 0
    return image


def detect(image: GreyImage) -> Reading:
    return heads(int((image[0] == 0).sum()))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two pages of 4 and 3 notes; the picture of the second shows only 2."""
    for name in ("images", "readings", "musicxml"):
        (tmp_path / name).mkdir()
    for name, count, shown in (("a", 4, 4), ("b", 3, 2)):
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), page_with(shown))
        write_reading(tmp_path / "readings" / f"{name}.json", heads(count))
        (tmp_path / "musicxml" / f"{name}.musicxml").write_text(music(*"CDEFGAB"[:count]))
    return tmp_path


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scan_p1"
    folder.mkdir()
    cv2.imwrite(str(folder / "page.png"), page_with(3))
    with zipfile.ZipFile(folder / "truth.mxl", "w") as archive:
        link = '<container><rootfiles><rootfile full-path="x.xml"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", link)
        archive.writestr("x.xml", music("C", "D", "E"))
    (folder / "meta.json").write_text(json.dumps({"staff_space_px": 17.5}))
    return tmp_path


class TestFolders:
    @pytest.mark.parametrize("listing", [dataset_pages, scanned_pages])
    def test_an_empty_folder_is_an_error(self, listing: Listing, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no pages"):
            list(listing(tmp_path))

    def test_dataset(self, dataset: Path) -> None:
        pages = list(dataset_pages(dataset))
        assert [one.name for one in pages] == ["a", "b"]
        assert pages[0].image().shape == (300, 600)
        assert pages[0].reading is not None
        assert len(pages[0].reading().symbols) == 4
        assert [one.name for one in dataset_pages(dataset, ["b"])] == ["b"]

    def test_split(self, dataset: Path) -> None:
        (dataset / "pieces").mkdir()
        for name, split in (("a", "train"), ("b", "test")):
            record = {"piece": name, "split": split, "pages": [{"name": name, "number": 1}]}
            (dataset / "pieces" / f"{name}.json").write_text(json.dumps(record))
        assert names_of_split(dataset, "test") == {"b"}
        assert names_of_split(dataset, "val") == set()
        (dataset / "pieces" / "c.json").write_text("{}")
        with pytest.raises(FormatError, match=r"c\.json"):
            names_of_split(dataset, "test")

    def test_pages_without_music_are_passed_over(self, dataset: Path) -> None:
        (dataset / "musicxml" / "a.musicxml").unlink()
        assert [one.name for one in dataset_pages(dataset)] == ["b"]

    def test_scans(self, scans: Path) -> None:
        (page,) = scanned_pages(scans)
        assert (page.name, page.space_px, page.reading) == ("scan_p1", 17.5, None)
        assert page.musicxml().count("<note>") == 3

    def test_scans_with_a_broken_description(self, scans: Path) -> None:
        (scans / "scan_p1" / "meta.json").write_text("[]")
        with pytest.raises(FormatError, match=r"meta\.json"):
            list(scanned_pages(scans))

    def test_a_missing_picture_fails_when_it_is_wanted(self, scans: Path) -> None:
        (scans / "scan_p1" / "page.png").unlink()
        (page,) = scanned_pages(scans)
        with pytest.raises(InputError, match=r"page\.png"):
            page.image()


class TestLines:
    def test_no_pages(self) -> None:
        result = three_lines([], rebuild, detect)
        assert result.pages == ()
        assert line_table(result).rows == []
        assert report(result).startswith("Three lines")

    def test_dataset(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), rebuild, detect, widen_sp=0.5)
        assert {name: one.f1 for name, one in result.notes(NULL).items()} == {"a": 1, "b": 1}
        assert {name: one.f1 for name, one in result.notes(TRUE_SYMBOLS).items()} == {"a": 1, "b": 1}
        found = {name: one.f1 for name, one in result.notes(END_TO_END).items()}
        assert found == {"a": 1, "b": pytest.approx(2 * 2 / (3 + 2))}
        assert result.evaluations[0].mean(0.5) == pytest.approx(6 / 7)
        assert [one.widen_sp for one in result.evaluations] == [0, 0, 0, 0, 0.5]
        assert set(result.pages[0].seconds) == {"detect", "rebuild", "rebuild true symbols"}

    def test_scans_have_no_true_symbols(self, scans: Path) -> None:
        result = three_lines(scanned_pages(scans), rebuild, detect)
        assert result.notes(END_TO_END)["scan_p1"].f1 == 1
        assert result.notes(TRUE_SYMBOLS) == {}
        assert result.evaluations == ()

    def test_reconstruction_alone(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), rebuild)
        assert [row[0] for row in line_table(result).rows] == [NULL, TRUE_SYMBOLS]

    def test_a_lossy_writer_shows_in_the_null_baseline(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), rebuild, rewrite=lambda text: text.replace("<step>C", "<step>B"))
        assert result.notes(NULL)["a"].f1 == pytest.approx(3 / 4)

    def test_pages_are_handed_out_as_they_are_done(self, dataset: Path) -> None:
        seen: list[PageLines] = []
        three_lines(dataset_pages(dataset), rebuild, detect, done=seen.append)
        assert [one.name for one in seen] == ["a", "b"]
        assert seen[1].musicxml[END_TO_END] == music("C", "D")


def test_faint_symbols_count_for_ap_and_not_for_notes(dataset: Path) -> None:
    pages = list(dataset_pages(dataset))
    result = three_lines(pages, rebuild, detect, detect_faint=lambda image: heads(4 if image[0, 3] == 0 else 3))
    assert result.evaluations[0].mean(0.5) == pytest.approx(1)
    assert result.notes(END_TO_END)["b"].levels["pitch"].recall == pytest.approx(2 / 3)


class TestFailures:
    def test_a_failed_detector_is_a_miss_in_two_lines(self, dataset: Path) -> None:
        def fails_on_a(image: GreyImage) -> Reading:
            if (image[0] == 0).sum() == 4:
                raise InputError("no staff found")
            return detect(image)

        result = three_lines(dataset_pages(dataset), rebuild, fails_on_a)
        assert result.notes(END_TO_END)["a"].f1 == 0
        assert result.notes(TRUE_SYMBOLS)["a"].f1 == 1
        assert result.evaluations[0].mean(0.5) == pytest.approx(2 / 7)
        assert [(one.page, one.line, one.cause) for one in result.failures] == [
            ("a", DETECTOR, "InputError: no staff found")
        ]
        failed = {row[0]: row[2] for row in line_table(result).rows}
        assert failed == {DETECTOR: 1, NULL: 0, TRUE_SYMBOLS: 0, END_TO_END: 1}

    def test_a_failed_reconstruction_is_a_miss(self, dataset: Path) -> None:
        def fails(readings: Sequence[Reading]) -> str:
            raise ZeroDivisionError("a bar of no length")

        result = three_lines(dataset_pages(dataset), fails, detect)
        assert [one.f1 for one in result.notes(TRUE_SYMBOLS).values()] == [0, 0]
        assert result.evaluations[0].mean(0.5) == pytest.approx(6 / 7)
        assert report(result).count("ZeroDivisionError: a bar of no length") == 2 * 2 + 2  # pages, then causes

    def test_output_that_is_no_music_is_a_miss(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), lambda readings: "<html/>", detect)
        assert [one.f1 for one in result.notes(END_TO_END).values()] == [0, 0]
        assert len(result.failures) == 4

    def test_a_missing_picture_is_a_miss(self, dataset: Path) -> None:
        (dataset / "images" / "a.png").unlink()
        result = three_lines(dataset_pages(dataset), rebuild, detect)
        assert result.notes(END_TO_END)["a"].f1 == 0

    def test_a_missing_truth_stops_the_run(self, dataset: Path) -> None:
        pages = list(dataset_pages(dataset))
        (dataset / "musicxml" / "a.musicxml").write_text("not music")
        with pytest.raises(FormatError, match=r"a\.musicxml"):
            three_lines(pages, rebuild, detect)


class TestReport:
    def test_every_page_is_a_row(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), rebuild, detect)
        table = page_table(result)
        assert [row[:2] for row in table.rows] == [["a", 4], ["b", 3]]
        assert {len(row) for row in table.rows} == {len(table.head)}

    def test_markdown_has_headings(self, dataset: Path) -> None:
        text = report(three_lines(dataset_pages(dataset), rebuild, detect), markdown=True)
        assert text.count("\n## ") == 3  # and one at the very start
        assert "| noteheadBlackOnLine | 7 | 6 |" in text

    def test_signs_are_listed_where_there_are_any(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), rebuild, detect)
        assert sign_table(result).rows == []
        assert "Signs" not in report(result)
        for name in "ab":
            path = dataset / "musicxml" / f"{name}.musicxml"
            path.write_text(path.read_text().replace("</note>", "<notations><fermata/></notations></note>", 1))
        result = three_lines(dataset_pages(dataset), rebuild, detect)
        assert sign_table(result).rows == [[line, "fermata", 2, 0, 0, 0, 0] for line in (TRUE_SYMBOLS, END_TO_END)]
        assert report(result).index("Pages") < report(result).index("Signs")
        assert document(result)["lines"][END_TO_END]["micro"]["fermata"]["truth"] == 2

    def test_json_holds_what_the_tables_show(self, dataset: Path) -> None:
        result = three_lines(dataset_pages(dataset), rebuild, detect)
        value = json.loads(json.dumps(document(result), allow_nan=False))
        assert value["lines"][END_TO_END]["micro"]["pitch+onset+duration"]["f1"] == pytest.approx(12 / 13)
        assert value["average_precision"][0]["mean"]["AP50"] == pytest.approx(6 / 7)
        assert value["pages"][1]["name"] == "b"

    def test_json_of_mixed_pages(self, dataset: Path) -> None:
        """Engraved pages and scans in one run: what does not apply is a dash in the table and absent in JSON."""
        pages = list(dataset_pages(dataset))
        pages[0] = replace(pages[0], reading=None)
        result = three_lines(pages, rebuild, detect)
        assert [row[3] for row in page_table(result).rows] == [None, 1.0]
        assert set(document(result)["pages"][0]["notes"]) == {NULL, END_TO_END}
