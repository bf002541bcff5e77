"""`Staff`: five traced lines, and everything that is measured against them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from notation.boxes import FloatArray

#: Lines of the common staff; percussion staves of one line are traced as five with the middle line inked.
LINE_COUNT = 5


@dataclass(frozen=True)
class Staff:
    """Five staff lines as polylines over common knots.

    Attributes:
        xs_px: float64 (K,), K >= 2 ascending knots in page pixels.
        ys_px: float64 (5, K), height of each line at the knots, top line first.
    """

    xs_px: FloatArray
    ys_px: FloatArray

    @classmethod
    def of(cls, xs_px: ArrayLike, ys_px: ArrayLike) -> Staff:
        """Build a staff; raises `ValueError` for wrong shapes, unsorted knots or lines that cross."""
        xs, ys = np.array(xs_px, dtype=np.float64), np.array(ys_px, dtype=np.float64)
        if xs.ndim != 1 or len(xs) < 2 or ys.shape != (LINE_COUNT, len(xs)):
            raise ValueError(f"expected xs (K,) and ys (5, K) with K >= 2, got {xs.shape} and {ys.shape}")
        if not (np.isfinite(xs).all() and np.isfinite(ys).all()):
            raise ValueError("expected finite numbers, got nan or infinity")
        if (np.diff(xs) <= 0).any():
            raise ValueError("expected ascending knots")
        if (np.diff(ys, axis=0) <= 0).any():
            raise ValueError("expected five lines from top to bottom, got lines that touch or cross")
        xs.flags.writeable = ys.flags.writeable = False
        return cls(xs, ys)

    @classmethod
    def straight(cls, x0: float, x1: float, top: float, space: float) -> Staff:
        """Return a level staff from x0 to x1 whose top line lies at `top`; all in px."""
        tops = top + space * np.arange(LINE_COUNT)
        return cls.of([x0, x1], np.stack([tops, tops], 1))

    def points(self) -> FloatArray:
        """Return the knots of the five lines as points, (5, K, 2), page pixels."""
        return np.stack([np.broadcast_to(self.xs_px, self.ys_px.shape), self.ys_px], -1)

    @property
    def x0_px(self) -> float:
        """The left end."""
        return float(self.xs_px[0])

    @property
    def x1_px(self) -> float:
        """The right end."""
        return float(self.xs_px[-1])

    def lines_at(self, x_px: ArrayLike) -> FloatArray:
        """Return the five line heights at each x, shape (5, ...); beyond the ends the outer pieces go on straight."""
        x = np.asarray(x_px, dtype=np.float64)
        return np.stack([_extended(x, self.xs_px, line) for line in self.ys_px])

    def space_at(self, x_px: ArrayLike) -> FloatArray:
        """Return the staff space, the distance of neighbouring lines, at each x, px."""
        lines = self.lines_at(x_px)
        space: FloatArray = (lines[-1] - lines[0]) / (LINE_COUNT - 1)
        return space

    @property
    def space_px(self) -> float:
        """The mean staff space over the whole staff."""
        return float((self.ys_px[-1] - self.ys_px[0]).mean() / (LINE_COUNT - 1))

    def position_at(self, x_px: ArrayLike, y_px: ArrayLike) -> FloatArray:
        """Return the staff position of points: 0 on the middle line, +1 a step higher (half a staff space up).

        This is `rel_position` of DeepScoresV2, not rounded.
        """
        lines = self.lines_at(x_px)
        position: FloatArray = (lines[2] - np.asarray(y_px, dtype=np.float64)) / self.space_at(x_px) * 2
        return position

    def y_at(self, x_px: ArrayLike, position: ArrayLike) -> FloatArray:
        """Return the height in px of a staff position at each x; the inverse of `position_at`."""
        y: FloatArray = self.lines_at(x_px)[2] - np.asarray(position) * self.space_at(x_px) / 2
        return y

    def affine(self, matrix: ArrayLike) -> Staff:
        """Return the staff moved by a 2 x 3 matrix that turns by less than a quarter circle."""
        transform = np.asarray(matrix, dtype=np.float64)
        moved = self.points() @ transform[:, :2].T + transform[:, 2]
        xs = moved[2, :, 0]  # knots of the middle line
        ys = np.stack([_extended(xs, line[:, 0], line[:, 1]) for line in moved])
        return Staff.of(xs, ys)


def _extended(x: FloatArray, xs: FloatArray, ys: FloatArray) -> FloatArray:
    inner = np.interp(x, xs, ys)
    left = ys[0] + (x - xs[0]) * (ys[1] - ys[0]) / (xs[1] - xs[0])
    right = ys[-1] + (x - xs[-1]) * (ys[-1] - ys[-2]) / (xs[-1] - xs[-2])
    out: FloatArray = np.where(x < xs[0], left, np.where(x > xs[-1], right, inner))
    return out
