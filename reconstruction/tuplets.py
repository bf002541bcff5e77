"""Tuplet numbers and brackets to the chords under them, and guesses where none is printed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from notation.score import TYPE_QL, Time
from reconstruction.chords import Chord
from reconstruction.sheet import Glyph, Sheet

#: Digits of one number ("12") stand this near to each other.
DIGIT_GAP_SP = 0.5
#: A number without a bracket stands within this of the beam of its group.
BEAM_FAR_SP = 3.0
#: Over notes without a beam it stands this near to their middle.
MIDDLE_SP = 1.5
#: A bracket reaches over the centres of its outer notes, short of them by at most this.
BRACKET_SLACK_SP = 0.9
#: Chords may lie this far above or below their bracket.
BRACKET_FAR_SP = 14.0

#: Chords of two voices stand this near at one column, px.
SAME_COLUMN_PX = 6.0

#: How many normal notes stand for the actual ones where nothing else is known.
NORMAL = {2: 3, 3: 2, 4: 3, 5: 4, 6: 4, 7: 4, 8: 6, 9: 8, 10: 8, 11: 8, 12: 8, 13: 8, 14: 8, 15: 8}


def link_tuplets(sheet: Sheet, chords: list[Chord]) -> list[Glyph]:
    """Mark the chords of every printed tuplet; return the digits that found no notes."""
    brackets = sheet.named("tupletBracket")
    lost: list[Glyph] = []
    for index, digits in enumerate(_numbers(sheet)):
        number = int("".join(one.name.removeprefix("tuplet") for one in digits))
        bracket = _bracket_of(sheet, digits, brackets)
        members = _one_voice(_under_bracket(sheet, bracket, chords), number) if bracket is not None else []
        if len(members) < 2:
            group = _beside_beam(sheet, digits, chords)
            if not group and sheet.exact:  # detected digits may be fingerings
                group = _beside_beam(sheet, digits, chords, number)
            members = _counted(group, number, _middle_x(digits))
            members = _extended(sheet, members, chords, number, _middle_x(digits))
        if len(members) < 2 and sheet.exact:
            members = _beside_flags(sheet, digits, chords, number)
        if len(members) < 2 or number < 2:
            lost += digits
            continue
        rows = [one.row for one in digits] + ([bracket.row] if bracket is not None else [])
        mark(members, number, index, rows)
    return lost


def mark(members: list[Chord], actual: int, index: int, rows: list[int]) -> None:
    """Make `members` one tuplet."""
    normal = normal_of(actual)
    for chord in members:
        chord.tuplet = (actual, normal)
        chord.tuplet_id = index
        chord.tuplet_marked = True
        chord.tuplet_rows = rows


def normal_of(actual: int) -> int:
    """The number of normal notes: 2 for 3; a duplet stands for 3, other numbers for the power of two below."""
    return NORMAL.get(actual, 1 << (actual.bit_length() - 1))


def other_normals(actual: int) -> list[int]:
    """Return the other numbers of normal notes that a printed number can stand for, the likeliest first."""
    near = [n for n in (2, 4, 8, 16, 3, 6, 12) if actual < 2 * n < 4 * actual and n not in (actual, normal_of(actual))]
    return sorted(near, key=lambda n: abs(n - actual))


def settle_normals(chords: list[Chord], time: Time | None) -> None:
    """Choose for the printed tuplets of a bar in a compound meter the number of normal notes that fills a dotted beat.

    Four eighths in 6/8 stand for three of them, four sixteenths for six: both fill the beat.
    """
    beat_ql = dotted_beat_ql(time)
    if beat_ql is None:
        return
    for members in marked_tuplets(chords):
        actual, normal = members[0].tuplet or (1, 1)
        unit_ql = sum((one.written_ql for one in members), Fraction(0)) / actual
        fitting = [n for n in (normal, *other_normals(actual)) if n * unit_ql in (beat_ql, 2 * beat_ql)]
        for chord in members if fitting else ():
            chord.tuplet = (actual, fitting[0])


def dotted_beat_ql(time: Time | None) -> Fraction | None:
    """Return the beat of a compound meter (6/8, 9/16, 3/8), None for other meters."""
    if time is None or not time.beats.isdecimal() or int(time.beats) % 3:
        return None
    return Fraction(12, time.beat_type) if int(time.beats) > 3 or time.beat_type > 4 else None


def marked_tuplets(chords: Sequence[Chord]) -> list[list[Chord]]:
    """Return the chords of every printed tuplet."""
    groups: dict[int, list[Chord]] = {}
    for chord in chords:
        if chord.tuplet_marked and chord.tuplet_id is not None:
            groups.setdefault(chord.tuplet_id, []).append(chord)
    return list(groups.values())


def _numbers(sheet: Sheet) -> list[list[Glyph]]:
    groups: list[list[Glyph]] = []
    for digit in sheet.named(*(f"tuplet{n}" for n in range(1, 10))):
        for group in groups:
            last = group[-1]
            if abs(last.cy - digit.cy) < sheet.space_px and -0.3 < (digit.x0 - last.x1) / sheet.space_px < DIGIT_GAP_SP:
                group.append(digit)
                break
        else:
            groups.append([digit])
    return groups


def _bracket_of(sheet: Sheet, digits: list[Glyph], brackets: list[Glyph]) -> Glyph | None:
    x, y = digits[0].cx, digits[0].cy
    near = [
        one
        for one in brackets
        if one.x0 < x < one.x1 and abs(one.y_at(x) - y) < 1.8 * sheet.space_px + (one.y1 - one.y0) * 0.3
    ]
    return min(near, key=lambda one: abs(one.cy - y)) if near else None


def _span(chord: Chord) -> tuple[float, float]:
    glyphs = [chord.rest] if chord.rest is not None else [head.glyph for head in chord.heads]
    if chord.stem is not None:
        glyphs.append(chord.stem.glyph)
    return min(one.y0 for one in glyphs), max(one.y1 for one in glyphs)


def _under_bracket(sheet: Sheet, bracket: Glyph, chords: list[Chord]) -> list[Chord]:
    """The chords that the bracket reaches over, on the staff (and of the voice) nearest to it."""
    slack = BRACKET_SLACK_SP * sheet.space_px
    inside = [one for one in chords if bracket.x0 - slack < one.x < bracket.x1 + slack and not one.small]
    best: tuple[float, list[Chord]] = (BRACKET_FAR_SP * sheet.space_px, [])
    for staff in sorted({one.staff for one in inside}):
        mine = [one for one in inside if one.staff == staff]
        for side in (1, -1):
            voice = _outer_voice(mine, side)
            gaps = [_gap(one, bracket, side) for one in voice]
            far = sum(abs(gap) for gap in gaps) / len(gaps)
            if far < best[0]:
                best = (far, voice)
    return best[1]


def _gap(chord: Chord, bracket: Glyph, side: int) -> float:
    """Distance from the bracket to the side of the chord that faces it when the bracket lies on `side` (+1 above)."""
    y0, y1 = _span(chord)
    y = bracket.y_at(chord.x)
    return y0 - y if side > 0 else y - y1


def _outer_voice(chords: list[Chord], side: int) -> list[Chord]:
    """Of chords at one column the outermost on `side`; with both stem directions at a column the fitting one."""
    kept: list[Chord] = []
    for chord in sorted(chords, key=lambda one: one.x):
        rival = kept[-1] if kept and abs(chord.x - kept[-1].x) < SAME_COLUMN_PX else None
        if rival is None or (chord.group is not None and chord.group == rival.group):
            kept.append(chord)
        elif chord.position * side > rival.position * side:
            kept[-1] = chord
    return kept


def _one_voice(members: list[Chord], number: int) -> list[Chord]:
    """Of what lies under a bracket the stems of one direction where only these make up the number."""
    if not _is_count(members, number):
        for direction in (1, -1):
            voice = [one for one in members if one.direction in (direction, 0)]
            if len(voice) > 1 and _is_count(voice, number):
                return voice
    return members


def _extended(sheet: Sheet, members: list[Chord], chords: list[Chord], number: int, x: float) -> list[Chord]:
    """A beam with the rest or the flag right before or after it, where only these make up the number."""
    if len(members) < 2 or _is_count(members, number):
        return members
    low, high = members[0].x, members[-1].x
    staves = {one.staff for one in members}
    near = [one for one in chords if one.staff in staves and not one.small]
    before = [one for one in near if one.x < low - SAME_COLUMN_PX]
    after = [one for one in near if one.x > high + SAME_COLUMN_PX]
    first = max((one.x for one in before), default=low) - sheet.space_px
    last = min((one.x for one in after), default=high) + sheet.space_px
    beside = [one for one in before if one.x > first] + [one for one in after if one.x < last]
    wholes = [[*members, one] for one in beside if one.group is None and one.tuplet is None]
    fitting = [sorted(whole, key=lambda one: one.x) for whole in wholes if _is_count(whole, number)]
    return min(fitting, key=lambda whole: abs((whole[0].x + whole[-1].x) / 2 - x), default=members)


def _middle_x(digits: list[Glyph]) -> float:
    return sum(one.cx for one in digits) / len(digits)


def _counted(members: list[Chord], number: int, x: float) -> list[Chord]:
    """Of a beam group the run of neighbours around x whose values are `number` equal ones, the whole group if none."""
    if _is_count(members, number):
        return members
    runs = [members[i:j] for i in range(len(members)) for j in range(i + 2, len(members) + 1)]
    fitting = [run for run in runs if _is_count(run, number) and run[0].x <= x <= run[-1].x]
    return min(fitting, key=lambda run: abs((run[0].x + run[-1].x) / 2 - x), default=members)


def _is_count(members: list[Chord], number: int) -> bool:
    """Whether the values add up to `number` times a plain value."""
    unit_ql = sum((one.written_ql for one in members), Fraction(0)) / number
    return unit_ql in TYPE_QL.values()


def _beside_beam(sheet: Sheet, digits: list[Glyph], chords: list[Chord], number: int | None = None) -> list[Chord]:
    """The beam group whose beam the number stands at, rests inside its reach included.

    With a `number` also the group of so many notes at whose heads it stands.
    """
    x, y = _middle_x(digits), digits[0].cy
    best: tuple[float, int | None] = (BEAM_FAR_SP * sheet.space_px, None)
    groups: dict[int, list[Chord]] = {}
    for chord in chords:
        if chord.group is not None and not chord.small:
            groups.setdefault(chord.group, []).append(chord)
    for group, members in groups.items():
        if len(members) < 2:
            continue
        low, high = min(one.x for one in members), max(one.x for one in members)
        if not low - sheet.space_px < x < high + sheet.space_px:
            continue
        far = min(abs(beam.y_at(x) - y) for one in members if one.stem for beam in one.stem.beams)
        if number and _is_count(members, number):
            nearest = min(members, key=lambda one: abs(one.x - x))
            far = min([far, *(abs(head.glyph.cy - y) - sheet.space_px for head in nearest.heads)])
        off = abs(x - (low + high) / 2) * (1.0 if number else 0.3)
        if far + off < best[0]:
            best = (far + off, group)
    return _with_rests(sheet, groups[best[1]], chords) if best[1] is not None else []


def _beside_flags(sheet: Sheet, digits: list[Glyph], chords: list[Chord], number: int) -> list[Chord]:
    """The flagged notes and rests, neighbours on one staff, that make up the number that stands over their middle."""
    x, y, reach = _middle_x(digits), digits[0].cy, BEAM_FAR_SP * sheet.space_px
    free = [one for one in chords if one.group is None and one.tuplet is None and one.written_ql < 1 and not one.small]
    best: tuple[float, list[Chord]] = (MIDDLE_SP * sheet.space_px, [])
    for staff in sorted({one.staff for one in free}):
        mine = [one for one in free if one.staff == staff and abs(one.x - x) < number * 4 * sheet.space_px]
        for run in (mine[i : i + size] for size in range(2, number + 1) for i in range(len(mine) - size + 1)):
            off = abs((run[0].x + run[-1].x) / 2 - x)
            near = min(max(top - y, y - bottom) for top, bottom in map(_span, run)) < reach
            if off < best[0] and near and _is_count(run, number) and not all(one.is_rest for one in run):
                best = (off, run)
    return best[1]


def _with_rests(sheet: Sheet, members: list[Chord], chords: list[Chord]) -> list[Chord]:
    low, high = min(one.x for one in members), max(one.x for one in members)
    staves = {one.staff for one in members}
    inside = [one for one in chords if one.is_rest and one.staff in staves and low < one.x < high]
    return sorted([*members, *inside], key=lambda one: one.x)
