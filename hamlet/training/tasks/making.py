"""Which worlds there are to train in: the only place that knows."""

from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.dialogue import DialogueTask
from hamlet.training.tasks.task import Task
from hamlet.training.tasks.town import TownTask
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.settings import WorldSettings
from hamlet.worlds.town.feasibility import require_feasible
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Spec

__all__ = ["make_task", "movable", "require_livable", "spec_of"]


def make_task(world: WorldSettings, training: TrainingSettings) -> Task:
    """The task that ``world`` describes; raises ``ConfigError`` for settings that contradict each other."""
    match world:
        case TownSettings():
            return TownTask(world, training)
        case DialogueSettings():
            return DialogueTask(world, training)


def movable(world: WorldSettings) -> bool:
    """Does anything keep its place from episode to episode, so that it can be moved?"""
    return isinstance(world, TownSettings) and world.layout == "fixed"


def require_livable(world: WorldSettings, source: str) -> None:
    """Raise ``ConfigError``, which names ``source``, for a town in which the scripted expert cannot live."""
    if isinstance(world, TownSettings):
        require_feasible(world, source)


def spec_of(world: WorldSettings) -> Spec:
    """What an agent of ``world`` sees and can do."""
    match world:
        case TownSettings():
            return Town(world).spec
        case DialogueSettings():
            return Dialogue(world).spec
