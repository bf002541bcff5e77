"""From a rough track to a `Staff`: five lines fitted to their ink, cut where the ink ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from detector.staves.darkness import Grey, as_grey
from detector.staves.tracks import LINES, SPACE, STRIP, LevelPage, Track
from notation.boxes import FloatArray
from notation.staff import Staff

REACH_SP = 0.35  # a line's ink is looked for this far from where it is expected; half a space would reach the next line
STIFF_COMMON = 30.0  # smoothing of the five lines together: a bow of one staff space in 30 passes, a beam does not
STIFF_SINGLE = 3000.0  # smoothing of one line against the others: engravers keep them parallel
OUTLIER_SP = 0.05  # a measured height this far off the fit weighs half
MOST_OFF_SP = 0.3  # a line this far from its place among the five is another line's or a beam's ink
KNOT_STRIPS = 3
HOLE_SP = 3.0  # a stretch without any line this wide parts two staves (coda, incipit); dense chords still leave pieces
LEAST_WIDTH_SP = 5.5
SPILL_SP = 3.0  # ink is followed this far beyond the strips that the comb saw
INKED = 60  # darkness of a broken line, averaged over half a space; paper grain stays below 30
CRISP = 110  # darkness of a barline, not averaged; paper between barline and brace stays below 90
BARLINE_SP = 0.8  # no barline is thicker
STANDS_OUT = 50  # darkness of a line against what is above and below it
LEAST_INKED = 0.6  # share of the width where each line has ink, under notes too; staves 0.94 and more, text 0.5
LEAST_LINE = 0.12  # share of the width where each line stands out, and
LEAST_LINES = 0.35  # the same for the mean of the five; beams along a staff leave 0.29 of a line and 0.6 of the mean
LONG_SP = 40.0  # no beams run on this far (longest seen: 26), so here one line may be worn away, if
LEAST_WORN = 0.4  # each of the others has ink over this share of the width, and
LEAST_WORN_LINES = 0.7  # the mean of the five over this
SIXTH_LINE = 0.75  # a sixth line over this share of the width: tablature or ruled paper


@dataclass(frozen=True)
class Lines:
    """Five fitted lines in the levelled frame: heights `y` (5, n) at ascending `x` (n,)."""

    x: FloatArray
    y: FloatArray

    def at(self, x: FloatArray) -> FloatArray:
        """Heights (5, m); level beyond the ends, following the mean slope of the last strips."""
        inside = np.stack([np.interp(x, self.x, line) for line in self.y])
        n = min(8, len(self.x))
        middle = self.y.mean(0)
        head = np.polyfit(self.x[:n], middle[:n], 1)[0] if n > 1 else 0.0
        tail = np.polyfit(self.x[-n:], middle[-n:], 1)[0] if n > 1 else 0.0
        drift = head * np.minimum(x - self.x[0], 0.0) + tail * np.maximum(x - self.x[-1], 0.0)
        out: FloatArray = inside + drift
        return out


def fit_lines(page: LevelPage, track: Track) -> Lines:
    """Fit five lines to the ridge ink around a track, robustly."""
    middle = smooth(track.y, np.ones(len(track.y)), STIFF_COMMON)
    offsets = SPACE * (np.arange(LINES) - 2.0)[:, None]
    lines = middle[None] + offsets
    lines = _refit(page, track, lines)
    lines = _refit(page, track, lines + _slip(page, track, lines))
    return Lines(track.x, _refit(page, track, lines))


def _refit(page: LevelPage, track: Track, lines: FloatArray) -> FloatArray:
    heights, weights = _measure(page, track, lines)
    return _robust(heights, weights, lines)


def _slip(page: LevelPage, track: Track, lines: FloatArray) -> float:
    """Return by how much five lines must move to stand on the five best of nine: a comb may catch a ledger line."""
    x = np.arange(track.first * STRIP, (track.first + len(track.y)) * STRIP, dtype=np.float64) + 0.5
    ladder = np.stack([np.interp(x, track.x, lines[2] + k * SPACE) for k in range(-4, 5)])
    strength = (_near(page.ridge[:, track.first * STRIP :], ladder) > STANDS_OUT).mean(1)
    shifts = (0, -1, 1, -2, 2)  # the first best wins
    scores = [strength[s + 2 : s + 7].sum() + strength[s + 2 : s + 7].min() for s in shifts]
    return float(shifts[int(np.argmax(scores))] * SPACE)


def _measure(page: LevelPage, track: Track, lines: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return heights and weights (5, n): centre and amount of ridge ink of each strip around each line."""
    left, right = track.first * STRIP, (track.first + len(track.y)) * STRIP
    ridge = page.ridge[:, left:right]
    profile = cv2.resize(ridge, (len(track.y), ridge.shape[0]), interpolation=cv2.INTER_AREA).T.astype(np.float64)
    reach = round(REACH_SP * SPACE)
    start = np.round(lines - 0.5).astype(int) - reach  # pixel i covers [i, i + 1)
    rows = start[..., None] + np.arange(2 * reach + 1)  # (5, n, window)
    inside = (rows >= 0) & (rows < profile.shape[1])
    strips = np.arange(len(track.y))[None, :, None]
    ink = profile[strips, np.clip(rows, 0, profile.shape[1] - 1)] * inside
    ink = np.maximum(ink - 0.3 * ink.max(-1, keepdims=True), 0.0)
    mass = ink.sum(-1)
    centre = (ink * (rows + 0.5)).sum(-1) / np.maximum(mass, 1e-9)
    return np.where(mass > 0, centre, lines), np.minimum(mass / 100.0, 1.0)


def _robust(heights: FloatArray, weights: FloatArray, lines: FloatArray) -> FloatArray:
    offsets = SPACE * (np.arange(LINES) - 2.0)[:, None]
    space = _mean_space(heights, weights)
    common = (lines - offsets * space / SPACE).mean(0)
    for _ in range(3):
        trust = weights * _doubt(heights - offsets * space / SPACE - common)
        total = trust.sum(0)
        mean = (trust * (heights - offsets * space / SPACE)).sum(0) / np.maximum(total, 1e-9)
        common = smooth(mean, total / LINES + 1e-6, STIFF_COMMON)
    flat = common + offsets * space / SPACE
    own = [
        smooth(h - f, w * _doubt(h - f) + 1e-3, STIFF_SINGLE) for h, w, f in zip(heights, weights, flat, strict=True)
    ]
    out: FloatArray = flat + np.clip(np.stack(own), -MOST_OFF_SP * SPACE, MOST_OFF_SP * SPACE)
    return out


def _mean_space(heights: FloatArray, weights: FloatArray) -> float:
    gaps = np.diff(heights, axis=0)
    trust = np.minimum(weights[1:], weights[:-1])
    good = (np.abs(gaps - SPACE) < 0.15 * SPACE) & (trust > 0.2)
    return float(np.median(gaps[good])) if good.sum() >= LINES else float(SPACE)


def _doubt(residual: FloatArray) -> FloatArray:
    out: FloatArray = 1.0 / (1.0 + (residual / (OUTLIER_SP * SPACE)) ** 2)
    return out


def smooth(values: FloatArray, weights: FloatArray, stiffness: float) -> FloatArray:
    """Minimise sum w (z - v)^2 + stiffness * sum (second difference of z)^2 (Whittaker 1923); shapes (n,)."""
    n = len(values)
    if n < 3:
        return np.full(n, float(np.average(values, weights=weights)))
    bands = np.zeros((3, n))  # upper bands of D'D for second differences
    bands[2] = 6.0
    bands[2, [0, -1]] = 1.0
    bands[2, [1, -2]] = 5.0 if n > 3 else 4.0
    bands[1, 1:] = -4.0
    bands[1, [1, -1]] = -2.0
    bands[0, 2:] = 1.0
    bands *= stiffness
    bands[2] += weights
    out: FloatArray = solveh_banded(bands, weights * values)
    return out


def cut_staves(page: LevelPage, lines: Lines) -> list[Staff]:
    """Cut fitted lines where their ink ends or pauses, and return the pieces that are staves, in page px."""
    x = np.arange(page.ink.shape[1], dtype=np.float64) + 0.5
    y = lines.at(x)
    inked, thin = _near(as_grey(cv2.blur(page.ink, (5, 1))), y) > INKED, _near(page.ridge, y) > STANDS_OUT
    seen = (x >= lines.x[0] - SPILL_SP * SPACE) & (x <= lines.x[-1] + SPILL_SP * SPACE)
    crisp = (_near(page.ink, y) > CRISP).sum(0) >= 3
    pieces = _pieces(inked.sum(0) >= 3, thin.sum(0) >= 3, seen)
    whole = [(_over_barline(crisp, a, -1), _over_barline(crisp, b - 1, +1) + 1) for a, b in pieces]
    return [_staff(page, lines, a, b) for a, b in whole if _is_staff(page, y, inked, thin, a, b)]


def _near(picture: Grey, y: FloatArray) -> Grey:
    """Return (rows, w): darkest pixel within one px of each height, column by column."""
    rows = np.floor(y).astype(int)
    columns = np.arange(y.shape[1])[None]
    near = [picture[np.clip(rows + d, 0, len(picture) - 1), columns] for d in (-1, 0, 1)]
    inside = (rows >= 0) & (rows < len(picture))
    return as_grey(np.maximum.reduce(near) * inside)


def _pieces(running: NDArray[np.bool_], thin: NDArray[np.bool_], seen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return column ranges [a, b) where three lines run, closed over holes, from thin line to thin line."""
    share = cv2.blur(running.astype(np.float32)[None], (SPACE, 1), borderType=cv2.BORDER_CONSTANT)[0]
    columns = np.flatnonzero(running & seen & (share > 0.5))
    if not len(columns):
        return []
    breaks = np.flatnonzero(np.diff(columns) > HOLE_SP * SPACE)
    starts, ends = columns[np.r_[0, breaks + 1]], columns[np.r_[breaks, len(columns) - 1]]
    steady = thin & (cv2.blur(thin.astype(np.float32)[None], (SPACE // 2, 1))[0] > 0.5)
    cut = [np.flatnonzero(steady[a : b + 1]) + a for a, b in zip(starts, ends, strict=True)]
    return [(int(c[0]), int(c[-1]) + 1) for c in cut if len(c)]


def _over_barline(running: NDArray[np.bool_], at: int, step: int) -> int:
    """Move an end outwards over the barline that closes the lines; the brace beyond is parted from it by paper."""
    for _ in range(round(BARLINE_SP * SPACE)):
        if not (0 <= at + step < len(running) and running[at + step]):
            break
        at += step
    return at


def _is_staff(
    page: LevelPage, y: FloatArray, inked: NDArray[np.bool_], thin: NDArray[np.bool_], a: int, b: int
) -> bool:
    if b - a < LEAST_WIDTH_SP * SPACE:
        return False
    share, standing = (inked | thin)[:, a:b].mean(1), thin[:, a:b].mean(1)
    whole = share.min() >= LEAST_INKED and standing.min() >= LEAST_LINE
    if not (whole or _is_worn(share, b - a)) or standing.mean() < LEAST_LINES:
        return False
    sixth = _near(page.ridge[:, a:b], np.stack([y[0, a:b] - SPACE, y[-1, a:b] + SPACE])) > STANDS_OUT
    return bool(sixth.mean(1).max() < SIXTH_LINE * standing.max())


def _is_worn(share: FloatArray, width_px: int) -> bool:
    """Whether five lines, inked over these shares of a width, are a long staff that lost one line or bits of all."""
    long = width_px >= LONG_SP * SPACE
    return bool(long and np.sort(share)[1] >= LEAST_WORN and share.mean() >= LEAST_WORN_LINES)


def _staff(page: LevelPage, lines: Lines, a: int, b: int) -> Staff:
    count = max(2, round((b - a) / (KNOT_STRIPS * SPACE)) + 1)
    x = np.linspace(float(a), float(b), count)
    y = lines.at(x)
    page_x, _ = page.to_page(x, y[0])
    return Staff.of(page_x, np.stack([page.to_page(x, line)[1] for line in y]))
