"""Every line that docs/walkthrough.md tells a reader to type is one that the programs understand."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from detect_score.main import parse
from detector.classes import read_config

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]  # `text` is what was printed
COMMANDS = [line for line in LINES if line.startswith("detect-score ")]


def _words(program: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in LINES if line.startswith(f"{program} ")]


def test_the_page_uses_these_programs_only() -> None:
    assert {line.split()[0] for line in LINES} == {"python3", ".", "pip", "mkdir", "cp", "detect-score"}


@pytest.mark.parametrize("line", COMMANDS, ids=[f"line-{number}" for number in range(len(COMMANDS))])
def test_the_line_parses(line: str) -> None:
    options = parse(shlex.split(line)[1:])
    if "recipe" in vars(options):
        assert read_config(options.recipe)


def test_the_page_trains_evaluates_and_compares() -> None:
    used = [parse(words).command for words in _words("detect-score")]
    assert list(dict.fromkeys(used)) == [
        "synth", "train", "models", "detect", "read", "evaluate", "detectors", "compare",
    ]  # fmt: skip


def test_what_is_taken_was_made_before_or_is_in_the_project() -> None:
    made: set[str] = set()
    for words in map(shlex.split, LINES):
        targets = _targets(words)
        for path in re.findall(r"(?:try|examples|configs)/[\w./-]*\w", " ".join(words)):
            if path.startswith("try/"):
                assert any(f"{path}/".startswith(f"{one}/") for one in made | targets), path
            else:
                assert (ROOT / path).exists(), path
        made |= targets


def _targets(words: list[str]) -> set[str]:
    """Return the files and folders that a line makes."""
    if words[0] == "cp":
        return {words[-1]}
    if words[0] != "detect-score":
        return set()
    options = vars(parse(words[1:]))
    names = ["run_folder", "output", "overlay", "report", "json", "out", *(["folder"] if words[1] == "synth" else [])]
    return {str(options[name]) for name in names if options.get(name)}


def test_what_pip_installs_is_declared() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for words in _words("pip"):
        assert words[:3] == ["install", "-c", "constraints.txt"]
        for name in words[3:]:
            extra = re.fullmatch(r"\.\[(\w+)\]", name)
            assert extra[1] in extras if extra else f"{name}==" in pinned


def test_the_commands_fit_an_hour() -> None:
    """The minutes that training is told to take are half an hour at most."""
    assert sum(parse(words).minutes for words in _words("detect-score") if words[0] == "train") <= 30
