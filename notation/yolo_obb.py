"""YOLO-OBB labels: one text file a page, and the class list that its numbers refer to.

A line is `class x1 y1 x2 y2 x3 y3 x4 y4`, corners as fractions of the page, with the confidence behind it in files of
detections. Source: https://docs.ultralytics.com/datasets/obb/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import yaml

from notation import boxes as geometry
from notation import loose_values as loose
from notation.boxes import FloatArray
from notation.conversion_report import ConversionReport
from notation.detection_rows import Detection, detection, symbols_by_image
from notation.errors import FormatError
from notation.files import PathLike, read_text, write_text
from notation.symbols import Symbols

_UPRIGHT, _ORIENTED = 4, 8  # numbers of a box


def read_yolo_obb(
    path: PathLike, names: Sequence[str], *, width_px: int, height_px: int, drop_duplicates: bool = False
) -> tuple[Symbols, ConversionReport]:
    """Read one label file; `names` is its class list, the size is that of its page.

    Lines of five numbers (class, centre, sides) are upright boxes of plain YOLO and are read too.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not UTF-8 text.
    """
    report = ConversionReport()
    found = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            found.append(_detection(line.split(), names, np.array([width_px, height_px]), report, f"line {number}"))
    sizes_px = {0: (width_px, height_px)}
    return symbols_by_image(found, sizes_px, report, drop_duplicates=drop_duplicates)[0], report


def write_yolo_obb(
    path: PathLike, symbols: Symbols, names: Sequence[str], *, with_scores: bool = False
) -> ConversionReport:
    """Write one label file for the classes in `names`; return what did not fit.

    Corners are moved onto the page: ultralytics refuses a whole file for one corner outside.

    Raises:
        OutputError: the file cannot be written.
        ValueError: there are symbols on a page without width or height.
    """
    report = ConversionReport()
    text = "".join(_lines(symbols, {name: index for index, name in enumerate(names)}, with_scores, report))
    write_text(path, text)
    return report


def read_class_list(path: PathLike) -> tuple[str, ...]:
    """Return the class names of a YOLO data file, by class number; `names` may be a list or a mapping from 0.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not YAML, or has no complete class list.
    """
    try:
        document = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise FormatError(f"{path}: broken YAML ({problem})") from error
    names = document.get("names") if isinstance(document, dict) else None
    if isinstance(names, dict):
        names = [names.get(number) for number in range(len(names))]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError(f"{path}: expected names for the classes from 0 on")
    return tuple(names)


def write_class_list(path: PathLike, names: Sequence[str], /, **entries: str) -> None:
    """Write a YOLO data file: `entries` such as path, train, val, and the class list.

    Raises:
        OutputError: the file cannot be written.
    """
    document = {**entries, "names": dict(enumerate(names))}
    write_text(path, yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))


def _lines(symbols: Symbols, numbers: Mapping[str, int], with_scores: bool, report: ConversionReport) -> Iterator[str]:
    if len(symbols) and not (symbols.width_px > 0 and symbols.height_px > 0):
        raise ValueError("expected a page with width and height")
    quads = geometry.corners(symbols.boxes) / [max(symbols.width_px, 1), max(symbols.height_px, 1)]
    for name, quad, score in zip(symbols.names, quads, symbols.scores.tolist(), strict=True):
        if name not in numbers:
            report.count("class left out", name)
            continue
        if (quad < 0).any() or (quad > 1).any():
            report.count("outside the page", name)
        # ten digits are a millionth of a pixel
        corners = " ".join(f"{value:.10g}" for value in quad.clip(0, 1).reshape(-1).tolist())
        yield f"{numbers[name]} {corners}" + (f" {score!r}\n" if with_scores else "\n")


def _detection(
    fields: Sequence[str], names: Sequence[str], size_px: FloatArray, report: ConversionReport, where: str
) -> Detection | None:
    classes = {number: found for number, name in enumerate(names) if (found := loose.class_id(name)) is not None}
    points, score = _points(fields[1:], size_px)
    if points is not None and len(points) == _UPRIGHT:
        report.count("no oriented box", where)
    return detection(
        image_id=0,
        category_id=fields[0],
        score=score,
        points=points,
        classes=classes,
        report=report,
        where=where,
    )


def _points(fields: Sequence[str], size_px: FloatArray) -> tuple[list[float] | None, object]:
    """Return the corners in px, four numbers for an upright box, and the confidence, 1 where there is none."""
    box_length = _ORIENTED if len(fields) >= _ORIENTED else _UPRIGHT
    values = loose.numbers(list(fields[:box_length]), (box_length,))
    score = fields[box_length] if len(fields) == box_length + 1 else 1.0
    if values is None or len(fields) > box_length + 1:
        return None, score
    pairs = np.array(values).reshape(-1, 2)
    if box_length == _UPRIGHT:
        pairs = np.stack([pairs[0] - pairs[1] / 2, pairs[0] + pairs[1] / 2])
    points: list[float] = (pairs * size_px).reshape(-1).tolist()
    return points, score
