"""Another detector's proposals for one page, in the place of a detector: its symbols, and our staff lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from detector.staves.scale import staff_space_px
from detector.staves.tracing import trace_staves
from notation.deepscores_proposals import image_ids, read_proposals
from notation.errors import InputError
from notation.page import GreyImage, Reading


@dataclass(frozen=True)
class ProposalsDetector:
    """Answers with what a DeepScoresV2 proposals file holds, whatever page it is shown."""

    path: Path
    image_id: int

    @classmethod
    def load(cls, path: Path) -> ProposalsDetector:
        """Open a file with the proposals for one image.

        Raises:
            InputError: it is missing, or speaks of no image or of several.
            FormatError: it holds no proposals.
        """
        ids = image_ids(path)
        if len(ids) != 1:
            raise InputError(f"{path}: expected proposals for one page, got {len(ids)} pages")
        return cls(path, ids[0])

    def read(self, image: GreyImage, progress: Callable[[float], None] | None = None, source: str = "") -> Reading:
        """Return the proposals as symbols, and the staff lines of the page; boxes are pixels of `image`."""
        height, width = image.shape
        found, _ = read_proposals(self.path, {self.image_id: (width, height)})
        space_px = staff_space_px(image)
        if progress is not None:
            progress(1.0)
        staves = tuple(trace_staves(image, space_px)) if space_px is not None else ()
        return Reading(found[self.image_id], staves, source)
