"""Errors of a reader of strips: the tokens of single staves, before any of them are put together."""

from __future__ import annotations

from collections.abc import Sequence

from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.delinearise import parts_of, settle
from realscores_eval.lmx.linearise import tokens_of
from realscores_eval.ser import EditTally, symbol_error_rate
from realscores_eval.staff_lmx.words import Word, part_of


def strip_errors(tokens: Sequence[str], words: Sequence[Word]) -> EditTally:
    """Count the edits between the true tokens of a strip and what was read: published tokens, in normal form."""
    true = tokens_of(canonical(parts_of(tokens)), published=True)
    read = tokens_of(canonical(settle([part_of(words)])), published=True)
    return symbol_error_rate(true, read)
