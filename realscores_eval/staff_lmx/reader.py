"""`StaffReader`: staves of a page to MusicXML, each read as a sequence of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from notation.errors import InputError
from notation.page import GreyImage
from notation.staff import Staff
from realscores_eval.lmx.events import Part
from realscores_eval.lmx.writer import musicxml_of
from realscores_eval.staff_lmx.decoding import words_read
from realscores_eval.staff_lmx.joining import joined_score
from realscores_eval.staff_lmx.network import StripNetwork, shipped_weights
from realscores_eval.staff_lmx.page_systems import page_systems
from realscores_eval.staff_lmx.staff_strip import staff_strip
from realscores_eval.staff_lmx.words import Word, part_of


class StaffReader:
    """Reads pages whose staves are traced already; reusable, not safe for several threads at once."""

    def __init__(self, network: StripNetwork) -> None:
        self._network = network

    @classmethod
    def load(cls, weights: str | Path | None = None, threads: int | None = None) -> StaffReader:
        """Return a reader with weights of its own or the shipped ones; raises `WeightsError` for any other file."""
        return cls(StripNetwork(Path(weights) if weights else shipped_weights(), threads))

    def words(self, strip: GreyImage) -> list[Word]:
        """Return the words of one strip, see `staff_strip`."""
        return words_read(*self._network.scores(strip))

    def staff(self, image: GreyImage, staff: Staff) -> Part:
        """Return one line of music as it is printed, a part of its own."""
        return part_of(self.words(staff_strip(image, staff)))

    def read(self, image: GreyImage, staves: Sequence[Staff]) -> str:
        """Return the MusicXML of a page.

        Args:
            image: uint8 (H, W), 0 = ink.
            staves: the traced staves of the page, in its pixels.

        Raises:
            InputError: no staff, or nothing on any of them.
        """
        if not staves:
            raise InputError("no staff was found")
        lines = [self.staff(image, staff) for staff in staves]
        systems = page_systems(image, staves)
        parts = joined_score([[[lines[one] for one in part] for part in system.parts()] for system in systems])
        if not any(part.measures for part in parts):
            raise InputError("nothing was read on any staff")
        return musicxml_of(parts)
