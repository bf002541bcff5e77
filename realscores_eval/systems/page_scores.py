"""All metrics of one page for one system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.events import Part
from realscores_eval.lmx.linearise import tokens_of
from realscores_eval.lmx.reader import read_parts
from realscores_eval.notes import NoteScores, Tally, compare, missed
from realscores_eval.sequence_tokens import homr_error_rate
from realscores_eval.ser import EditTally, symbol_error_rate
from realscores_eval.tedn import tedn

SER_LMX, SER_HOMR, TEDN, OMR_NED = "SER-LMX", "SER-homr", "TEDn", "OMR-NED"
#: Metrics in the order of the tables, with what they count.
EDIT_METRICS = {SER_LMX: "tokens", SER_HOMR: "symbols", TEDN: "nodes", OMR_NED: "signs"}
#: Truth and result, `None` for a page without a result.
OmrNedMetric = Callable[[str, str | None], EditTally]


@dataclass
class PageScores:
    """One page of one system.

    Attributes:
        edits: by the names of `EDIT_METRICS`; OMR-NED is absent where it was not asked for or could not be had.
        notes: matched, true and found noteheads in pitch, onset and duration.
        seconds: wall time of the system, `None` where nobody took it.
        failure: why the page is a complete miss, "" where it is none.
        remark: why a metric is absent.
    """

    page: str
    edits: dict[str, EditTally] = field(default_factory=dict)
    notes: Tally = field(default_factory=Tally)
    seconds: float | None = None
    failure: str = ""
    remark: str = ""

    def document(self) -> dict[str, Any]:
        """Return everything as a JSON value."""
        return {
            "page": self.page,
            "failure": self.failure,
            "remark": self.remark,
            "seconds": self.seconds,
            "metrics": {name: edit_document(one) for name, one in self.edits.items()},
            "notes": {**_plain(self.notes), "f1": self.notes.f1},
        }


def edit_document(one: EditTally) -> dict[str, Any]:
    """Return a tally with its rate as a JSON value."""
    return {"rate": one.rate, "cost": one.distance, "of": one.whole, "truth": one.truth, "result": one.result}


def score_page(page: str, truth_xml: str, result_xml: str | None) -> PageScores:
    """Score MusicXML of a page; no result is a complete miss.

    Raises:
        FormatError: one of the texts is not partwise MusicXML.
    """
    truth = read_parts(truth_xml)
    result = [] if result_xml is None else read_parts(result_xml)
    scores: NoteScores = missed(truth_xml) if result_xml is None else compare(truth_xml, result_xml)
    return PageScores(page, edit_scores(truth, result), scores.pitch_onset_duration)


def edit_scores(truth: list[Part], result: list[Part]) -> dict[str, EditTally]:
    """Return both error rates and TEDn."""
    return {
        SER_LMX: symbol_error_rate(metric_tokens(truth), metric_tokens(result)),
        SER_HOMR: homr_error_rate(truth, result),
        TEDN: tedn(truth, result),
    }


def metric_tokens(parts: list[Part]) -> list[str]:
    """Return the published LMX tokens of the normal form, which SER counts."""
    return tokens_of(canonical(parts), published=True)


def _plain(tally: Tally) -> dict[str, int]:
    return {"matched": tally.matched, "truth": tally.truth, "result": tally.result}
