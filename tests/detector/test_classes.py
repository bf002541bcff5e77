from __future__ import annotations

from pathlib import Path

import pytest

from detector.classes import class_names, read_config
from detector.training.recipe import read_recipe
from notation.errors import ConfigurationError
from notation.vocabulary import vocabulary


def test_full_keeps_everything_but_the_traced_staff() -> None:
    assert set(vocabulary().names()) - set(class_names("full")) == {"staff"}


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("reader", {"barlineSingle", "stem", "slur", "lyric"}, {"staff", "flag128thUp"}),
        ("harmony", {"noteheadHalfOnLine", "timeSig7", "beam"}, {"slur", "noteheadBlackOnLineSmall", "timeSigCommon"}),
        ("deepscores", {"keyFlat", "stem"}, {"barlineSingle", "staff"}),
    ],
)
def test_shipped_filters(name: str, has: set[str], lacks: set[str]) -> None:
    kept = set(class_names(name))
    assert has <= kept
    assert not lacks & kept


def test_deepscores_filter_has_the_published_classes() -> None:
    assert len(class_names("deepscores")) == 135


def test_names_come_in_the_order_of_their_ids() -> None:
    ids = [vocabulary().id_of(name) for name in class_names("harmony")]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("include: [notehead]", "names no class"),
        ("include: ['*']\nexclude: ['*']", "no class is left"),
        ("only: [stem]", "unknown keys"),
        ("- stem", "expected a mapping"),
    ],
)
def test_a_bad_filter_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=complaint):
        class_names(path)


def test_a_missing_filter_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no configuration file"):
        class_names("nowhere")


def test_the_shipped_recipe_is_legal_and_can_be_changed() -> None:
    recipe = read_recipe("training", minutes=3.0)
    assert recipe.minutes == 3.0
    assert recipe.staff_space_jitter[0] <= recipe.staff_space_px <= recipe.staff_space_jitter[1]
    assert read_recipe("training", minutes=None).minutes > 3


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"speed": 3}, "unknown keys"),
        ({"minutes": 0}, "minutes"),
        ({"worn_share": 1.5}, "worn_share"),
        ({"worn_share": 0.7, "aged_share": 0.7}, "worn_share"),
        ({"aged_share": -0.1}, "aged_share"),
        ({"focus": {"slur": -1}}, "focus"),
        ({"focus": {"slurr": 2}}, "focus"),
        ({"staff_space_jitter": [17, 19]}, "staff_space_jitter"),
        ({"batches": [{"height_px": 100, "width_px": 640, "crops": 1, "share": 1}]}, "batches"),
        ({"optimizer": {"lr": 1}}, "missing"),
    ],
)
def test_a_bad_recipe_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        read_recipe("training", **change)


def test_a_configuration_says_what_differs_from_its_base(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("base: harmony\nname: first\n", encoding="utf-8")
    second.write_text(f"base: {first}\nexclude: [stem]\n", encoding="utf-8")
    values = read_config(second)
    assert values["name"] == "first"
    assert values["exclude"] == ["stem"]
    assert values["include"] == read_config("harmony")["include"]
    assert "base" not in values


def test_bases_that_run_in_a_circle(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(f"base: {second}\n", encoding="utf-8")
    second.write_text(f"base: {first}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="circle"):
        read_config(first)
