"""Worker processes that may die or hang without taking the run with them, because engravers written in C++ do both."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Job, Result]):
    """What became of one job: a result, or the reason why there is none."""

    job: Job
    result: Result | None
    failure: str = ""


class _Worker(Generic[Job, Result]):
    """One child process and what it is doing."""

    def __init__(self, work: Callable[[Job], Result]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.deadline_s = 0.0

    def give(self, job: Job, limit_s: float) -> None:
        self.job = job
        self.deadline_s = time.monotonic() + limit_s
        self.pipe.send(job)

    def stop(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()


def run_jobs(
    work: Callable[[Job], Result], jobs: Sequence[Job], workers: int, limit_s: float = 120.0
) -> Iterator[Outcome[Job, Result]]:
    """Run `work` on every job in child processes and yield the outcomes as they come.

    A job that raises, outlives `limit_s` or kills its process is a failure with a one-line reason; the others go on.
    With `workers` 0 everything runs in this process, one after the other.
    """
    if workers == 0:
        for job in jobs:
            yield _attempt(work, job)
        return
    queue = list(reversed(jobs))
    pool: list[_Worker[Job, Result]] = [_Worker(work) for _ in range(min(workers, len(jobs)))]
    try:
        while queue or any(worker.job is not None for worker in pool):
            for worker in pool:
                if worker.job is None and queue:
                    worker.give(queue.pop(), limit_s)
            yield from _collect(pool, work)
    finally:
        for worker in pool:
            worker.stop()


def _collect(pool: list[_Worker[Job, Result]], work: Callable[[Job], Result]) -> Iterator[Outcome[Job, Result]]:
    ready = wait([worker.pipe for worker in pool if worker.job is not None], timeout=1.0)
    for index, worker in enumerate(pool):
        if worker.job is None:
            continue
        job, outcome = worker.job, None
        if worker.pipe in ready:
            try:
                outcome = worker.pipe.recv()
            except (EOFError, ConnectionResetError):
                worker.process.join()
                outcome = Outcome[Job, Result](job, None, f"the process died (exit code {worker.process.exitcode})")
                pool[index] = _Worker(work)
        elif time.monotonic() > worker.deadline_s:
            worker.stop()
            outcome = Outcome[Job, Result](job, None, "took too long")
            pool[index] = _Worker(work)
        if outcome is not None:
            worker.job = None
            yield outcome


def _serve(work: Callable[[Job], Result], pipe: Connection) -> None:
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_attempt(work, job))


def _attempt(work: Callable[[Job], Result], job: Job) -> Outcome[Job, Result]:
    try:
        return Outcome(job, work(job))
    except Exception as error:  # one strange piece must not end a run of thousands
        return Outcome(job, None, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
