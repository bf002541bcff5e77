"""`Symbols`: all that was found on one page, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.vocabulary import vocabulary


@dataclass(frozen=True)
class Symbols:
    """The symbols of one page, sorted by (top, left, class); the row number is the symbol's id everywhere after.

    Attributes:
        boxes: float64 (N, 5), oriented boxes in page pixels, canonical (see `notation.boxes`).
        class_ids: int64 (N,), ids of `notation.vocabulary`.
        scores: float64 (N,), detection confidence in [0, 1]; 1 for truth.
        width_px, height_px: size of the page that the boxes refer to.
        comments: N strings of `key:value;` pairs as in DeepScoresV2, kept as read, usually empty.

    The arrays are read-only.
    """

    boxes: FloatArray
    class_ids: IntArray
    scores: FloatArray
    width_px: int
    height_px: int
    comments: tuple[str, ...] = field(default=())

    @classmethod
    def of(
        cls,
        boxes: ArrayLike,
        class_ids: ArrayLike,
        scores: ArrayLike | None = None,
        *,
        width_px: int,
        height_px: int,
        comments: Iterable[str] | None = None,
    ) -> tuple[Symbols, IntArray]:
        """Build sorted symbols from columns in any order.

        Returns the symbols and `order`, int64 (N,): row i of the result is row order[i] of the arguments.

        Raises:
            ValueError: the columns differ in length, or a class id, score or box is not legal.
        """
        rows = geometry.as_boxes(boxes)
        ids = np.asarray(class_ids, dtype=np.int64).reshape(-1)
        confidence = np.ones(len(rows)) if scores is None else np.asarray(scores, dtype=np.float64).reshape(-1)
        notes = tuple(comments) if comments is not None else ("",) * len(rows)
        if not len(rows) == len(ids) == len(confidence) == len(notes):
            raise ValueError(
                f"expected columns of one length, got boxes {len(rows)}, class_ids {len(ids)}, "
                f"scores {len(confidence)}, comments {len(notes)}"
            )
        if ((confidence < 0) | (confidence > 1) | np.isnan(confidence)).any():
            raise ValueError("expected scores in [0, 1]")
        known = {one.id for one in vocabulary()}
        strange = sorted(set(ids.tolist()) - known)
        if strange:
            raise ValueError(f"expected class ids of the vocabulary, got {strange[:5]}")
        hull = geometry.upright(rows)
        order = np.lexsort((ids, hull[:, 0], hull[:, 1])).astype(np.int64)
        symbols = cls(
            boxes=_frozen(rows[order]),
            class_ids=_frozen(ids[order]),
            scores=_frozen(confidence[order]),
            width_px=int(width_px),
            height_px=int(height_px),
            comments=tuple(notes[i] for i in order.tolist()),
        )
        return symbols, order

    @classmethod
    def empty(cls, width_px: int, height_px: int) -> Symbols:
        """Return a page without symbols."""
        return cls.of([], [], width_px=width_px, height_px=height_px)[0]

    def __len__(self) -> int:
        return len(self.class_ids)

    @property
    def names(self) -> tuple[str, ...]:
        """The class name of every row."""
        table = vocabulary()
        return tuple(table.name_of(one) for one in self.class_ids.tolist())

    def rows_of(self, *names: str) -> IntArray:
        """Return the rows whose class is one of `names`, ascending; raises `ConfigurationError` for unknown names."""
        wanted = [vocabulary().id_of(name) for name in names]
        return np.flatnonzero(np.isin(self.class_ids, wanted)).astype(np.int64)

    def select(self, rows: ArrayLike) -> Symbols:
        """Return a new page with only `rows` (a mask or indices); row numbers start again at 0."""
        index = np.asarray(rows)
        index = np.flatnonzero(index) if index.dtype == bool else index.astype(np.int64)
        return Symbols.of(
            self.boxes[index],
            self.class_ids[index],
            self.scores[index],
            width_px=self.width_px,
            height_px=self.height_px,
            comments=[self.comments[i] for i in index.tolist()],
        )[0]


def _frozen(array: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
