"""Grace notes drawn by hand: with a slash, without, and where the network is wrong about it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.graces import SLASH, look_for_slashes
from notation import boxes as geometry
from notation.page import GreyImage

_NAMES = (
    SLASH,
    "graceNoteAcciaccaturaStemUp",
    "graceNoteAcciaccaturaStemDown",
    "graceNoteAppoggiaturaStemUp",
    "graceNoteAppoggiaturaStemDown",
    "clefG",
    "flag8thUpSmall",
    "flag8thDownSmall",
    "noteheadBlackOnLineSmall",
)
_SPACE = 20.0


def _grace(slashed: bool, up: bool = True) -> tuple[GreyImage, np.ndarray, np.ndarray]:
    """Return a picture of a grace note on a staff, its box, and the box of its slash, drawn or not."""
    image = np.full((300, 300), 255, np.uint8)
    for line in range(5):
        cv2.line(image, (0, 110 + 20 * line), (299, 110 + 20 * line), (0,), 2)
    sign = 1 if up else -1
    cv2.ellipse(image, (143, 150 + 20 * sign), (8, 6), -20, 0, 360, (0,), -1)
    cv2.line(image, (150, 150 + 20 * sign), (150, 150 - 30 * sign), (0,), 2)
    cv2.ellipse(image, (150, 150 - 6 * sign), (12, 24), 0, -90 if up else 0, 0 if up else 90, (0,), 2)
    middle = np.array([156.0 if up else 151.0, 150 - 12.0 * sign])
    slash = geometry.canonical(np.array([[*middle, 30.0, 3.5, -sign * np.pi / 4]]))[0]
    if slashed:
        outline = np.round(64 * (geometry.corners(slash[None])[0] - 0.5)).astype(np.int32)
        cv2.fillPoly(image, [outline], (0,), cv2.LINE_AA, 6)
    box = geometry.from_upright([134, 118, 166, 178] if up else [134, 122, 166, 182])[0]
    return image, box, slash


def _found(*rows: tuple[str, np.ndarray, float]) -> Detections:
    return Detections(
        np.array([box for _, box, _ in rows]).reshape(-1, 5),
        np.array([_NAMES.index(name) for name, _, _ in rows], dtype=np.int64),
        np.array([score for _, _, score in rows]),
    )


def _look(image: GreyImage, *rows: tuple[str, np.ndarray, float]) -> list[tuple[str, np.ndarray, float]]:
    out = look_for_slashes(image, _found(*rows), _NAMES, _SPACE)
    return [(_NAMES[k], box, float(s)) for k, box, s in zip(out.labels, out.boxes, out.scores, strict=True)]


def test_pages_without_graces_stay_as_they_are() -> None:
    image = np.full((80, 80), 255, np.uint8)
    assert _look(image) == []
    assert [name for name, _, _ in _look(image, ("clefG", np.array([30.0, 30, 20, 50, 0]), 0.9))] == ["clefG"]


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("seen_as", ["Acciaccatura", "Appoggiatura"])
def test_ink_says_which_grace_note_it_is(up: bool, seen_as: str) -> None:
    stem = "StemUp" if up else "StemDown"
    image, box, slash = _grace(slashed=True, up=up)
    grace, line = _look(image, (f"graceNote{seen_as}{stem}", box, 0.8))
    assert grace[0] == f"graceNoteAcciaccatura{stem}"
    assert line[0] == SLASH
    assert line[2] < grace[2]
    assert geometry.iou(line[1][None], slash[None])[0, 0] > 0.5
    plain, box, _ = _grace(slashed=False, up=up)
    assert [name for name, _, _ in _look(plain, (f"graceNote{seen_as}{stem}", box, 0.8))] == [
        f"graceNoteAppoggiatura{stem}"
    ]


def test_a_slash_moves_to_its_ink_and_one_without_ink_is_doubted() -> None:
    image, _, slash = _grace(slashed=True)
    rough = slash + np.array([5.0, -4.0, -12.0, 9.0, 0.4])
    ((_, box, score),) = _look(image, (SLASH, rough, 0.4))
    assert geometry.iou(box[None], slash[None])[0, 0] > 0.5
    assert score == 0.4
    plain, _, _ = _grace(slashed=False)
    ((_, box, score),) = _look(plain, (SLASH, rough, 0.4))
    assert score < 0.2
    assert (box == rough).all()


@pytest.mark.parametrize("up", [True, False])
def test_small_head_small_flag_and_slash_are_an_acciaccatura_though_the_network_saw_no_whole(up: bool) -> None:
    sign = 1 if up else -1
    parts = (
        ("noteheadBlackOnLineSmall", np.array([143.0, 150 + 20 * sign, 18, 14, 0]), 0.9),
        (f"flag8th{'Up' if up else 'Down'}Small", np.array([156.0, 150 - 14 * sign, 12, 36, 0]), 0.6),
    )
    image, box, slash = _grace(slashed=True, up=up)
    seen = {name: (found, score) for name, found, score in _look(image, *parts)[2:]}
    assert set(seen) == {SLASH, f"graceNoteAcciaccaturaStem{'Up' if up else 'Down'}"}
    found, score = seen[f"graceNoteAcciaccaturaStem{'Up' if up else 'Down'}"]
    assert geometry.iou(found[None], box[None])[0, 0] > 0.6
    assert score == 0.6
    assert geometry.iou(seen[SLASH][0][None], slash[None])[0, 0] > 0.5
    plain, _, _ = _grace(slashed=False, up=up)
    assert len(_look(plain, *parts)) == 2  # a cue note
    lonely = ("noteheadBlackOnLineSmall", np.array([90.0, 150 + 20 * sign, 18, 14, 0]), 0.9)
    assert len(_look(image, lonely, parts[1])) == 2


def test_a_grace_note_that_the_network_saw_whole_is_not_found_twice() -> None:
    image, box, _ = _grace(slashed=True)
    flag = ("flag8thUpSmall", np.array([156.0, 136, 12, 36, 0]), 0.6)
    head = ("noteheadBlackOnLineSmall", np.array([143.0, 170, 18, 14, 0]), 0.9)
    names = [name for name, _, _ in _look(image, ("graceNoteAcciaccaturaStemUp", box, 0.8), flag, head)]
    assert names.count("graceNoteAcciaccaturaStemUp") == 1
    assert names.count(SLASH) == 1


@pytest.mark.parametrize("angle_deg", [30, 39, 45])
def test_the_slashes_of_all_engravers_are_found(angle_deg: int) -> None:
    image, box, _ = _grace(slashed=False)
    along = np.array([np.cos(np.deg2rad(angle_deg)), -np.sin(np.deg2rad(angle_deg))]) * 15
    ends = [np.round(16 * (np.array([156.0, 138.0]) + side * along)).astype(int).tolist() for side in (-1, 1)]
    cv2.line(image, ends[0], ends[1], (0,), 2, cv2.LINE_AA, 4)
    ((name, *_), line) = _look(image, ("graceNoteAppoggiaturaStemUp", box, 0.8))
    assert name == "graceNoteAcciaccaturaStemUp"
    assert np.rad2deg(line[1][4]) == pytest.approx(-angle_deg, abs=4)
