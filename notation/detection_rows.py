"""What all files of detections have in common: one row a symbol, which names its page by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notation import loose_values as loose
from notation.boxes import FloatArray
from notation.conversion_report import ConversionReport, check_symbols
from notation.symbols import Symbols


@dataclass(frozen=True, slots=True)
class Detection:
    """One symbol found on the page `image_id`."""

    image_id: int
    class_id: int
    box: FloatArray  # float64 (5,), px
    score: float
    comments: str = ""


def detection(
    *,
    image_id: object,
    category_id: object,
    score: object,
    points: Sequence[float] | None,
    comments: str = "",
    classes: Mapping[int, int],
    report: ConversionReport,
    where: str,
) -> Detection | None:
    """Return a detection from values as they stand in a file, or None and one more case in `report`.

    `classes` maps the category ids of the file to ours, `points` are as in `loose_values.box_around`.
    """
    page, category, confidence = loose.whole(image_id), loose.whole(category_id), loose.score(score)
    if page is None or category is None or confidence is None or points is None:
        report.count("broken annotation", where)
        return None
    if category not in classes:
        report.count("unknown class", f"{where}: {category}")
        return None
    return Detection(page, classes[category], loose.box_around(points), confidence, comments)


def symbols_by_image(
    found: Iterable[Detection | None],
    sizes_px: Mapping[int, tuple[int, int]],
    report: ConversionReport,
    *,
    drop_duplicates: bool = False,
) -> dict[int, Symbols]:
    """Return the symbols of each page of `sizes_px`, image id to (width, height); detections elsewhere
    are counted, those that are None have been."""
    rows: dict[int, list[Detection]] = {image_id: [] for image_id in sizes_px}
    for one in found:
        if one is None:
            continue
        if one.image_id in rows:
            rows[one.image_id].append(one)
        else:
            report.count("missing image", f"image {one.image_id}")
    pages = {}
    for image_id, (width_px, height_px) in sizes_px.items():
        symbols, _ = Symbols.of(
            [one.box for one in rows[image_id]],
            [one.class_id for one in rows[image_id]],
            [one.score for one in rows[image_id]],
            width_px=width_px,
            height_px=height_px,
            comments=[one.comments for one in rows[image_id]],
        )
        pages[image_id], _ = check_symbols(symbols, report, f"image {image_id}", drop_duplicates=drop_duplicates)
    return pages
