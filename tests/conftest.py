"""Fixtures for all tests."""

from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """In asynchronous tests a call of ours that blocks the event loop is an error.

    Only calls from ``hamlet`` count; a thread without a loop (a worker, aiosqlite's) may block.
    """
    if request.node.get_closest_marker("asyncio") is None:
        yield
        return
    with blockbuster_ctx(scanned_modules=["hamlet"]):
        yield
