"""Which classes a network predicts: filters over the vocabulary, read from `configs/NAME.yaml`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from notation.errors import ConfigurationError
from notation.vocabulary import SymbolClass, vocabulary


def read_config(name_or_path: str | Path) -> dict[str, Any]:
    """Return the mapping of a YAML file, given its path or its name within `configs/`.

    Where it names another as `base`, it says only what differs from that one.

    Raises:
        ConfigurationError: there is no such file, it holds no mapping, or its bases run in a circle.
    """
    values, seen = _one_config(name_or_path), [str(name_or_path)]
    while (base := values.pop("base", None)) is not None:
        if str(base) in seen:
            raise ConfigurationError(f"{name_or_path}: its bases run in a circle, {' > '.join([*seen, str(base)])}")
        seen.append(str(base))
        values = _one_config(base) | values
    return values


def _one_config(name_or_path: str | Path) -> dict[str, Any]:
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} and path.exists():
        text = path.read_text(encoding="utf-8")
    else:
        shipped = files("configs").joinpath(f"{path.stem}.yaml")
        if not shipped.is_file():
            raise ConfigurationError(f"no configuration file {str(name_or_path)!r}")
        text = shipped.read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    if not isinstance(loaded, dict):
        raise ConfigurationError(f"{name_or_path}: expected a mapping")
    return loaded


def class_names(filter_name: str | Path) -> tuple[str, ...]:
    """Return the classes that a filter keeps, by ascending vocabulary id.

    Raises:
        ConfigurationError: a pattern names no class, or nothing is left.
    """
    config = read_config(filter_name)
    strange = sorted(set(config) - {"name", "annotation_set", "include", "exclude"})
    if strange:
        raise ConfigurationError(f"{filter_name}: unknown keys {strange}")
    include, exclude = config.get("include", ["*"]), config.get("exclude", [])
    for pattern in [*include, *exclude]:
        _check(pattern, filter_name)
    kept = [one.name for one in vocabulary() if _keeps(one, include, exclude, config.get("annotation_set"))]
    if not kept:
        raise ConfigurationError(f"{filter_name}: no class is left")
    return tuple(kept)


def _keeps(one: SymbolClass, include: list[str], exclude: list[str], annotation_set: str | None) -> bool:
    if annotation_set is not None and one.annotation_set != annotation_set:
        return False
    return _matches(one.name, include) and not _matches(one.name, exclude)


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _check(pattern: str, filter_name: str | Path) -> None:
    if not any(fnmatchcase(name, pattern) for name in vocabulary().names()):
        raise ConfigurationError(f"{filter_name}: {pattern!r} names no class")
