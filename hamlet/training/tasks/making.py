"""Which worlds there are to train in: the only place that knows."""

from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.dialogue import DialogueTask
from hamlet.training.tasks.task import Task
from hamlet.training.tasks.town import TownTask
from hamlet.worlds.dialogue.dialogue import Dialogue
from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Spec

__all__ = ["WorldSettings", "make_task", "spec_of"]

WorldSettings = TownSettings | DialogueSettings


def make_task(world: WorldSettings, training: TrainingSettings) -> Task:
    """The task that ``world`` describes; raises ``ConfigError`` for settings that contradict each other."""
    match world:
        case TownSettings():
            return TownTask(world, training)
        case DialogueSettings():
            return DialogueTask(world, training)


def spec_of(world: WorldSettings) -> Spec:
    """What an agent of ``world`` sees and can do."""
    match world:
        case TownSettings():
            return Town(world).spec
        case DialogueSettings():
            return Dialogue(world).spec
