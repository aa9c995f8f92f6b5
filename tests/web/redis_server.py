"""A Redis of its own for a test: Debian's, on a free port, nothing on disk."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.system.support import PATIENCE, free_port


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """Its address. Without a ``redis-server`` the test is skipped, but not in CI."""
    found = shutil.which("redis-server")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is missing: apt install redis-server")
        pytest.skip("redis-server is missing (apt install redis-server)")
    port = free_port()
    with open(directory / "redis.log", "wb") as log:
        server = subprocess.Popen(
            [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)], stdout=log
        )
    try:
        until = time.monotonic() + PATIENCE
        with redis.Redis(port=port) as client:
            while True:
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    assert server.poll() is None and time.monotonic() < until, (directory / "redis.log").read_text()
                    time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
