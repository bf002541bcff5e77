from __future__ import annotations

import argparse
from typing import Any

import pytest

from detect_score.main import main
from detect_score.reading_options import add_reading_options, load_detector
from detect_score.rereading import Rereader
from detector.reader import Detector
from detector.settings import ACCURATE, DEFAULT, FAST, Settings
from notation.errors import ConfigurationError


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """What was asked of `Detector.load`, call by call."""
    calls: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(
        Detector, "load", classmethod(lambda cls, weights=None, **wanted: calls.append((weights, wanted)))
    )
    return calls


def _options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_reading_options(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "settings"),
    [([], DEFAULT), (["--fast"], FAST), (["--accurate"], ACCURATE)],
    ids=["neither", "fast", "accurate"],
)
def test_an_option_stands_for_settings(loaded: list[Any], words: list[str], settings: Settings) -> None:
    load_detector(_options(*words), {"*": 0.1})
    assert loaded == [(None, {"least_scores": {"*": 0.1}, "settings": settings})]


@pytest.mark.parametrize(
    ("words", "weights"),
    [([], None), (["--weights", "a.onnx"], ("a.onnx",)), (["--weights", "a", "--weights", "b"], ("a", "b"))],
    ids=["shipped", "one", "two"],
)
def test_weights_may_be_named_several_times(
    loaded: list[Any], words: list[str], weights: tuple[str, ...] | None
) -> None:
    load_detector(_options(*words))
    assert loaded[0][0] == weights


@pytest.mark.parametrize("command", ["read", "detect", "evaluate"])
def test_every_command_that_reads_explains_them(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in ("--detector", "--fast", "--accurate", "--weights"))


def test_fast_and_accurate_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["page.png", "--fast", "--accurate"]) == 2
    assert "not allowed with" in capsys.readouterr().err


def test_weights_of_another_detector_are_refused() -> None:
    options = _options("--detector", "found.json", "--weights", "a.onnx")
    with pytest.raises(ConfigurationError, match="--weights"):
        load_detector(options)


def test_accurate_reads_again_where_the_shipped_detector_is_meant() -> None:
    assert isinstance(load_detector(_options("--accurate")), Rereader)
    assert not isinstance(load_detector(_options()), Rereader)
    assert not isinstance(load_detector(_options("--accurate", "--detector", "dwd")), Rereader)
