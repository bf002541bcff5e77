"""The plan that all parts share: meters, keys, barlines, repeats and multi-measure rests of every bar."""

from __future__ import annotations

from random import Random

from synth.composer.meter import pick_meter
from synth.composer.model import Bar
from synth.composer.taste import Taste

_FANCY = ("light-light", "light-light", "dashed", "dotted", "light-heavy", "light-heavy")
_MOST_SHARPS_OR_FLATS = 7


def plan_bars(count: int, taste: Taste, solo: bool, rng: Random) -> list[Bar]:
    """Return the bars of a piece; only a `solo` of one staff gets multi-measure rests and bar repeats."""
    bars = [Bar(pick_meter(taste, rng), rng.randint(-7, 7), new_meter=True)]
    while len(bars) < count:
        bars.append(_next_bar(bars[-1], taste, rng))
    if solo:
        _rest_and_repeat(bars, taste, rng)
    bars[-1].right = "light-heavy"
    if rng.random() < taste.repeats:
        _repeat(bars, rng)
    return bars


def _next_bar(last: Bar, taste: Taste, rng: Random) -> Bar:
    bar = Bar(last.meter, last.fifths)
    if rng.random() < taste.meter_change:
        bar.meter = pick_meter(taste, rng)
        bar.new_meter = bar.meter != last.meter
    if rng.random() < taste.key_change:
        bar.fifths = rng.choice([0, *range(-_MOST_SHARPS_OR_FLATS, _MOST_SHARPS_OR_FLATS + 1)])
        bar.cancels = last.fifths if bar.fifths != last.fifths else None
    if rng.random() < taste.fancy_barline:
        last.right = rng.choice(_FANCY)
    return bar


def _changes(bar: Bar) -> bool:
    return bar.new_meter or bar.cancels is not None


def _rest_and_repeat(bars: list[Bar], taste: Taste, rng: Random) -> None:
    i = 1
    while i < len(bars) - 1:
        run = _steady_run(bars, i, rng.randint(2, 12))
        if run >= 2 and rng.random() < taste.multi_rests:
            bars[i].resting = run
            for bar in bars[i + 1 : i + run]:
                bar.hidden = True
            for bar in bars[i : i + run - 1]:
                bar.right = None
            i += run + 1
        elif not _changes(bars[i]) and rng.random() < taste.bar_repeats:
            bars[i].repeats_last = True
            i += 2
        else:
            i += 1


def _steady_run(bars: list[Bar], start: int, most: int) -> int:
    """Return how many bars from `start` on, the last of the piece excepted, bring no new key or meter."""
    end = start + 1
    while end < min(start + most, len(bars) - 1) and not _changes(bars[end]):
        end += 1
    return end - start


def _repeat(bars: list[Bar], rng: Random) -> None:
    """Repeat one or two sections, the first of them perhaps with endings."""
    last = rng.randrange(len(bars) // 2, len(bars) - 1)
    first = rng.randrange(0, max(1, last - 1))
    ending = last + 1 < len(bars) - 1 and rng.random() < 0.6
    touched = [bars[first], bars[last], bars[last + 1]] + ([bars[first - 1]] if first else [])
    if any(bar.resting or bar.hidden or bar.repeats_last for bar in touched):
        return
    bars[first].repeat_start = True
    if first:
        bars[first - 1].right = None
    bars[last].repeat_end, bars[last].right = True, None
    if ending:
        bars[last].ending, bars[last].ending_ends = "1", "stop"
        bars[last + 1].ending, bars[last + 1].ending_ends = "2", rng.choice(("stop", "discontinue"))
    if not ending and rng.random() < 0.5:
        bars[last + 1].repeat_start = True
        bars[-1].repeat_end, bars[-1].right = True, None
