"""What each of the learner's options costs: ``python -m benchmarks.options``.

CPU time of this thread per vector step of the demo's training, everything included but exams, each
option switched by itself; medians of interleaved repeats, in which the recipe takes part too.
"""

import statistics
import time
from typing import Any

import msgspec

from hamlet.settings import DEFAULT_CONFIGS, ROOT, read_config
from hamlet.training.settings import AnnealingSettings, CurriculumSettings, NoveltySettings, PrioritisedSettings
from hamlet.training.trainer import Trainer

__all__ = ["main"]

REPEATS, STEPS = 15, 60
OPTIONS: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "double off": {"double": False},
    "dueling on": {"dueling": True},
    "prioritised on": {"prioritised": PrioritisedSettings()},
    "masked off": {"masked": False},
    "novelty off": {"novelty": NoveltySettings(enabled=False)},
    "annealing not adaptive": {"annealing": AnnealingSettings(adaptive=False)},
    "curriculum off": {"curriculum": CurriculumSettings(enabled=False)},
    "1-step returns": {"n_step": 1},
}


def main() -> None:
    """Print a table: option, ms per vector step, ratio to the recipe."""
    config = read_config(ROOT / DEFAULT_CONFIGS["town"])
    recipe = msgspec.structs.replace(config.training, exam_every=1_000_000, exam_episodes=1)
    trainers = {
        name: Trainer(config.world, msgspec.structs.replace(recipe, **changes)) for name, changes in OPTIONS.items()
    }
    for trainer in trainers.values():
        while trainer.counters.updates < 300:
            trainer.advance()
    found: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(REPEATS):
        for name, trainer in trainers.items():
            begin = time.thread_time()
            for _ in range(STEPS):
                trainer.advance()
            found[name].append((time.thread_time() - begin) / STEPS * 1e3)
    medians = {name: statistics.median(times) for name, times in found.items()}
    print("| Option | ms CPU per vector step | of the recipe's |\n|---|--:|--:|")
    for name, median in medians.items():
        print(f"| {name} | {median:.3f} | {median / medians['the recipe']:.2f} |")


if __name__ == "__main__":
    main()
