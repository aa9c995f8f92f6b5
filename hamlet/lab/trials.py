"""The trials of a study, and where they lie in its directory.

``configs/VARIANT.yaml`` what each variant is trained with, whole · ``trials/VARIANT-seedN/`` the
data directory of one trial, with the output of its processes and its long exam · ``events.db``,
``demo_state.db`` and ``checkpoints/`` of all finished trials together · ``results.json``, ``results.md``.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from hamlet.atomic import write_atomic
from hamlet.errors import ConfigError, HamletError, UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import Recorded, RunFinished, RunStarted, encode, tag_of
from hamlet.lab.measures import LongExam, facts_of, measured
from hamlet.lab.study import Study, Variant
from hamlet.projections.rows import RunRow
from hamlet.projections.views import Views
from hamlet.runs.choosing import newest_run
from hamlet.settings import RunConfig, differences, read_config
from hamlet.training.recorder import facts

__all__ = [
    "Trial",
    "digest_of",
    "history_of",
    "is_finished",
    "lay_out",
    "newest_row",
    "selected",
    "values_of",
]

T = TypeVar("T", bound=msgspec.Struct)

_PLANNED = 64  # lives that each planner leads


class Trial(msgspec.Struct, frozen=True):
    """One variant on one seed. ``config``: its file; ``directory``: its own data directory;
    ``goal``: in episodes; ``cap``: of its long exam, ``None`` without one; ``plans``: whether planners are
    compared on it, in which ``world``."""

    variant: str
    seed: int
    config: Path
    directory: Path
    goal: int
    cap: int | None
    plans: bool = False
    world: str = "town"

    @property
    def name(self) -> str:
        return f"{self.variant}-seed{self.seed}"

    @property
    def events(self) -> Path:
        return self.directory / "events.db"

    @property
    def output(self) -> Path:
        """What its processes print."""
        return self.directory / "output.log"

    @property
    def long_exam(self) -> Path:
        return self.directory / f"exam_{self.cap}.json"

    @property
    def plan(self) -> Path:
        return self.directory / "plan.json"

    @property
    def sittings(self) -> list[tuple[Path, tuple[str, ...]]]:
        """What is asked of the trained policy: the file that keeps it, and the command whose JSON it is."""
        found: list[tuple[Path, tuple[str, ...]]] = []
        if self.cap is not None:
            found.append((self.long_exam, ("evaluate", "--cap", str(self.cap), "--json")))
        if self.plans:
            found.append((self.plan, ("plan", "--world", self.world, "--episodes", str(_PLANNED), "--json")))
        return found


def lay_out(study: Study, data: Path, *, resume: bool) -> list[Trial]:
    """Write the configs, make the directories, and list the trials, seed after seed: were the
    study stopped, every variant would have been tried on the first seeds.

    Raises ``UsageError`` when trials are there and ``resume`` is not wanted, or ``data`` holds
    something else; ``ConfigError`` when a variant was begun with another config.
    """
    configs, trials = data / "configs", data / "trials"
    if (data / "events.db").exists() and not trials.exists():
        raise UsageError(f"{data}: holds a log that is no study's; choose another directory with --data")
    if trials.exists() and not resume:
        raise UsageError(f"{data}: holds trials already; go on with --resume, or choose another directory with --data")
    contents = {variant.name: _unchanged(configs / f"{variant.name}.yaml", variant) for variant in study.variants}
    for directory in (configs, trials):
        directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_atomic(configs / f"{name}.yaml", content)
    return [
        Trial(
            variant=variant.name,
            seed=seed,
            config=configs / f"{variant.name}.yaml",
            directory=trials / f"{variant.name}-seed{seed}",
            goal=variant.config.training.episodes,
            cap=study.cap if study.long_exam else None,
            plans=study.plans,
            world=variant.config.kind,
        )
        for seed in study.seeds
        for variant in study.variants
    ]


def selected(trials: Sequence[Trial], only: Sequence[str]) -> list[Trial]:
    """Those whose variant or own name is in ``only``, all without any; raises ``UsageError`` for a
    name that is neither."""
    known = [name for trial in trials for name in (trial.variant, trial.name)]
    for name in only:
        if name not in known:
            variants = dict.fromkeys(trial.variant for trial in trials)
            raise UsageError(
                f"--only: no variant or trial is called {name!r}; there are {', '.join(variants)}"
                f" and trials such as {trials[0].name}"
            )
    return [trial for trial in trials if not only or trial.variant in only or trial.name in only]


def history_of(trial: Trial) -> list[Recorded]:
    """All events of the trial's run, without other streams of its log (what was made of it); empty before it has
    begun."""
    run = newest_run(trial.events, None, None)
    if run is None:
        return []
    return [recorded for batch in read_events(trial.events, run=run) for recorded in batch]


def is_finished(trial: Trial) -> bool:
    """Whether the trial reached its goal, and was asked all that is to be asked of it."""
    if not trial.events.exists() or not all(file.exists() for file, _ in trial.sittings):
        return False
    ends = read_events(trial.events, types=[tag_of(RunFinished)])
    return any(isinstance(r.event, RunFinished) and r.event.episode >= trial.goal for batch in ends for r in batch)


def _long_exam_of(trial: Trial) -> LongExam | None:
    """What the long exam gave, where there is one. Raises ``UsageError`` when its file is damaged."""
    return None if trial.cap is None else _kept(trial.long_exam, LongExam)


def _gains_of(trial: Trial) -> dict[str, float]:
    """What planners earned over greedy q, where they were compared. Raises ``UsageError`` when the file is damaged."""
    return {one.name: one.gain for one in _kept(trial.plan, _Plan).compared} if trial.plans else {}


def digest_of(trial: Trial) -> str:
    """SHA-256 of the facts of a finished trial, but for where its config lay: equal for the same learning on the same
    kind of machine, wherever it ran and however often it was stopped."""
    sha = hashlib.sha256()
    for recorded in facts(history_of(trial)):
        event = recorded.event
        sha.update(encode(msgspec.structs.replace(event, config_name="") if isinstance(event, RunStarted) else event))
    return sha.hexdigest()


def values_of(trial: Trial, measures: Sequence[str]) -> dict[str, float | None]:
    """The figures of a finished trial."""
    return measured(facts_of(history_of(trial), _long_exam_of(trial), _gains_of(trial)), measures)


def newest_row(trial: Trial) -> RunRow | None:
    """How far the trial has come, by its views; ``None`` while there are none."""
    try:
        rows = Views(trial.directory / "demo_state.db").runs()
    except HamletError:
        return None
    return rows[0] if rows else None


class _Gain(msgspec.Struct, frozen=True):
    name: str
    gain: float


class _Plan(msgspec.Struct, frozen=True):
    """The part of ``plan --json`` that is measured."""

    compared: list[_Gain]


def _kept(file: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{file}: cannot be read ({error}); delete it, then go on with --resume") from None


def _unchanged(path: Path, variant: Variant) -> bytes:
    """The variant's config as a file; raises ``ConfigError`` when the one at ``path`` says something else."""
    if path.exists():
        changes = differences(_values(read_config(path)), _values(variant.config))
        if changes:
            raise ConfigError(
                str(path),
                f"the study began with other settings: {'; '.join(changes)}",
                "put them back, or choose another directory with --data",
            )
    text = yaml.safe_dump(_values(variant.config), sort_keys=False, default_flow_style=None, width=120)
    return f"# Variant {variant.name}, whole; written by the study. The seed is each trial's own.\n{text}".encode()


def _values(config: RunConfig) -> object:
    values: object = msgspec.json.decode(msgspec.json.encode(config))
    return values
