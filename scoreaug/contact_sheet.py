"""Draw every augmentation and every recipe on a page: `python -m scoreaug.contact_sheet page.png -o sheet.png`.

Each cell shows a part of the worn page pixel by pixel, bare and with its boxes (green) and staff lines (red), and the
whole page. The truth is read from `page.json`, `page.reading.json` or, in a dataset, `../readings/page.json`; without
one there are no boxes, and what needs staff lines does nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.errors import ConfigurationError, DetectScoreError, OutputError
from notation.page import GreyImage, LabelledPage
from scoreaug.blanks import from_folder
from scoreaug.catalogue import AUGMENTATIONS
from scoreaug.recipes import RECIPES
from scoreaug.sheet import laid_on
from scoreaug.sheet_pages import labelled_page

Colour = NDArray[np.uint8]  # (height, width, 3), blue green red
Wear = Callable[[LabelledPage, np.random.Generator, float], LabelledPage]

_CROP_PX = (560, 330)  # width and height of the part that is shown pixel by pixel
_THUMB_PX = 240  # width of the whole page
_TITLE_PX = 26
_BOX, _STAFF, _BLANK = (0, 150, 0), (0, 0, 255), (200, 200, 200)


def sheet(page: LabelledPage, wears: dict[str, Wear], seed: int, strength: float, columns: int) -> Colour:
    """Return one cell for the clean page and one a wear, each from a fresh generator of `seed`, in rows."""
    cells = [cell(page, page, "clean")]
    for name, wear in wears.items():
        cells.append(cell(wear(page, np.random.default_rng(seed), strength), page, name))
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)])


def cell(worn: LabelledPage, clean: LabelledPage, title: str) -> Colour:
    """Return the title, and below it the part bare, the part with its boxes, and the whole page, side by side."""
    left, top = _part(clean)
    share = np.array(worn.image.shape[::-1]) / np.array(clean.image.shape[::-1])
    left, top = round(left * share[0]), round(top * share[1])
    shown = np.s_[top : top + _CROP_PX[1], left : left + _CROP_PX[0]]
    bare, boxed = _in_colour(worn.image[shown]), with_boxes(worn)[shown]
    parts = [_on_canvas(one, *_CROP_PX) for one in (bare, boxed)]
    body = np.hstack([*parts, _on_canvas(_in_colour(_thumbnail(worn.image)), _THUMB_PX, _CROP_PX[1])])
    head = np.full((_TITLE_PX, body.shape[1], 3), 255, np.uint8)
    words = f"{title}  {worn.notes.get('scoreaug', '')}"
    cv2.putText(head, words, (4, _TITLE_PX - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([head, body]).astype(np.uint8)


def _part(page: LabelledPage) -> tuple[int, int]:
    """Return left and top of the part that is shown: from the first staff's beginning, or near the middle."""
    height, width = page.image.shape
    if page.reading.staves:
        staff = page.reading.staves[len(page.reading.staves) // 3]
        return max(0, int(staff.x0_px - 3 * staff.space_px)), max(0, int(staff.ys_px[0, 0] - 6 * staff.space_px))
    return width // 8, height // 3


def with_boxes(page: LabelledPage) -> Colour:
    """Return the picture in colour with its boxes and staff lines."""
    out = _in_colour(page.image)
    for staff in page.reading.staves:
        for line in staff.ys_px:
            cv2.polylines(out, [_fixed(np.stack([staff.xs_px, line], 1))], False, _STAFF, 1, cv2.LINE_AA, shift=4)
    outlines = [_fixed(one) for one in geometry.corners(page.reading.symbols.boxes)]
    cv2.polylines(out, outlines, True, _BOX, 1, cv2.LINE_AA, shift=4)
    return np.asarray(out, np.uint8)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Return page points as OpenCV's pixel indices in sixteenths."""
    fixed: np.ndarray = ((points - 0.5) * 16).round().astype(np.int32)
    return fixed


def _thumbnail(image: GreyImage) -> GreyImage:
    share = min(_THUMB_PX / image.shape[1], _CROP_PX[1] / image.shape[0])
    size = (max(1, round(image.shape[1] * share)), max(1, round(image.shape[0] * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _in_colour(image: GreyImage) -> Colour:
    return np.repeat(image[..., None], 3, -1)


def _on_canvas(picture: Colour, width: int, height: int) -> Colour:
    out = np.full((height, width, 3), _BLANK, np.uint8)
    picture = picture[:height, :width]
    out[: picture.shape[0], : picture.shape[1]] = picture
    return out


def chosen(names: Sequence[str], blanks: str | None) -> dict[str, Wear]:
    """Return the named wears, or all; raises `ConfigurationError` for an unknown name."""
    known: dict[str, Wear] = {**AUGMENTATIONS, **RECIPES}
    if blanks is not None:
        known["on_paper"] = laid_on(from_folder(blanks))
    strange = sorted(set(names) - set(known))
    if strange:
        raise ConfigurationError(f"{', '.join(strange)}: unknown; there are {', '.join(known)}")
    return {name: known[name] for name in names} if names else known


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code, 2 for a page or setting that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m scoreaug.contact_sheet", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("pages", nargs="+", metavar="page", help="pictures of pages")
    parser.add_argument("-o", "--output", default="sheet.png", help="picture to write (sheet.png)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these augmentations and recipes alone")
    parser.add_argument("--truth", help="reading of the page, where it does not lie beside the picture")
    parser.add_argument("--blanks", metavar="FOLDER", help="scanned blank pages, in seamed/ and seamless/")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--strength", type=float, default=1.0, help="0 changes nothing, 1 is usual, 2 is worst")
    parser.add_argument("--columns", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        wears = chosen(options.only, options.blanks)
        pages = [labelled_page(one, options.truth) for one in options.pages]
        drawn = [sheet(one, wears, options.seed, options.strength, max(1, options.columns)) for one in pages]
        _write(options.output, np.vstack(drawn))
    except DetectScoreError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _write(path: str, picture: Colour) -> None:
    try:
        written = cv2.imwrite(path, picture)
    except cv2.error as error:
        raise OutputError(f"{path}: not a name that a picture can be written under") from error
    if not written:
        raise OutputError(f"{path}: cannot be written")


if __name__ == "__main__":
    sys.exit(main())
