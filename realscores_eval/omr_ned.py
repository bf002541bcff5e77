"""OMR-NED through the package musicdiff, in a process of its own.

Martinez-Sevilla, Rios-Vila, Calvo-Zaragoza and Chapman: the least number of symbols to add and delete between two
scores, over the symbols of both. It is 1 for an empty result, but a result with few symbols costs little: read it
beside the counts. musicdiff reads MusicXML with music21, which may repair or drop things; it runs apart so that nothing
of ours depends on either, and so that an environment of its own may hold it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from notation.errors import ConfigurationError, FormatError
from notation.files import write_text
from realscores_eval.lmx.delinearise import delinearise
from realscores_eval.ser import EditTally

HOW_TO_GET = "musicdiff is not installed: pip install 'detect-score[omr-ned]', or name a Python that has it"
#: What is compared unless everything is asked for: what our truth states reliably and LMX holds. Pages of real prints
#: have slurs, ornaments, dynamics and words that their truth leaves out.
DETAILS = ("notesandrests", "beams", "ties", "signatures")
_BARE_GRACE = re.compile(r"<grace(?![^>]*\bslash=)([^>/]*)/>")
#: musicdiff needs some ten seconds for a page of piano music; a broken score can keep it busy for ever.
TIMEOUT_S = 600.0


@dataclass(frozen=True)
class OmrNed:
    """A Python that can run `python -m musicdiff`, and the details to compare; none means everything."""

    python: str = sys.executable
    details: tuple[str, ...] = DETAILS
    timeout_s: float = TIMEOUT_S

    @staticmethod
    def find(python: str | None = None, details: tuple[str, ...] = DETAILS) -> OmrNed:
        """Return the metric of a given interpreter, or of this one.

        Raises:
            ConfigurationError: musicdiff is not there; the message says how to get it.
        """
        if python is None:
            if find_spec("musicdiff") is None:
                raise ConfigurationError(HOW_TO_GET)
            return OmrNed(details=details)
        try:
            probe = subprocess.run([python, "-c", "import musicdiff"], capture_output=True, timeout=TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConfigurationError(f"{python}: cannot be run ({error})") from error
        if probe.returncode:
            raise ConfigurationError(f"{python}: {HOW_TO_GET}")
        return OmrNed(python, details)

    def score(self, truth_xml: str, result_xml: str | None) -> EditTally:
        """Compare two MusicXML texts; without a result everything is missing.

        Raises:
            FormatError: musicdiff could not read one of them, or did not come to an end.
        """
        with tempfile.TemporaryDirectory() as folder:
            found, wanted = Path(folder) / "result.musicxml", Path(folder) / "truth.musicxml"
            write_text(wanted, _with_slashes(truth_xml))
            write_text(found, _with_slashes(delinearise("measure") if result_xml is None else result_xml))
            return self._run(found, wanted, silent=result_xml is None)

    def _run(self, found: Path, wanted: Path, *, silent: bool) -> EditTally:
        details = ["-i", *self.details] if self.details else []
        words = [self.python, "-m", "musicdiff", str(found), str(wanted), *details, "-o", "omrned"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=self.timeout_s)
        except subprocess.TimeoutExpired as error:
            raise FormatError(f"musicdiff did not come to an end in {self.timeout_s:g} s") from error
        start = done.stdout.find("{")
        if done.returncode or start < 0:
            raise FormatError(f"musicdiff: {_last_line(done.stderr or done.stdout)}")
        values, _ = json.JSONDecoder().raw_decode(done.stdout[start:])
        truth, result = int(values["numSymbolsInGroundTruth"]), int(values["numSymbolsInPredicted"])
        if silent:
            return EditTally(truth, truth, truth, 0)
        return EditTally(int(values["OMR-ED"]), truth + result, truth, result)


def _with_slashes(text: str) -> str:
    """State that a grace note without a slash has none, as MusicXML means it; music21 would draw one."""
    return _BARE_GRACE.sub(r'<grace\1 slash="no"/>', text)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"
