from __future__ import annotations

import math
import os
import time

import pytest

from synth.worker_pool import run_jobs


@pytest.mark.parametrize("workers", [0, 2])
def test_no_jobs_have_no_outcomes(workers: int) -> None:
    assert list(run_jobs(math.sqrt, [], workers)) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_a_job_that_raises_is_reported_and_the_others_go_on(workers: int) -> None:
    outcomes = {one.job: one for one in run_jobs(math.sqrt, [4.0, -1.0, 9.0], workers)}
    assert (outcomes[4.0].result, outcomes[9.0].result) == (2.0, 3.0)
    assert outcomes[-1.0].result is None
    assert outcomes[-1.0].failure.startswith("ValueError: ")


def test_a_job_that_kills_its_process_is_reported_and_the_others_go_on() -> None:
    outcomes = list(run_jobs(os._exit, [3, 4], 1))
    assert [one.failure for one in outcomes] == [
        "the process died (exit code 3)",
        "the process died (exit code 4)",
    ]


def test_a_job_that_hangs_is_stopped() -> None:
    start = time.monotonic()
    outcomes = {one.job: one.failure for one in run_jobs(time.sleep, [60.0, 0.0], 2, limit_s=3.0)}
    assert outcomes == {60.0: "took too long", 0.0: ""}
    assert time.monotonic() - start < 40
