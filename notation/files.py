"""Reading and writing whole files: one clear line for whatever goes wrong, and never half a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeAlias

from notation.errors import FormatError, InputError, OutputError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
PathLike: TypeAlias = "str | os.PathLike[str]"


def read_text(path: PathLike) -> str:
    """Return a UTF-8 file, with or without a byte order mark.

    Raises:
        InputError: the file is missing or cannot be opened.
        FormatError: it is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: expected UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_json(path: PathLike) -> Json:
    """Return a parsed JSON file; raises as `read_text` does, and `FormatError` for broken JSON."""
    text = read_text(path)
    try:
        value: Json = json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(f"{path}: broken JSON, {error.msg} in line {error.lineno}") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or an integer of thousands of digits
        raise FormatError(f"{path}: JSON that cannot be held ({error})") from error
    return value


def write_json(path: PathLike, value: object) -> None:
    """Write compact JSON; raises `ValueError` for nan and infinity, `OutputError` as `write_text` does."""
    write_text(path, json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n")


def write_text(path: PathLike, text: str) -> None:
    """Write a UTF-8 file; all or nothing, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: PathLike, content: bytes) -> None:
    """Write a file so that `path` holds either its old content or all of `content`.

    Raises:
        OutputError: the folder is missing or the file cannot be written.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)
