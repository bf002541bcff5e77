"""A small MusicXML builder for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Builder = Callable[..., str]


def note(pitch: str = "B4", kind: str = "quarter", duration: int = 4, inner: str = "", notations: str = "") -> str:
    """Return one `<note>`; `pitch` is step, "#" or "b" marks, and octave, or "rest"."""
    if pitch == "rest":
        head = "<rest/>"
    else:
        alter = pitch.count("#") - pitch[1:].count("b")
        head = f"<pitch><step>{pitch[0]}</step><alter>{alter}</alter><octave>{pitch[-1]}</octave></pitch>"
    marks = f"<notations>{notations}</notations>" if notations else ""
    grace = "<grace" in inner
    length = "" if grace else f"<duration>{duration}</duration>"
    before, after = (inner, "") if grace or "<chord" in inner else ("", inner)
    return f"<note>{before}{head}{length}<voice>1</voice><type>{kind}</type>{after}{marks}</note>"


def score(*bars: str, key: int = 0, beats: int = 4, clef: str = "<sign>G</sign><line>2</line>", staves: int = 1) -> str:
    """Return a score of one part; divisions 4, so that a quarter lasts 4."""
    time = f"<time><beats>{beats}</beats><beat-type>4</beat-type></time>"
    more = "".join(f'<clef number="{n}"><sign>G</sign><line>2</line></clef>' for n in range(2, staves + 1))
    first = (
        f"<attributes><divisions>4</divisions><key><fifths>{key}</fifths></key>{time}<staves>{staves}</staves>"
        f'<clef number="1">{clef}</clef>{more}</attributes>'
    )
    measures = "".join(
        f'<measure number="{n}">{first if n == 1 else ""}{bar}</measure>' for n, bar in enumerate(bars, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list><score-part id="P1">'
        f'<part-name>Flute</part-name></score-part></part-list><part id="P1">{measures}</part></score-partwise>'
    )


@pytest.fixture(name="note", scope="session")
def note_builder() -> Builder:
    """Return the builder of one note."""
    return note


@pytest.fixture(name="score", scope="session")
def score_builder() -> Builder:
    """Return the builder of one score."""
    return score
