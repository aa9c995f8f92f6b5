"""Which figures fit a run, one after the other."""

from collections.abc import Callable, Collection, Iterator

from hamlet.lab.figures import doing, learning, places, survival, values
from hamlet.lab.figures.paper import Drawn
from hamlet.lab.record import Record
from hamlet.runs.kept import Kept

__all__ = ["figures_of"]


def figures_of(
    record: Record, siblings: list[Record], kept: Kept | None, only: Collection[str] | None = None
) -> Iterator[Drawn]:
    """In the order of reading; none that would be empty. ``siblings``: runs of the same settings on other seeds;
    ``kept``: the newest policy, where there is one; ``only``: the names of those that are wanted."""
    for name, fits, draw in (_town if record.world == "town" else _dialogue)(record, siblings, kept):
        if fits and (only is None or name in only):
            yield draw()


_Figures = Iterator[tuple[str, bool, Callable[[], Drawn]]]


def _town(record: Record, siblings: list[Record], kept: Kept | None) -> _Figures:
    yield "survival", True, lambda: survival.survival(record)
    yield "learning", True, lambda: learning.learning_curves(record, siblings)
    yield "reward", True, lambda: learning.reward_decomposition(record)
    yield "curriculum", True, lambda: learning.curriculum(record)
    yield "endings", True, lambda: survival.endings(record)
    yield "actions", True, lambda: doing.actions_over_time(record)
    yield "heatmaps", True, lambda: places.heatmaps(record)
    yield "garden_path", len(record.lives) > 1, lambda: places.garden_path(record)
    yield "q_values", bool(record.progress), lambda: values.q_distribution(record)
    if kept is not None:
        yield "state_action_values", True, lambda: places.state_values(record, kept)
    yield "planning", _plans(record), lambda: values.model_health(record)


def _dialogue(record: Record, siblings: list[Record], kept: Kept | None) -> _Figures:
    yield "personas", bool(record.exams), lambda: survival.exams_by_persona(record)
    yield "learning", True, lambda: learning.learning_curves(record, siblings)
    yield "endings", True, lambda: survival.endings(record)
    yield "violations", True, lambda: survival.violations(record)
    yield "curriculum", True, lambda: learning.curriculum(record)
    yield "acts_by_persona", True, lambda: doing.acts_by_persona(record)
    yield "actions", True, lambda: doing.acts_over_time(record)
    yield "q_values", bool(record.progress), lambda: values.q_distribution(record)
    yield "state_action_values", bool(record.turns), lambda: values.act_values(record)
    yield "planning", _plans(record), lambda: values.model_health(record)


def _plans(record: Record) -> bool:
    return len(record.progress) > 1 and "model_error" in record.progress[0].learner
