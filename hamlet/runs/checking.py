"""``check``: is a config sound, and can anyone live, or succeed, in its world?"""

from pathlib import Path

from hamlet.settings import read_config
from hamlet.training.tasks.dialogue import CallExaminer
from hamlet.training.tasks.making import require_livable
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.town.feasibility import STARTS, STEPS

__all__ = ["check_config"]


def check_config(file: Path) -> str:
    """One line that says so; raises ``ConfigError`` where not."""
    world = read_config(file).world
    require_livable(world, str(file))
    if isinstance(world, DialogueSettings):
        found = {name: result.calls.success for name, result in CallExaminer(world).baselines.items() if result.calls}
        return (
            f"{file}: fine; of {CallExaminer.EPISODES} held-out debtors the oracle wins {found['oracle']:.0%},"
            f" the rule {found['rule']:.0%}, the best constant act {found['constant']:.0%}"
        )
    return f"{file}: fine; the scripted expert lives there for {STEPS} steps from {STARTS} starts"
