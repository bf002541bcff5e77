"""Where mmrotate's environment and the weights lie."""

from __future__ import annotations

import os
from pathlib import Path

from notation.errors import ConfigurationError, WeightsError

#: Names the folder that `detector.s2anet.environment` built.
ENVIRONMENT_VARIABLE = "DETECT_SCORE_S2ANET"
#: Names the weights in the place of the shipped ones.
WEIGHTS_VARIABLE = "DETECT_SCORE_S2ANET_WEIGHTS"
SHIPPED = "s2anet_small.pth"
_PACKAGE = Path(__file__).parents[1]
#: Makes `detector` known by its folder alone. What lies beside that folder stays out of sight: where the project is
#: installed, those are packages for another Python.
_BEGIN = """import runpy, sys, types
package = types.ModuleType("detector")
package.__path__ = [sys.argv.pop(1)]
sys.modules["detector"] = package
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def find_python() -> Path:
    """Return the python of mmrotate's environment.

    Raises:
        ConfigurationError: the variable is not set, or the folder holds no finished environment.
    """
    folder = os.environ.get(ENVIRONMENT_VARIABLE, "")
    if not folder:
        raise ConfigurationError(
            f"s2anet runs on mmrotate in an environment of its own: `python -m detector.s2anet.environment FOLDER` "
            f"builds it in about 20 minutes, then set {ENVIRONMENT_VARIABLE}=FOLDER (docs/s2anet.md)"
        )
    python = Path(folder).absolute() / "venv" / "bin" / "python"
    if not python.is_file():
        raise ConfigurationError(
            f"{ENVIRONMENT_VARIABLE}={folder}: no environment there; "
            f"`python -m detector.s2anet.environment {folder}` builds it in about 20 minutes"
        )
    return python


def find_s2anet_weights(path: str | Path | None = None) -> Path:
    """Return the weights to use: `path`, those that the variable names, or the shipped ones.

    Raises:
        WeightsError: there are none.
    """
    wanted = Path(path or os.environ.get(WEIGHTS_VARIABLE) or _PACKAGE / "weights" / SHIPPED)
    if not wanted.is_file():
        raise WeightsError(
            f"{wanted}: no such weights of s2anet; `python -m detector.s2anet.training` trains some, "
            f"then name the file in {WEIGHTS_VARIABLE} or as --detector FILE.pth (docs/s2anet.md)"
        )
    return wanted


def worker_command(python: Path, module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of `detector.s2anet.worker` in mmrotate's environment."""
    return [str(python), "-P", "-c", _BEGIN, str(_PACKAGE), f"detector.s2anet.worker.{module}", *arguments]


def worker_environment() -> dict[str, str]:
    """Return the environment variables of a worker: nothing that would lead it to packages of another environment."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in foreign} | {"PYTHONWARNINGS": "ignore"}
