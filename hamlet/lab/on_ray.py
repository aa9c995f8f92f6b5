"""The same trials on a Ray cluster: one CPU each, wherever there is one.

A trial trains in a folder of the machine that it runs on, and comes back whole, as one archive, which takes the place
of its directory here at once. When a machine is lost, Ray begins its trials again elsewhere, from nothing: a trial is
what its config and seed make of it, so nothing is lost and nothing can be counted twice. Every machine needs this same
Hamlet (``make setup``) and the ``ray`` extra.
"""

import io
import logging
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.to_thread
import msgspec

from hamlet.errors import UsageError
from hamlet.lab.execution import THREADS, OnTrial, Outcome, TrialProgress, last_line
from hamlet.lab.trials import Trial, newest_row
from hamlet.process.leash import leashed
from hamlet.settings import ROOT

__all__ = ["RayRunner"]

_RETRIES = 5  # times that a trial is begun again when the machine under it is lost
_TELL = 2.0  # seconds between two messages of how far a trial is
_KNOCK = 5.0  # seconds to wait for somebody at an address
_HELP = "start one with: ray start --head; or name one with --address"
_LOOK = 0.5  # seconds between two looks for results


class _Brought(msgspec.Struct, frozen=True):
    """What comes back from a machine: the data directory as a tar archive, or why there is none."""

    status: Literal["finished", "failed"]
    reason: str
    archive: bytes


class _Ways:
    """An actor beside the study: how far each trial is, as its machine says."""

    def __init__(self) -> None:
        self._ways: dict[str, tuple[int, str, int]] = {}

    def begin(self, name: str, where: str) -> None:
        attempts = self._ways[name][2] + 1 if name in self._ways else 1
        self._ways[name] = (0, where, attempts)

    def came(self, name: str, episode: int) -> None:
        _, where, attempts = self._ways[name]
        self._ways[name] = (episode, where, attempts)

    def all(self) -> dict[str, tuple[int, str, int]]:
        return self._ways


class RayRunner:
    """On the cluster at ``address`` (``host:port``; ``auto``: the one that this machine is part of). A trial that is
    stopped begins anew when the study is taken up."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._known: dict[str, TrialProgress] = {}
        self._ray: Any = None

    async def prepare(self) -> None:
        self._ray = await anyio.to_thread.run_sync(_connect, self._address)

    async def run(self, trials: Sequence[Trial], told: OnTrial, stopping: anyio.Event) -> None:
        try:
            await self._run(self._ray, trials, told, stopping)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._ray.shutdown)

    def progress(self, trial: Trial) -> TrialProgress | None:
        return self._known.get(trial.name)

    async def _run(self, ray: Any, trials: Sequence[Trial], told: OnTrial, stopping: anyio.Event) -> None:
        ways, waiting = await anyio.to_thread.run_sync(_send, ray, trials)
        begun: set[str] = set()
        while waiting and not stopping.is_set():
            ready, known = await anyio.to_thread.run_sync(_look, ray, list(waiting), ways)
            self._known = {name: TrialProgress(*way) for name, way in known.items()}
            for trial in list(waiting.values()):
                if trial.name in known and trial.name not in begun:
                    begun.add(trial.name)
                    await told(trial, None)
            for reference in ready:
                trial = waiting.pop(reference)
                if trial.name not in begun:
                    begun.add(trial.name)
                    await told(trial, None)
                await told(trial, await anyio.to_thread.run_sync(_bring, ray, reference, trial))
        for reference, trial in waiting.items():
            await anyio.to_thread.run_sync(_cancel, ray, reference)
            if trial.name in begun:
                await told(trial, Outcome(trial, "stopped"))


def _connect(address: str) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if address.startswith("127."):
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # or it looks for the machine's own address instead
    _require_somebody(address)
    try:
        import ray
    except ImportError:
        raise UsageError(
            "--on ray needs Ray, which is not installed: .venv/bin/pip install -c constraints.txt -e '.[ray]'"
        ) from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, namespace="hamlet")
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"--on ray: no cluster at {address} ({said}); {_HELP}") from None
    return ray


def _require_somebody(address: str) -> None:
    """Ray itself asks for a minute whether nobody is there."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), _KNOCK).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"--on ray: no cluster at {address} ({error}); {_HELP}") from None


def _send(ray: Any, trials: Sequence[Trial]) -> tuple[Any, dict[Any, Trial]]:
    """The actor, kept on this machine, and reference → trial."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    ways = ray.remote(_Ways).options(num_cpus=0, scheduling_strategy=here).remote()
    run = ray.remote(_there).options(num_cpus=1, max_retries=_RETRIES)
    return ways, {run.remote(trial, trial.config.read_bytes(), ways): trial for trial in trials}


def _look(ray: Any, references: list[Any], ways: Any) -> tuple[list[Any], dict[str, tuple[int, str, int]]]:
    ready, _ = ray.wait(references, num_returns=len(references), timeout=_LOOK)
    known: dict[str, tuple[int, str, int]] = ray.get(ways.all.remote())
    return ready, known


def _bring(ray: Any, reference: Any, trial: Trial) -> Outcome:
    """The trial's directory as it came back, in the place of what was there."""
    try:
        brought: _Brought = ray.get(reference)
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        return Outcome(trial, "failed", f"{type(error).__name__} after {_RETRIES} retries at most: {reason}")
    whole = trial.directory.with_name(f".{trial.name}")
    shutil.rmtree(whole, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(brought.archive)) as archive:
        archive.extractall(whole, filter="data")
    shutil.rmtree(trial.directory, ignore_errors=True)
    whole.rename(trial.directory)
    reason = f"{brought.reason}; all of it: {trial.output})" if brought.reason else ""
    return Outcome(trial, brought.status, reason)


def _cancel(ray: Any, reference: Any) -> None:
    ray.cancel(reference, force=True)


def _there(trial: Trial, config: bytes, ways: Any) -> _Brought:
    """On the machine that runs it: train, be asked, and pack everything up."""
    import ray

    node = ray.get_runtime_context().get_node_id()[:6]
    # Not waited for: Ray would take a task that waits for one that needs no CPU, and begin another beside it.
    ways.begin.remote(trial.name, f"{socket.gethostname()} {node}")
    with tempfile.TemporaryDirectory(prefix="hamlet-trial-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        file = Path(folder) / trial.config.name
        file.write_bytes(config)
        own = msgspec.structs.replace(trial, directory=data, config=file)
        status, reason = _work(own, ways)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(data, ".")
        return _Brought(status, reason, packed.getvalue())


def _work(trial: Trial, ways: Any) -> tuple[Literal["finished", "failed"], str]:
    main, data = [sys.executable, str(ROOT / "main.py")], ["--data", str(trial.directory)]
    train = [*main, "train", *data, "--config", str(trial.config), "--seed", str(trial.seed), "--label", trial.name]
    commands = [(None, train), *((file, [*main, *asked, *data]) for file, asked in trial.sittings)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HAMLET_")} | THREADS
    for file, command in commands:
        with open(file or os.devnull, "wb") as out, open(trial.output, "ab") as errors:
            process = subprocess.Popen(
                leashed(command), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors
            )
            told = time.monotonic()
            while process.poll() is None:
                time.sleep(0.1)
                if time.monotonic() - told > _TELL:
                    told = time.monotonic()
                    row = newest_row(trial)
                    if row is not None:
                        ways.came.remote(trial.name, row.episode)
        if process.returncode:
            return "failed", f"{last_line(trial.output)} (exit {process.returncode}"
    return "finished", ""
