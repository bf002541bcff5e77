"""Three bridges over which mmrotate 1.0.0rc1 and mmdet 3.0.0 meet a modern Python: cross them before the import."""

from __future__ import annotations

import collections
import collections.abc
from typing import Any

import numpy as np

#: What mmdet 3.0.0 takes for the newest mmcv; the operators of 2.1.0 are the same.
_ACCEPTED_MMCV = "2.0.1"
_OLD_ALIASES = {"bool": bool, "int": int, "float": float, "complex": complex, "object": object, "str": str}


def import_mmrotate() -> Any:
    """Import mmrotate's models, and return the package.

    Raises:
        ImportError: this is not the environment that `detector.s2anet.environment` builds.
    """
    import mmcv  # type: ignore[import-not-found]

    old: Any = collections
    if not hasattr(old, "Sequence"):
        old.Sequence = collections.abc.Sequence
    for name, kind in _OLD_ALIASES.items():
        if name not in np.__dict__:
            setattr(np, name, kind)
    true_version = mmcv.__version__
    mmcv.__version__ = _ACCEPTED_MMCV
    try:
        import mmrotate.models  # type: ignore[import-not-found]
    finally:
        mmcv.__version__ = true_version
    from mmengine.registry import init_default_scope  # type: ignore[import-not-found]

    init_default_scope("mmrotate")
    return mmrotate


if __name__ == "__main__":
    print(f"mmrotate {import_mmrotate().__version__}")
