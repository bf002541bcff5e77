from __future__ import annotations

from pathlib import Path

import pytest

from detect_score.outputs import claim
from notation.errors import OutputError


def test_nothing_to_claim() -> None:
    claim([], [], force=False)


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    target = tmp_path / "page.musicxml"
    target.write_text("somebody's work")
    with pytest.raises(OutputError, match="--force"):
        claim([target], [], force=False)
    claim([target], [], force=True)


def test_inputs_are_never_targets(tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    with pytest.raises(OutputError, match="input"):
        claim([tmp_path / "." / "page.png"], [page], force=True)


def test_one_path_for_two_outputs(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="two different outputs"):
        claim([tmp_path / "a", tmp_path / "a"], [], force=True)


@pytest.mark.parametrize("name", ["missing/page.musicxml", ""])
def test_places_where_nothing_can_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError):
        claim([tmp_path / name], [], force=True)
