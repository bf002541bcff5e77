"""Fonts of a folder or tarball: which load, why others do not, and that a loaded font draws as it should."""

from __future__ import annotations

import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import verovio
from fontTools.fontBuilder import FontBuilder
from lxml import etree

from notation.errors import FormatError, InputError
from synth.font_shelf import NO_FONTS, MusicFont, open_shelf, report
from synth.lilypond_glyphs import read_lilypond_font
from synth.music_font import _char_string
from synth.rasteriser import text_font_files
from synth.smufl_archive import read_anchors, read_font
from synth.style import Style, random_style
from synth.varied_style import varied_style
from synth.verovio_engraver import engrave

PAGE = Style(width_px=900, height_px=400, staff_space_px=16, margin_px=(40, 40, 40, 40))
DATA = Path(verovio.__file__).parent / "data"


def write_copy(path: Path, leave_out: tuple[int, ...] = ()) -> None:
    """Write a font file with the outlines of Leipzig, so that a page drawn with it must be that of Leipzig."""
    advances = {
        int(str(one.get("c")), 16): round(float(str(one.get("h-a-x"))))
        for one in etree.parse(str(DATA / "Leipzig.xml")).getroot().iter("g")
    }
    codes = {code: advance for code, advance in advances.items() if code not in leave_out}
    builder = FontBuilder(1000, isTTF=False)
    names = {code: f"uni{code:04X}" for code in codes}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    outlines = {code: DATA / "Leipzig" / f"{code:04X}.xml" for code in codes}
    strings = {names[code]: _char_string(outlines[code], advance) for code, advance in codes.items()}
    builder.setupCFF(path.stem, {}, {".notdef": strings[names[0xE0A3]], **strings}, {})
    builder.setupHorizontalMetrics({".notdef": (500, 0)} | {names[code]: (value, 0) for code, value in codes.items()})
    builder.setupHorizontalHeader(ascent=1000, descent=-1000)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture(name="copy_font", scope="module")
def loaded_copy(tmp_path_factory: pytest.TempPathFactory) -> MusicFont:
    folder = tmp_path_factory.mktemp("fonts")
    write_copy(folder / "Copy.otf")
    (font,) = open_shelf(folder, folder / "cache").smufl
    return font


def test_an_empty_folder_gives_an_empty_shelf(tmp_path: Path) -> None:
    assert open_shelf(tmp_path, tmp_path / "cache") == NO_FONTS
    assert report(NO_FONTS) == []


@pytest.mark.parametrize("name", ["nowhere", "text.txt"])
def test_what_is_no_collection_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("no tarball")
    with pytest.raises(InputError):
        open_shelf(tmp_path / name, tmp_path / "cache")


def test_a_loaded_font_draws_what_its_outlines_say(score, note, copy_font: MusicFont) -> None:
    text = score("".join(note(pitch, "eighth", 2) for pitch in ("C5", "D5", "E4", "F#4", "A5", "B4", "G5", "C4")))
    (own,) = engrave(text, PAGE)
    (made,) = engrave(text, replace(PAGE, font=copy_font.name, font_folder=copy_font.folder))
    ours, theirs = made.reading.symbols, own.reading.symbols
    assert Counter(ours.names) == Counter(theirs.names)
    assert np.abs(np.sort(ours.boxes[:, :4], axis=0) - np.sort(theirs.boxes[:, :4], axis=0)).max() < 1.5
    assert made.notes["font"] == "Copy"


def test_a_font_without_needed_signs_is_refused_with_a_reason(tmp_path: Path) -> None:
    write_copy(tmp_path / "Half.otf", leave_out=(0xE0A4, 0xE050))
    shelf = open_shelf(tmp_path, tmp_path / "cache")
    assert shelf.smufl == ()
    assert shelf.refused[0][0] == "Half.otf"
    assert "lacks 2 of" in shelf.refused[0][1]


def test_what_a_font_lacks_comes_from_the_fallback(score, note, tmp_path: Path) -> None:
    write_copy(tmp_path / "Clefless.otf", leave_out=(0xE052,))
    (font,) = open_shelf(tmp_path, tmp_path / "cache").smufl
    text = score(
        note("C4", "whole", 16), clef="<sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change>"
    )
    (page,) = engrave(text, replace(PAGE, font=font.name, font_folder=font.folder))
    names = Counter(page.reading.symbols.names)
    assert (names["clefG"], names["clef8"]) == (1, 1)


def test_names_that_are_taken_are_refused(tmp_path: Path) -> None:
    write_copy(tmp_path / "leland.otf")
    shelf = open_shelf(tmp_path, tmp_path / "cache")
    assert shelf.smufl == ()
    assert "already" in shelf.refused[0][1]


def test_junk_is_refused_and_text_fonts_set_words(tmp_path: Path) -> None:
    (tmp_path / "junk.otf").write_bytes(b"no font at all")
    files = text_font_files()
    if files:
        (tmp_path / "words.ttf").write_bytes(Path(files[0]).read_bytes())
    shelf = open_shelf(tmp_path, tmp_path / "cache")
    assert [name for name, _ in shelf.refused] == ["junk.otf"]
    assert len(shelf.text) == bool(files)


def test_tarballs_are_unpacked_into_the_cache(tmp_path: Path) -> None:
    write_copy(tmp_path / "Copy.otf")
    with tarfile.open(tmp_path / "fonts.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "Copy.otf", "fonts/Copy.otf")
    for _ in range(2):  # the second time from the cache
        shelf = open_shelf(tmp_path / "fonts.tar.xz", tmp_path / "cache")
        assert [font.name for font in shelf.smufl] == ["Copy"]
    assert report(shelf) == ["Verovio   Copy"]


@pytest.mark.parametrize("read", [read_font, read_lilypond_font], ids=["smufl", "lilypond"])
def test_readers_name_what_is_wrong(read, tmp_path: Path) -> None:
    (tmp_path / "a.otf").write_bytes(b"")
    with pytest.raises(FormatError, match="no readable font"):
        read(tmp_path / "a.otf")


def test_damaged_metadata_is_named(tmp_path: Path) -> None:
    assert read_anchors(None) == {}
    (tmp_path / "metadata.json").write_text("{")
    with pytest.raises(FormatError, match="metadata"):
        read_anchors(tmp_path / "metadata.json")


def test_varied_styles_depend_on_the_seed_and_use_the_shelf(copy_font: MusicFont) -> None:
    shelf = replace(NO_FONTS, smufl=(copy_font,))
    plain = random_style(np.random.default_rng(1))
    styles = [varied_style(plain, np.random.default_rng(seed), shelf) for seed in (*range(12), 0)]
    assert styles[0] == styles[-1] != styles[1]
    assert {style.font for style in styles} == {"Copy", plain.font}
    assert all(style.width_px == plain.width_px for style in styles)
    assert varied_style(plain, np.random.default_rng(0), NO_FONTS).font == plain.font
