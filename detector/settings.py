"""How much is spent on a page: the ends and the knee of the frontier that `benchmarks/frontier.py` measures."""

from __future__ import annotations

from dataclasses import dataclass

from detector.inference import Precision
from detector.tiles import STEP_PX
from notation.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """How a page is shown to the network.

    Attributes:
        scales: one pass over the page each: staff space, in shares of the one that the weights were trained at. Several
            passes are fused (`detector.fusion`).
        again: scales of further passes that are not fused: each is a reading of its own, for who compares readings
            (`Detector.read_again`).
        longest_tile_px: no tile is longer than this; pages are cut into as few tiles as that allows.
        overlap_sp: least overlap of neighbouring tiles, staff spaces.
        precision: "auto" computes in half precision where the processor can.

    Raises:
        ConfigurationError: there is no pass, a scale is not positive, or a tile cannot be laid.
    """

    scales: tuple[float, ...] = (1.0,)
    again: tuple[float, ...] = ()
    longest_tile_px: int = 1152
    overlap_sp: float = 8.0
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        if not self.scales or min(self.scales + self.again) <= 0:
            raise ConfigurationError(f"expected at least one scale above 0, got {self.scales + self.again}")
        if self.longest_tile_px <= 0 or self.longest_tile_px % STEP_PX:
            raise ConfigurationError(f"expected tiles that are multiples of {STEP_PX} px, got {self.longest_tile_px}")
        if self.overlap_sp < 0:
            raise ConfigurationError(f"expected an overlap of 0 or more, got {self.overlap_sp}")


DEFAULT = Settings()
FAST = Settings(scales=(0.85,))
ACCURATE = Settings(again=(17 / 16,))

#: By the name of the option.
EFFORTS = {"fast": FAST, "default": DEFAULT, "accurate": ACCURATE}
