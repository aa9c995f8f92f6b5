"""Whole real episodes: gathered step by step, kept in a ring, collected from a world, split for training and test."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hamlet.training.refill import refill
from hamlet.training.reserve import reserved
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.world import Actions, Floats, Mask, Policy, Spec, Step, World

__all__ = ["EpisodeStore", "collect", "empty", "join", "relive", "select", "split", "trim"]


class SelfObserving(World, Protocol):
    """A world that can be asked again what its agents see."""

    def observe(self) -> tuple[Floats, Mask]: ...


def empty(spec: Spec, count: int) -> Episodes:
    """Room for ``count`` episodes of up to ``spec.cap`` steps, all of length 0."""
    return Episodes(
        observations=reserved((count, spec.cap + 1, spec.observation_size), np.float32),
        masks=reserved((count, spec.cap + 1, len(spec.actions)), np.bool_),
        actions=reserved((count, spec.cap), np.int64),
        rewards=reserved((count, spec.cap), np.float32),
        lengths=reserved(count, np.int64),
        terminated=reserved(count, np.bool_),
    )


def trim(episodes: Episodes, count: int) -> Episodes:
    """The first ``count`` episodes, no wider than the longest of them: views, not copies."""
    length = int(episodes.lengths[:count].max(initial=0))
    return Episodes(
        observations=episodes.observations[:count, : length + 1],
        masks=episodes.masks[:count, : length + 1],
        actions=episodes.actions[:count, :length],
        rewards=episodes.rewards[:count, :length],
        lengths=episodes.lengths[:count],
        terminated=episodes.terminated[:count],
    )


def select(episodes: Episodes, rows: NDArray[np.int64]) -> Episodes:
    """The episodes ``rows``, in this order: a copy."""
    return trim(Episodes(**{name: array[rows] for name, array in episodes._asdict().items()}), len(rows))


def split(episodes: Episodes, held: int, rng: np.random.Generator) -> tuple[Episodes, Episodes]:
    """(training, held out): ``held`` episodes drawn at random are held out. Raises ``ValueError`` where that
    leaves none on one side."""
    count = len(episodes.lengths)
    if not 0 < held < count:
        raise ValueError(f"split: expected to hold out 1 … {count - 1} of {count} episodes, found {held}")
    order = rng.permutation(count)
    return select(episodes, np.sort(order[held:])), select(episodes, np.sort(order[:held]))


def join(parts: Sequence[Episodes]) -> Episodes:
    """All episodes of ``parts`` (at least one), padded to the longest."""
    longest = max(part.actions.shape[1] for part in parts)
    arrays: dict[str, NDArray[Any]] = {}
    for name, first in parts[0]._asdict().items():
        each = [part._asdict()[name] for part in parts]
        if first.ndim > 1:
            short = [longest - part.actions.shape[1] for part in parts]
            rest = [(0, 0)] * (first.ndim - 2)
            each = [np.pad(array, [(0, 0), (0, by), *rest]) for array, by in zip(each, short, strict=True)]
        arrays[name] = np.concatenate(each)
    return Episodes(**arrays)


def relive(world: SelfObserving, actions: Sequence[Actions]) -> Episodes:
    """The episodes that ``world``'s N agents are at the beginning of, by recorded ``actions`` [steps] of each.
    Raises ``ValueError`` for one that does not end where its actions do."""
    running, found = _Running(world.spec, world.n), empty(world.spec, world.n)
    ends = np.array([len(done) for done in actions])
    wanted = np.zeros((world.n, world.spec.cap + 1), np.int64)
    for agent, done in enumerate(actions):
        wanted[agent, : len(done)] = done
    observation, mask = world.observe()
    for at in range(int(ends.max(initial=0))):
        observation, mask = observation.copy(), mask.copy()
        step = world.step(wanted[:, at])
        for agent in running.add(observation, mask, wanted[:, at], step):
            if ends[agent] > at + 1:
                raise ValueError(f"ended after {at + 1} steps, recorded {ends[agent]}")
            if ends[agent] == at + 1:
                running.move(agent, found, agent)
            running.drop(agent)
        observation, mask = step.observation, step.mask
    if (found.lengths != ends).any():
        raise ValueError(f"went on after {int(ends[found.lengths != ends][0])} steps")
    return trim(found, world.n)


def collect(world: World, policy: Policy, count: int, seed: int) -> Episodes:
    """``count`` whole episodes of ``world``'s agents, which ``policy`` plays from ``reset(seed)`` on. Each agent
    gives its first ones, equally many but for one: the first to end anywhere would be the short ones."""
    wanted = np.full(world.n, count // world.n) + (np.arange(world.n) < count % world.n)
    running, found, place = _Running(world.spec, world.n), empty(world.spec, count), 0
    step = world.reset(seed)
    while wanted.any():
        observation, mask = step.observation.copy(), step.mask.copy()
        actions = policy.act(observation, mask)
        step = world.step(actions)
        for agent in running.add(observation, mask, actions, step):
            if wanted[agent]:
                wanted[agent] -= 1
                running.move(agent, found, place)
                place += 1
            else:
                running.drop(agent)
    return trim(found, count)


class _Running:
    """The episodes that N agents are in."""

    def __init__(self, spec: Spec, agents: int) -> None:
        self.episodes = empty(spec, agents)
        self._everyone = np.arange(agents)

    def add(self, observation: Floats, mask: Mask, actions: Actions, step: Step) -> list[int]:
        """One vector step more; returns the agents whose episode has ended with it (to be moved or dropped)."""
        running, rows, at = self.episodes, self._everyone, self.episodes.lengths
        running.observations[rows, at], running.masks[rows, at] = observation, mask
        running.actions[rows, at], running.rewards[rows, at] = actions, step.reward
        at += 1
        running.terminated[:] = step.terminated
        ended: list[int] = np.flatnonzero(step.terminated | step.truncated).tolist()
        for agent in ended:
            running.observations[agent, at[agent]] = step.final_observation[agent]
            running.masks[agent, at[agent]] = step.final_mask[agent]
        return ended

    def move(self, agent: int, to: Episodes, place: int) -> None:
        """The ended episode of ``agent`` into ``to``, whose place it fills whole; the next one begins."""
        _copy(self.episodes, agent, to, place)
        self.drop(agent)

    def drop(self, agent: int) -> None:
        self.episodes.lengths[agent] = 0


def _copy(source: Episodes, row: int, to: Episodes, place: int) -> None:
    """Episode ``row`` of ``source`` into ``to``, whose ``place`` it fills whole."""
    steps = int(source.lengths[row])
    sources, targets = source._asdict(), to._asdict()
    for name, filled in (("observations", steps + 1), ("masks", steps + 1), ("actions", steps), ("rewards", steps)):
        targets[name][place, :filled] = sources[name][row, :filled]
        targets[name][place, filled:] = 0
    to.lengths[place], to.terminated[place] = steps, source.terminated[row]


class EpisodeStore:
    """The newest whole episodes of N agents, filled by vector steps. Of ``every`` episodes one is held out: it
    goes into a ring of its own (a share of ``capacity`` as large) that no model is trained on."""

    def __init__(self, spec: Spec, capacity: int, agents: int, every: int = 10) -> None:
        if every < 2 or capacity < every:
            raise ValueError(f"EpisodeStore: expected 2 ≤ every ≤ capacity, found {every} and {capacity}")
        self._every = every
        self._running = _Running(spec, agents)
        held = capacity // every
        self._rings = (empty(spec, capacity - held), empty(spec, held))
        self._counts = np.zeros(2, np.int64)  # episodes ever put into each ring

    def add(self, observation: Floats, mask: Mask, actions: Actions, step: Step) -> int:
        """One vector step: ``observation`` [N, D], ``mask`` [N, A] and ``actions`` [N] before it, ``step`` its
        outcome. Returns how many episodes ended with it."""
        ended = self._running.add(observation, mask, actions, step)
        for agent in ended:
            self._running.move(agent, *self._next_place())
        return len(ended)

    def put(self, episodes: Episodes) -> None:
        """Whole ``episodes`` of up to the spec's cap, that none of the N agents lived."""
        for row in range(len(episodes.lengths)):
            _copy(episodes, row, *self._next_place())

    def _next_place(self) -> tuple[Episodes, int]:
        """The ring that the next episode goes into, and where: it counts as added."""
        which = int(self.added % self._every == self._every - 1)
        ring = self._rings[which]
        place = int(self._counts[which] % len(ring.lengths))
        self._counts[which] += 1
        return ring, place

    @property
    def added(self) -> int:
        """Episodes ever added."""
        return int(self._counts.sum())

    @property
    def training(self) -> Episodes:
        """The episodes to learn from: views, overwritten as the ring goes round."""
        return self._filled(0)

    @property
    def held_out(self) -> Episodes:
        """The episodes to judge by: views, as ``training``."""
        return self._filled(1)

    def _filled(self, which: int) -> Episodes:
        ring = self._rings[which]
        return trim(ring, min(int(self._counts[which]), len(ring.lengths)))

    def state(self) -> dict[str, NDArray[Any]]:
        """What is filled, as named arrays (views), with what is running."""
        parts = {"training": self.training, "held_out": self.held_out, "running": self._running.episodes}
        arrays = {f"{part}.{name}": array for part, of in parts.items() for name, array in of._asdict().items()}
        return arrays | {"counts": self._counts}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from ``state``; raises ``KeyError`` or ``ValueError`` when it is not of such a store."""
        counts = np.zeros(2, np.int64)
        refill({"counts": counts}, state)
        into: dict[str, NDArray[Any]] = {}
        for part, ring, count in zip(("training", "held_out"), self._rings, counts, strict=True):
            size, length = min(int(count), len(ring.lengths)), state[f"{part}.actions"].shape[1]
            for name, array in ring._asdict().items():
                wide = length + (name in ("observations", "masks"))
                into[f"{part}.{name}"] = array[:size] if array.ndim == 1 else array[:size, :wide]
        into |= {f"running.{name}": array for name, array in self._running.episodes._asdict().items()}
        refill(into | {"counts": self._counts}, state)
