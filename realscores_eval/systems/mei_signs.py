"""Clefs, keys and meters of MEI, from attributes of a definition or from elements."""

from __future__ import annotations

from lxml import etree

from realscores_eval.lmx.events import Clef, Key, Time


def signs_of(definition: etree._Element) -> list[Clef | Key | Time]:
    """Return key, meter and clef of a definition, from its attributes or the elements in it."""
    found: list[Clef | Key | Time] = []
    key = definition.get("keysig") or definition.get("key.sig")
    found += [key_of(key)] if key else [key_of(one.get("sig", "0")) for one in definition.iterfind("{*}keySig")]
    if definition.get("meter.count"):
        found.append(_meter(definition, "meter."))
    found += [_meter(one, "") for one in definition.iterfind("{*}meterSig")]
    if definition.get("clef.shape"):
        found.append(clef_of(definition, "clef."))
    found += [clef_of(one) for one in definition.iterfind("{*}clef")]
    return found


def key_of(signature: str) -> Key:
    """Return the key of "3f", "2s" or "0"; mixed signatures count as none."""
    count = signature[:-1]
    return Key(int(count) * (1 if signature[-1] == "s" else -1)) if count.isdigit() else Key(0)


def _meter(element: etree._Element, prefix: str) -> Time:
    symbol = element.get(f"{prefix}sym", "")
    count, unit = element.get(f"{prefix}count"), element.get(f"{prefix}unit")
    if count is None or unit is None:
        count, unit = ("2", "2") if symbol == "cut" else ("4", "4")
    return Time(((count, unit),), symbol if symbol in ("common", "cut") else "", hidden=element.get("form") == "invis")


def clef_of(element: etree._Element, prefix: str = "") -> Clef:
    """Return the clef of a `<clef>`, or of the attributes of a definition."""
    shape = element.get(f"{prefix}shape", "G")
    octaves = {"8": 1, "15": 2, "22": 3}.get(element.get(f"{prefix}dis", ""), 0)
    down = element.get(f"{prefix}dis.place") == "below"
    sign = {"perc": "percussion", "GG": "G"}.get(shape, shape)
    octaves, down = (1, True) if shape == "GG" else (octaves, down)
    return Clef(sign, element.get(f"{prefix}line", ""), -octaves if down else octaves)
