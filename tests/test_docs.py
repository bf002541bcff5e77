"""What the documents promise exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detect_score.main import main
from reconstruction.issues import CODES

ROOT = Path(__file__).parent.parent


def test_every_issue_code_is_documented() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs" / "issues.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == list(CODES)


def test_every_command_of_the_readme_exists(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"^detect-score ([a-z]+) ", readme, re.MULTILINE))
    assert commands
    for command in commands:
        assert main([command, "--help"]) == 0
        shown = capsys.readouterr().out
        line = next(line for line in readme.splitlines() if line.startswith(f"detect-score {command} "))
        for option in re.findall(r"--[a-z-]+", line):
            assert option in shown


def test_relative_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (page.parent / target).exists(), f"{page}: {target}"
