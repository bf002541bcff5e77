"""The command `detect-score`: reads pages, or runs one stage of the reader.

Exit codes: 0 all read, 1 some page of several failed, 2 unusable input, usage or configuration.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

from detect_score.commands import compare, detect, detectors, evaluate, models, read, rebuild, synth, train, wear
from notation.errors import DetectScoreError

#: Every subcommand adds its own options and names the function that runs it; `read` is meant where none is named.
_COMMANDS = {
    "read": read,
    "detect": detect,
    "rebuild": rebuild,
    "synth": synth,
    "wear": wear,
    "train": train,
    "evaluate": evaluate,
    "detectors": detectors,
    "compare": compare,
    "models": models,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as stop:  # argparse has printed its line
        return int(stop.code or 0)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except DetectScoreError as error:
        print(f"detect-score: {error}", file=sys.stderr)
    except MemoryError:
        print("detect-score: not enough memory for this input", file=sys.stderr)
    except KeyboardInterrupt:
        print("detect-score: stopped", file=sys.stderr)
        return 130
    return 2


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; leaves with `SystemExit` where argparse does."""
    words = list(argv)
    if words and words[0] not in {*_COMMANDS, "-h", "--help", "--version"}:
        words.insert(0, "read")
    return _parser().parse_args(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="detect-score",
        description="Read pages of printed music into MusicXML: detect-score PAGE [PAGE ...] writes PAGE.musicxml.",
        epilog="`detect-score COMMAND --help` explains each command; without one, `read` is meant.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        summary = (module.__doc__ or "").strip().splitlines()[0]
        one = commands.add_parser(name, help=summary, description=summary)
        module.add_options(one)
        one.set_defaults(run=module.run)
    return parser


def _version() -> str:
    try:
        return f"detect-score {version('detect-score')}"
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "detect-score (not installed)"


if __name__ == "__main__":
    sys.exit(main())
