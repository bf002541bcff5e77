"""MusicXML through LMX and back, over folders of scores: what is lost, and why.

    python -m realscores_eval.lmx.round_trip FOLDER [FOLDER ...] --log trips.jsonl

Every score is linearised, delinearised and linearised again. It is lossless where both token sequences are equal, every
field of every event is equal as LMX reads it, and the printed music is equal as `musicxml_notes` reads it, which shares
no code with LMX: pitch, onset, duration, clef, key, meter, ties, accidentals, grace notes, rests, by bar and staff.
Marks (`NOTE_MARKS`, `BAR_MARKS`) are not judged there, since LMX has no word for many of them.
`--published` does the same with published tokens alone, and shows what they cannot say.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import zip_longest
from pathlib import Path

from notation.errors import DetectScoreError, InputError
from notation.files import Json
from realscores_eval.lmx.delinearise import delinearise
from realscores_eval.lmx.events import Event, Note, Part
from realscores_eval.lmx.linearise import tokens_of
from realscores_eval.lmx.reader import read_parts
from realscores_eval.lmx.vocabulary import is_token, published
from realscores_eval.musicxml_notes import parse, read_musicxml
from realscores_eval.notes import compare
from realscores_eval.printed_music import BAR_MARKS, NOTE_MARKS
from realscores_eval.tables import Table

SUFFIXES = (".mxl", ".musicxml", ".xml")
_NOTE_FIELDS = tuple(one.name for one in fields(Note))


@dataclass
class Trip:
    """One score there and back.

    Attributes:
        file: its path.
        error: why it could not be read at all; everything else is empty then.
        tokens: how many.
        ours: how many tokens of each family are none of the published ones.
        stable: the second sequence equals the first.
        fields: how many events differ in each field; "events" counts measures with events too many or too few.
        printed: rows of the note scores, marks aside, that are not perfect, with (matched, truth, result).
        heads: notes and rests in the file.
    """

    file: str
    error: str = ""
    tokens: int = 0
    heads: int = 0
    stable: bool = True
    ours: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    printed: dict[str, list[int]] = field(default_factory=dict)

    @property
    def causes(self) -> list[str]:
        """What was lost, in words; empty where nothing was."""
        if self.error:
            return [self.error]
        again = [] if self.stable else ["linearising again gives other tokens"]
        return again + [f"field {name}" for name in self.fields] + [f"printed {name}" for name in self.printed]


def round_trip(text: str, *, published_only: bool = False, file: str = "") -> Trip:
    """Send one MusicXML text there and back.

    Raises:
        FormatError: it is not partwise MusicXML.
    """
    parts = read_parts(text)
    tokens = tokens_of(parts, published=published_only)
    back = delinearise(tokens)
    parts_back = read_parts(back)
    known = published()
    return Trip(
        file,
        tokens=len(tokens),
        heads=sum(isinstance(event, Note) for part in parts for measure in part.measures for event in measure),
        stable=tokens_of(parts_back, published=published_only) == tokens and all(map(is_token, set(tokens))),
        ours=dict(Counter(one.partition(":")[0] for one in tokens if one not in known)),
        fields=dict(differing_fields(parts, parts_back)),
        printed=_imperfect_rows(text, back),
    )


def differing_fields(parts: Sequence[Part], others: Sequence[Part]) -> Counter[str]:
    """Count the events that differ, by field, over all measures of all parts."""
    found: Counter[str] = Counter()
    for part, other in zip_longest(parts, others, fillvalue=Part(0)):
        found["staves"] += part.staves != other.staves
        nothing: list[Event] = []
        for events, back in zip_longest(part.measures, other.measures, fillvalue=nothing):
            if len(events) != len(back):
                found["events"] += 1
            elif events != back:
                found.update(name for one, two in zip(events, back, strict=True) for name in _fields_apart(one, two))
    return +found


def _fields_apart(one: Event, two: Event) -> list[str]:
    if one == two:
        return []
    if isinstance(one, Note) and isinstance(two, Note):
        return [name for name in _NOTE_FIELDS if getattr(one, name) != getattr(two, name)]
    return [type(one).__name__.lower()]


def _imperfect_rows(text: str, back: str) -> dict[str, list[int]]:
    """Return the rows of the note scores that differ; equal bars need no scoring (numbers of bars are labels).

    Marks are left out of the rows, as they are of the equality of staves.
    """
    if [bar.staves for bar in parse(text).bars] == [bar.staves for bar in parse(back).bars]:
        return {}
    rows = compare(text, back).rows()
    judged = {name: one for name, one in rows.items() if name not in (*NOTE_MARKS, *BAR_MARKS)}
    apart = {name: [one.matched, one.truth, one.result] for name, one in judged.items()}
    return {name: one for name, one in apart.items() if len(set(one)) > 1} or {"order": [0, 0, 0]}


def find_scores(paths: Iterable[Path], seed: int) -> list[Path]:
    """Return the score files of folders, shuffled, so that a run that is cut short has seen a fair sample.

    Raises:
        InputError: there are none.
    """
    found = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    scores = [file for file in found if file.suffix in SUFFIXES and file.is_file()]
    if not scores:
        raise InputError(f"{', '.join(map(str, paths))}: no MusicXML ({', '.join(SUFFIXES)})")
    random.Random(seed).shuffle(scores)
    return scores


def trips(files: Iterable[Path], *, published_only: bool = False) -> Iterator[Trip]:
    """Send files there and back; one that cannot be read is a trip with its error."""
    for path in files:
        try:
            yield round_trip(read_musicxml(path), published_only=published_only, file=str(path))
        except DetectScoreError as error:
            yield Trip(str(path), error=str(error).removeprefix(f"{path}: "))


def report(found: Sequence[Trip]) -> str:
    """Return the tables: how many came back whole, tokens of ours, and every failure with its causes."""
    read = [one for one in found if not one.error]
    whole = [one for one in read if not one.causes]
    ours = sum((Counter(one.ours) for one in read), Counter[str]())
    total = sum(one.tokens for one in read)
    summary = Table(["scores", "unreadable", "lossless", "share", "notes and rests", "tokens", "tokens of ours"])
    share = len(whole) / len(read) if read else None
    heads = sum(one.heads for one in read)
    summary.rows.append([len(found), len(found) - len(read), len(whole), share, heads, total, ours.total()])
    families = Table(["tokens of ours", "count", "scores", "per 1,000 tokens"])
    for name, count in ours.most_common():
        families.rows.append([name, count, sum(name in one.ours for one in read), 1000 * count / total])
    causes = Table(["cause", "scores"])
    causes.rows += [list(row) for row in Counter(cause for one in found for cause in one.causes).most_common()]
    failures = Table(["score", "causes"], [[Path(one.file).name, "; ".join(one.causes)] for one in found if one.causes])
    tables = [summary, *(table for table in (families, causes, failures) if table.rows)]
    return "\n\n".join(table.text() for table in tables)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; return 0 where everything came back whole, 1 where something did not, 2 for unusable input."""
    parser = argparse.ArgumentParser(prog="python -m realscores_eval.lmx.round_trip", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER", help="folders of MusicXML, or files")
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="a line of JSON a score; what it holds is not done again"
    )
    parser.add_argument("--published", action="store_true", help="published tokens alone")
    parser.add_argument("--most", type=int, metavar="N", help="stop after N scores")
    parser.add_argument("--seed", type=int, default=0, help="of the order (default 0)")
    options = parser.parse_args(words)
    try:
        files = find_scores(options.paths, options.seed)[: options.most]
    except DetectScoreError as error:
        print(f"round_trip: {error}", file=sys.stderr)
        return 2
    found = _read_log(options.log, {str(one) for one in files})
    done = {one.file for one in found}
    for trip in trips([one for one in files if str(one) not in done], published_only=options.published):
        found.append(trip)
        _write_log(options.log, trip)
    print(report(found))
    return 1 if any(one.causes for one in found) else 0


def _read_log(path: Path | None, names: set[str]) -> list[Trip]:
    if path is None or not path.exists():
        return []
    lines: list[dict[str, Json]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Trip(**line) for line in lines if line["file"] in names]  # type: ignore[arg-type]


def _write_log(path: Path | None, trip: Trip) -> None:
    if path is not None:
        with path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(trip)) + "\n")


if __name__ == "__main__":
    sys.exit(main())
