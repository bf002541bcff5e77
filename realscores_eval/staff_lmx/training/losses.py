"""What training minimises: where symbols stand, and what is said of each where it stands."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from realscores_eval.staff_lmx.alphabet import UNKNOWN, field_slices
from realscores_eval.staff_lmx.decoding import BLANK
from realscores_eval.staff_lmx.training.alignment import slots_of_words
from realscores_eval.staff_lmx.training.batches import Batch
from realscores_eval.staff_lmx.training.spacing import nearness


def place_loss(log_odds: Tensor, batch: Batch) -> Tensor:
    """Return the negative log likelihood of the symbols, a word, over all paths; windows too narrow count nothing."""
    words = torch.from_numpy(batch.words[:, :, 0]).clamp(min=BLANK)
    counts = torch.from_numpy(batch.counts)
    loss = functional.ctc_loss(
        log_odds.transpose(0, 1),
        words,
        torch.from_numpy(batch.slots),
        counts,
        BLANK,
        reduction="none",
        zero_infinity=True,
    )
    return (loss / counts.clamp(min=1)).mean()


def field_loss(fields: Tensor, batch: Batch, rows: Tensor, at: Tensor, smoothing: float) -> Tensor:
    """Return the cross entropy of all fields, a word.

    Args:
        fields: float (K, values of all fields), scores of K words.
        rows, at: int64 (K,), window and number of each word.
    """
    said = torch.from_numpy(batch.words)[rows, at, 1:]
    losses = [
        functional.cross_entropy(fields[:, one], said[:, number], ignore_index=UNKNOWN, label_smoothing=smoothing)
        for number, one in enumerate(field_slices())
    ]
    total: Tensor = sum(loss for loss in losses if loss.isfinite())  # type: ignore[assignment]
    return total


def symbol_loss(log_odds: Tensor, batch: Batch, rows: Tensor, at: Tensor, slots: Tensor) -> Tensor:
    """Return the negative log likelihood of the symbols of K words in the slots where they stand, a word."""
    said = torch.from_numpy(batch.words)[rows, at, 0]
    loss: Tensor = -log_odds[rows, slots, said].mean()
    return loss


def places(log_odds: Tensor, batch: Batch, guided: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Return window, number and slot of every word that has a place, each int64 (K,).

    `guided` is the weight of where words are expected against what the model says.
    """
    words = batch.words[:, :, 0].clip(min=BLANK)
    leaning = np.float32(guided) * nearness(batch.expected_px, log_odds.shape[1]) if guided else None
    found = slots_of_words(log_odds.detach().numpy(), batch.slots, words, batch.counts, leaning)
    slots = torch.from_numpy(found)
    rows, at = torch.nonzero(slots >= 0, as_tuple=True)
    return rows, at, slots[rows, at]
