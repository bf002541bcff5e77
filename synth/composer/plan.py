"""The plan that all parts share: meters, keys, barlines, repeats and multi-measure rests of every bar."""

from __future__ import annotations

from random import Random

from synth.composer.meter import pick_meter
from synth.composer.model import Bar
from synth.composer.taste import Taste

_FANCY = ("light-light", "light-light", "dashed", "dotted", "light-heavy", "light-heavy")
_MOST_SHARPS_OR_FLATS = 7
#: Bars of a multi-measure rest; short ones may be drawn as old-style rests instead of a thick bar.
_REST_BARS = (2, 40)


def plan_bars(count: int, taste: Taste, solo: bool, rng: Random) -> list[Bar]:
    """Return the bars of a piece; only a `solo` of one staff gets multi-measure rests and bar repeats."""
    bars = [Bar(pick_meter(taste, rng), rng.randint(-7, 7), new_meter=True)]
    while len(bars) < count:
        bars.append(_next_bar(bars[-1], taste, rng))
    if solo:
        bars = _with_rests_and_repeats(bars, taste, rng)
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


def _with_rests_and_repeats(bars: list[Bar], taste: Taste, rng: Random) -> list[Bar]:
    """Insert multi-measure rests and bar repeat signs after some bars, the last one excepted."""
    out: list[Bar] = []
    for bar in bars[:-1]:
        out.append(bar)
        if rng.random() < taste.multi_rests:
            run = [Bar(bar.meter, bar.fifths, hidden=i > 0) for i in range(rng.randint(*_REST_BARS))]
            run[0].resting = len(run)
            out += run
        elif rng.random() < taste.bar_repeats:
            out.append(Bar(bar.meter, bar.fifths, repeats_last=True))
    return [*out, bars[-1]]


def _repeat(bars: list[Bar], rng: Random) -> None:
    """Repeat one or two sections, the first of them perhaps with endings."""
    last = rng.randrange(len(bars) // 2, len(bars) - 1)
    first = rng.randrange(0, max(1, last - 1))
    ending = last + 1 < len(bars) - 1 and rng.random() < 0.8
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
