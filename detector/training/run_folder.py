"""What a training run leaves on disk: resolved recipe, class list, log, checkpoints; a kill costs little."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import torch
import yaml

from notation.errors import WeightsError


class RunFolder:
    """`recipe.yaml`, `classes.txt`, `log.csv`, `validation.csv` and `last.pt` of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def write_plan(self, recipe: dict[str, Any], names: tuple[str, ...], about: dict[str, Any]) -> None:
        """Store the resolved recipe, the class list and what else describes the run (data, seeds, versions)."""
        (self.path / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
        (self.path / "classes.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        (self.path / "about.yaml").write_text(yaml.safe_dump(about, sort_keys=False), encoding="utf-8")

    def log(self, file_name: str, row: dict[str, Any]) -> None:
        """Append one row to a CSV file of the run."""
        path = self.path / file_name
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)

    def save(self, state: dict[str, Any]) -> None:
        """Write `last.pt` in one move, so that a reader never sees half of it."""
        waiting = self.path / "last.pt.part"
        torch.save(state, waiting)
        waiting.replace(self.path / "last.pt")

    def load(self) -> dict[str, Any]:
        """Return the last checkpoint; raises `WeightsError` when there is none or it is damaged."""
        path = self.path / "last.pt"
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError) as error:
            raise WeightsError(f"{path}: no usable checkpoint ({error})") from error
        return state


def stage_record(state: dict[str, Any]) -> dict[str, Any]:
    """Return what a weights file tells of the run that a checkpoint belongs to."""
    minutes = round(float(state["elapsed_s"]) / 60, 1)
    return {"steps": int(state["step"]), "minutes": minutes, "recipe": state["recipe"]}


def earlier_stages(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the records of the runs that the checkpoint's own run began with, oldest first."""
    return list(state.get("stages", []))
