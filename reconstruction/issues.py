"""What a reader of the result should look at: codes, and the signs that were seen and not used."""

from __future__ import annotations

from collections import Counter

from notation.score import Issue, SymbolRef
from reconstruction.page import Page
from reconstruction.systems import System

#: Rows that one issue names at most; the rest is counted in its message.
MOST_ROWS = 50

#: Every code with its meaning; `docs/issues.md` shows this table.
CODES: dict[str, str] = {
    "no-staves": "no staff was found on the page, so nothing could be read",
    "no-bars": "a system holds no notes and no rests",
    "clef-missing": "no clef was found on a staff; the clef of the system before, or a G clef, was taken",
    "meter-missing": "no meter was found; it was taken from the lengths of the bars",
    "bar-length": "the notes of a bar do not add up to the meter",
    "bar-unsure": "a bar adds up only with hidden rests or moved notes",
    "tuplet-guessed": "a tuplet without a printed number was taken because the bar fits only so",
    "value-guessed": "a flag, beam or dot was added or left out because the bar fits only so",
    "sign-dropped": "a notehead or rest was left out because the bar fits only without it",
    "parts-differ": "a system shows other staves than the rest of the score",
    "unused": "signs that were found and are not in the score",
    "stem-without-head": "stems that found no notehead",
    "head-without-stem": "black or half noteheads that found no stem",
}


def unused_signs(page: Page, used: set[int]) -> list[Issue]:
    """One issue a class for the symbols of a page that nothing was made of."""
    rows: dict[str, list[int]] = {}
    for glyph in page.sheet.glyphs:
        if glyph.row not in used:
            rows.setdefault(glyph.name, []).append(glyph.row)
    number = page.sheet.page
    return [
        Issue("unused", f"{len(found)} {name} found but not used", number, symbols=refs(number, found))
        for name, found in sorted(rows.items())
    ]


def lost_links(page: Page) -> list[Issue]:
    """Stems without heads and heads without stems."""
    number = page.sheet.page
    stems = [stem.glyph.row for stem in page.stems if not stem.heads]
    heads = [head.glyph.row for chord in page.chords for head in chord.heads if chord.stem is None and head.needs_stem]
    found = []
    if stems:
        message = f"{len(stems)} {'stem' if len(stems) == 1 else 'stems'} without a notehead"
        found.append(Issue("stem-without-head", message, number, symbols=refs(number, stems)))
    if heads:
        message = f"{len(heads)} {'notehead' if len(heads) == 1 else 'noteheads'} without a stem"
        found.append(Issue("head-without-stem", message, number, symbols=refs(number, heads)))
    return found


def parts_differ(number: int, system: System, widths: Counter[int]) -> Issue:
    """A system that shows more or fewer staves than usual."""
    usual = widths.most_common(1)[0][0]
    message = f"system {system.index + 1} has {len(system.staves)} staves, most have {usual}"
    return Issue("parts-differ", message, number)


def refs(page: int, rows: list[int]) -> tuple[SymbolRef, ...]:
    """References to the first `MOST_ROWS` rows."""
    return tuple(SymbolRef(page, row) for row in rows[:MOST_ROWS])
