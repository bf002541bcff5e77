"""Writes `imslp_test/`: two tiny pages in the format of the published RealScores folder, and detections to score.

Everything in it is drawn by chance from a seed, the layout alone is that of the release: ids and numbers partly as
texts, null where a class has no MUSCIMA++ name, the old spelling `legerLine`, corners from the bottom right, a symbol
without ink. `toolkit_ap.json` is not written here: it holds what the published toolkit says of these files
(docs/evaluation.md).

    python tests/realscores_eval/files/make_imslp_test.py
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from notation import boxes as geometry
from notation.vocabulary import vocabulary

FOLDER = Path(__file__).parent / "imslp_test"
WIDTH_PX, HEIGHT_PX = 480, 360
#: Class, width and height in px, how many a page, and how far they are turned at most.
KINDS = [
    ("noteheadBlackOnLine", 14, 12, 9, 0.4),
    ("noteheadBlackInSpace", 14, 12, 8, 0.4),
    ("noteheadDoubleWholeOnLine", 20, 12, 1, 0.0),
    ("stem", 3, 40, 8, 0.0),
    ("beam", 50, 6, 4, 0.4),
    ("ledgerLine", 20, 3, 4, 0.0),
    ("slur", 90, 16, 2, 0.3),
    ("clefG", 26, 70, 2, 0.0),
    ("keySharp", 10, 26, 3, 0.1),
    ("staff", 440, 48, 2, 0.0),
]


def main() -> None:
    rng = np.random.default_rng(7)
    pages = [_page(rng) for _ in range(2)]
    (FOLDER / "images").mkdir(parents=True, exist_ok=True)
    for number, (boxes, _) in enumerate(pages, start=1):
        cv2.imwrite(str(FOLDER / "images" / f"scan {number}.png"), _picture(boxes))
    _write("imslp_test.json", _annotations(pages))
    found = [_found(rng, number, *page) for number, page in enumerate(pages, start=1)]
    rows = [row for page in found for row in page]
    scores = (rng.permutation(len(rows)) + 1) / (len(rows) + 1)
    for name, corners in (("oriented", _corners), ("upright", lambda box: geometry.upright(box[None])[0])):
        _write(
            f"proposals_{name}.json",
            {
                "annotation_set": "deepscores",
                "proposals": [
                    {"bbox": _short(corners(box)), "cat_id": str(class_id), "img_id": page, "score": round(score, 4)}
                    for (page, class_id, box), score in zip(rows, scores.tolist(), strict=True)
                ],
            },
        )


def _page(rng: np.random.Generator) -> tuple[np.ndarray, list[int]]:
    boxes, ids = [], []
    for name, width, height, count, turn in KINDS:
        for _ in range(count):
            size = np.array([width, height]) * rng.uniform(0.9, 1.1, 2)
            centre = rng.uniform([30, 40], [WIDTH_PX - 30, HEIGHT_PX - 40])
            boxes.append([*centre, *size, rng.uniform(-turn, turn)])
            ids.append(vocabulary().id_of(name))
    return geometry.as_boxes(boxes), ids


def _found(rng: np.random.Generator, page: int, boxes: np.ndarray, ids: list[int]) -> list[tuple[int, int, np.ndarray]]:
    """Good, poor and double detections of most symbols, some under another class, and some on nothing."""
    rows = []
    for box, class_id in zip(boxes, ids, strict=True):
        for spread in (0.08, 0.2)[: int(rng.choice([0, 1, 1, 1, 2]))]:
            moved = box.copy()
            moved[:2] += rng.normal(0, spread, 2) * box[2:4]
            moved[2:4] *= rng.uniform(1 - spread, 1 + spread, 2)
            rows.append((page, class_id if rng.random() < 0.9 else int(rng.choice(ids)), moved))
    for _ in range(8):
        box = np.array([*rng.uniform(30, 300, 2), *rng.uniform(8, 30, 2), 0.0])
        rows.append((page, int(rng.choice([*ids, vocabulary().id_of("brace")])), box))
    return rows


def _annotations(pages: list[tuple[np.ndarray, list[int]]]) -> dict[str, object]:
    images, annotations = [], {}
    for number, (boxes, ids) in enumerate(pages, start=1):
        listed = []
        for row, (box, class_id) in enumerate(zip(boxes, ids, strict=True)):
            listed.append(str(len(annotations) + 1))
            one = vocabulary().by_id(class_id)
            annotations[listed[-1]] = {
                "a_bbox": _short(geometry.upright(box[None])[0]),
                "o_bbox": _short(_corners(box)),
                "cat_id": [str(class_id), None if one.muscima_id is None else str(one.muscima_id)],
                "area": 0 if (number, row) == (1, 3) else int(box[2] * box[3] * 0.8),
                "img_id": str(number),
                "comments": f"instance:#{row + 1:06x};",
            }
        name = f"scan {number}.png"
        images.append({"id": number, "filename": name, "width": WIDTH_PX, "height": HEIGHT_PX, "ann_ids": listed})
    return {
        "info": {"description": "made up, in the format of the release", "version": "2.0"},
        "annotation_sets": ["deepscores", "muscima++"],
        "categories": {
            str(one.id): {
                "name": one.name.replace("ledgerLine", "legerLine"),
                "annotation_set": one.annotation_set,
                "color": one.color,
            }
            for one in vocabulary().all_sets
            if one.id <= 208
        },
        "images": images,
        "annotations": annotations,
    }


def _picture(boxes: np.ndarray) -> np.ndarray:
    """Symbols as filled grey boxes, the last two (staves) as five lines."""
    picture = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
    for x, y, width, height, _ in boxes[-2:]:
        for line in np.linspace(y - height / 2, y + height / 2, 5):
            cv2.line(picture, (round(x - width / 2), round(line)), (round(x + width / 2), round(line)), 120, 1)
    for quad in geometry.corners(boxes[:-2]):
        cv2.fillPoly(picture, [quad.round().astype(np.int32)], 60)
    return picture


def _corners(box: np.ndarray) -> np.ndarray:
    return geometry.corners(box[None])[0][[2, 1, 0, 3]].ravel()


def _short(numbers: np.ndarray) -> list[float]:
    return [round(float(one), 3) for one in numbers]


def _write(name: str, document: dict[str, object]) -> None:
    (FOLDER / name).write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
