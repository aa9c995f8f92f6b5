"""What was needed for a moment is given back to the system."""

import platform
from pathlib import Path

import pytest

from hamlet.training.reserve import give_back


def _resident() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to give back")
def test_free_pieces_between_what_is_in_use_are_given_back() -> None:
    pieces = [b"x" * 40_000 for _ in range(2_000)]  # below what malloc maps by itself
    kept = pieces[::10]
    full = _resident()
    del pieces
    give_back()
    assert len(kept) == 200
    assert _resident() < full - 40_000_000
