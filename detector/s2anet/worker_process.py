"""The worker as a process: started once, asked as often as wanted, its failures told in a line."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from detector.s2anet.place import worker_command, worker_environment
from notation.errors import WeightsError


class WorkerProcess:
    """Talks to `detector.s2anet.worker.detect`, or to anything that speaks its lines."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start the worker and wait until it is ready.

        Raises:
            WeightsError: it cannot be started, or not with these weights.
        """
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
                env=worker_environment(),
            )
        except OSError as error:
            raise WeightsError(f"the worker of s2anet cannot be started: {error}") from error
        self._finalizer = weakref.finalize(self, _end, self._process)
        self.facts: dict[str, Any] = self._answer()["ready"]

    @classmethod
    def of(cls, python: Path, weights: Path) -> WorkerProcess:
        """Start mmrotate's worker with a weights file; raises `WeightsError` when that fails."""
        try:
            return cls(worker_command(python, "detect", str(weights.absolute())))
        except WeightsError as error:
            raise WeightsError(f"{weights}: {error}") from error

    def find(
        self, images: Path, out: Path, least_score: float, progress: Callable[[float], None] | None = None
    ) -> None:
        """Let the pictures of a folder be read, and the proposals be written.

        Raises:
            WeightsError: the worker failed, or ended.
        """
        order = {"images": str(images), "out": str(out), "least_score": least_score}
        try:
            self._stdin.write(json.dumps(order) + "\n")
            self._stdin.flush()
        except OSError as error:
            raise self._failure() from error
        while "done" not in (answer := self._answer()):
            if progress is not None:
                progress(float(answer["progress"]))

    def close(self) -> None:
        """End the worker; it also ends with this object."""
        self._finalizer()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _answer(self) -> dict[str, Any]:
        out: Any = self._process.stdout
        line = out.readline()
        if not line:
            raise self._failure()
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise WeightsError(f"the worker of s2anet said {line.strip()!r}") from error
        if "error" in answer:
            raise WeightsError(f"the worker of s2anet failed: {answer['error']}")
        return answer

    def _failure(self) -> WeightsError:
        self._process.wait()
        self._complaints.seek(0)
        lines = [line.strip() for line in self._complaints if line.strip()]
        return WeightsError(f"the worker of s2anet ended: {lines[-1] if lines else 'without a word'}")


def _end(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(timeout=5)  # it ends with its input
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
