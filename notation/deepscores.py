"""DeepScoresV2 annotation files: many pages a file, every symbol named in each annotation set.

Schema: Tuggener et al. 2020, oriented-box release. Reading is tolerant, since real files mix texts and numbers, leave
the second name empty, spell classes in several ways and contain symbols without ink; what was met is counted. Writing
follows the release exactly for its 208 categories and adds our own classes as a third annotation set, `detect-score`:
`cat_id` is ["25", "157"] for a class of the release and [null, null, "209"] for one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from notation import boxes as geometry
from notation import loose_values as loose
from notation.boxes import FloatArray, IntArray
from notation.conversion_report import ConversionReport, check_symbols
from notation.errors import FormatError
from notation.files import Json, PathLike, read_json, write_json
from notation.page import Reading
from notation.symbols import Symbols
from notation.vocabulary import SymbolClass, vocabulary

ANNOTATION_SETS = ("deepscores", "muscima++", "detect-score")


@dataclass(frozen=True)
class DeepScoresPage:
    """One page of an annotation file.

    Attributes:
        reading: symbols from `o_bbox`, comments kept as read; `source` is the image's file name; no staff lines.
        image_id: the page's id in the file, to which proposals refer.
        upright_px: float64 (N, 4), `a_bbox` x0, y0, x1, y1; engraved outlines, not always the hull of the ink.
        areas_px2: int64 (N,), number of ink pixels; 0 for symbols that are hidden or off the page.
    """

    reading: Reading
    image_id: int
    upright_px: FloatArray
    areas_px2: IntArray

    @classmethod
    def of(cls, reading: Reading, image_id: int, areas_px2: IntArray | None = None) -> DeepScoresPage:
        """Return a page whose upright boxes are hulls and whose areas, where not counted, are those of the boxes."""
        rows = reading.symbols.boxes
        areas = np.rint(geometry.areas(rows)).astype(np.int64) if areas_px2 is None else np.asarray(areas_px2, np.int64)
        if len(areas) != len(rows):
            raise ValueError(f"expected {len(rows)} areas, got {len(areas)}")
        return cls(reading, image_id, geometry.upright(rows), areas)


def read_deepscores(
    path: PathLike, *, images: PathLike | None = None, drop_duplicates: bool = False
) -> tuple[list[DeepScoresPage], ConversionReport]:
    """Read an annotation file; with `images`, a folder, image files that are not there are counted too.

    Raises:
        InputError: the file cannot be opened.
        FormatError: it is not an annotation file.
    """
    document = read_json(path)
    try:
        pages, report = _pages(loose.mapping(document, "the file"), drop_duplicates)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    for page in pages:
        if images is not None and not (Path(images) / page.reading.source).is_file():
            report.count("missing image", page.reading.source)
    return pages, report


def write_deepscores(path: PathLike, pages: Sequence[DeepScoresPage], *, description: str = "detect-score") -> None:
    """Write an annotation file; annotation ids count from 1 over all pages.

    Raises:
        OutputError: the file cannot be written.
        ValueError: two pages have one image id.
    """
    if len({page.image_id for page in pages}) != len(pages):
        raise ValueError("expected pages with different image ids")
    images: list[Json] = []
    annotations: dict[str, Json] = {}
    for page in pages:
        first = len(annotations) + 1
        annotations.update((str(first + row), one) for row, one in enumerate(_annotation_documents(page)))
        images.append(_image_document(page, [str(first + row) for row in range(len(page.areas_px2))]))
    document = {
        "info": {"description": description, "version": "2.0"},
        "annotation_sets": list(ANNOTATION_SETS),
        "categories": {str(one.id): _category_document(one) for one in vocabulary().all_sets},
        "images": images,
        "annotations": annotations,
    }
    write_json(path, document)


def parse_comments(text: str) -> dict[str, str]:
    """Return the `key:value;` pairs of a comment; pieces without a colon become keys with an empty value."""
    pieces = (piece.strip().partition(":") for piece in re.split("[;\n]", text))
    return {key.strip(): value.strip() for key, _, value in pieces if key.strip()}


def format_comments(pairs: Mapping[str, object]) -> str:
    """Return `key:value;` pairs as one comment."""
    return "".join(f"{key}:{value};" for key, value in pairs.items())


def _category_document(one: SymbolClass) -> Json:
    return {"name": one.name, "annotation_set": one.annotation_set, "color": one.color}


def _image_document(page: DeepScoresPage, ann_ids: list[str]) -> Json:
    symbols = page.reading.symbols
    return {
        "id": page.image_id,
        "filename": page.reading.source,
        "width": symbols.width_px,
        "height": symbols.height_px,
        "ann_ids": list(ann_ids),
    }


def _annotation_documents(page: DeepScoresPage) -> Iterator[Json]:
    symbols = page.reading.symbols
    quads = geometry.corners(symbols.boxes)[:, [2, 1, 0, 3]]  # from bottom right over top right, as in the release
    for row, quad in enumerate(quads.reshape(-1, 8).tolist()):
        yield {
            "a_bbox": page.upright_px[row].tolist(),
            "o_bbox": [*quad],
            "cat_id": _cat_id(vocabulary().by_id(int(symbols.class_ids[row]))),
            "area": int(page.areas_px2[row]),
            "img_id": str(page.image_id),
            "comments": symbols.comments[row],
        }


def _cat_id(one: SymbolClass) -> list[Json]:
    if one.annotation_set == "detect-score":
        return [None, None, str(one.id)]
    return [str(one.id), None if one.muscima_id is None else str(one.muscima_id)]


@dataclass(frozen=True, slots=True)
class _Image:
    id: int
    name: str
    width_px: int
    height_px: int
    ann_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Annotation:
    box: FloatArray
    upright_px: FloatArray
    class_id: int
    area_px2: int
    comments: str


def _pages(document: dict[str, Json], drop_duplicates: bool) -> tuple[list[DeepScoresPage], ConversionReport]:
    report = ConversionReport()
    images = [_image(one, number) for number, one in enumerate(loose.sequence(document.get("images"), "images"))]
    annotations = loose.mapping(document.get("annotations"), "annotations")
    classes = _class_ids(document.get("categories"))
    rows: dict[int, list[_Annotation]] = {image.id: [] for image in images}
    if len(rows) != len(images):
        raise FormatError("expected images with different ids")
    for ann_id, image_id in _page_of_each(annotations, images, report):
        found = _annotation(ann_id, loose.mapping(annotations[ann_id], ann_id), classes, report)
        if found is not None:
            rows[image_id].append(found)
    return [_page(image, rows[image.id], report, drop_duplicates) for image in images], report


def _image(value: Json, number: int) -> _Image:
    image = loose.mapping(value, f"images[{number}]")
    image_id, width_px, height_px = (loose.whole(image.get(key)) for key in ("id", "width", "height"))
    if image_id is None or width_px is None or height_px is None or width_px < 0 or height_px < 0:
        raise FormatError(f"expected images[{number}] to have an id, a width and a height")
    ann_ids = loose.sequence(image.get("ann_ids", []), f"images[{number}].ann_ids")
    name = image.get("filename") or image.get("file_name") or ""
    return _Image(image_id, str(name), width_px, height_px, tuple(str(one) for one in ann_ids))


def _page_of_each(
    annotations: dict[str, Json], images: Sequence[_Image], report: ConversionReport
) -> Iterator[tuple[str, int]]:
    """Pair every annotation id with the page that it names, or else with the page that lists it."""
    listed = {ann_id: image.id for image in images for ann_id in image.ann_ids}
    for ann_id in listed:
        if ann_id not in annotations:
            report.count("missing annotation", ann_id)
    known = {image.id for image in images}
    for ann_id, value in annotations.items():
        named = loose.whole(value.get("img_id")) if isinstance(value, dict) else None
        page = named if named is not None else listed.get(ann_id)
        if not isinstance(value, dict):
            report.count("broken annotation", ann_id)
        elif page is None or page not in known:
            report.count("missing image", f"annotation {ann_id}")
        else:
            if listed.get(ann_id) != page:
                report.count("unlisted annotation", ann_id)
            yield ann_id, page


def _annotation(
    ann_id: str, value: dict[str, Json], classes: Mapping[int, int], report: ConversionReport
) -> _Annotation | None:
    upright, oriented = loose.numbers(value.get("a_bbox"), (4,)), loose.numbers(value.get("o_bbox"), (8,))
    corners = oriented or upright
    if corners is None:
        report.count("broken annotation", ann_id)
        return None
    class_id = _class_id(value.get("cat_id"), classes)
    if class_id is None:
        report.count("unknown class", f"{ann_id}: {value.get('cat_id')}")
        return None
    if oriented is None:
        report.count("no oriented box", ann_id)
    box = loose.box_around(corners)
    area = loose.number(value.get("area"))
    if area == 0:
        report.count("zero area", ann_id)
    return _Annotation(
        box=box,
        upright_px=geometry.upright(box[None])[0] if upright is None else np.array(upright),
        class_id=class_id,
        area_px2=round(float(box[2] * box[3]) if area is None else area),
        comments=str(value.get("comments") or ""),
    )


def _class_ids(categories: Json) -> dict[int, int]:
    """Map the category ids of a file to our class ids, by name; files without categories use those of the release."""
    if not categories:
        return loose.own_class_ids()
    found = {}
    for key, value in loose.mapping(categories, "categories").items():
        category, category_id = loose.mapping(value, f"categories.{key}"), loose.whole(key)
        class_id = loose.class_id(category.get("name"))
        if category_id is None:
            raise FormatError(f"expected category ids to be numbers, got {key!r}")
        if class_id is not None and category.get("annotation_set") != "muscima++":
            found[category_id] = class_id
    return found


def _class_id(cat_id: Json, classes: Mapping[int, int]) -> int | None:
    """Return our class for the names of a symbol in the annotation sets, the first one that is ours."""
    for one in cat_id if isinstance(cat_id, list) else [cat_id]:
        category_id = loose.whole(one)
        if category_id is not None and category_id in classes:
            return classes[category_id]
    return None


def _page(
    image: _Image, rows: Sequence[_Annotation], report: ConversionReport, drop_duplicates: bool
) -> DeepScoresPage:
    symbols, order = Symbols.of(
        [one.box for one in rows],
        [one.class_id for one in rows],
        width_px=image.width_px,
        height_px=image.height_px,
        comments=[one.comments for one in rows],
    )
    symbols, kept = check_symbols(symbols, report, image.name, drop_duplicates=drop_duplicates)
    upright = np.array([one.upright_px for one in rows], np.float64).reshape(-1, 4)
    areas = np.array([one.area_px2 for one in rows], np.int64)
    return DeepScoresPage(Reading(symbols, (), image.name), image.id, upright[order][kept], areas[order][kept])
