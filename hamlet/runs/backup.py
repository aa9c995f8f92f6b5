"""Backup and restore: the log, and the files that its newest events name; checked when made and when read.

A backup is a directory, or one ``.tar.gz`` of it: ``events.db``, ``checkpoints/RUN/…`` and
``backup.json`` with the SHA-256 of each file. The log alone would do: whatever else there was is computed
again from it, which takes as long as the training did. What people said (``conversations.db``) is left
out unless it is asked for: who asks for it to be forgotten must be able to rely on it.
"""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hamlet import __version__
from hamlet.atomic import write_atomic
from hamlet.conversation.store import Store
from hamlet.errors import LogUnusable, UsageError
from hamlet.events.copying import copy_database
from hamlet.events.reading import read_events, verify
from hamlet.events.types import CheckpointSaved, CheckpointsPruned, ResumeStateSaved, tag_of
from hamlet.process.lock import data_lock
from hamlet.projections.replay import replay
from hamlet.settings import Paths

__all__ = ["Manifest", "back_up", "restore"]

_MANIFEST = "backup.json"
_STATES = 2  # of each run: the newest, and the one before


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``head``: the newest position of the log; ``files``: name → SHA-256; ``left_out``: named by the log, but not
    there, or not what the log says."""

    hamlet: str
    head: int
    events: int
    runs: int
    files: dict[str, str]
    left_out: list[str] = []


def back_up(paths: Paths, out: Path, *, conversations: bool = False) -> Manifest:
    """Write a backup to ``out``, which must not be there yet, while the run goes on or not. Raises ``UsageError``,
    or ``LogUnusable`` when the log is not whole: then nothing is left at ``out``."""
    if out.exists():
        raise UsageError(f"{out}: is there already; choose another name with --out")
    archive = out.name.endswith((".tar.gz", ".tgz"))
    with _beside(out) as building:
        copy_database(paths.events, building / "events.db", "events")
        found = verify(building / "events.db")
        if not found.ok:
            raise LogUnusable(f"{paths.events}: {len(found.problems)} problems: {'; '.join(found.problems[:5])}")
        if conversations and paths.conversations.exists():
            Store(paths.conversations).copy(building / "conversations.db")
        left_out = list(_copy_files(paths.checkpoints, building))
        files = {name: _sha256(building / name) for name in _names(building)}
        manifest = Manifest(
            hamlet=__version__, head=found.head, events=found.events, runs=found.runs, files=files, left_out=left_out
        )
        write_atomic(building / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        if archive:
            packed = building.with_name(building.name + ".packed")
            try:
                with tarfile.open(packed, "x:gz") as tar:
                    for name in (_MANIFEST, *files):
                        tar.add(building / name, name)
                packed.replace(out)
            finally:
                packed.unlink(missing_ok=True)
        else:
            building.replace(out)
    return manifest


def restore(source: Path, paths: Paths) -> Manifest:
    """Put the backup at ``source`` into a data directory that has no log yet, and build its views. Raises
    ``UsageError`` when there is one, or when ``source`` is no whole backup: then nothing is changed."""
    paths.create()
    with data_lock(paths.data):
        taken = [path for path in (paths.events, paths.views, paths.conversations) if path.exists()]
        if taken:
            raise UsageError(f"{taken[0]}: is there already; restore into an empty directory: --data DIR")
        with _beside(paths.data / "restored") as building:
            manifest = _unpack(source, building)
            _require_whole(source, building, manifest)
            found = verify(building / "events.db")
            if not found.ok or found.head != manifest.head:
                raise UsageError(f"{source}: its log is not whole: {'; '.join(found.problems[:5]) or found.head}")
            for name in sorted(manifest.files, key=lambda name: name == "events.db"):  # the log last: it is the data
                _, _, rest = name.partition("checkpoints/")
                target = paths.checkpoints / rest if rest else paths.data / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(building / name, target)
        replay(paths.events, paths.views)
    return manifest


def _copy_files(checkpoints: Path, building: Path) -> Iterator[str]:
    """Copy the kept checkpoints and the newest resume states; yields the names of what is not as the log says."""
    wanted: dict[str, str] = {}
    states: dict[str, list[tuple[str, str]]] = {}
    tags = [tag_of(kind) for kind in (CheckpointSaved, CheckpointsPruned, ResumeStateSaved)]
    for batch in read_events(building / "events.db", types=tags):
        for recorded in batch:
            event = recorded.event
            if isinstance(event, CheckpointSaved):
                wanted[f"{recorded.run}/{event.file}"] = event.sha256
            elif isinstance(event, CheckpointsPruned):
                for file in event.files:
                    wanted.pop(f"{recorded.run}/{file}", None)
            elif isinstance(event, ResumeStateSaved):
                states.setdefault(recorded.run, []).append((f"{recorded.run}/{event.file}", event.sha256))
    wanted |= {name: sha256 for kept in states.values() for name, sha256 in kept[-_STATES:]}
    for name, sha256 in wanted.items():
        target = building / "checkpoints" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(checkpoints / name, target)
        except FileNotFoundError:
            yield name
            continue
        if _sha256(target) != sha256:
            target.unlink()
            yield name


def _unpack(source: Path, building: Path) -> Manifest:
    try:
        if source.is_dir():
            shutil.copytree(source, building, symlinks=True, dirs_exist_ok=True)
        else:
            with tarfile.open(source, "r:gz") as tar:
                tar.extractall(building, filter="data")
        return msgspec.json.decode((building / _MANIFEST).read_bytes(), type=Manifest)
    except (OSError, EOFError, tarfile.TarError, msgspec.MsgspecError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{source}: no backup that can be read ({reason})") from None


def _require_whole(source: Path, building: Path, manifest: Manifest) -> None:
    for name, sha256 in manifest.files.items():
        path = building / name
        if path.is_symlink() or not path.resolve().is_relative_to(building.resolve()) or not path.is_file():
            raise UsageError(f"{source}: {name} is missing from it; nothing was restored")
        if _sha256(path) != sha256:
            raise UsageError(f"{source}: {name} is not what was backed up; nothing was restored")
    if "events.db" not in manifest.files:
        raise UsageError(f"{source}: there is no log in it; nothing was restored")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """An empty directory on the same file system; what is left of it at the end is deleted."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".tmp", dir=path.parent))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
    try:
        yield building
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _names(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
