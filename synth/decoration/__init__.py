"""Adds to a MusicXML text what printed music carries beside notes: fingerings, signs, words, octave lines, endings."""

from __future__ import annotations

from synth.decoration.decorate import decorate
from synth.decoration.rates import Rates, random_rates

__all__ = ["Rates", "decorate", "random_rates"]
