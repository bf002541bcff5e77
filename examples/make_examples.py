"""Engrave the example pages: `python examples/make_examples.py [FOLDER]`; needs `pip install .[synth]`.

song.png      voice and piano, clean: Robert Schumann, Dichterliebe op. 48 no. 2
piano.jpg     piano, worn by ScoreAug: Clara Schumann, Polonaise op. 1 no. 1
quartet.png   four staves a system: Joseph Haydn, String Quartet op. 74 no. 1

The music is in the public domain, the encodings come with music21's corpus.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from notation.page import LabelledPage
from scoreaug.recipes import FINAL_MODEL, thesis
from synth.sources import music21_pieces, read_text
from synth.style import Style
from synth.verovio_engraver import engrave

#: file name -> (part of the piece's id, style, worn)
EXAMPLES = {
    "song": ("dichterliebe_no2", Style(font="Leipzig", staff_space_px=18.0), False),
    "piano": ("polonaise_op1n1", Style("Leland", width_px=1700, height_px=2400, staff_space_px=15.0), True),
    "quartet": ("haydn/opus74no1/movement1", Style(font="Bravura", staff_space_px=16.0), False),
}


def first_page(piece_name: str, style: Style) -> LabelledPage:
    """Engrave the first page of the first piece whose id holds `piece_name`."""
    piece = next(one for one in music21_pieces() if piece_name in one.id)
    return engrave(read_text(piece), style, piece.id, lambda count: range(1, 2))[0]


def main(folder: Path) -> None:
    """Write every example page, and its true MusicXML beside it as NAME.truth.musicxml."""
    for name, (piece_name, style, worn) in EXAMPLES.items():
        page = first_page(piece_name, style)
        if worn:
            page = thesis(page, np.random.default_rng(4), replace(FINAL_MODEL, augment=1.0, blur=1.0, rotation=1.0))
        file_name = f"{name}.jpg" if worn else f"{name}.png"
        cv2.imwrite(str(folder / file_name), page.image, [cv2.IMWRITE_JPEG_QUALITY, 70])
        (folder / f"{name}.truth.musicxml").write_text(page.musicxml or "", encoding="utf-8")
        print(f"{file_name}: {page.piece}, {len(page.reading.symbols)} symbols, {page.notes}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
