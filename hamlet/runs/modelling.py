"""``models``: world models trained on episodes of one world, beside each other and beside copying the state."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from rich.table import Table

from hamlet.clock import Clock
from hamlet.errors import UsageError
from hamlet.tables import ruled
from hamlet.training.networks import one_thread
from hamlet.training.world_models.comparing import MEASURES, Copying, Score, copying, score
from hamlet.training.world_models.episodes import split
from hamlet.training.world_models.making import SPEAKING, make_model
from hamlet.training.world_models.model import Episodes
from hamlet.training.world_models.settings import KINDS, Kind, WorldModelSettings
from hamlet.worlds.world import Spec

__all__ = ["Compared", "compare", "kinds_in", "kinds_of"]


class Compared(msgspec.Struct, frozen=True):
    """``scores``: kind → one a seed (of first weights, batches, and which episodes are held out); ``copying``: what
    the baseline costs in absolute numbers, by seed."""

    source: str
    world: str
    training: int
    held_out: int
    updates: int
    copying: list[Copying]
    scores: dict[str, list[Score]]

    def as_json(self) -> dict[str, Any]:
        whole: dict[str, Any] = msgspec.to_builtins(self)
        return whole

    def table(self) -> Table:
        """A row a kind, copying first; what each column is, below."""
        title = f"{self.source}: {self.training} episodes to learn from, {self.held_out} held out"
        table = ruled(title)
        table.add_column("world model", no_wrap=True)
        for name in MEASURES:
            table.add_column(name, justify="right", no_wrap=True)
        table.add_row("copy the state", "1", "1", "1", "0", *["–"] * (len(MEASURES) - 4))
        for kind, scores in self.scores.items():
            within = "–"
            if scores[0].within_50 is not None:
                within = f"{_mean(scores, 'within_50'):.0%} {_mean(scores, 'within_90'):.0%}"
            figures = [_spread(scores, name) for name in ("one_step", "ahead", "reward", "f1", "ece")]
            table.add_row(
                kind, *figures, within, f"{_mean(scores, 'milliseconds'):.2f}", f"{_mean(scores, 'seconds'):.1f}"
            )
        seeds = len(self.copying)
        means = "mean ± standard deviation over" if seeds > 1 else "of"
        notes = [f"{name}: {text}" for name, text in MEASURES.items()]
        table.caption = "\n".join([*notes, f"{self.updates} updates each; {means} {seeds} seed{'s' * (seeds > 1)}"])
        table.caption_justify = "left"
        return table


def kinds_of(text: str) -> tuple[Kind, ...]:
    """``all``, or kinds separated by commas; raises ``UsageError`` for one that there is not."""
    asked = list(KINDS) if text == "all" else [name.strip() for name in text.split(",")]
    unknown = [name for name in asked if name not in KINDS]
    if unknown:
        raise UsageError(f"--world-models: no kind {unknown[0]!r}; expected all, or some of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in asked)


def kinds_in(kinds: Sequence[Kind], world: str) -> tuple[Kind, ...]:
    """Those of ``kinds`` that there are in ``world``."""
    return tuple(kind for kind in kinds if world == SPEAKING or kind != "utterances")


def compare(
    source: str,
    spec: Spec,
    episodes: Episodes,
    kinds: Sequence[Kind],
    *,
    learn: int,
    held_out: int,
    updates: int,
    seeds: int,
    clock: Clock,
    tell: Callable[[str], None] = lambda _: None,
) -> Compared:
    """Every kind with every seed, on the same episodes: ``learn`` to learn from, the rest held out, others for each
    seed. Of fewer than ``learn`` and ``held_out`` together at most half are held out. Raises ``UsageError``
    for too few episodes."""
    one_thread()
    scores: dict[str, list[Score]] = {kind: [] for kind in kinds}
    base: list[Copying] = []
    held = max(len(episodes.lengths) - learn, min(held_out, len(episodes.lengths) // 2))
    for seed in range(seeds):
        try:
            training, judged = split(episodes, held, np.random.default_rng((seed, 0)))
            base.append(copying(judged))
        except ValueError as error:
            raise UsageError(f"{source}: too little to compare models on: {error}") from None
        for kind in kinds:
            tell(f"seed {seed + 1} of {seeds}: {kind}")
            model = make_model(kind, spec, WorldModelSettings(kind=kind), np.random.default_rng((seed, 1)))
            futures = np.random.default_rng((seed, 2))
            scores[kind].append(score(model, spec, training, judged, updates=updates, rng=futures, clock=clock))
    return Compared(source, spec.world, len(training.lengths), held, updates, base, scores)


def _mean(scores: Sequence[Score], name: str) -> float:
    return float(np.mean([getattr(score, name) for score in scores]))


def _spread(scores: Sequence[Score], name: str) -> str:
    values = [getattr(score, name) for score in scores]
    around = f"\n±{_short(float(np.std(values, ddof=1)))}" if len(values) > 1 else ""
    return f"{_short(float(np.mean(values)))}{around}"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
