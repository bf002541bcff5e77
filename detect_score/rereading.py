"""`--accurate`: a page is looked at again, and bars that do not add up are taken from the look in which they do."""

from __future__ import annotations

from detector.protocol import Progress
from detector.reader import Detector
from notation.page import GreyImage, Reading
from reconstruction.rereading import reread


class Rereader:
    """A detector whose readings the music corrects."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.classes = detector.classes

    def read(self, image: GreyImage, progress: Progress | None = None, source: str = "") -> Reading:
        """As `Detector.read`; looks again only while a bar is in doubt."""
        first = self._detector.read(image, progress, source)
        return reread(first, self._detector.read_again(image, first), self._detector.sure)
