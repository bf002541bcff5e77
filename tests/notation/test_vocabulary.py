from __future__ import annotations

from collections import Counter

import pytest

from notation.errors import ConfigurationError
from notation.vocabulary import vocabulary


def test_sets_have_the_sizes_of_the_release() -> None:
    sets = Counter(one.annotation_set for one in vocabulary().all_sets)
    assert (sets["deepscores"], sets["muscima++"]) == (136, 72)
    assert sets["detect-score"] >= 20


def test_ids_are_consecutive_by_set() -> None:
    rows = vocabulary().all_sets
    assert [one.id for one in rows] == list(range(1, len(rows) + 1))
    assert [one.annotation_set for one in rows[:208]] == ["deepscores"] * 136 + ["muscima++"] * 72
    assert {one.annotation_set for one in rows[208:]} == {"detect-score"}


@pytest.mark.parametrize(
    ("name", "class_id", "color", "muscima_id"),
    [
        ("brace", 1, 1, 137),
        ("repeatDot", 3, 7, 139),
        ("clefCAlto", 7, 11, 143),
        ("noteheadBlackOnLine", 25, 35, 157),
        ("stem", 42, None, 161),
        ("staff", 135, 165, 208),
        ("ottavaBracket", 136, 166, None),
        ("barlineSingle", 209, 3, None),
    ],
)
def test_rows_of_the_release(name: str, class_id: int, color: int | None, muscima_id: int | None) -> None:
    found = vocabulary().by_id(vocabulary().id_of(name))
    assert (found.id, found.name, found.muscima_id) == (class_id, name, muscima_id)
    assert color is None or found.color == color


@pytest.mark.parametrize(
    ("old", "new"), [("legerLine", "ledgerLine"), ("arpeggio", "arpeggiato"), ("restHNr_numeral", "restHNr")]
)
def test_other_spellings_are_read_and_one_is_written(old: str, new: str) -> None:
    assert old in vocabulary()
    assert vocabulary().name_of(vocabulary().id_of(old)) == new


def test_names_and_ids_belong_together() -> None:
    names = vocabulary().names()
    assert len(set(names)) == len(names) == len(vocabulary()) == len(list(vocabulary()))
    assert all(vocabulary().name_of(vocabulary().id_of(name)) == name for name in names)


def test_colors_of_one_set_differ() -> None:
    rows = list(vocabulary())
    assert max(one.color for one in rows) <= 255
    assert len({one.color for one in rows}) == len(rows)


def test_every_muscima_name_exists() -> None:
    named = [one.muscima_id for one in vocabulary() if one.muscima_id is not None]
    assert all(vocabulary().by_id(one).annotation_set == "muscima++" for one in named)


@pytest.mark.parametrize("name", ["", "Stem", "noteheadFull", "numeral4"])
def test_unknown_names(name: str) -> None:
    assert name not in vocabulary()
    with pytest.raises(ConfigurationError, match="no symbol class"):
        vocabulary().id_of(name)


@pytest.mark.parametrize("class_id", [0, -1, 9999])
def test_unknown_ids(class_id: int) -> None:
    with pytest.raises(ConfigurationError, match=str(class_id)):
        vocabulary().by_id(class_id)
