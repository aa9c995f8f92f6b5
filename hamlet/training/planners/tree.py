"""Tree search: leaves of a tree of most likely situations are opened until a budget is spent.

Best-first opens what promises most (a leaf's way so far, and q behind it, as in A*; with discounted rewards: Hren and
Munos 2008); depth-first opens the deepest first, several at once, and comes back when it meets the horizon. A leaf's
value counts the probability that the life lasts so long, and an action is worth its best leaf.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.training.planners.imagining import NEGLIGIBLE, Imagination, TrajectoriesByAction, best_of, plan_of
from hamlet.training.planners.planner import Plan, QFunction
from hamlet.training.planners.settings import TreeSettings
from hamlet.training.planners.windows import Windows
from hamlet.training.world_models.model import History, WorldModel
from hamlet.worlds.world import Mask, Spec

__all__ = ["TreePlanner"]

Ints = NDArray[np.int64]


class TreePlanner:
    """See ``planner.Planner``. Draws nothing: the same question has the same answer, alone or among others."""

    kind = "tree"

    def __init__(self, settings: TreeSettings, spec: Spec, gamma: float) -> None:
        self._settings = settings
        self._spec = spec
        self._gamma = gamma

    def plan(self, history: History, mask: Mask, model: WorldModel, q: QFunction) -> Plan:
        settings = self._settings
        imagination = Imagination(self._spec, model, q, self._gamma, None)
        tree = _Trees(Windows.of(history, model.window), mask, max(settings.nodes, mask.shape[1]), self._gamma)
        while tree.open_leaves(*tree.next_leaves(settings), imagination, settings.horizon):
            pass
        values, leaves = tree.values()
        return plan_of(values, tree.trajectories(leaves, settings.horizon), settings.shown)


class _Trees:
    """B trees of up to ``budget`` nodes besides their root, which is node 0. All arrays are [B, 1 + budget, ...].

    ``reach``: the probability that life lasts until the node; ``worth``: the discounted sum of the way to it, and
    with q of what lies behind it ``promise``. A node is ``ready`` when it can be opened, a ``leaf`` until it was."""

    def __init__(self, start: Windows, mask: Mask, budget: int, gamma: float) -> None:
        agents, count = mask.shape
        self._agents, self._size, self._gamma = agents, budget + 1, gamma
        shape = agents, self._size
        root = np.repeat(np.arange(agents), self._size)
        self._windows = start.take(root)
        self._mask = np.zeros((*shape, count), np.bool_)
        self._mask[:, 0] = mask
        self._count = np.ones(agents, np.int64)
        self._parent, self._action, self._first, self._depth = (np.zeros(shape, np.int64) for _ in range(4))
        self._reward, self._reach, self._worth, self._promise = (np.zeros(shape) for _ in range(4))
        self._reach[:, 0] = 1.0
        self._ready, self._leaf = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        self._ready[:, 0] = True

    def next_leaves(self, settings: TreeSettings) -> tuple[Ints, Mask]:
        """Up to ``width`` ready nodes of each tree [B, W], and which of their children [B, W, A] the budget allows."""
        urgency = self._promise
        if settings.order == "depth_first":
            urgency = self._depth + np.arctan(self._promise) / np.pi  # promise decides among the equally deep
        urgency = np.where(self._ready, urgency, -np.inf)
        nodes = np.argsort(-urgency, axis=1, kind="stable")[:, : settings.width]
        trees = np.arange(self._agents)[:, None]
        children = self._mask[trees, nodes] & self._ready[trees, nodes][..., None]
        room = (self._size - self._count)[:, None] >= children.sum(2).cumsum(1)
        return nodes, children & room[..., None]

    def open_leaves(self, nodes: Ints, children: Mask, imagination: Imagination, horizon: int) -> bool:
        """Imagine ``children`` of ``nodes``; false when there are none."""
        tree, which, action = np.nonzero(children)
        if not len(tree):
            return False
        node = nodes[tree, which]
        new = self._count[tree] + np.arange(len(tree)) - np.searchsorted(tree, tree)
        self._count += children.sum((1, 2))
        windows = self._windows.take(tree * self._size + node)
        observation, mask, reward, going = imagination.step(windows.acting(action))
        windows.see(observation)
        self._windows.put(tree * self._size + new, windows)
        depth, reach = self._depth[tree, node], self._reach[tree, node]
        worth = self._worth[tree, node] + self._gamma**depth * reach * reward
        lasts = np.where(reach * going < NEGLIGIBLE, 0.0, reach * going)
        ahead = self._gamma ** (depth + 1) * lasts * best_of(imagination.q(observation), mask)
        self._mask[tree, new], self._parent[tree, new], self._action[tree, new] = mask, node, action
        self._first[tree, new] = np.where(node == 0, action, self._first[tree, node])
        self._depth[tree, new], self._reward[tree, new], self._reach[tree, new] = depth + 1, reach * reward, lasts
        self._worth[tree, new], self._promise[tree, new] = worth, worth + ahead
        self._ready[tree, new], self._leaf[tree, new] = (lasts > 0.0) & (depth + 1 < horizon), True
        self._ready[tree, node] = self._leaf[tree, node] = False
        return True

    def values(self) -> tuple[NDArray[np.float64], Ints]:
        """What each first action is worth [B, A], −inf where it was not allowed, and its best leaf [B, A]."""
        actions = np.arange(self._mask.shape[2])[:, None]
        mine = self._leaf[:, None] & (self._first[:, None] == actions)
        promise = np.where(mine, self._promise[:, None], -np.inf)
        return promise.max(2), promise.argmax(2)

    def trajectories(self, leaves: Ints, horizon: int) -> TrajectoriesByAction:
        """From the root to each of ``leaves`` [B, A]."""
        trees = np.arange(self._agents)[:, None]
        lengths = self._depth[trees, leaves]
        actions, rewards = np.zeros((*leaves.shape, horizon), np.int64), np.zeros((*leaves.shape, horizon))
        observations = np.zeros((*leaves.shape, horizon, self._windows.last.shape[1]), np.float32)
        seen = self._windows.last.reshape(self._agents, self._size, -1)
        node = leaves
        for back in range(int(lengths.max(initial=0))):
            b, a = np.nonzero(lengths > back)
            step, at = lengths[b, a] - 1 - back, node[b, a]
            actions[b, a, step], rewards[b, a, step] = self._action[b, at], self._reward[b, at]
            observations[b, a, step] = seen[b, at]
            node = self._parent[trees, node]
        return TrajectoriesByAction(actions, observations, rewards, lengths, self._promise[trees, leaves])
