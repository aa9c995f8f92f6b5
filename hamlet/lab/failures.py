"""Interesting failures of a run, found in its log: what went wrong in a way that teaches, and where to see it."""

from collections import Counter
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from hamlet.events.packing import unpack
from hamlet.events.types import DialogueEpisode, EpisodeCompleted, TownEpisode
from hamlet.lab.record import Record
from hamlet.projections.garden_path import INTERACT
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.town.settings import TownSettings

__all__ = ["Failure", "failures_of", "nearest_remedy"]

_MOST = 5  # episodes named of each kind
_NEAR = 1  # steps to what would have helped
_LOOP = 40  # steps to and fro
_IDLE = 100  # steps on one cell with nothing used
_FARMED, _SHARE = 30, 0.7  # uses of one place in a life, and their share of all uses
_AGAIN = 5  # times the same act in a row


class Failure(msgspec.Struct, frozen=True):
    """``seen`` in so many episodes, the worst of them in ``episodes`` with what was measured; ``lesson``: why it
    teaches something."""

    name: str
    what: str
    lesson: str
    seen: int
    episodes: list[tuple[int, str]]


def failures_of(record: Record) -> list[Failure]:
    """Those that occurred, the most frequent first."""
    looks = _TOWN if record.world == "town" else _DIALOGUE
    found = [_failure(record, *look) for look in looks]
    return sorted((one for one in found if one.seen), key=lambda one: -one.seen)


def nearest_remedy(record: Record, event: EpisodeCompleted) -> tuple[str, int] | None:
    """The place that restores the meter of which a life ended, and how many steps it was from the end; ``None`` where
    there is none, or the life was cut off."""
    world, detail = record.config.world, event.detail
    if not isinstance(world, TownSettings) or not isinstance(detail, TownEpisode):
        return None
    width, end = world.grid.width, int(unpack(detail.path)[-1])
    helps = [name for name, offer in world.affordances.items() if offer.effects.get(event.cause, 0.0) > 0]
    steps = {name: _steps(detail.layout[name], end, width) for name in helps if name in detail.layout}
    return min(steps.items(), key=lambda item: item[1]) if steps else None


_Weight = tuple[float, str]  # how bad it is, and in words
_Look = tuple[str, str, str, Callable[[Record, EpisodeCompleted], _Weight | None]]


def _failure(record: Record, name: str, what: str, lesson: str, look: Callable[..., _Weight | None]) -> Failure:
    seen = [(weight, event.episode) for event in record.episodes if (weight := look(record, event)) is not None]
    worst = sorted(seen, key=lambda one: (-one[0][0], one[1]))[:_MOST]
    return Failure(name, what, lesson, len(seen), [(episode, words) for (_, words), episode in worst])


def _beside_the_remedy(record: Record, event: EpisodeCompleted) -> _Weight | None:
    remedy = nearest_remedy(record, event)
    if remedy is None or remedy[1] > _NEAR:
        return None
    place, steps = remedy
    where = "beside" if steps else "on"
    return event.survival_time, f"{event.cause} ran out {where} the {place}, step {event.survival_time:,}"


def _to_and_fro(record: Record, event: EpisodeCompleted) -> _Weight | None:
    path = _path(event)
    back = (path[2:] == path[:-2]) & (path[1:-1] != path[:-2])
    longest = _longest(back)
    return (longest, f"{longest:,} steps between two cells") if longest >= _LOOP else None


def _idle(record: Record, event: EpisodeCompleted) -> _Weight | None:
    path, actions = _path(event), _actions(event)
    places = set(event.detail.layout.values()) if isinstance(event.detail, TownEpisode) else set()
    used = (actions == INTERACT) & np.isin(path[:-1], list(places))
    longest = _longest((path[1:] == path[:-1]) & ~used)
    return (longest, f"{longest:,} steps on one cell, nothing used") if longest >= _IDLE else None


def _farming(record: Record, event: EpisodeCompleted) -> _Weight | None:
    used = Counter(event.detail.affordances) if isinstance(event.detail, TownEpisode) else Counter[str]()
    if not used:
        return None
    place, count = used.most_common(1)[0]
    if count < _FARMED or count < _SHARE * used.total():
        return None
    return count, f"{place} {count} times, everything else {used.total() - count}"


def _curious_to_death(record: Record, event: EpisodeCompleted) -> _Weight | None:
    own = event.intrinsic_weight * event.intrinsic_reward
    if event.cause == "cap" or event.extrinsic_reward <= 0 or own < event.extrinsic_reward:
        return None
    return own, f"{own:.1f} for novelty, {event.extrinsic_reward:.1f} for living {event.survival_time:,} steps"


def _over_and_over(record: Record, event: EpisodeCompleted) -> _Weight | None:
    acts = _acts(event)
    longest = _longest(acts[1:] == acts[:-1]) + 1 if len(acts) else 0
    if longest < _AGAIN:
        return None
    same = next(n for n in range(len(acts)) if len(set(acts[n : n + longest].tolist())) == 1)
    return longest, f"{_plain(acts[same])}, {longest} times in a row"


def _gave_up_at_once(record: Record, event: EpisodeCompleted) -> _Weight | None:
    acts = _acts(event)
    if event.cause != "closed" or len(acts) > 2:
        return None
    return 3 - len(acts), f"ended the call in turn {len(acts)}"


def _won_by_breaking_rules(record: Record, event: EpisodeCompleted) -> _Weight | None:
    if not isinstance(event.detail, DialogueEpisode) or not event.detail.success:
        return None
    broken = event.detail.violations
    return (sum(broken.values()), ", ".join(f"{_plain(n)} {c}" for n, c in broken.items())) if broken else None


_TOWN: tuple[_Look, ...] = (
    ("Beside the remedy", "Died of a need with what would have helped at most one step away.",
     "Knowing where it is, is not knowing when to go. Hidden layouts, masks (no money) and exploration all do this.",
     _beside_the_remedy),
    ("To and fro", f"Walked between two cells for {_LOOP} steps or more.",
     "Two values that are almost equal, each a little better from the other side: greedy choice has no memory.",
     _to_and_fro),
    ("Waiting it out", f"Stayed on one cell for {_IDLE} steps or more and used nothing.",
     "Standing still really does live longer than walking about: a local optimum that every baseline shows.", _idle),
    ("Farming", f"Used one place {_FARMED} times or more in a life, and hardly any other.",
     "Agents optimize what you measure, not what you mean.", _farming),
    ("Curious to death", "Was paid more by its own curiosity than by the world, and died.",
     "Reward hacking by design: a bonus that is not annealed is a goal of its own.", _curious_to_death),
)  # fmt: skip
_DIALOGUE: tuple[_Look, ...] = (
    ("Over and over", f"Did the same thing {_AGAIN} times in a row or more.",
     "What worked once is repeated; that a repeated act wears off has to be learned too.", _over_and_over),
    ("Gave up at once", "Ended the call within two turns.",
     "Where failing late costs more than failing early, the shortest way out looks like wisdom.", _gave_up_at_once),
    ("Won by breaking rules", "The call ended well, and rules were broken on the way.",
     "The reward counts the outcome alone: compliance has to be weighed or enforced.", _won_by_breaking_rules),
)  # fmt: skip


def _path(event: EpisodeCompleted) -> NDArray[np.int64]:
    return (
        unpack(event.detail.path).astype(np.int64) if isinstance(event.detail, TownEpisode) else np.empty(0, np.int64)
    )


def _actions(event: EpisodeCompleted) -> NDArray[np.int64]:
    detail = event.detail
    return unpack(detail.actions).astype(np.int64) if isinstance(detail, TownEpisode) else np.empty(0, np.int64)


def _acts(event: EpisodeCompleted) -> NDArray[np.int64]:
    detail = event.detail
    return unpack(detail.acts).astype(np.int64) if isinstance(detail, DialogueEpisode) else np.empty(0, np.int64)


def _longest(true: NDArray[np.bool_]) -> int:
    """The longest unbroken stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], true.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _steps(one: int, other: int, width: int) -> int:
    return abs(one % width - other % width) + abs(one // width - other // width)


def _plain(name: int | str | np.int64) -> str:
    return (name if isinstance(name, str) else ACTS[int(name)]).replace("_", " ")
