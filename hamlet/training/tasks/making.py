"""Which worlds there are to train in: the only place that knows."""

from hamlet.training.settings import TrainingSettings
from hamlet.training.tasks.task import Task
from hamlet.training.tasks.town import TownTask
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Spec

__all__ = ["WorldSettings", "make_task", "spec_of"]

WorldSettings = TownSettings


def make_task(world: WorldSettings, training: TrainingSettings) -> Task:
    """The task that ``world`` describes; raises ``ConfigError`` for settings that contradict each other."""
    return TownTask(world, training)


def spec_of(world: WorldSettings) -> Spec:
    """What an agent of ``world`` sees and can do."""
    return Town(world).spec
