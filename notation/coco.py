"""COCO files: annotated pages ("detection" JSON) and lists of detections ("results").

`bbox` is the upright hull x, y, width, height; the oriented box is the one polygon of `segmentation`. Category ids are
those of the vocabulary. `score` and `comments` are keys of ours, written where they say something.
Source: https://cocodataset.org/#format-data and #format-results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from notation import boxes as geometry
from notation import loose_values as loose
from notation.conversion_report import ConversionReport
from notation.detection_rows import Detection, detection, symbols_by_image
from notation.errors import FormatError
from notation.files import Json, PathLike, read_json, write_json
from notation.page import Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: A polygon of a page can have any number of corners; we write four.
_POLYGON_LENGTHS = range(6, 100_000, 2)


def read_coco(path: PathLike, *, drop_duplicates: bool = False) -> tuple[dict[int, Reading], ConversionReport]:
    """Read a detection file: image id to reading, without staff lines.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not a COCO detection file.
    """
    document = read_json(path)
    try:
        return _readings(loose.mapping(document, "the file"), drop_duplicates)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def write_coco(path: PathLike, readings: Mapping[int, Reading]) -> None:
    """Write a detection file, image id to reading; raises `OutputError` when the file cannot be written."""
    rows = [row for image_id, reading in readings.items() for row in _rows(image_id, reading.symbols)]
    document = {
        "info": {"description": "detect-score"},
        "images": [_image_document(image_id, reading) for image_id, reading in readings.items()],
        "categories": [{"id": one.id, "name": one.name, "supercategory": one.annotation_set} for one in vocabulary()],
        "annotations": [{"id": number, **row} for number, row in enumerate(rows, start=1)],
    }
    write_json(path, document)


def read_coco_results(
    path: PathLike, sizes_px: Mapping[int, tuple[int, int]], *, drop_duplicates: bool = False
) -> tuple[dict[int, Symbols], ConversionReport]:
    """Read detections for the pages in `sizes_px`, image id to (width, height); pages without any come back empty.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not a COCO results file.
    """
    document = read_json(path)
    report = ConversionReport()
    found = []
    try:
        for number, value in enumerate(loose.sequence(document, "the file")):
            row = loose.mapping(value, f"result {number}")
            found.append(_detection(row, loose.own_class_ids(), report, f"result {number}"))
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    return symbols_by_image(found, sizes_px, report, drop_duplicates=drop_duplicates), report


def write_coco_results(path: PathLike, found: Mapping[int, Symbols]) -> None:
    """Write the symbols found on each page, by image id; raises `OutputError` when the file cannot be written."""
    kept = ("image_id", "category_id", "bbox", "segmentation", "score")
    rows = [row for image_id, symbols in found.items() for row in _rows(image_id, symbols)]
    write_json(path, [{key: row.get(key, 1.0) for key in kept} for row in rows])


def _image_document(image_id: int, reading: Reading) -> Json:
    symbols = reading.symbols
    return {"id": image_id, "file_name": reading.source, "width": symbols.width_px, "height": symbols.height_px}


def _rows(image_id: int, symbols: Symbols) -> Iterator[dict[str, Json]]:
    quads = geometry.corners(symbols.boxes).reshape(-1, 8).tolist()
    areas = geometry.areas(symbols.boxes).tolist()
    for row, (x0, y0, x1, y1) in enumerate(geometry.upright(symbols.boxes).tolist()):
        one: dict[str, Json] = {
            "image_id": image_id,
            "category_id": int(symbols.class_ids[row]),
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "segmentation": [[*quads[row]]],
            "area": areas[row],
            "iscrowd": 0,
        }
        if symbols.scores[row] != 1:
            one["score"] = float(symbols.scores[row])
        if symbols.comments[row]:
            one["comments"] = symbols.comments[row]
        yield one


def _readings(document: dict[str, Json], drop_duplicates: bool) -> tuple[dict[int, Reading], ConversionReport]:
    report = ConversionReport()
    classes = _class_ids(loose.sequence(document.get("categories"), "categories"))
    images = _images(loose.sequence(document.get("images"), "images"))
    found = []
    for number, value in enumerate(loose.sequence(document.get("annotations"), "annotations")):
        row = loose.mapping(value, f"annotations[{number}]")
        found.append(_detection(row, classes, report, f"annotation {row.get('id', number)}"))
    sizes_px = {image_id: (width_px, height_px) for image_id, (_, width_px, height_px) in images.items()}
    pages = symbols_by_image(found, sizes_px, report, drop_duplicates=drop_duplicates)
    return {image_id: Reading(pages[image_id], (), name) for image_id, (name, _, _) in images.items()}, report


def _images(values: Sequence[Json]) -> dict[int, tuple[str, int, int]]:
    """Return file name, width and height of every image, by id."""
    images: dict[int, tuple[str, int, int]] = {}
    for number, value in enumerate(values):
        image = loose.mapping(value, f"images[{number}]")
        image_id, width_px, height_px = (loose.whole(image.get(key)) for key in ("id", "width", "height"))
        if image_id is None or width_px is None or height_px is None or width_px < 0 or height_px < 0:
            raise FormatError(f"expected images[{number}] to have an id, a width and a height")
        if image_id in images:
            raise FormatError(f"expected images with different ids, got {image_id} twice")
        images[image_id] = str(image.get("file_name") or ""), width_px, height_px
    return images


def _class_ids(values: Sequence[Json]) -> dict[int, int]:
    """Map the category ids of a file to our class ids, by name; categories that we do not have are absent."""
    found = {}
    for number, value in enumerate(values):
        category = loose.mapping(value, f"categories[{number}]")
        category_id, class_id = loose.whole(category.get("id")), loose.class_id(category.get("name"))
        if category_id is None:
            raise FormatError(f"expected categories[{number}] to have an id")
        if class_id is not None:
            found[category_id] = class_id
    return found


def _detection(
    row: dict[str, Json], classes: Mapping[int, int], report: ConversionReport, where: str
) -> Detection | None:
    points = _polygon(row.get("segmentation"))
    if points is None:
        points = _upright(row.get("bbox"))
        report.count("no oriented box", where, times=int(points is not None))
    return detection(
        image_id=row.get("image_id"),
        category_id=row.get("category_id"),
        score=row.get("score", 1.0),
        points=points,
        comments=str(row.get("comments") or ""),
        classes=classes,
        report=report,
        where=where,
    )


def _polygon(segmentation: Json) -> list[float] | None:
    """Return the corners of the first polygon; None where there is none, e.g. for masks."""
    return loose.numbers(segmentation[0], _POLYGON_LENGTHS) if isinstance(segmentation, list) and segmentation else None


def _upright(bbox: Json) -> list[float] | None:
    values = loose.numbers(bbox, (4,))
    return None if values is None else [values[0], values[1], values[0] + values[2], values[1] + values[3]]
