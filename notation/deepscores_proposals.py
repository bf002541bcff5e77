"""DeepScoresV2 proposals: detections on the pages of an annotation file, as its published toolkit scores them.

Written boxes have eight numbers; category ids are those of the vocabulary, ours from 209 on included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from notation import boxes as geometry
from notation import loose_values as loose
from notation.conversion_report import ConversionReport
from notation.detection_rows import Detection, detection, symbols_by_image
from notation.errors import FormatError
from notation.files import Json, PathLike, read_json, write_json
from notation.symbols import Symbols


def read_proposals(
    path: PathLike, sizes_px: Mapping[int, tuple[int, int]], *, drop_duplicates: bool = False
) -> tuple[dict[int, Symbols], ConversionReport]:
    """Read proposals for the pages in `sizes_px`, image id to (width, height); pages without any come back empty.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not a proposals file.
    """
    report = ConversionReport()
    rows = _proposals(path)
    found = [_detection(row, report, f"proposal {number}") for number, row in enumerate(rows)]
    return symbols_by_image(found, sizes_px, report, drop_duplicates=drop_duplicates), report


def image_ids(path: PathLike) -> list[int]:
    """Return the ids of the images that a proposals file speaks of, ascending.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not a proposals file.
    """
    return sorted({number for row in _proposals(path) if (number := loose.whole(row.get("img_id"))) is not None})


def write_proposals(path: PathLike, found: Mapping[int, Symbols]) -> None:
    """Write the symbols found on each page, by image id; raises `OutputError` when the file cannot be written."""
    rows = [row for image_id, symbols in found.items() for row in _rows(image_id, symbols)]
    write_json(path, {"annotation_set": "deepscores", "proposals": rows})


def _proposals(path: PathLike) -> list[dict[str, Json]]:
    document = read_json(path)
    try:
        rows = loose.sequence(loose.mapping(document, "the file").get("proposals"), "proposals")
        return [loose.mapping(value, f"proposals[{number}]") for number, value in enumerate(rows)]
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def _rows(image_id: int, symbols: Symbols) -> Iterator[Json]:
    quads = geometry.corners(symbols.boxes)[:, [2, 1, 0, 3]].reshape(-1, 8)  # from bottom right, as in annotations
    for quad, class_id, score in zip(quads.tolist(), symbols.class_ids.tolist(), symbols.scores.tolist(), strict=True):
        yield {"bbox": [*quad], "cat_id": str(class_id), "img_id": image_id, "score": score}


def _detection(row: dict[str, Json], report: ConversionReport, where: str) -> Detection | None:
    return detection(
        image_id=row.get("img_id"),
        category_id=row.get("cat_id"),
        score=row.get("score"),
        points=loose.numbers(row.get("bbox"), (4, 8)),
        classes=loose.own_class_ids(),
        report=report,
        where=where,
    )
