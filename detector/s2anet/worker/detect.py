"""Finds symbols on the pictures of folders: `python -m detector.s2anet.worker.detect WEIGHTS`.

It says what the weights know in a line of JSON, {"ready": facts}, and then takes orders from standard input, a line of
JSON each: {"images": FOLDER, "out": FILE, "least_score": 0.3}. Every picture `NUMBER.png` of the folder is read, and
DeepScoresV2 proposals are written, image id NUMBER, boxes in pixels of the picture. It answers with {"progress": SHARE}
after every picture, then {"done": FILE}, or with {"error": REASON}, after which it takes further orders.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np

from detector.s2anet.worker.crop_folder import quads_of


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0 for all")
    options = parser.parse_args()
    answers = _own_output()
    try:
        import torch

        from detector.s2anet.worker.weights import read_weights

        if options.threads:
            torch.set_num_threads(options.threads)
        network, facts = read_weights(options.weights)
    except Exception as error:  # whatever is wrong, the other side wants to hear it
        _say(answers, {"error": _reason(error)})
        return 2
    _say(answers, {"ready": facts})
    for line in sys.stdin:
        try:
            for answer in serve(network, facts, json.loads(line)):
                _say(answers, answer)
        except Exception as error:
            _say(answers, {"error": _reason(error)})
    return 0


def serve(network: Any, facts: dict[str, Any], order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Carry out one order, and yield what is said meanwhile."""
    paths = sorted(Path(order["images"]).glob("*.png"))
    rows: list[dict[str, Any]] = []
    for number, path in enumerate(paths, start=1):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise OSError(f"{path}: not a picture")
        found = network.find(np.asarray(image, np.uint8), order["least_score"])
        rows += _rows(int(path.stem), found, facts["classes"])
        yield {"progress": number / len(paths)}
    document = {"annotation_set": "deepscores", "proposals": rows}
    Path(order["out"]).write_text(json.dumps(document), encoding="utf-8")
    yield {"done": order["out"]}


def _rows(image_id: int, found: Any, classes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    boxes, labels, scores = found
    for quad, label, score in zip(quads_of(boxes).tolist(), labels.tolist(), scores.tolist(), strict=True):
        yield {"bbox": quad, "cat_id": str(classes[label]["id"]), "img_id": image_id, "score": score}


def _own_output() -> IO[str]:
    """Return standard output for answers alone: what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _say(answers: IO[str], what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
