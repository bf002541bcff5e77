"""Detectors over the same pages: average precision on common ground and on their own, and wall time a page.

A detector is scored on the classes that it knows, or it would pay for what it was never meant to find; and on the
classes that all know, or a detector of few easy classes would look best.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from notation.page import GreyImage, Reading
from realscores_eval.average_precision import Evaluation, evaluate
from realscores_eval.symbol_set import Found, SymbolSet
from realscores_eval.tables import FEW_INSTANCES
from realscores_eval.three_lines import Detect


@dataclass(frozen=True)
class Training:
    """What a model file tells of its training: wall time, all stages together, and steps."""

    minutes: float
    steps: int


@dataclass(frozen=True)
class Entrant:
    """A detector that takes part.

    Attributes:
        name: its label in the tables.
        detect: the detector, reporting faint symbols too; `None` where it comes as proposals.
        proposals: its DeepScoresV2 proposals by name of the test set, where it comes as those.
        classes: what it can report; `None` for all that it reports in this comparison.
        megabytes: size of its model file, where it has one.
        training: where its model file tells of it.
    """

    name: str
    detect: Detect | None = None
    proposals: Mapping[str, Path] = field(default_factory=dict)
    classes: frozenset[str] | None = None
    megabytes: float | None = None
    training: Training | None = None


@dataclass(frozen=True)
class Trial:
    """One detector on one test set.

    Attributes:
        test_set: name of the set.
        entrant: the detector.
        evaluations: standard mode, by kind of box as the set has them: oriented, upright.
        seconds: wall time of every page; empty for proposals.
        cpu_seconds: time of all cores in this process, which hardly grows when the machine is busy otherwise.
    """

    test_set: str
    entrant: Entrant
    evaluations: tuple[Evaluation, ...]
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]


@dataclass(frozen=True)
class Ranking:
    """All trials, set by set, the detectors in the order they were named in."""

    trials: tuple[Trial, ...]

    @property
    def failures(self) -> list[tuple[str, str, str, str]]:
        """Set, detector, page and cause of the pages that were complete misses."""
        return [(one.test_set, one.entrant.name, *page) for one in self.trials for page in one.evaluations[0].failures]

    @property
    def common(self) -> frozenset[str]:
        """The classes that every detector knows."""
        entrants = {one.entrant.name for one in self.trials}
        known = [self.known(name) for name in sorted(entrants)]
        return frozenset.intersection(*known) if known else frozenset()

    def known(self, entrant: str) -> frozenset[str]:
        """Return the classes that a detector knows, or where it does not say, those that it reported on any set."""
        trials = [one for one in self.trials if one.entrant.name == entrant]
        stated = trials[0].entrant.classes
        if stated is not None:
            return stated
        scores = [row for one in trials for row in one.evaluations[0].classes]
        return frozenset(row.name for row in scores if row.found_count)


def compare_detectors(
    sets: Mapping[str, SymbolSet], entrants: Sequence[Entrant], *, done: Callable[[str, str], object] = lambda *_: None
) -> Ranking:
    """Run every detector on every page; they take turns page by page, since a shared machine is not always as fast.

    Arguments:
        sets: test sets by name.
        entrants: the detectors, each with a name of its own.
        done: called with detector and set after each page.

    Raises:
        InputError, FormatError: proposals are missing or broken.
    """
    trials = []
    for name, test_set in sets.items():
        answers = {one.name: _proposed(one, name, test_set) for one in entrants if one.detect is None}
        clocks = {one.name: _Clock(one.detect) for one in entrants if one.detect is not None}
        for page in test_set.pages:
            alone = replace(test_set, pages=(page,))
            for entrant, clock in clocks.items():
                answers.setdefault(entrant, {}).update(alone.detections(clock))
                done(entrant, name)
        for one in entrants:
            clock = clocks.get(one.name, _Clock())
            evaluations = _evaluations(test_set, answers[one.name])
            trials.append(Trial(name, one, evaluations, tuple(clock.seconds), tuple(clock.cpu_seconds)))
    return Ranking(tuple(trials))


def mean_ap(evaluation: Evaluation, names: Collection[str], threshold: float) -> tuple[float, int]:
    """Return mean AP over those of `names` with at least `FEW_INSTANCES` true symbols, and how many they are."""
    some = replace(evaluation, classes=tuple(one for one in evaluation.classes if one.name in names))
    return some.mean(threshold, least=FEW_INSTANCES), len(some.counted(least=FEW_INSTANCES))


def matching(evaluation: Evaluation, pattern: str) -> list[str]:
    """Return the classes of an evaluation that a pattern such as `rest*` names."""
    return [one.name for one in evaluation.classes if fnmatchcase(one.name, pattern)]


class _Clock:
    """A detector that notes how long it takes; without one, nothing."""

    def __init__(self, detect: Detect | None = None) -> None:
        self.detect, self.seconds, self.cpu_seconds = detect, list[float](), list[float]()

    def __call__(self, image: GreyImage) -> Reading:
        if self.detect is None:
            raise ValueError("expected a detector")
        start, cpu_start = time.perf_counter(), time.process_time()
        try:
            return self.detect(image)
        finally:
            self.seconds.append(time.perf_counter() - start)
            self.cpu_seconds.append(time.process_time() - cpu_start)


def _proposed(entrant: Entrant, name: str, test_set: SymbolSet) -> dict[int, Found]:
    return test_set.proposals(entrant.proposals[name])


def _evaluations(test_set: SymbolSet, found: Mapping[int, Found]) -> tuple[Evaluation, ...]:
    return tuple(
        evaluate(test_set.scored(found, shape, "standard"), mode="standard", shape=shape) for shape in test_set.shapes
    )
