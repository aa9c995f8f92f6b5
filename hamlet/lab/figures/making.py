"""Which figures fit a run, one after the other."""

from collections.abc import Callable, Iterator

from hamlet.kept import Kept
from hamlet.lab.figures import doing, learning, places, survival, values
from hamlet.lab.figures.paper import Drawn
from hamlet.lab.record import Record

__all__ = ["figures_of"]


def figures_of(record: Record, siblings: list[Record], kept: Kept | None) -> Iterator[Drawn]:
    """In the order of reading; none that would be empty. ``siblings``: runs of the same settings on other seeds;
    ``kept``: the newest policy, where there is one."""
    for wanted, draw in (_town if record.world == "town" else _dialogue)(record, siblings, kept):
        if wanted:
            yield draw()


_Figures = Iterator[tuple[bool, Callable[[], Drawn]]]


def _town(record: Record, siblings: list[Record], kept: Kept | None) -> _Figures:
    yield True, lambda: survival.survival(record)
    yield True, lambda: learning.learning_curves(record, siblings)
    yield True, lambda: learning.reward_decomposition(record)
    yield True, lambda: learning.curriculum(record)
    yield True, lambda: survival.endings(record)
    yield True, lambda: doing.actions_over_time(record)
    yield True, lambda: places.heatmaps(record)
    yield len(record.lives) > 1, lambda: places.garden_path(record)
    yield bool(record.progress), lambda: values.q_distribution(record)
    if kept is not None:
        yield True, lambda: places.state_values(record, kept)
    yield _plans(record), lambda: values.model_health(record)


def _dialogue(record: Record, siblings: list[Record], kept: Kept | None) -> _Figures:
    yield bool(record.exams), lambda: survival.exams_by_persona(record)
    yield True, lambda: learning.learning_curves(record, siblings)
    yield True, lambda: survival.endings(record)
    yield True, lambda: survival.violations(record)
    yield True, lambda: learning.curriculum(record)
    yield True, lambda: doing.acts_by_persona(record)
    yield True, lambda: doing.acts_over_time(record)
    yield bool(record.progress), lambda: values.q_distribution(record)
    yield bool(record.turns), lambda: values.act_values(record)
    yield _plans(record), lambda: values.model_health(record)


def _plans(record: Record) -> bool:
    return len(record.progress) > 1 and "model_error" in record.progress[0].learner
