"""Errors on strips of shards, staff by staff: what the network reads before anything is put together.

Run as `python -m realscores_eval.staff_lmx.evaluate SHARDS [SHARDS ...]`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from realscores_eval.ser import EditTally
from realscores_eval.staff_lmx.reader import StaffReader
from realscores_eval.staff_lmx.strip_file import read_shard, unpacked
from realscores_eval.staff_lmx.strip_scores import strip_errors


def shard_errors(paths: Sequence[Path], reader: StaffReader, most: int | None = None) -> tuple[EditTally, int, float]:
    """Return the errors on the strips of shards, how many there are, and the seconds that reading took."""
    errors, count, seconds = EditTally(), 0, 0.0
    for png, strip in (row for path in paths for row in read_shard(path)):
        if most is not None and count >= most:
            break
        started = time.perf_counter()
        words = reader.words(unpacked(png))
        seconds += time.perf_counter() - started
        errors += strip_errors(strip.tokens, words)
        count += 1
    return errors, count, seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each folder of shards, or shard."""
    parser = argparse.ArgumentParser(description="errors on single staves")
    parser.add_argument("shards", nargs="+", type=Path, help="folders of shards, or shards")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--most", type=int, metavar="N", help="strips of each")
    options = parser.parse_args(arguments)
    reader = StaffReader.load(options.weights)
    print("| shards | strips | SER-LMX | tokens | s a strip |\n| --- | ---: | ---: | --- | ---: |")
    for place in options.shards:
        paths = sorted(place.glob("*.zip")) if place.is_dir() else [place]
        errors, count, seconds = shard_errors(paths, reader, options.most)
        tokens = f"{errors.result} of {errors.truth}"
        print(f"| {place.name} | {count} | {errors.rate:.4f} | {tokens} | {seconds / max(count, 1):.4f} |")


if __name__ == "__main__":
    main()
