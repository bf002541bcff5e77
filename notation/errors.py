"""The exceptions of the whole project; strange *music* is never one of them (see `notation.score.Issue`).

DetectScoreError
├── InputError          the file cannot be used: missing, empty, truncated, not a picture, encrypted
├── FormatError         the file is a picture or document of a kind that we read, but breaks its own rules
├── ConfigurationError  an unknown key, a value out of range, a filter that names no class
├── WeightsError        a model file is missing, damaged, or does not belong to this vocabulary
└── OutputError         the target exists already, or cannot be written

The command prints `str(error)` as its one line and exits with code 2, so every message names the file.
"""


class DetectScoreError(Exception):
    """Root of everything that the project raises on purpose."""


class InputError(DetectScoreError):
    """A page or folder that cannot be used."""


class FormatError(DetectScoreError):
    """A file that breaks the rules of its format."""


class ConfigurationError(DetectScoreError):
    """Settings that contradict themselves or name something unknown."""


class WeightsError(DetectScoreError):
    """A model file that cannot be used."""


class OutputError(DetectScoreError):
    """A target that must not or cannot be written."""
