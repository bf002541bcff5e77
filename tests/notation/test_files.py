from __future__ import annotations

import os
from pathlib import Path

import pytest

from notation import files
from notation.errors import FormatError, InputError, OutputError


def test_text_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfno\xc3\xabl")
    assert files.read_text(tmp_path / "a") == "noël"


def test_text_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"no\xebl")
    with pytest.raises(FormatError, match="UTF-8"):
        files.read_text(tmp_path / "a")


@pytest.mark.parametrize("value", [None, [], {}, "noël", {"a": [1, 2.5, True]}])
def test_json_and_back(value: files.Json, tmp_path: Path) -> None:
    files.write_json(tmp_path / "a", value)
    assert files.read_json(tmp_path / "a") == value


def test_broken_json_tells_the_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('{"a": 1,\n"b": }')
    with pytest.raises(FormatError, match="line 2"):
        files.read_json(tmp_path / "a")


def test_folders_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        files.read_text(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        files.write_text(tmp_path, "text")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    files.write_text(path, "old")

    def full_disk(self: Path, target: Path) -> Path:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        files.write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
