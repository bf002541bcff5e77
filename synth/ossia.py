"""Ossias, small staves over some bars with another version of a staff; and parts in small staves, as for cues."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import verovio
from lxml import etree

from notation.errors import FormatError
from synth import excerpt

_MEI = "{http://www.music-encoding.org/ns/mei}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_STEPS = "cdefgab"
#: Chance of a bar to begin an ossia, and how many bars it lasts at most.
_BAR_RATE, _MOST_BARS = 0.12, 3
#: Sizes of small staves against the others, in percent.
_SMALL_SIZES = (60, 66, 70, 75, 80)


def with_ossias(musicxml: str, rng: np.random.Generator) -> str:
    """Return a score as MEI, with an ossia or more over one of its staves.

    An ossia is the bar itself, its notes moved by some steps, without verses, slurs and fingerings.

    Raises:
        FormatError: Verovio cannot read the text.
    """
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({"xmlIdSeed": int(rng.integers(1, 1 << 30))})
    if not toolkit.loadData(musicxml):
        raise FormatError("Verovio cannot read this text as music")
    root = etree.fromstring(toolkit.getMEI().encode())
    bars = list(root.iter(f"{_MEI}measure"))
    numbers = sorted({staff.get("n", "1") for bar in bars for staff in bar.iterchildren(f"{_MEI}staff")}, key=int)
    if numbers:
        _add(bars, str(rng.choice(numbers)), rng)
    return str(etree.tostring(root, encoding="unicode"))


def _add(bars: Sequence[etree._Element], number: str, rng: np.random.Generator) -> None:
    begins = np.flatnonzero(rng.random(len(bars)) < _BAR_RATE).tolist() or [int(rng.integers(len(bars)))]
    last = -2
    for index in begins:
        if index > last + 1:
            last = index + int(rng.integers(0, _MOST_BARS))
            steps = int(rng.choice((-7, -2, 0, 2, 4, 7)))
            for bar in bars[index : last + 1]:
                _ossia(bar, number, steps)


def _ossia(bar: etree._Element, number: str, steps: int) -> None:
    staff = next((one for one in bar.iterchildren(f"{_MEI}staff") if one.get("n") == number), None)
    if staff is None or staff.find(f".//{_MEI}note") is None:
        return
    ossia = etree.Element(f"{_MEI}ossia")
    bar.replace(staff, ossia)
    small = etree.SubElement(ossia, f"{_MEI}oStaff", {"n": number})
    small.extend(copy.deepcopy(layer) for layer in staff.iterchildren(f"{_MEI}layer"))
    ossia.append(staff)
    for element in list(small.iter(etree.Element)):
        for name in (_ID, "staff"):  # the notes of a crossing voice stay on the small staff
            if name in element.attrib:
                del element.attrib[name]
        if element.tag == f"{_MEI}note":
            _move(element, steps)
    for tag in ("verse", "syl", "clef", "keySig", "meterSig"):
        for element in list(small.iter(f"{_MEI}{tag}")):
            element.getparent().remove(element)  # type: ignore[union-attr]


def _move(note: etree._Element, steps: int) -> None:
    if note.get("pname") in tuple(_STEPS) and note.get("oct") is not None:
        height = 7 * int(note.get("oct", 4)) + _STEPS.index(note.get("pname", "c")) + steps
        note.set("oct", str(height // 7))
        note.set("pname", _STEPS[height % 7])


def with_small_staff(musicxml: str, rng: np.random.Generator) -> str:
    """Return a score of several parts with one part in small staves, as a piano part shows the other players' music.

    Raises:
        FormatError: as `synth.excerpt.parse`.
    """
    root = excerpt.parse(musicxml)
    parts = root.findall("part")
    single = [part for part in parts if int(part.findtext("measure/attributes/staves") or 1) == 1]
    attributes = single[int(rng.integers(len(single)))].find("measure/attributes") if single else None
    if len(parts) < 2 or attributes is None:
        return musicxml
    details = attributes.find("staff-details")
    if details is None:
        details = etree.Element("staff-details")
        after = [i for i, child in enumerate(attributes) if child.tag in ("transpose", "directive", "measure-style")]
        attributes.insert(min(after, default=len(attributes)), details)
    for old in details.findall("staff-size"):
        details.remove(old)
    etree.SubElement(details, "staff-size").text = str(rng.choice(_SMALL_SIZES))
    return str(etree.tostring(root, encoding="unicode", pretty_print=True))
