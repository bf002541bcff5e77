"""The weights file: half precision, with everything that reading a page needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from detector.s2anet.worker.network import S2ANet

FORMAT = "detect-score-s2anet 1"
#: What a reader is told, beside the network.
FACTS = ("classes", "staff_space_px", "thin_side_sp", "typical_sides_sp", "sources")


def write_weights(
    path: Path, state: dict[str, torch.Tensor], recipe: dict[str, Any], facts: dict[str, Any], training: dict[str, Any]
) -> None:
    """Write the file in one move; `facts` are those of the folder of crops."""
    half = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    document = {
        "format": FORMAT,
        "network": recipe["network"],
        "answer": recipe["answer"],
        "half_precision": recipe["half_precision"],
        "facts": {name: facts[name] for name in FACTS},
        "training": training,
        "state": half,
    }
    waiting = path.with_suffix(".part")
    torch.save(document, waiting)
    waiting.replace(path)


def read_weights(path: Path) -> tuple[S2ANet, dict[str, Any]]:
    """Return the network, ready to read, and the facts, with `least_score`, `overlap` and `training`.

    Raises:
        OSError, RuntimeError, KeyError, ValueError: the file is missing or none of ours.
    """
    document = torch.load(path, map_location="cpu", weights_only=True)
    if document.get("format") != FORMAT:
        raise ValueError(f"expected {FORMAT!r}, got {document.get('format')!r}")
    answer = document["answer"]
    facts = document["facts"] | {"least_score": answer["least_score"], "overlap": answer["overlap"]}
    facts["training"] = document["training"]
    network = S2ANet(document["network"], answer, len(facts["classes"]), half=document["half_precision"])
    network.load_state_dict({name: _single(value) for name, value in document["state"].items()})
    return network.eval(), facts


def _single(value: torch.Tensor) -> torch.Tensor:
    return value.float() if value.is_floating_point() else value
