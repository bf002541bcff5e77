"""Which class of the vocabulary a SMuFL glyph can be, by code point; where a glyph has several roles, its kind.

Source: SMuFL 1.4, tables of recommended characters.
"""

from __future__ import annotations

HEADS = {
    0xE0A0: "noteheadDoubleWhole", 0xE0A1: "noteheadDoubleWhole", 0xE0A2: "noteheadWhole", 0xE0A3: "noteheadHalf",
    0xE0A4: "noteheadBlack",
}  # fmt: skip
CROSS_HEADS = range(0xE0A6, 0xE0B9)  # noteheadX... and noteheadCircleX...
DIAMOND_HEADS = (*range(0xE0D7, 0xE0E4), *range(0xE0B9, 0xE0BD))
ACCIDENTALS = {
    0xE260: "Flat", 0xE261: "Natural", 0xE262: "Sharp", 0xE263: "DoubleSharp", 0xE264: "DoubleFlat",
    0xE26A: "Parenthesis", 0xE26B: "Parenthesis", 0xE26C: "Parenthesis", 0xE26D: "Parenthesis",
}  # fmt: skip
WITH_SMALL = ("Flat", "Natural", "Sharp")
RESTS = {
    0xE4E1: "restDoubleWhole", 0xE4E2: "restDoubleWhole", 0xE4E3: "restWhole", 0xE4E4: "restHalf",
    0xE4E5: "restQuarter", 0xE4E6: "rest8th", 0xE4E7: "rest16th", 0xE4E8: "rest32nd", 0xE4E9: "rest64th",
    0xE4EA: "rest128th", 0xE4F3: "restDoubleWhole", 0xE4F4: "restWhole", 0xE4F5: "restHalf", 0xE4E0: "restDoubleWhole",
}  # fmt: skip
FLAGS = {0xE240 + 2 * i: f"flag{name}" for i, name in enumerate(("8th", "16th", "32nd", "64th", "128th"))}
ARTICULATIONS = {
    0xE4A0: "Accent", 0xE4A2: "Staccato", 0xE4A4: "Tenuto", 0xE4A6: "Staccatissimo", 0xE4A8: "Staccatissimo",
    0xE4AA: "Staccatissimo", 0xE4AC: "Marcato", 0xE4AE: "Marcato",
}  # fmt: skip
#: One glyph that stands for two signs; the inner one is the nearer to the note: (inner, outer).
DOUBLE_ARTICULATIONS = {0xE4B0: ("Staccato", "Accent"), 0xE4B2: ("Staccato", "Tenuto"), 0xE4B4: ("Tenuto", "Accent")}
BOWS = {0xE610: "stringsDownBow", 0xE611: "stringsDownBow", 0xE612: "stringsUpBow", 0xE613: "stringsUpBow"}
CLEFS = {
    **dict.fromkeys(range(0xE050, 0xE05C), "clefG"), **dict.fromkeys(range(0xE05C, 0xE062), "clefC"),
    **dict.fromkeys(range(0xE062, 0xE069), "clefF"), 0xE069: "clefUnpitchedPercussion",
    0xE06A: "clefUnpitchedPercussion", 0xE07A: "clefG", 0xE07B: "clefC", 0xE07C: "clefF",
}  # fmt: skip
#: Clef glyphs with a number of their own, which is a row of its own.
NUMBERED_CLEFS = {
    0xE051: "clef15", 0xE052: "clef8", 0xE053: "clef8", 0xE054: "clef15", 0xE05D: "clef8",
    0xE063: "clef15", 0xE064: "clef8", 0xE065: "clef8", 0xE066: "clef15",
}  # fmt: skip
PLAIN_CLEFS = {"clefG": 0xE050, "clefC": 0xE05C, "clefF": 0xE062}
DYNAMICS = {0xE520: "P", 0xE521: "M", 0xE522: "F", 0xE523: "R", 0xE524: "S", 0xE525: "Z"}
ORNAMENTS = {
    0xE566: "ornamentTrill", 0xE567: "ornamentTurn", 0xE568: "ornamentTurnInverted", 0xE569: "ornamentTurn",
    0xE56A: "ornamentTurn", 0xE56C: "ornamentMordent", 0xE56D: "ornamentMordentLower",
}  # fmt: skip
TRILL_LINES = (*range(0xE59D, 0xE5B0), *range(0xEA93, 0xEAF0))
TREMOLOS = {0xE220 + i: f"tremolo{i + 1}" for i in range(5)}
TIME_SIGNS = {0xE08A: "timeSigCommon", 0xE08B: "timeSigCutCommon", 0xE08C: "timeSigPlus", 0xE08D: "timeSigPlus"}
FERMATAS_ABOVE = (0xE4C0, 0xE4C4, 0xE4C6, 0xE4C8, 0xE4CA, 0xE4CC)
FERMATAS_BELOW = (0xE4C1, 0xE4C5, 0xE4C7, 0xE4C9, 0xE4CB, 0xE4CD)
DOTS = (0xE044, 0xE1E7)
