"""Builds the virtual environment in which mmrotate runs: `python -m detector.s2anet.environment FOLDER`.

mmrotate 1.0.0rc1 wants mmcv with its compiled operators, of which no wheel exists for a modern torch: mmcv is compiled
here, which takes 10 minutes on two idle cores and longer beside other work. Every step is done once: the script may be
stopped and started again, the compiler goes on where it stood, and the finished mmcv wheel stays in FOLDER/wheels for
the next environment (`--wheels`).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from notation.errors import ConfigurationError

#: mmcv 2.0 asks its compiler for C++14, which torch 2.13 no longer builds with; 2.1.0 takes what torch says.
MMCV = "mmcv==2.1.0"
#: mmcv's `setup.py` imports `pkg_resources`, which later setuptools have dropped; torch brings a later one with it, so
#: these come after torch.
BUILD_TOOLS = ("setuptools<70", "wheel", "ninja", "numpy==1.26.4")
TORCH = "torch==2.13.0"
#: What the four packages of the family import; they come without their own requirements, for those name a torchvision.
LIBRARIES = (
    "addict",
    "matplotlib",
    "numpy==1.26.4",
    "opencv-python-headless==4.11.0.86",
    "packaging",
    "pillow",
    "pycocotools",
    "pyyaml",
    "rich",
    "scipy<1.16",
    "shapely",
    "six",
    "termcolor",
    "terminaltables",
    "yapf",
)
FAMILY = ("mmengine==0.10.7", "mmdet==3.0.0", "mmrotate==1.0.0rc1", "e2cnn")
#: Beside Python's own flags: without debug information, which takes half of the compiler's time.
CFLAGS = "-g0 -O2"
#: Flags of Python's own compiler, and where torch lies.
_ASK = """import sysconfig, torch
print(sysconfig.get_config_var("CFLAGS"), sysconfig.get_config_var("CCSHARED"))
print(torch.__path__[0])"""
_WORKER = Path(__file__).with_name("worker")
_ERROR_WORDS = ("error", "no matching", "could not", "fatal")
_COMPILER_ERROR = re.compile(r"\.\w+:\d+:\d+: (fatal )?error: ")
_EXCEPTION = re.compile(r"\w+(\.\w+)*(Error|Exception|NotFound): ")


class StepError(ConfigurationError):
    """A step of the build ended with an error."""


@dataclass(frozen=True)
class Place:
    """Where an environment is built.

    Attributes:
        folder: holds `venv/`, `source/`, `done/` and `build.log`.
        wheels: where the compiled mmcv is kept.
        python: the interpreter that makes the environment, of version 3.11.
        jobs: compilers at once.
    """

    folder: Path
    wheels: Path
    python: str
    jobs: int

    @property
    def interpreter(self) -> Path:
        """The environment's own python."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def log(self) -> Path:
        """What the commands print."""
        return self.folder / "build.log"


def build(place: Place, say: Callable[[str], None] = print) -> Path:
    """Build what is not yet built, and return the environment's python.

    Raises:
        StepError: a command failed; the message names the step, its last complaint and the log.
    """
    (place.folder / "done").mkdir(parents=True, exist_ok=True)
    place.wheels.mkdir(parents=True, exist_ok=True)
    steps = plan(place)
    for number, (name, what, work) in enumerate(steps, start=1):
        mark = place.folder / "done" / name
        head = f"[{number}/{len(steps)}] {what}"
        if mark.is_file() and mark.read_text() == what:
            say(f"{head}: done before")
            continue
        say(f"{head} ...")
        begin = time.monotonic()
        work()
        mark.write_text(what)
        say(f"{head}: {time.monotonic() - begin:.0f} s")
    return place.interpreter


def plan(place: Place) -> list[tuple[str, str, Callable[[], None]]]:
    """Return the steps in order: name, what is said of it, and its work."""

    def pip(*words: str) -> Callable[[], None]:
        return lambda: _pip(place, *words)

    return [
        ("venv", f"virtual environment by {place.python}", lambda: _make_venv(place)),
        ("torch", TORCH, pip("install", TORCH)),
        ("tools", f"build tools {' '.join(BUILD_TOOLS)}", pip("install", *BUILD_TOOLS)),
        ("libraries", f"{len(LIBRARIES)} libraries", pip("install", *LIBRARIES)),
        ("family", " ".join(FAMILY), pip("install", "--no-deps", "--no-build-isolation", *FAMILY)),
        ("wheel", f"{MMCV} from its source, compiled by {place.jobs} jobs", lambda: _make_wheel(place)),
        ("mmcv", f"{MMCV} installed", lambda: _pip(place, "install", "--no-deps", str(_wheel(place)))),
        ("check", "S2ANet can be imported", lambda: _check(place)),
    ]


def _make_venv(place: Place) -> None:
    answer = subprocess.run(
        [place.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.stdout.strip() != "3.11":
        raise StepError(f"{place.python}: expected Python 3.11, got {answer.stdout.strip() or 'no answer'}")
    _run(place, [place.python, "-m", "venv", str(place.folder / "venv")])


def _make_wheel(place: Place) -> None:
    if _wheel(place) is not None:
        return
    source = place.folder / "source"
    options = ("--no-deps", "--no-build-isolation")
    if not any(source.glob("mmcv-*/setup.py")):
        _pip(place, "download", *options, "--no-binary", "mmcv", "-d", str(source), MMCV)
        with tarfile.open(next(source.glob("mmcv-*.tar.gz"))) as archive:
            archive.extractall(source, filter="data")
    folder = next(source.glob("mmcv-*/setup.py")).parent
    _compile_header(place, folder / "mmcv" / "ops" / "csrc" / "common" / "pytorch_cpp_helper.hpp")
    # built in its own folder, which keeps the object files, so that an interrupted compiler goes on where it stood
    _pip(place, "wheel", *options, "-w", str(place.wheels), str(folder), extra=_compiler(place))


def _compile_header(place: Place, header: Path) -> None:
    """Compile torch's headers once, in the place where g++ looks for them: 3 s a file, and not 20, of mmcv's 77.

    A precompiled header is used only by a compiler with the same flags, and passed over by any other.
    """
    compiled = header.with_name(f"{header.name}.gch")
    if compiled.is_file():
        return
    answer = subprocess.run([str(place.interpreter), "-c", _ASK], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise StepError(f"{place.interpreter}: torch cannot be imported ({_last_line(answer.stderr)})")
    flags, torch = answer.stdout.splitlines()
    general, position_independent = flags.rsplit(" ", 1)
    include = f"{torch}/include"
    waiting = compiled.with_suffix(".part")
    _run(
        place,
        ["c++", *general.split(), *CFLAGS.split(), position_independent, f"-I{header.parent}", f"-I{include}",
         f"-I{include}/torch/csrc/api/include", "-std=c++17", "-DTORCH_API_INCLUDE_EXTENSION_H",
         "-DTORCH_EXTENSION_NAME=_ext", "-x", "c++-header", str(header), "-o", str(waiting)],
    )  # fmt: skip
    waiting.rename(compiled)


def _compiler(place: Place) -> dict[str, str]:
    return {"MMCV_WITH_OPS": "1", "FORCE_CUDA": "0", "MAX_JOBS": str(place.jobs), "CFLAGS": CFLAGS}


def _wheel(place: Place) -> Path | None:
    return next(place.wheels.glob(f"{MMCV.replace('==', '-')}-*.whl"), None)


def _check(place: Place) -> None:
    _run(place, [str(place.interpreter), str(_WORKER / "bridges.py")])


def _pip(place: Place, *words: str, extra: Mapping[str, str] | None = None) -> None:
    _run(place, [str(place.interpreter), "-m", "pip", *words], extra)


def _run(place: Place, command: list[str], extra: Mapping[str, str] | None = None) -> None:
    """Run a command with its output in the log.

    Raises:
        StepError: it failed.
    """
    path = f"{place.interpreter.parent}{os.pathsep}{os.environ.get('PATH', '')}"  # where ninja is
    with place.log.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        start = log.tell()
        code = subprocess.run(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path, **(extra or {})},
            check=False,
        ).returncode
    if code:
        raise StepError(f"{Path(command[0]).name} failed: {_complaint(place.log, start)} (all of it: {place.log})")


def _complaint(log: Path, start: int) -> str:
    """Return what the log says from byte `start` on of why it went wrong: the compiler's first error before the last
    exception, and that before pip's last words."""
    lines = [line.strip() for line in log.read_bytes()[start:].decode(errors="replace").splitlines() if line.strip()]
    compiler = [line for line in lines if _COMPILER_ERROR.search(line)]
    exceptions = [line for line in lines if _EXCEPTION.match(line)]
    loud = [line for line in lines if any(word in line.lower() for word in _ERROR_WORDS)]
    return (compiler[:1] or exceptions[-1:] or loud[-1:] or lines[-1:] or ["no output"])[0]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no output"


def main() -> int:
    """Command line of the build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the environment is built")
    parser.add_argument("--wheels", type=Path, help="where the compiled mmcv is kept (FOLDER/wheels)")
    parser.add_argument("--python", default=_python_311(), help="a Python 3.11")
    parser.add_argument("--jobs", type=int, default=2, help="compilers at once")
    options = parser.parse_args()
    folder: Path = options.folder.resolve()
    place = Place(folder, (options.wheels or folder / "wheels").resolve(), options.python, options.jobs)
    try:
        interpreter = build(place, lambda line: print(line, flush=True))
    except (StepError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"done; before --detector s2anet: export DETECT_SCORE_S2ANET={interpreter.parent.parent.parent}")
    return 0


def _python_311() -> str:
    return sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11") or "python3.11"


if __name__ == "__main__":
    sys.exit(main())
