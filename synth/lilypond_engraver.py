"""Engraves MusicXML with LilyPond into pages whose symbols are known: a second engraver, never seen in training.

`musicxml2ly` turns MusicXML into LilyPond's language; `output-attributes` make LilyPond write into its SVG which
graphical object drew what, on which staff and side.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from lxml import etree

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.errors import ConfigurationError, FormatError
from notation.graph import NotationGraph
from notation.page import GreyImage, LabelledPage, Reading
from notation.staff import LINE_COUNT, Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from synth import excerpt
from synth.lilypond_graces import grace_marks
from synth.lilypond_labels import GROBS, Labeller, Mark
from synth.lilypond_style import LilypondStyle
from synth.lilypond_svg import Leaf, glyph_names, page_leaves, rasterise, sized
from synth.lilypond_systems import system_starts

_ORIENTED = frozenset(
    ("beam", "slur", "tie", "tupletBracket", "glissando",
     "graceNoteSlash")
)  # fmt: skip
_LIMIT_S = 120.0
#: Fontconfig takes fonts from this folder of the user's data.
_FONTCONFIG_FOLDER = "fonts"
#: What LilyPond says when the music that it was given is not the music of the score.
_LOST_MUSIC = re.compile(r"bar check failed|error: ")
#: Indent of the first system, room for the names of the players, in staff spaces; the others get half.
_INDENT_SP = 9.0
_MM_A_POINT = 25.4 / 72.27
#: Names every object for the labels. Staff numbers count staff symbols in the order in which they are met.
_SCHEME = r"""
#(define staff-numbers (make-hash-table))
#(define (staff-number grob)
   (let ((staff (if (eq? (grob::name grob) 'StaffSymbol) grob (ly:grob-object grob 'staff-symbol #f))))
     (if (ly:grob? staff)
         (begin
           (if (not (hashq-ref staff-numbers staff))
               (hashq-set! staff-numbers staff (hash-count (const #t) staff-numbers)))
           (number->string (hashq-ref staff-numbers staff)))
         "")))
#(define (shown value) (format #f "~a" value))
#(define (described grob)
   (list (cons 'class (symbol->string (grob::name grob)))
         (cons 'data-staff (staff-number grob))
         (cons 'data-direction (shown (ly:grob-property grob 'direction "")))
         (cons 'data-grow (if (eq? (grob::name grob) 'Hairpin) (shown (ly:grob-property grob 'grow-direction)) ""))
         (cons 'data-glyph (if (eq? (grob::name grob) 'BarLine) (shown (ly:grob-property grob 'glyph-name)) ""))
         (cons 'data-cause
               (let ((cause (event-cause grob)))
                 (if cause (number->string (object-address cause) 16) "")))))
"""


@cache
def lilypond_folder() -> Path | None:
    """Return the folder of LilyPond's programs: of the package `lilypond`, else from the PATH; None without either."""
    spec = find_spec("numpy")
    site = Path(str(spec.origin)).parent.parent if spec else Path()
    packaged = site / "lilypond-binaries" / "bin"
    if (packaged / "lilypond").exists():
        return packaged
    found = shutil.which("lilypond")
    return Path(found).resolve().parent if found and shutil.which("musicxml2ly") else None


def engrave(musicxml: str, style: LilypondStyle, piece: str = "") -> list[LabelledPage]:
    """Engrave MusicXML and return its pages with true symbols and staves; their graphs are empty.

    Where everything fits on one page, the page carries `musicxml` as its score, with the system breaks as drawn; with
    several pages none does, for LilyPond does not say which bars stand where.

    Raises:
        ConfigurationError: LilyPond is not installed, or the style's font is not in its folder.
        FormatError: LilyPond cannot read the music.
    """
    programs = lilypond_folder()
    if programs is None:
        raise ConfigurationError("LilyPond is not installed: pip install lilypond")
    fonts = _svg_font_folders(programs, style)
    svgs = _svgs(musicxml, style, programs)
    text_fonts = tuple(sorted(str(path) for path in _own_fonts(programs).glob("otf/*.otf")))
    pages = [_page(svg, style, fonts, text_fonts) for svg in svgs]
    score = _with_breaks(musicxml, pages[0][1]) if len(pages) == 1 else None
    return [
        LabelledPage(image, reading, NotationGraph(len(reading.symbols)), score, piece, number, notes)
        for number, (image, reading, notes) in enumerate(pages, start=1)
    ]


def _with_breaks(musicxml: str, reading: Reading) -> str:
    count = excerpt.bar_count(musicxml)
    return excerpt.measures(musicxml, 0, count - 1, system_starts=system_starts(reading, count))


def _own_fonts(programs: Path) -> Path:
    found = sorted((programs.parent / "share" / "lilypond").glob("*/fonts"))
    if not found:
        raise ConfigurationError(f"{programs}: LilyPond's fonts are missing")
    return found[-1]


def _svg_font_folders(programs: Path, style: LilypondStyle) -> tuple[str, ...]:
    own = str(_own_fonts(programs) / "svg")
    if style.font == "emmentaler":
        return (own,)
    folder = Path(style.font_folder) / style.font
    if not (folder / "svg").is_dir() or not (folder / "otf").is_dir():
        raise ConfigurationError(f"{folder}: expected a LilyPond font with folders otf and svg")
    return (own, str(folder / "svg"))


def _svgs(musicxml: str, style: LilypondStyle, programs: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.musicxml").write_text(_without_gaps(musicxml), encoding="utf-8")
        _run(["musicxml2ly", "--npl", "--loglevel=ERROR", "-o", "music.ly", "in.musicxml"], folder, programs)
        music = folder / "music.ly"
        if not music.exists():
            raise FormatError("musicxml2ly cannot read this text as music")
        (folder / "page.ly").write_text(_preamble(style) + music.read_text(encoding="utf-8"), encoding="utf-8")
        includes = [f"--include={one}" for one in _font_folders(folder, style, programs)]
        command = ["lilypond", "--svg", "--loglevel=WARNING", "-dno-point-and-click", *includes, "page.ly"]
        if _LOST_MUSIC.search(_run(command, folder, programs)):
            raise FormatError("musicxml2ly lost some of the music on the way to LilyPond")
        found = sorted(folder.glob("page*.svg"), key=lambda path: (len(path.name), path.name))
        if not found:
            raise FormatError("LilyPond made no page of this music")
        return [path.read_text(encoding="utf-8") for path in found]


def _without_gaps(musicxml: str) -> str:
    """Return the text with hidden rests for `<forward>`: musicxml2ly forgets one that begins a voice."""
    try:
        root = etree.fromstring(musicxml.encode())
    except etree.XMLSyntaxError as error:
        raise FormatError(f"musicxml2ly cannot read this text as music: {error}") from error
    for bar in root.iter("measure"):
        for gap in bar.findall("forward"):
            bar.replace(gap, _hidden_rest(gap, next(gap.itersiblings("note"), None)))
    return etree.tostring(root, encoding="unicode")


def _hidden_rest(gap: etree._Element, after: etree._Element | None) -> etree._Element:
    """Return a rest as long as a `<forward>`, in its voice and staff or else those of the note after it."""
    rest = etree.Element("note", {"print-object": "no"})
    etree.SubElement(rest, "rest")
    etree.SubElement(rest, "duration").text = gap.findtext("duration")
    for tag, usual in (("voice", "1"), ("staff", None)):
        text = gap.findtext(tag) or (after.findtext(tag) if after is not None else None) or usual
        if text is not None:
            etree.SubElement(rest, tag).text = text
    return rest


def _font_folders(folder: Path, style: LilypondStyle, programs: Path) -> list[Path]:
    """Return where LilyPond shall look for a replacement font, after filling in its missing SVG sizes in `folder`.

    LilyPond wants an SVG file for each of its eight optical sizes; replacement fonts often come with size 20 alone.
    Digits and dynamics are set as words, for which the font must also lie where `_run` tells fontconfig to look. Fonts
    without braces get Emmentaler's.
    """
    if style.font == "emmentaler":
        return []
    source, drawings, outlines = Path(style.font_folder) / style.font, folder / "svg", folder / _FONTCONFIG_FOLDER
    shutil.copytree(source / "svg", drawings)
    shutil.copytree(source / "otf", outlines)
    for otf in outlines.glob(f"{style.font}-*.otf"):
        wanted = drawings / f"{otf.stem}.svg"
        if not wanted.exists():
            shutil.copyfile(drawings / f"{style.font}-20.svg", wanted)
    brace = outlines / f"{style.font}-brace.otf"
    if not brace.exists():
        shutil.copyfile(_own_fonts(programs) / "otf" / "emmentaler-brace.otf", brace)
    return [outlines, drawings]


def _run(command: Sequence[str], folder: Path, programs: Path) -> str:
    """Run a program of LilyPond and return what it says; it also complains about music that it draws well."""
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}", "LC_ALL": "C.UTF-8"}
    if (folder / _FONTCONFIG_FOLDER).is_dir():
        environment["XDG_DATA_HOME"] = str(folder)
    try:
        done = subprocess.run(
            [str(programs / command[0]), *command[1:]], cwd=folder, env=environment, timeout=_LIMIT_S, check=False,
            capture_output=True, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise FormatError(f"{command[0]} took longer than {_LIMIT_S:.0f} s") from error
    return done.stderr


def _preamble(style: LilypondStyle) -> str:
    """Return what stands before the music: object names, paper, font. LilyPond's lengths are in mm."""
    mm_a_px = style.staff_size_pt / 4 * _MM_A_POINT / style.staff_space_px
    left, right, top, bottom = (side * style.staff_space_px * mm_a_px for side in style.margin_sp)
    overrides = "\n".join(f"    \\override {grob}.output-attributes = #described" for grob in GROBS)
    return f"""\\version "2.25.12"
{_SCHEME}
#(set-global-staff-size {style.staff_size_pt})
\\paper {{
  paper-width = {style.width_px * mm_a_px:.4f}\\mm
  paper-height = {style.height_px * mm_a_px:.4f}\\mm
  left-margin = {left:.3f}\\mm
  right-margin = {right:.3f}\\mm
  top-margin = {top:.3f}\\mm
  bottom-margin = {bottom:.3f}\\mm
  indent = {_INDENT_SP * style.staff_space_px * mm_a_px:.3f}\\mm
  short-indent = {_INDENT_SP / 2 * style.staff_space_px * mm_a_px:.3f}\\mm
  print-page-number = ##f
  ragged-last = ##{"t" if style.ragged_last else "f"}
  ragged-last-bottom = ##t
  property-defaults.fonts.music = "{style.font}"
}}
\\header {{ tagline = ##f }}
\\layout {{
  \\context {{
    \\Score
    \\override StaffSymbol.thickness = #{style.line_thickness / 0.1:.3f}
{overrides}
  }}
}}
"""


def _page(
    svg: str, style: LilypondStyle, fonts: tuple[str, ...], text_fonts: tuple[str, ...]
) -> tuple[GreyImage, Reading, dict[str, str]]:
    root = sized(svg, style.width_px, style.height_px)
    leaves = page_leaves(root, glyph_names(fonts), text_fonts)
    rows = _staff_rows(leaves)
    labeller = Labeller([staff for staff, _, _ in rows], [number for _, number, _ in rows])
    marks = _once(labeller.label(leaves))
    marks = [*marks, *grace_marks(marks), *(Mark("staff", points, None) for _, _, points in rows)]
    reading = Reading(_symbols(marks, style), tuple(staff for staff, _, _ in rows))
    notes = {"engraver": "lilypond", "font": style.font}
    if labeller.unknown:
        notes["unlabelled"] = " ".join(f"{name}={count}" for name, count in sorted(labeller.unknown.items()))
    return rasterise(root, text_fonts), reading, notes


def _staff_rows(leaves: Sequence[Leaf]) -> list[tuple[Staff, str, FloatArray]]:
    """Return staff, number and hull points of every drawn staff of five lines, top to bottom."""
    groups: dict[etree._Element, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.grob is not None and leaf.grob.get("class") == "StaffSymbol":
            groups.setdefault(leaf.grob, []).append(leaf)
    rows = []
    for grob, lines in groups.items():
        if len(lines) != LINE_COUNT:
            raise FormatError(f"expected staves of five lines, got {len(lines)}")
        hulls = np.array([[*line.points.min(0), *line.points.max(0)] for line in lines])
        heights = np.sort((hulls[:, 1] + hulls[:, 3]) / 2)
        staff = Staff.of([hulls[:, 0].min(), hulls[:, 2].max()], np.stack([heights, heights], 1))
        rows.append((staff, str(grob.get("data-staff", "")), np.concatenate([line.points for line in lines])))
    if not rows:
        raise FormatError("LilyPond drew no staff")
    return sorted(rows, key=lambda row: float(row[0].ys_px[0, 0]))


def _once(marks: Sequence[Mark]) -> list[Mark]:
    """Leave out marks of one class on the same ink: two voices in unison print one notehead, two objects draw it."""
    kept: dict[tuple[object, ...], Mark] = {}
    for mark in marks:
        hull = np.round([*mark.points.min(0), *mark.points.max(0)]).tolist()
        kept.setdefault((mark.name, *hull), mark)
    return list(kept.values())


def _symbols(marks: Sequence[Mark], style: LilypondStyle) -> Symbols:
    rows = np.array([_box(mark) for mark in marks]).reshape(-1, 5)
    ids = [vocabulary().id_of(mark.name) for mark in marks]
    return Symbols.of(rows, ids, width_px=style.width_px, height_px=style.height_px)[0]


def _box(mark: Mark) -> FloatArray:
    if mark.name in _ORIENTED:
        return geometry.min_area_box(mark.points)
    box: FloatArray = geometry.from_upright([*mark.points.min(0), *mark.points.max(0)])[0]
    return box
