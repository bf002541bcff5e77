"""A random composer: plausible-looking pages that hold what real pieces lack.

Each piece follows one `Taste`; the tastes take turns with the seed, so that any 40 neighbouring seeds hold every class
that an engraver can draw.
"""

from synth.composer.piece import compose

__all__ = ["compose"]
