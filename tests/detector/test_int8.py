from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.pages.store import write_store
from notation.errors import ConfigurationError
from notation.page import LabelledPage

pytest.importorskip("torch")

from detector.training.int8 import write_int8
from detector.weights_file import find_weights


def test_without_nncf_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(ConfigurationError, match="pip install nncf"):
        write_int8(find_weights(None), [], tmp_path / "int8.xml")


@pytest.mark.slow
def test_an_int8_model_reads_as_the_first_one_does(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    pytest.importorskip("nncf", reason="NNCF is not installed")
    from detector.reader import Detector

    write_store(tmp_path / "store", [draw_page(seed) for seed in range(3)])
    path = write_int8(find_weights(None), [tmp_path / "store"], tmp_path / "int8.xml")
    page = draw_page(9).image
    first, small = Detector.load().read(page), Detector.load(path).read(page)
    heads = [len(one.symbols.rows_of("noteheadBlackOnLine", "noteheadBlackInSpace")) for one in (first, small)]
    assert np.isclose(*heads, atol=2)
