"""From a path to pages: every kind of picture file and PDF becomes grey pixels, or one clear `InputError`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from notation.errors import InputError
from notation.page import GreyImage

#: A4 at 1200 dpi has 139 million pixels; beyond this a page would not fit beside the network in a laptop's memory.
MOST_PIXELS = 160_000_000
#: Nothing narrower can hold a readable staff.
LEAST_SIDE_PX = 64
#: Resolution at which PDF pages are drawn; it gives a common staff (7 mm) a staff space near 20 px.
PDF_DPI = 300
#: File formats whose frames are pages; in all others several frames are an animation.
_PAGED_FORMATS = {"TIFF", "MPO"}


@dataclass(frozen=True)
class PageImage:
    """One page: uint8 (height, width) grey, a name for messages, and what was done to the picture on the way."""

    pixels: GreyImage
    name: str
    remarks: tuple[str, ...] = field(default=())


#: Decodes one page; raises `InputError` when that page is damaged or of an unusable size. Call it before the next one.
PageLoader: TypeAlias = Callable[[], PageImage]


def open_pages(path: Path) -> Iterator[PageLoader]:
    """Yield a loader for each page of a picture or PDF file, so that one bad page does not hide the others.

    Raises:
        InputError: the file is missing, empty, damaged, encrypted, animated, or no picture at all.
    """
    head = _first_bytes(path)
    if b"%PDF-" in head:  # the header may stand anywhere in the first kilobyte
        yield from _pdf_pages(path)
    else:
        yield from _picture_pages(path)


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name its pages, for example {path}/*.png")
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    if not head:
        raise InputError(f"{path}: the file is empty")
    return head


def _picture_pages(path: Path) -> Iterator[PageLoader]:
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own limit below has the clearer message
    try:
        with Image.open(path) as picture:
            frames = getattr(picture, "n_frames", 1)
            if frames > 1 and picture.format not in _PAGED_FORMATS:
                raise InputError(f"{path}: is animated ({frames} frames); give a still picture")
            paged = frames if picture.format == "TIFF" else 1  # MPO repeats one picture in smaller sizes
            for frame in range(paged):
                yield partial(_picture_page, path, picture, frame, paged)
    except UnidentifiedImageError:
        raise InputError(f"{path}: is neither a picture nor a PDF that can be read") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path}: the picture is damaged or cut short ({error})") from None
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _picture_page(path: Path, picture: Image.Image, frame: int, frames: int) -> PageImage:
    try:
        picture.seek(frame)
        check_size(path, *picture.size)
        return dark_on_light(PageImage(_grey(picture), path.name if frames == 1 else f"{path.name}#{frame + 1}"))
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InputError(f"{path}: the picture is damaged or cut short ({error})") from None


def check_size(path: Path, width: int, height: int) -> None:
    """Raise `InputError` for pictures too small to hold a staff or too large to fit in memory."""
    if min(width, height) < LEAST_SIDE_PX:
        raise InputError(f"{path}: {width} x {height} pixels are too few for a page of music")
    if width * height > MOST_PIXELS:
        raise InputError(f"{path}: {width} x {height} pixels are too many (at most {MOST_PIXELS // 10**6} million)")


def _grey(picture: Image.Image) -> GreyImage:
    """Return uint8 grey: 16-bit and float scaled, transparency laid on white paper, EXIF rotation applied."""
    turned = ImageOps.exif_transpose(picture)
    if turned.mode.startswith(("I", "F")):
        values = np.asarray(turned, dtype=np.float64)
        full = 255.0 if values.max() <= 255 else 65535.0
        return np.asarray(np.clip(values / full, 0, 1) * 255 + 0.5).astype(np.uint8)
    if "A" in turned.getbands() or "transparency" in turned.info:
        colour = turned.convert("RGBA")
        paper = Image.new("RGBA", colour.size, "white")
        turned = Image.alpha_composite(paper, colour).convert("RGB")
    return np.array(turned.convert("L"), dtype=np.uint8)


def dark_on_light(page: PageImage) -> PageImage:
    """Return the page with dark ink on light paper; negatives, white on black, are inverted and remarked."""
    if np.median(page.pixels[::4, ::4]) >= 96:
        return page
    return PageImage(255 - page.pixels, page.name, (*page.remarks, "light ink on dark paper: inverted"))


def _pdf_pages(path: Path) -> Iterator[PageLoader]:
    import pypdfium2  # 60 ms that pictures need not pay

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise InputError(f"{path}: the PDF is encrypted; save it without a password first") from None
        raise InputError(f"{path}: the PDF is damaged or cut short") from None
    with document:
        for number in range(len(document)):
            yield partial(_pdf_page, path, document, number)


def _pdf_page(path: Path, document: object, number: int) -> PageImage:
    import pypdfium2

    try:
        page = document[number]  # type: ignore[index]
        width, height = (side * PDF_DPI / 72 for side in page.get_size())
        check_size(path, round(width), round(height))
        pixels = page.render(scale=PDF_DPI / 72, grayscale=True).to_numpy()
    except pypdfium2.PdfiumError:
        raise InputError(f"{path}: page {number + 1} of the PDF is damaged") from None
    grey = np.ascontiguousarray(pixels.reshape(pixels.shape[0], pixels.shape[1]), dtype=np.uint8)
    return dark_on_light(PageImage(grey, f"{path.name}#{number + 1}"))
