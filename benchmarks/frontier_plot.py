"""A small SVG: note F1 against time, the settings that nothing beats joined by a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH_PX, HEIGHT_PX, MARGIN_PX = 760, 460, 64
#: Settings that have an option of their own are drawn larger.
NAMED = ("default", "--fast", "--accurate")


@dataclass(frozen=True)
class Dot:
    """One setting: CPU time as a ratio to the default, and the mean note F1 of pages."""

    name: str
    time_ratio: float
    accuracy: float


def drawn(dots: Sequence[Dot]) -> str:
    """Return the plot as SVG text; the time axis is logarithmic."""
    times, heights = [math.log2(dot.time_ratio) for dot in dots], [dot.accuracy for dot in dots]
    left, right = min(times) - 0.15, max(times) + 0.9  # room for the labels of the last ones
    low, high = min(heights) - 0.004, max(heights) + 0.004

    def place(dot: Dot) -> tuple[float, float]:
        x = MARGIN_PX + (math.log2(dot.time_ratio) - left) / (right - left) * (WIDTH_PX - 2 * MARGIN_PX)
        y = HEIGHT_PX - MARGIN_PX - (dot.accuracy - low) / (high - low) * (HEIGHT_PX - 2 * MARGIN_PX)
        return x, y

    best = sorted(unbeaten(dots), key=lambda dot: dot.time_ratio)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, best))
    parts = [f'<polyline points="{line}" fill="none" stroke="#888" stroke-dasharray="4 3"/>']
    parts += [_dot(dot, *place(dot), dot in best) for dot in dots]
    parts += [_time_tick(ratio, place(Dot("", ratio, low))[0]) for ratio in (0.5, 1, 2, 4) if left < math.log2(ratio)]
    steps = range(math.ceil(low * 100), math.floor(high * 100) + 1)
    parts += [_accuracy_tick(step / 100, place(Dot("", 1, step / 100))[1]) for step in steps]
    parts.append(_text(WIDTH_PX / 2, HEIGHT_PX - 14, "CPU time a page, in times the default's", "middle"))
    parts.append(_text(MARGIN_PX, MARGIN_PX / 2, "note F1, mean of pages", "start"))
    size = f'width="{WIDTH_PX}" height="{HEIGHT_PX}" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}"'
    paper = f'<rect width="{WIDTH_PX}" height="{HEIGHT_PX}" fill="white"/>'
    font = '<g font-family="sans-serif" font-size="12">'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', paper, font, *parts, "</g>", "</svg>", ""])


def unbeaten(dots: Sequence[Dot]) -> list[Dot]:
    """Return the settings that are more accurate than all that take no longer: the frontier."""
    out: list[Dot] = []
    for dot in sorted(dots, key=lambda one: (one.time_ratio, -one.accuracy)):
        if not out or dot.accuracy > out[-1].accuracy:
            out.append(dot)
    return out


def _dot(dot: Dot, x: float, y: float, best: bool) -> str:
    named = dot.name.endswith(NAMED)
    colour = "#c03030" if named else "#3060a0" if best else "#999"
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if named else 4}" fill="{colour}"/>'
    return circle + _text(x + 9, y + 4, dot.name, "start", bold=named)


def _time_tick(ratio: float, x: float) -> str:
    return _text(x, HEIGHT_PX - MARGIN_PX + 20, f"{ratio:g}", "middle")


def _accuracy_tick(accuracy: float, y: float) -> str:
    rule = f'<line x1="{MARGIN_PX}" x2="{WIDTH_PX - MARGIN_PX}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
    return rule + _text(MARGIN_PX - 8, y + 4, f"{accuracy:.2f}", "end")


def _text(x: float, y: float, text: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
