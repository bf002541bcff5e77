"""Small staves: ossias over some bars, and parts that are small throughout."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from notation.errors import FormatError
from notation.page import LabelledPage
from synth.ossia import with_ossias, with_small_staff
from synth.style import Style
from synth.variety import PLAIN, Variety, keyboard_alone
from synth.verovio_engraver import engrave

PAGE = Style(width_px=1400, height_px=2000, staff_space_px=16, margin_px=(40, 40, 40, 40))


def page_of(text: str) -> LabelledPage:
    return engrave(text, PAGE)[0]


def duet(score, note) -> str:
    """Two parts, the second of two staves."""
    first = score(*[note("C5", "whole", 16)] * 6)
    second = score(*[note("C4", "whole", 16)] * 6, staves=2).replace("P1", "P2").replace("Flute", "Piano")
    part = second[second.index("<part id") :].replace("</score-partwise>", "")
    entry = '<score-part id="P2"><part-name>Piano</part-name></score-part></part-list>'
    return first.replace("</part-list>", entry).replace("</score-partwise>", part + "</score-partwise>")


def test_text_without_music_is_refused() -> None:
    with pytest.raises(FormatError):
        with_ossias("", np.random.default_rng(1))


def test_ossias_are_small_staves_with_labels_of_their_own(score, note) -> None:
    text = score(*["".join(note(pitch) for pitch in ("C5", "D5", "E5", "F5"))] * 8)
    made = with_ossias(text, np.random.default_rng(1))
    assert made == with_ossias(text, np.random.default_rng(1))
    plain, page = page_of(text), page_of(made)
    small = [staff for staff in page.reading.staves if staff.space_px < 0.9 * PAGE.staff_space_px]
    assert small
    before, after = (Counter(one.reading.symbols.names) for one in (plain, page))
    assert after["staff"] == before["staff"] + len(small)
    assert after["stem"] > before["stem"]
    assert "unlabelled" not in page.notes


def test_an_ossia_is_no_wider_than_its_bars(score, note) -> None:
    text = score(*["".join(note(pitch) for pitch in ("C5", "D5", "E5", "F5"))] * 12)
    staves = page_of(with_ossias(text, np.random.default_rng(1))).reading.staves
    widths: dict[bool, list[float]] = {True: [], False: []}
    for staff in staves:
        widths[staff.space_px < 0.9 * PAGE.staff_space_px].append(staff.x1_px - staff.x0_px)
    assert min(widths[True]) < 0.9 * max(widths[False])


def test_one_part_of_several_becomes_small(score, note) -> None:
    page = page_of(with_small_staff(duet(score, note), np.random.default_rng(1)))
    sizes = {round(staff.space_px / PAGE.staff_space_px, 2) for staff in page.reading.staves}
    assert len(sizes) == 2
    assert max(sizes) == 1.0


def test_a_single_part_stays_as_it_is(score, note) -> None:
    text = score(note("C4", "whole", 16))
    assert with_small_staff(text, np.random.default_rng(1)) == text
    assert keyboard_alone(text) == text


def test_the_keyboard_can_stand_alone(score, note) -> None:
    page = page_of(keyboard_alone(duet(score, note)))
    assert len(page.reading.staves) % 2 == 0
    assert "Flute" not in keyboard_alone(duet(score, note))


def test_plain_dress_changes_nothing() -> None:
    dress = PLAIN.dress((1, 2))
    assert dress.music("any text") == "any text"
    assert not dress.decorated


def test_dress_depends_on_the_seed_alone(score, note) -> None:
    text = duet(score, note)
    everything = Variety(decorated=1.0, small_staves=1.0)
    first, second, other = (everything.dress(seed) for seed in ((1, 2), (1, 2), (1, 3)))
    styles = [one.style(np.random.default_rng(4)) for one in (first, second, other)]
    assert styles[0] == styles[1] != styles[2]
    assert first.music(text) == second.music(text) != other.music(text)
