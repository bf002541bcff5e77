"""What a detector is to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from notation.page import GreyImage, Reading

Progress = Callable[[float], None]


class PageDetector(Protocol):
    """Anything that finds symbols and staff lines on a page."""

    def read(self, image: GreyImage, progress: Progress | None = None, source: str = "") -> Reading:
        """Return what stands on a page.

        Args:
            image: uint8 (height, width), grey, 0 = ink.
            progress: called with the share done, 0 to 1.
            source: file name of the page, kept in the reading.

        Returns:
            Symbols and staves in pixels of `image`; nothing where there is no staff.
        """
        ...
