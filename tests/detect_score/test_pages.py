from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detect_score import pages
from detect_score.pages import open_pages
from notation.errors import InputError

Save = Callable[..., Path]


def load_all(path: Path) -> list[pages.PageImage]:
    return [load() for load in open_pages(path)]


def grey(path: Path) -> np.ndarray:
    (page,) = load_all(path)
    return page.pixels


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    with pytest.raises(InputError, match=r"empty\.png: the file is empty"):
        load_all(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "neither a picture nor a PDF"),
        (b"\x89PNG\r\n\x1a\n", "neither a picture|damaged"),
        (b"%PDF-1.7\nnothing here", "PDF is damaged"),
    ],
)
def test_files_that_are_no_pages(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_all(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", ["page.png", "page.jpg", "page.tif"])
def test_a_truncated_picture_is_damaged(save: Save, name: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), dtype=np.uint8)
    path = save(name, noise)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"damaged or cut short|neither a picture"):
        load_all(path)


def test_missing_folder_and_protected_paths(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_all(tmp_path / "missing.png")
    with pytest.raises(InputError, match="is a folder"):
        load_all(tmp_path)


@pytest.mark.parametrize(("size", "message"), [((1, 1), "too few"), ((20_000, 20_000), "too many")])
def test_sizes_out_of_range(tmp_path: Path, size: tuple[int, int], message: str) -> None:
    path = tmp_path / "size.png"
    Image.new("1", size, 1).save(path)
    with pytest.raises(InputError, match=message):
        load_all(path)


def test_an_animation_is_refused_and_a_paged_tiff_is_read(tmp_path: Path) -> None:
    frames = [Image.new("L", (100, 100), 255 - shade) for shade in (0, 40, 80)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="animated"):
        load_all(tmp_path / "moving.gif")
    frames[0].save(tmp_path / "pages.tif", save_all=True, append_images=frames[1:])
    assert [page.name for page in load_all(tmp_path / "pages.tif")] == ["pages.tif#1", "pages.tif#2", "pages.tif#3"]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "F"])
def test_every_colour_mode_gives_the_same_ink(tmp_path: Path, mode: str) -> None:
    ink = np.full((100, 120), 255, np.uint8)
    ink[40:50, 30:90] = 0
    if mode == "I;16":
        picture = Image.fromarray(ink.astype(np.uint16) * 257)
    elif mode == "F":
        picture = Image.fromarray(ink.astype(np.float32))
    else:
        picture = Image.fromarray(ink).convert(mode)
    path = tmp_path / ("page.png" if mode not in {"CMYK", "F"} else "page.tif")
    picture.save(path)
    np.testing.assert_allclose(grey(path).astype(int), ink, atol=2)


def test_transparent_paper_is_white(tmp_path: Path) -> None:
    rgba = np.zeros((100, 100, 4), np.uint8)  # black everywhere, opaque only in a bar
    rgba[45:55, :, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "clear.png")
    pixels = grey(tmp_path / "clear.png")
    assert pixels[0, 0] == 255
    assert pixels[50, 50] == 0


def test_a_negative_is_inverted_and_remarked(save: Save) -> None:
    page = np.zeros((200, 200), np.uint8)
    page[100] = 255
    (found,) = load_all(save("negative.png", page))
    assert found.pixels[0, 0] == 255
    assert "inverted" in found.remarks[0]


def test_camera_rotation_in_exif_is_applied(save: Save) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    path = save("photo.jpg", np.full((100, 300), 255, np.uint8), exif=exif)
    assert grey(path).shape == (300, 100)


def pdf_bytes(count: int) -> bytes:
    sheets = [Image.new("L", (600, 800), 255) for _ in range(count)]
    buffer = io.BytesIO()
    sheets[0].save(buffer, "PDF", save_all=True, append_images=sheets[1:], resolution=100)
    return buffer.getvalue()


def test_pdf_pages_are_drawn_at_300_dpi(tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(pdf_bytes(2))
    found = load_all(path)
    assert [page.name for page in found] == ["book.pdf#1", "book.pdf#2"]
    assert abs(np.subtract(found[0].pixels.shape, (2400, 1800))).max() <= 1
    assert found[0].pixels.dtype == np.uint8


ENCRYPTED_PDF = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>endobj
trailer<</Root 1 0 R/Encrypt 4 0 R/Size 5/ID[<%s><%s>]>>
%%%%EOF
""" % (b"11" * 32, b"22" * 32, b"33" * 16, b"33" * 16)


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(ENCRYPTED_PDF)
    with pytest.raises(InputError, match="encrypted"):
        load_all(path)


def test_pixel_limit_is_restored_after_use(save: Save) -> None:
    before = Image.MAX_IMAGE_PIXELS
    load_all(save("page.png"))
    assert before == Image.MAX_IMAGE_PIXELS
    assert pages.MOST_PIXELS > 9_900 * 14_000  # A4 at 1200 dpi
