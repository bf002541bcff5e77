"""Writes and reads data sets: a DeepScoresV2 folder with our readings and the MusicXML of every page beside it.

OUT/images/NAME.png, readings/NAME.json, musicxml/NAME.musicxml   one page
OUT/segmentation/NAME_seg.png, instance/NAME_inst.png             with masks only
OUT/pieces/SLUG.json                                              a finished piece: its pages, split and licence
OUT/deepscores_train.json, deepscores_val.json, deepscores_test.json
OUT/attribution.json                                              licences and sources, with numbers of pages
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from tqdm import tqdm

from notation.deepscores import DeepScoresPage, write_deepscores
from notation.errors import FormatError, InputError
from notation.files import Json, read_json, read_text, write_json
from notation.graph import NotationGraph
from notation.page import LabelledPage
from notation.reading_json import read_reading
from synth import excerpt, masks, sources
from synth.page_files import digest, make_folders, slug, write_image, write_page, write_piece
from synth.sources import Piece, Split
from synth.variety import PLAIN, Variety
from synth.verovio_engraver import draw
from synth.verovio_page import DrawnPage
from synth.worker_pool import run_jobs

Record: TypeAlias = dict[str, Any]

SPLITS: tuple[Split, ...] = ("train", "val", "test")
#: Notes that fill a page, so that an excerpt is neither much shorter nor much longer than the pages asked for.
_NOTES_A_PAGE = 450


@dataclass(frozen=True)
class Recipe:
    """What is made of each piece.

    Attributes:
        out: folder of the data set.
        pages: pages a piece; long pieces are cut to a random excerpt of about that length. None engraves everything.
        seed: seed of styles and excerpts, together with the piece's id and variant.
        masks: write class and instance segmentation too.
        variety: what some pieces get beside their music.
    """

    out: str
    pages: int | None
    seed: int
    masks: bool = False
    variety: Variety = PLAIN


@dataclass(frozen=True)
class _Job:
    piece: Piece
    variant: int

    @property
    def slug(self) -> str:
        """A file name that is unique for the piece and the variant."""
        return slug(self.piece.id, f"v{self.variant}")


def write_dataset(
    out: str | Path,
    pieces: Sequence[Piece],
    pages: int | None = 2,
    seed: int = 0,
    workers: int = 2,
    *,
    variants: int = 1,
    with_masks: bool = False,
    limit_s: float = 120.0,
    variety: Variety = PLAIN,
) -> Counter[str]:
    """Engrave `pieces` into the folder `out`; pieces that are finished there already are skipped.

    Args:
        pages: at most so many pages a piece, from a random excerpt; None for whole pieces.
        variants: engrave each piece so many times, each time with another excerpt and style.
        with_masks: write class and instance segmentation too; costs about half as much time again.
        limit_s: a piece that takes longer is reported and left out.
        variety: decorations, small staves and fonts that some pieces get.

    Returns:
        How many pages each split holds now, and under "failed" how many pieces of this run failed.

    Raises:
        OutputError: the folder cannot be written.
    """
    folder = Path(out)
    make_folders(folder, masks=with_masks)
    jobs = [_Job(piece, variant) for variant in range(variants) for piece in pieces]
    open_jobs = [job for job in jobs if not (folder / "pieces" / f"{job.slug}.json").exists()]
    work = partial(_engrave_job, recipe=Recipe(str(out), pages, seed, with_masks, variety))
    failed = 0
    bar = tqdm(run_jobs(work, open_jobs, workers, limit_s), total=len(open_jobs), unit="piece", file=sys.stderr)
    for outcome in bar:
        if outcome.failure:
            failed += 1
            bar.write(f"{outcome.job.piece.id}: {outcome.failure}", file=sys.stderr)
    return Counter({**gather(folder), "failed": failed})


def _engrave_job(job: _Job, recipe: Recipe) -> int:
    rng = np.random.default_rng([recipe.seed, job.variant, int(digest(job.piece.id), 16)])
    dress = recipe.variety.dress([recipe.seed, job.variant, int(digest(job.piece.id), 16), 1])
    text = sources.read_text(job.piece)
    style = dress.style(rng)
    if sources.is_musicxml(text):
        text = dress.music(text if recipe.pages is None else _random_excerpt(text, recipe.pages, rng))
    made = draw(text, style, job.piece.id, partial(_run_of_pages, most=recipe.pages, rng=rng))
    pages = [_write_page(Path(recipe.out), job, drawn, recipe.masks) for drawn in made if drawn.page.reading.staves]
    if not pages:
        raise FormatError("no page with a staff on it")
    write_piece(Path(recipe.out), job.slug, job.piece, job.variant, pages)
    return len(pages)


def _run_of_pages(count: int, most: int | None, rng: np.random.Generator) -> range:
    """Return at most `most` page numbers that follow each other, from a random place."""
    length = count if most is None else min(most, count)
    first = int(rng.integers(1, count - length + 2))
    return range(first, first + length)


def _random_excerpt(text: str, pages: int, rng: np.random.Generator) -> str:
    """Return bars that fill about `pages` pages, from a random place of the piece."""
    counts = excerpt.note_counts(text)
    wanted = pages * _NOTES_A_PAGE
    if sum(counts) <= wanted:
        return text
    tail = np.cumsum(counts[::-1])[::-1]  # notes from each bar to the end
    starts = max(int((tail >= wanted).sum()), 1)
    first = 0 if rng.random() < 0.2 else int(rng.integers(0, starts))
    return excerpt.measures(text, first, excerpt.window(counts, first, wanted), half_ties=False)


def _write_page(folder: Path, job: _Job, drawn: DrawnPage, with_masks: bool) -> dict[str, Json]:
    """Write the files of a page and return its record."""
    name = f"{job.slug}-p{drawn.page.number}"
    record = write_page(folder, name, drawn.page)
    return record | ({"areas_px2": _write_masks(folder, name, drawn)} if with_masks else {})


def _write_masks(folder: Path, name: str, drawn: DrawnPage) -> Json:
    """Write class and instance segmentation and return the number of pixels of every symbol."""
    symbols, instances = drawn.page.reading.symbols, drawn.instances()
    write_image(folder / "segmentation" / f"{name}_seg.png", masks.class_mask(instances, symbols))
    write_image(folder / "instance" / f"{name}_inst.png", masks.instance_rgb(instances)[..., ::-1])
    return [*masks.areas_px2(instances, symbols)]


def records(folder: str | Path) -> list[Record]:
    """Return the records of all finished pieces, sorted by file name; raises `InputError` if there are none."""
    paths = sorted((Path(folder) / "pieces").glob("*.json"))
    if not paths:
        raise InputError(f"{folder}: no data set, expected pieces/*.json")
    return [cast(Record, read_json(path)) for path in paths]


def page_records(folder: str | Path, split: Split | None = None) -> Iterator[tuple[Record, Record]]:
    """Iterate over (piece record, page record) of one split or of all."""
    for record in records(folder):
        if split is None or record["split"] == split:
            for page in record["pages"]:
                yield record, page


def gather(folder: str | Path) -> Counter[str]:
    """Write the DeepScoresV2 files and the attribution from the finished pieces; return pages by split."""
    root, counts = Path(folder), Counter[str]()
    credits: Counter[str] = Counter()
    image_id = 0
    try:
        found = list(page_records(root))
    except InputError:
        return counts
    for split in SPLITS:
        pages = []
        for record, page in found:
            if record["split"] == split:
                image_id += 1
                reading, _ = read_reading(root / "readings" / f"{page['name']}.json")
                areas = np.array(page["areas_px2"], np.int64) if "areas_px2" in page else None
                pages.append(DeepScoresPage.of(reading, image_id, areas))
                credits[f"{record['licence']}: {record['attribution']}"] += 1
        write_deepscores(root / f"deepscores_{split}.json", pages)
        counts[split] = len(pages)
    write_json(root / "attribution.json", dict(sorted(credits.items())))
    return counts


def read_pages(folder: str | Path, split: Split | None = None) -> Iterator[LabelledPage]:
    """Iterate over the labelled pages of one split, or of all, in a fixed order.

    Raises:
        InputError: the folder holds no data set, or a file is missing.
    """
    root = Path(folder)
    for record, page in page_records(root, split):
        name = str(page["name"])
        image = cv2.imread(str(root / "images" / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise InputError(f"{root / 'images' / name}.png: cannot be read")
        reading, graph = read_reading(root / "readings" / f"{name}.json")
        score = root / "musicxml" / f"{name}.musicxml"
        yield LabelledPage(
            image.astype(np.uint8),
            reading,
            graph if graph is not None else NotationGraph(len(reading.symbols)),
            read_text(score) if score.exists() else None,
            str(record["piece"]),
            int(page["number"]),
            dict(page["notes"]),
        )
