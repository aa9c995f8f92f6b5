"""A run's files: checkpoints (kept for ever) and resume states (the newest two)."""

from pathlib import Path

import msgspec

from hamlet.atomic import remove_leftovers
from hamlet.crashpoints import crash_point
from hamlet.events.types import AnyEvent, CheckpointSaved, ResumeStateSaved
from hamlet.training.checkpoint import Rejected, load, save
from hamlet.training.reserve import give_back
from hamlet.training.trainer import Trainer

__all__ = ["RunFiles"]

_KEEP = 2


class RunFiles:
    """The directory of one run's checkpoints; made when first written to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def clean(self) -> None:
        """Delete what a crash left half-written."""
        if self.directory.exists():
            remove_leftovers(self.directory)

    def save_checkpoint(self, trainer: Trainer, episode: int, *, asked_for: bool = False) -> CheckpointSaved:
        """Keep the policy of now: networks, optimizer, RND, schedules, curriculum, layout. Named
        by the ``episode`` that called for it: several lives may end in one vector step. One that
        somebody ``asked_for`` has the step in its name too, or it could replace a scheduled one."""
        step = trainer.counters.vector_step
        file = f"checkpoint_ep{episode:05d}{f'_step{step}' if asked_for else ''}.safetensors"
        sha256, _ = save(self.directory / file, trainer.networks(), trainer.scalars())
        crash_point("checkpoint.event")
        return CheckpointSaved(episode=episode, vector_step=step, file=file, sha256=sha256)

    def save_resume_state(
        self, trainer: Trainer, outbox: list[AnyEvent], finished_at: int, version: int
    ) -> ResumeStateSaved:
        """Keep everything. ``outbox``: facts computed but not yet due; ``finished_at``: the goal
        reached last, 0 before the first; ``version``: of the run in the log, all of it
        acknowledged."""
        counters = trainer.counters
        file = f"resume_{counters.vector_step:010d}.safetensors"
        arrays, scalars = trainer.state()
        sha256, size = save(self.directory / file, arrays, scalars | {"outbox": outbox, "finished_at": finished_at})
        del arrays
        give_back()
        crash_point("state.event")
        return ResumeStateSaved(
            episode=counters.episode,
            vector_step=counters.vector_step,
            version=version,
            file=file,
            sha256=sha256,
            bytes=size,
        )

    def prune(self, newest: ResumeStateSaved) -> None:
        """Once ``newest`` is in the log: delete states beyond it (of a past that was given up, or
        rejected), and all but the newest two."""
        states = sorted(self.directory.glob("resume_*.safetensors"))
        kept = [state for state in states if state.name <= newest.file][-_KEEP:]
        for state in states:
            if state not in kept:
                state.unlink()

    def thin(self, newest: CheckpointSaved) -> list[str]:
        """Delete every checkpoint but ``newest``; returns the names of those that are gone."""
        others = sorted(path for path in self.directory.glob("checkpoint_*.safetensors") if path.name != newest.file)
        for path in others:
            path.unlink()
        return [path.name for path in others]

    def load_resume_state(self, saved: ResumeStateSaved, trainer: Trainer) -> tuple[list[AnyEvent], int]:
        """Take ``trainer`` to the state; returns outbox and ``finished_at``. Raises ``Rejected`` when the file is
        not what the event says, with the trainer possibly half-changed: begin with a new one."""
        arrays, scalars = load(self.directory / saved.file, saved.sha256)
        try:
            trainer.restore(arrays, scalars)
            return msgspec.convert(scalars["outbox"], list[AnyEvent]), int(scalars["finished_at"])
        except (KeyError, TypeError, ValueError) as error:
            raise Rejected(f"{self.directory / saved.file}: not a state of this run ({error})") from None
