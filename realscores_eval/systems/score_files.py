"""Score files of any kind as MusicXML text: MusicXML itself, kern and MEI through Verovio, LMX."""

from __future__ import annotations

from pathlib import Path

from notation.errors import ConfigurationError, FormatError
from notation.files import read_text
from realscores_eval.lmx.delinearise import delinearise
from realscores_eval.lmx.writer import musicxml_of
from realscores_eval.musicxml_notes import read_musicxml
from realscores_eval.systems.mei_reader import mei_parts

MUSICXML, KERN, MEI, LMX = (".musicxml", ".mxl", ".xml"), (".krn", ".kern"), (".mei",), (".lmx",)
SUFFIXES = (*MUSICXML, *KERN, *MEI, *LMX)


def find_score(folder: Path, stem: str) -> Path | None:
    """Return the score of a page in a folder, `STEM.suffix` or `STEM/ANYTHING.suffix`, or `None`."""
    beside = [folder / f"{stem}{suffix}" for suffix in SUFFIXES]
    below = [one for one in sorted((folder / stem).glob("*")) if one.suffix in SUFFIXES]
    return next((path for path in (*beside, *below) if path.is_file()), None)


def score_text(path: Path) -> str:
    """Return a score as MusicXML text, by the suffix of its file.

    Raises:
        InputError: it cannot be read.
        FormatError: it breaks the rules of its format, or Verovio cannot read it.
        ConfigurationError: kern or MEI, and Verovio is not installed.
    """
    if path.suffix in MUSICXML:
        return read_musicxml(path)
    text = read_text(path)
    return delinearise(text) if path.suffix in LMX else musicxml_of(mei_parts(_mei(text, path)))


def _mei(text: str, path: Path) -> str:
    """Return kern or MEI as Verovio understands it: plain MEI. music21's kern reader would lose slurs."""
    try:
        import verovio
    except ImportError as error:
        raise ConfigurationError(f"{path}: kern and MEI need Verovio: pip install 'detect-score[synth]'") from error
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({"inputFrom": "mei" if path.suffix in MEI else "humdrum", "breaks": "none"})
    if not toolkit.loadData(text):
        raise FormatError(f"{path}: Verovio cannot read it")
    return str(toolkit.getMEI({"removeIds": False}))
