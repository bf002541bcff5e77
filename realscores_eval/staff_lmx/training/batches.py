"""Batches of windows: runs of measures cut out of strips, worn anew each time, those of like width together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from notation.page import GreyImage
from realscores_eval.lmx.delinearise import parts_of
from realscores_eval.staff_lmx.alphabet import UNKNOWN, numbers_of
from realscores_eval.staff_lmx.decoding import SLOT_PX
from realscores_eval.staff_lmx.staff_strip import HEIGHT_PX, SPACE_PX, contrasted
from realscores_eval.staff_lmx.strip_file import read_shard, unpacked
from realscores_eval.staff_lmx.training import strip_wear
from realscores_eval.staff_lmx.training.spacing import expected_px
from realscores_eval.staff_lmx.words import words_of

#: Widths of windows, one to three measures: short ones teach places soonest. A wider measure is left out.
_WIDTH_PX, _WIDEST_PX = (0, 260), 480
#: Share of the windows that begin with the line, with clef and signatures.
_FROM_START = 0.4
#: Windows drawn at once, to find some of like width.
_POOL = 8
#: Share of the windows that are worn beside what their page has been through.
_WORN = 0.5
_COLUMNS_A_STEP = 4
#: Where a window in the middle of a line begins behind its barline, in staff spaces.
_BEHIND_BAR_SP = (0.1, 0.35)


#: A picture, the numbers of its words, int16 (S, 1 + fields), and about where they stand, px.
_Window: TypeAlias = tuple[GreyImage, NDArray[np.int16], NDArray[np.float32]]


@dataclass(frozen=True)
class Batch:
    """Windows and their words.

    Attributes:
        strips: float32 (N, 1, `HEIGHT_PX`, W), ink 1.
        slots: int64 (N,), slots of each window.
        words: int64 (N, S, 1 + fields), see `alphabet.numbers_of`, padded with `UNKNOWN`.
        counts: int64 (N,), words of each window.
        expected_px: float32 (N, S), about where each word stands, see `spacing`.
    """

    strips: NDArray[np.float32]
    slots: NDArray[np.int64]
    words: NDArray[np.int64]
    counts: NDArray[np.int64]
    expected_px: NDArray[np.float32]


@dataclass(frozen=True)
class _Line:
    """A strip that lies ready: its packed picture, its bar columns, and the words of each measure."""

    png: bytes
    bars_px: tuple[float, ...]
    measures: list[NDArray[np.int16]]
    places_px: list[NDArray[np.float32]]

    def readable(self, measure: int) -> bool:
        """Tell whether the alphabet holds all signs of a measure."""
        return bool((self.measures[measure][:, 0] != UNKNOWN).all())


class Windows:
    """The windows of a folder of shards, which may still grow."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._rng = folder, np.random.default_rng(seed)
        self._known: set[Path] = set()
        self.lines: list[_Line] = []
        self.refresh()

    def refresh(self) -> None:
        """Take in the shards that have come since."""
        for path in sorted(self._folder.glob("train_*.zip")):
            if path not in self._known:
                self._known.add(path)
                self.lines += _lines_of(path)

    def batches(self, size: int) -> Iterator[Batch]:
        """Iterate endlessly over batches."""
        while True:
            windows = sorted((self._window() for _ in range(size * _POOL)), key=lambda one: one[0].shape[1])
            for at in self._rng.permutation(_POOL):
                yield _joined(windows[at * size : (at + 1) * size])

    def _window(self) -> _Window:
        while True:
            line = self.lines[int(self._rng.integers(len(self.lines)))]
            first = 0 if self._rng.random() < _FROM_START else int(self._rng.integers(len(line.measures)))
            last = self._last(line, first)
            if last is not None:
                return self._cut(line, first, last)

    def _last(self, line: _Line, first: int) -> int | None:
        """Return the last measure of a window of random width that begins at a measure."""
        wanted = self._rng.uniform(*_WIDTH_PX)
        found = None
        for last in range(first, len(line.measures)):
            width = line.bars_px[last + 1] - line.bars_px[first]
            if not line.readable(last) or width > _WIDEST_PX:
                break
            found = last
            if width > wanted:
                break
        return found

    def _cut(self, line: _Line, first: int, last: int) -> _Window:
        strip = unpacked(line.png)
        rng = self._rng
        x0 = 0.0 if first == 0 else line.bars_px[first] + rng.uniform(*_BEHIND_BAR_SP) * SPACE_PX
        whole = last == len(line.measures) - 1
        x1 = strip.shape[1] if whole else line.bars_px[last + 1] + rng.uniform(0.1, 0.6) * SPACE_PX
        cut = strip[:, int(x0) : max(int(x0) + SPACE_PX, round(x1))]
        window = strip_wear.moved(cut, rng)
        window = strip_wear.worn(window, rng) if rng.random() < _WORN else window
        places = np.concatenate(line.places_px[first : last + 1]) - int(x0)
        words = np.concatenate(line.measures[first : last + 1])
        return window, words, (places * (window.shape[1] / cut.shape[1])).astype(np.float32)


def _lines_of(path: Path) -> Iterator[_Line]:
    for png, strip in read_shard(path):
        measures = words_of(parts_of(strip.tokens)[0])
        if len(measures) == len(strip.bars_px) - 1:
            numbers = [np.stack([numbers_of(word) for word in words]).astype(np.int16) for words in measures]
            places = [expected_px(*one) for one in zip(numbers, strip.bars_px, strip.bars_px[1:], strict=False)]
            yield _Line(png, strip.bars_px, numbers, places)


def _joined(windows: list[_Window]) -> Batch:
    width = max(strip.shape[1] for strip, *_ in windows)
    width += -width % _COLUMNS_A_STEP
    length = max(len(words) for _, words, _ in windows)
    strips = np.zeros((len(windows), 1, HEIGHT_PX, width), np.float32)
    words = np.full((len(windows), length, windows[0][1].shape[1]), UNKNOWN, np.int64)
    expected = np.zeros((len(windows), length), np.float32)
    for row, (strip, numbers, places) in enumerate(windows):
        strips[row, 0, :, : strip.shape[1]] = contrasted(strip)
        words[row, : len(numbers)] = numbers
        expected[row, : len(numbers)] = places
    slots = np.array([strip.shape[1] // SLOT_PX for strip, *_ in windows])
    counts = np.array([len(numbers) for _, numbers, _ in windows])
    return Batch(strips, slots, words, counts, expected)
