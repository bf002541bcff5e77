"""`python -m detector.training`: one training run."""

from __future__ import annotations

from detector.training.trainer import main

main()
