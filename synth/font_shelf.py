"""The fonts of a folder or tarball, made ready for the engravers: which load, and why the others do not.

`python -m synth.font_shelf FONTS` lists them. Prepared fonts are kept in the user's cache; nothing is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]

from notation.errors import FormatError, InputError
from synth.lilypond_glyphs import read_lilypond_font
from synth.smufl_archive import Drawing, read_anchors, read_font, write_archive
from synth.style import VEROVIO_FONTS

_FONT_SUFFIXES = (".otf", ".ttf")
#: Changes when fonts are prepared in another way, so that no old cache is used.
_CACHE_VERSION = 1


@dataclass(frozen=True)
class MusicFont:
    """A music font: its name, and the folder in which the engraver finds it."""

    name: str
    folder: str


@dataclass(frozen=True)
class TextFont:
    """A family of words and the files of its faces."""

    family: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class FontShelf:
    """What a collection of fonts gives.

    Attributes:
        smufl: fonts that Verovio loads, LilyPond's among them.
        lilypond: fonts that LilyPond loads in the place of Emmentaler.
        text: families for words and fingerings.
        refused: file and reason of every other font file.
    """

    smufl: tuple[MusicFont, ...] = ()
    lilypond: tuple[MusicFont, ...] = ()
    text: tuple[TextFont, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


NO_FONTS = FontShelf()


def open_shelf(source: Path, cache: Path | None = None) -> FontShelf:
    """Return the fonts of a folder or a tarball, prepared for the engravers.

    Args:
        source: folder or tarball.
        cache: where prepared fonts are kept; by default `detect-score/fonts` in the user's cache folder.

    Raises:
        InputError: there is no such folder or tarball, or nothing can be written into the cache.
    """
    cache = cache or user_cache()
    try:
        folder = source if source.is_dir() else _unpacked(source, cache)
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _FONT_SUFFIXES)
        return _sorted(files, folder, cache)
    except (OSError, tarfile.TarError) as error:
        raise InputError(f"{source}: no folder or tarball of fonts ({error})") from error


def user_cache() -> Path:
    """Return the folder of the user in which prepared fonts are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "detect-score" / "fonts"


def _unpacked(tarball: Path, cache: Path) -> Path:
    target = cache / f"unpacked-{_digest(tarball)}"
    if not target.exists():
        working = target.with_suffix(f".{os.getpid()}")
        with tarfile.open(tarball) as archive:
            archive.extractall(working, filter="data")
        _move(working, target)
    return target


def _move(made: Path, target: Path) -> None:
    """Give a finished folder its name, unless another process was faster."""
    try:
        made.rename(target)
    except OSError:
        if not target.exists():
            raise


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() + bytes([_CACHE_VERSION])).hexdigest()[:16]


def _sorted(files: list[Path], root: Path, cache: Path) -> FontShelf:
    lilypond = {path.parent.parent for path in files if path.parent.name == "otf" and _is_lilypond(path.parent.parent)}
    smufl: dict[str, MusicFont] = {}
    text: dict[str, list[str]] = {}
    refused: list[tuple[str, str]] = []
    for folder in sorted(lilypond):
        path = folder / "otf" / f"{folder.name}-20.otf"
        try:
            smufl[folder.name] = _prepared(path, folder.name, read_lilypond_font, root, cache)
        except FormatError as error:
            refused.append((path.relative_to(root).as_posix(), f"not for Verovio: {error}"))
    for path in files:
        if path.parent.parent in lilypond:
            continue
        try:
            name = path.stem
            if name.casefold() in {one.casefold() for one in (*VEROVIO_FONTS, *smufl)}:
                raise FormatError(f"there is a {name} already")
            smufl[name] = _prepared(path, name, read_font, root, cache)
        except FormatError as error:
            family = _text_family(path)
            if family:
                text.setdefault(family, []).append(str(path))
            else:
                refused.append((path.relative_to(root).as_posix(), str(error)))
    text = {family: paths for family, paths in text.items() if family not in smufl}  # an old encoding of a music font
    return FontShelf(
        tuple(smufl[name] for name in sorted(smufl)),
        tuple(MusicFont(folder.name, str(folder.parent)) for folder in sorted(lilypond)),
        tuple(TextFont(family, tuple(paths)) for family, paths in sorted(text.items())),
        tuple(refused),
    )


def _is_lilypond(folder: Path) -> bool:
    """Tell whether a folder holds a replacement font: files NAME-20 of both kinds under the folder's name."""
    return all((folder / kind / f"{folder.name}-20.{kind}").exists() for kind in ("otf", "svg"))


def _text_family(path: Path) -> str:
    """Return the family of a font that can set words, "" for one that cannot."""
    try:
        font = TTFont(path, lazy=True)
        letters = {*range(0x20, 0x7F), *map(ord, "ÄÖÜßäéèöü")}
        return str(font["name"].getBestFamilyName() or "") if letters <= set(font.getBestCmap() or ()) else ""
    except (TTLibError, OSError, AssertionError, KeyError):
        return ""


def _prepared(path: Path, name: str, read: Callable[[Path], dict[int, Drawing]], root: Path, cache: Path) -> MusicFont:
    """Return a font as Verovio loads it, from the cache or else made there; raises `FormatError` as `read`."""
    target = cache / f"{name}-{_digest(path)}"
    if not (target / f"{name}.zip").exists():
        drawings = read(path)
        metadata = next(iter(sorted(root.rglob(f"{name.lower()}_metadata.json"))), None)
        working = target.with_suffix(f".{os.getpid()}")
        write_archive(name, drawings, read_anchors(metadata), working)
        _move(working, target)
    return MusicFont(name, str(target))


def report(shelf: FontShelf) -> list[str]:
    """Return a line for each font: what it can be used for, or why not."""
    lines = [f"Verovio   {font.name}" for font in shelf.smufl]
    lines += [f"LilyPond  {font.name}" for font in shelf.lilypond]
    lines += [f"words     {font.family} ({len(font.files)} faces)" for font in shelf.text]
    return lines + [f"refused   {name}: {reason}" for name, reason in shelf.refused]


def main() -> None:
    """Command line: list the fonts of a collection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path, help="folder or tarball of SMuFL, LilyPond and text fonts")
    print("\n".join(report(open_shelf(parser.parse_args().fonts))))


if __name__ == "__main__":
    main()
