from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_handler_is_left_behind() -> Iterator[None]:
    """Training and its data loaders set handlers of SIGTERM and SIGCHLD that would outlive their test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGCHLD)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
