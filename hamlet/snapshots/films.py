"""A timelapse: the GIFs of a run one after the other, as one film that plays anywhere (H.264), by ffmpeg."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from hamlet.errors import UsageError
from hamlet.snapshots.products import Roots, products

__all__ = ["film"]

RATE = 25
"""Lives a second: ten thousand take less than seven minutes."""

_PATIENCE = 3600.0  # seconds


def film(roots: Roots, directory: Path) -> tuple[Path, int, int]:
    """Make ``timelapse_ep{first}-{last}.mp4`` of the GIFs in ``directory`` (not of those in folders of it), whole or
    not at all; returns it with the first and last episode shown. Raises ``UsageError`` without ffmpeg or GIFs."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise UsageError("a film needs ffmpeg: apt install ffmpeg")
    gifs = sorted(
        (one.first, one.last, directory / one.name.partition("/")[2])
        for one in products({"snapshots": roots["snapshots"]})
        if one.kind == "gif" and not one.run and one.first is not None and one.last is not None
    )
    if not gifs:
        raise UsageError(f"{directory}: no GIFs yet; make them with: python main.py snapshots --gifs")
    first, last = gifs[0][0], gifs[-1][1]
    path = directory / f"timelapse_ep{first:05d}-{last:05d}.mp4"
    part = path.with_name(path.name + ".tmp")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.writelines(f"file {_quoted(gif.resolve())}\n" for *_, gif in gifs)
        names.flush()
        lives = f"settb=1/{RATE},setpts=N,fps={RATE},format=yuv420p"
        command = [ffmpeg, "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", names.name, "-vf", lives]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-movflags", "+faststart", "-f", "mp4", str(part)]
        try:
            made = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
            if made.returncode:
                reason = (made.stderr.strip().splitlines() or ["it said nothing"])[-1]
                raise UsageError(f"ffmpeg made no film: {reason}")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path, first, last


def _quoted(path: Path) -> str:
    """As ffmpeg's list of files has it."""
    return "'" + str(path).replace("'", r"'\''") + "'"
