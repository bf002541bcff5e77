"""LMX, Linearized MusicXML: scores as sequences of tokens and back. `docs/sequence_models.md` defines the tokens."""

from realscores_eval.lmx.delinearise import delinearise
from realscores_eval.lmx.linearise import linearise

__all__ = ["delinearise", "linearise"]
