"""The sequence baseline as a system: staves are traced as for the detector, and read as sequences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from detect_score.pages import open_pages

#: The name of the system on the command line.
STAFF_LMX = "staff-lmx"


def staff_lmx_reader(weights: str | None = None) -> Callable[[Path, Path], str]:
    """Return a reader from the picture of a page to MusicXML; the model is loaded now, not with the first page.

    Raises:
        WeightsError: the file holds no staff reader.
    """
    from detector.staves.tracing import trace_staves
    from realscores_eval.staff_lmx.reader import StaffReader

    reader = StaffReader.load(weights)

    def read(page: Path, folder: Path) -> str:
        loaders = open_pages(page)  # kept while the page loads: the file closes with it
        image = next(iter(loaders))().pixels
        return reader.read(image, trace_staves(image))

    return read
