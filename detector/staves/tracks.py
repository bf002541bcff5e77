"""Where staves run: a comb of five lines, followed from strip to strip over a page of normal size.

Everything here lives in the *levelled frame*: the page scaled so that a staff space measures `SPACE` pixels and sheared
so that the median staff line is horizontal. Local slopes that remain come from bowed paper and are small.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.staves.darkness import Grey, as_grey
from detector.staves.scale import StaffScale
from notation.boxes import FloatArray

SPACE = 10  # px per staff space in the levelled frame; lines are one to two px thick there
STRIP = SPACE  # width of a strip, px: one staff space
LINES = 5

SEED = 0.50  # comb response that starts a track; clean staves reach 0.9, text lines 0.25
FOLLOW = 0.28  # comb response that carries a track on; chords and beams over three lines leave 0.35
PATIENCE = 9  # strips without response before a track ends: dense chords hide a staff for up to seven spaces
GRAIN = 24  # darkness that paper grain reaches
LINE_DARKNESS = 140  # hair lines of a fifteenth of a space come out of the scaling at 50 and are raised to this,
FULL_LINE = 45.0  # what an unbroken line leaves of that, spread over three rows, at least; more does not count
MOST_GAIN = 3.0  # at most by this factor
CLEARANCE_SP = 4.8  # middle lines of two staves of one size never come closer than this

Response = NDArray[np.float32]


@dataclass(frozen=True)
class LevelPage:
    """A page in the levelled frame.

    Attributes:
        ink: uint8 (h, w), darkness, 255 = full ink.
        ridge: uint8 (h, w), darkness that is thin from top to bottom: staff lines, hairpins, edges of nothing else.
        across, down: levelled px per page px in x and in y; they differ by the rounding of the picture's size.
        shear: levelled px down per levelled px right that the shear took away.
        drop: levelled px that the shear moved everything down, so that nothing leaves the picture.
    """

    ink: Grey
    ridge: Grey
    across: float
    down: float
    shear: float
    drop: float

    def to_page(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map continuous levelled coordinates to page px."""
        return x / self.across, (y - self.drop + self.shear * x) / self.down


def level_page(dark: Grey, scale: StaffScale) -> LevelPage:
    """Scale and shear a darkness picture, uint8 (H, W), for the search for staves of one size."""
    factor = SPACE / scale.space_px
    height, width = dark.shape
    w, h = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(dark, (w, h), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    drop = max(0.0, scale.slope * w)
    tall = int(np.ceil(h + abs(scale.slope) * w)) + 1
    # pixel i covers [i, i + 1): y' = y - slope * x + drop in continuous coordinates
    matrix = np.array([[1.0, 0.0, 0.0], [-scale.slope, 1.0, drop - scale.slope * 0.5]])
    ink = as_grey(cv2.warpAffine(small, matrix, (w, tall), flags=cv2.INTER_LINEAR, borderValue=0))
    ridge = _ridge(ink, scale.thickness_px * factor)
    gain = float(np.clip(LINE_DARKNESS / _line_darkness(ridge), 1.0, MOST_GAIN))
    ink, ridge = (as_grey(cv2.convertScaleAbs(picture, alpha=gain)) for picture in (ink, ridge))
    return LevelPage(ink, ridge, w / width, h / height, scale.slope, drop)


def _line_darkness(ridge: Grey) -> float:
    """Darkness of a common staff line: of all that is thin, lines are the most."""
    out = ridge[ridge > GRAIN]
    return float(np.percentile(out, 60)) if len(out) else 255.0


def _ridge(ink: Grey, thickness: float) -> Grey:
    """Keep what is darker than the pixels a line thickness above and below it."""
    smooth = cv2.blur(ink, (5, 1))  # half a space: closes gaps of broken lines, thins out specks
    reach = int(np.clip(np.ceil(thickness * 0.5 + 1.0), 2, 3))
    padded = cv2.copyMakeBorder(smooth, reach, reach, 0, 0, cv2.BORDER_CONSTANT, value=0)
    beside = cv2.max(padded[: -2 * reach], padded[2 * reach :])
    return as_grey(cv2.subtract(smooth, beside))


def comb_response(ridge: Grey) -> Response:
    """Return float32 (strips, h): how well five lines around each height are inked, 0 to 1."""
    height, width = ridge.shape
    strips = max(1, width // STRIP)
    mean = cv2.resize(ridge, (strips, height), interpolation=cv2.INTER_AREA)
    mean = cv2.blur(mean, (3, 3))  # three spaces wide; a line between two pixel rows counts as much as one on a row
    mean = cv2.dilate(mean, np.ones((3, 1), np.uint8))  # one px of freedom: 5 % of size, 2 degrees of slope
    level = np.minimum(mean.T.astype(np.float32) / FULL_LINE, 1.0)  # (strips, h)
    reach = 2 * SPACE
    padded = np.pad(level, ((0, 0), (reach, reach)))
    lines = np.stack([padded[:, k * SPACE : k * SPACE + height] for k in range(LINES)])
    lines.sort(axis=0)
    out: Response = 0.5 * lines.mean(0) + 0.5 * lines[1]  # four lines must be there, the fifth helps
    return out


@dataclass(frozen=True, eq=False)
class Track:
    """Middle line of one staff, roughly: heights `y` (n,) at the strips `first`, `first + 1`, ..."""

    first: int
    y: FloatArray

    @property
    def x(self) -> FloatArray:
        """Centres of the strips, levelled px."""
        return (self.first + np.arange(len(self.y), dtype=np.float64) + 0.5) * STRIP


def find_tracks(response: Response, least_strips: int) -> list[Track]:
    """Follow staves, best seed first; each removes what lies within its clearance."""
    left = response.copy()
    tracks: list[Track] = []
    while True:
        strip, y = np.unravel_index(int(np.argmax(left)), left.shape)
        if left[strip, y] < SEED:
            return _joined(tracks)
        track = _follow(left, int(strip), int(y))
        _clear(left, track)
        if len(track.y) >= least_strips:
            tracks.append(track)


def _joined(tracks: list[Track]) -> list[Track]:
    """Join tracks that go on where another one broke off."""
    out: list[Track] = []
    for track in sorted(tracks, key=lambda t: t.first):
        before = next((t for t in out if _goes_on(t, track)), None)
        if before is None:
            out.append(track)
        else:
            out[[t is before for t in out].index(True)] = _join(before, track)
    return out


def _goes_on(a: Track, b: Track) -> bool:
    gap = b.first - (a.first + len(a.y))
    return 0 <= gap <= 2 * PATIENCE and abs(float(b.y[0] - a.y[-1])) < (0.5 + 0.05 * gap) * SPACE


def _join(a: Track, b: Track) -> Track:
    strips = np.arange(a.first, b.first + len(b.y))
    known = np.r_[a.first + np.arange(len(a.y)), b.first + np.arange(len(b.y))]
    return Track(a.first, np.interp(strips, known, np.r_[a.y, b.y]))


def _follow(response: Response, strip: int, y: int) -> Track:
    right = _walk(response, strip, float(y), +1)
    left = _walk(response, strip, float(y), -1)
    return Track(strip - len(left), np.array([*left[::-1], float(y), *right]))


def _walk(response: Response, strip: int, y: float, step: int) -> list[float]:
    """Return heights of the strips after `strip` in one direction, up to the last one with response."""
    heights: list[float] = []
    rise, misses, kept = 0.0, 0, 0
    at = strip + step
    while 0 <= at < len(response) and misses < PATIENCE:
        wanted = y + rise
        best, value = _best_near(response[at], wanted)
        if value >= FOLLOW:
            rise = 0.8 * rise + 0.2 * (best - y)
            y, misses, kept = best, 0, len(heights) + 1
        else:
            y, misses = wanted, misses + 1
        heights.append(y)
        at += step
    return heights[:kept]


def _best_near(column: Response, wanted: float) -> tuple[float, float]:
    low, high = max(0, round(wanted) - 2), min(len(column), round(wanted) + 3)
    if low >= high:
        return wanted, 0.0
    window = column[low:high] - 0.02 * np.abs(np.arange(low, high) - wanted)
    best = int(np.argmax(window))
    return float(low + best), float(column[low + best])


def _clear(response: Response, track: Track) -> None:
    reach = round(CLEARANCE_SP * SPACE)
    for i, y in enumerate(np.round(track.y).astype(int)):
        response[track.first + i, max(0, y - reach) : max(0, y + reach + 1)] = 0.0
