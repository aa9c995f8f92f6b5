"""What numba keeps of a kernel on disk never stops anybody."""

import os
import subprocess
import sys
from pathlib import Path

from hamlet.settings import ROOT

KERNEL = """
from hamlet.worlds.compiled import compiled

@compiled
def total(pair):
    return pair.a + pair.b
"""
TYPE = """
from typing import NamedTuple

class Pair(NamedTuple):
    a: int
    b: int
"""


def total(where: Path, module: str) -> None:
    call = f"from kernel import total; from {module} import Pair; print(total(Pair(2, 3)))"
    paths = os.pathsep.join([str(where), str(ROOT)])
    env = os.environ | {"PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(where / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", call], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr


def test_a_type_that_moved_and_a_torn_file_are_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    (tmp_path / "before.py").write_text(TYPE)
    total(tmp_path, "before")
    (index,) = (tmp_path / "cache").rglob("*.nbi")
    (tmp_path / "before.py").rename(tmp_path / "after.py")
    total(tmp_path, "after")
    index.write_bytes(index.read_bytes()[:-20])
    total(tmp_path, "after")
    kept = index.stat().st_mtime_ns
    total(tmp_path, "after")
    assert index.stat().st_mtime_ns == kept, "what can be read is used"
