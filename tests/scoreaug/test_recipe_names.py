"""Recipes by name, and steps by chance."""

from __future__ import annotations

import numpy as np
import pytest

from notation.errors import ConfigurationError
from scoreaug.ink import ink_spread
from scoreaug.motion import MaskedPage
from scoreaug.recipes import RECIPES, TRAINING, Recipe, Step, recipe


def test_no_steps_change_nothing(page: MaskedPage) -> None:
    after = Recipe("bare", ())(page, np.random.default_rng(0))
    assert (after.image == page.image).all()
    assert after.notes["scoreaug"] == ""


def test_recipes_go_by_their_names() -> None:
    assert list(RECIPES) == ["thesis", "old_print", "photocopy", "camera", "coarse_print_1880", "worn_unseen"]
    assert all(recipe(name) is one for name, one in RECIPES.items())
    assert set(RECIPES) - set(TRAINING) == {"worn_unseen"}


def test_an_unknown_recipe_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match=r"sepia.*old_print"):
        recipe("sepia")


@pytest.mark.parametrize(("chance", "notes"), [(0.0, ""), (1.0, "ink_spread, ink_spread")])
def test_notes_tell_what_was_done(chance: float, notes: str, page: MaskedPage) -> None:
    steps = (Step(chance, (ink_spread,)), Step(chance, (ink_spread,)))
    assert Recipe("inky", steps)(page, np.random.default_rng(0)).notes["scoreaug"] == notes


def test_half_a_chance_is_taken_half_the_time(page: MaskedPage) -> None:
    rng, step = np.random.default_rng(0), Step(0.5, (ink_spread,))
    assert 25 < sum(step(page, rng, 1.0) is not page for _ in range(80)) < 55
