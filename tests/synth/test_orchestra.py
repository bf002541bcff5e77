"""Full scores: many staves of equal bars, with the brackets and names of an orchestra."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from lxml import etree

from notation.errors import FormatError
from synth.orchestra import orchestral_score
from synth.orchestral_pages import orchestral_pages
from synth.style import Style

STYLE = Style(width_px=1600, height_px=2200, staff_space_px=10, margin_px=(60, 60, 60, 60))


@pytest.fixture(name="sources")
def high_and_low(score, note) -> list[str]:
    high = score(*["".join(note(pitch) for pitch in ("C5", "D5", "E5", "F5"))] * 12)
    low = score(*[note("C3", "half", 8) + note("G3", "half", 8)] * 12, clef="<sign>F</sign><line>4</line>")
    return [high, low]


def test_without_enough_bars_there_is_no_score(score, note) -> None:
    with pytest.raises(FormatError, match="bars"):
        orchestral_score([score(note("C4", "whole", 16))], 4, np.random.default_rng(1))


def test_all_parts_have_the_same_bars(sources: list[str]) -> None:
    made = orchestral_score(sources, 5, np.random.default_rng(2))
    assert made == orchestral_score(sources, 5, np.random.default_rng(2))
    root = etree.fromstring(made.encode())
    parts = root.findall("part")
    assert len(parts) >= 12
    assert {len(part.findall("measure")) for part in parts} == {5}
    assert len(root.findall("part-list/score-part")) == len(parts)
    starts, stops = (root.findall(f"part-list/part-group[@type='{kind}']") for kind in ("start", "stop"))
    assert len(starts) == len(stops) > 0


def test_parts_rest_together_with_others_playing(sources: list[str]) -> None:
    root = etree.fromstring(orchestral_score(sources, 6, np.random.default_rng(3)).encode())
    kinds = Counter(note.find("rest") is not None for note in root.iter("note"))
    assert kinds[True] > 0
    assert kinds[False] > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_page_shows_the_whole_orchestra(sources: list[str], seed: int) -> None:
    pages = orchestral_pages(sources, STYLE, "all of them", np.random.default_rng(seed))
    page = pages[0]
    names = Counter(page.reading.symbols.names)
    assert names["staff"] == len(page.reading.staves) >= 12
    assert names["bracket"] >= 1
    assert names["systemicBarline"] >= 1
    assert "unlabelled" not in page.notes
    height = page.image.shape[0]
    assert all(float(staff.ys_px.max()) < height for staff in page.reading.staves)


def test_a_system_that_fits_on_no_page_is_refused(sources: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.orchestral_pages._fits", lambda page: False)
    with pytest.raises(FormatError, match="fits on no page"):
        orchestral_pages(sources, STYLE, "", np.random.default_rng(1))
