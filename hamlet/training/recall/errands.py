"""Errands: what an agent that knows places can set out to do, and what it can expect of each.

An errand is walking to where a thing is remembered and using it, staying where one is, or looking at the nearest
cell where nothing was tried yet: options in the sense of Sutton, Precup and Singh 1999. ``consider`` lives each of
them through in the learned model, up to what may be found: *outcomes*, of K kinds of things

    0 … K − 1 use that thing · K stay · K + 1 look, and find nothing · K + 2 … 2K + 1 look, and find that thing

``weigh`` makes values of errands of them (0 … K − 1 use, K stay, K + 1 look), ``set_out`` the action by which
one goes on.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled

__all__ = ["Model", "consider", "describe", "go_on", "look", "outcomes", "set_out", "tempt", "weigh", "width"]


class Model(NamedTuple):
    """What is known of the world: ``way`` and ``steps`` of the atlas, ``change`` [K + 2, M] of the effects (using a
    thing, waiting, moving), ``known`` [K], ``deadly`` [M], ``purse`` [M], and what a step alive ``earns``: the first,
    and the second times the lowest deadly meter."""

    way: NDArray[np.int64]
    steps: NDArray[np.int64]
    change: NDArray[np.float64]
    known: NDArray[np.bool_]
    deadly: NDArray[np.bool_]
    purse: NDArray[np.bool_]
    earns: NDArray[np.float64]


def width(kinds: int, meters: int) -> int:
    """How many numbers ``describe`` writes."""
    return meters + 3 * kinds + 3 + kinds * (kinds - 1) // 2


def outcomes(kinds: int) -> int:
    """How many outcomes errands have, all together, where there are ``kinds`` kinds of things."""
    return 2 * kinds + 2


@compiled
def affords(model: Model, meters: Any, kind: int) -> bool:
    """Is there enough in every purse for a thing of this kind?"""
    enough = True
    for m in range(len(model.purse)):
        enough &= not model.purse[m] or meters[m] + model.change[kind, m] >= -1e-6
    return enough


@compiled
def untried(model: Model, tried: Any, cell: int) -> int:
    """The nearest cell where nothing was tried, −1: none can be reached."""
    there, best = -1, len(tried)
    for other in range(len(tried)):
        if not tried[other] and model.steps[cell, other] < best:
            there, best = other, model.steps[cell, other]
    return there


@compiled
def aside(model: Model, where: Any, cell: int) -> Any:
    """Where to stay: here, or a step away from the thing that is here."""
    for k in range(len(where)):
        if where[k] == cell:
            for move in range(model.way.shape[1]):
                if model.way[cell, move] != cell:
                    return model.way[cell, move]
    return cell


@compiled
def goal(model: Model, where: Any, tried: Any, cell: int, errand: int) -> Any:
    """The cell to which an errand leads, −1: it cannot be begun."""
    kinds = len(where)
    if errand < kinds:
        return where[errand]
    return aside(model, where, cell) if errand == kinds else untried(model, tried, cell)


@compiled
def live_step(model: Model, meters: Any, deed: int) -> float:
    """A deed done to ``meters`` [M]: what it earns, −1 for death."""
    lowest = 1.0
    for m in range(len(meters)):
        meters[m] = min(max(meters[m] + model.change[deed, m], 0.0), 1.0)
        if model.deadly[m] and meters[m] < lowest:
            lowest = meters[m]
    return -1.0 if lowest <= 1e-9 else max(model.earns[0] + model.earns[1] * lowest, 0.0)


@compiled
def describe(model: Model, where: Any, tried: Any, cell: int, meters: Any, row: Any) -> None:
    """Meters; for each kind: known, how far, affordable; the nearest untried cell: is there one, how far, and the
    share of cells that were tried; how far things are from each other. Distances are shares of two sides of a
    square of so many cells."""
    around(model, where, tried, cell, meters, row)
    apart(model, where, row[len(meters) + 3 * len(where) + 3 :])


@compiled
def around(model: Model, where: Any, tried: Any, cell: int, meters: Any, row: Any) -> None:
    """All of ``describe`` that depends on where one is and how one fares."""
    kinds, count = len(where), len(model.steps)
    reach = 2.0 * np.sqrt(count)
    row[: len(meters)] = meters
    c = len(meters)
    for k in range(kinds):
        known = where[k] >= 0
        row[c] = known
        row[c + 1] = min(model.steps[cell, where[k]] / reach, 1.0) if known else 0.0
        row[c + 2] = known and affords(model, meters, k)
        c += 3
    there = untried(model, tried, cell)
    row[c] = there >= 0
    row[c + 1] = min(model.steps[cell, there] / reach, 1.0) if there >= 0 else 0.0
    row[c + 2] = tried.sum() / count


@compiled
def apart(model: Model, where: Any, row: Any) -> None:
    """How far things are from each other."""
    kinds, reach, c = len(where), 2.0 * np.sqrt(len(model.steps)), 0
    for k in range(kinds):
        for j in range(k):
            known = where[k] >= 0 and where[j] >= 0
            row[c] = min(model.steps[where[k], where[j]] / reach, 1.0) if known else 0.0
            c += 1


@compiled
def look(model: Model, where: Any, tried: Any, cells: Any, meters: Any, rows: Any) -> None:
    """``describe`` for N lives: ``rows`` [N, D]. Here and below a single memory serves all of them."""
    for i in range(cells.size):
        describe(model, where[i % len(where)], tried[i % len(where)], cells[i], meters[i], rows[i])


@compiled
def consider(
    model: Model,
    gamma: float,
    lives: Any,
    where: Any,
    tried: Any,
    cells: Any,
    meters: Any,
    rows: Any,
    reward: Any,
    discount: Any,
    chance: Any,
) -> None:
    """What may come of every errand of ``lives`` (those numbers of N): ``rows`` [N, O, D] describe what is so after
    each outcome, ``reward`` [N, O] is what it earns on the way, ``discount`` [N, O] what counts of the value then (0:
    death), and ``chance`` [N, O] how likely it is if its errand is chosen; 0: it cannot be, or the life is another.
    The memory is believed; what is missing is as likely in one untried cell as in another."""
    kinds, count = where.shape[1], len(model.steps)
    level = np.empty(meters.shape[1])
    rest = meters.shape[1] + 3 * kinds + 3
    between = np.empty(rows.shape[2] - rest, np.float32)
    chance[:] = 0.0
    for i in lives:
        r, cell = i % len(where), cells[i]
        apart(model, where[r], between)
        missing = 0
        for k in range(kinds):
            missing += model.known[k] and where[r, k] < 0
        spare = max(count - tried[r].sum(), missing, 1)
        for o in range(2 * kinds + 2):
            there = goal(model, where[r], tried[r], cell, min(o, kinds + 1))
            if there < 0 or model.steps[cell, there] >= count:
                continue
            level[:] = meters[i]
            deed, kind = kinds, -1
            if o < kinds:
                deed = o
                if not affords(model, level, o):
                    continue
                chance[i, o] = 1.0
            elif o == kinds:
                chance[i, o] = 1.0
            elif o == kinds + 1:
                chance[i, o] = 1.0 - missing / spare
            else:
                kind = o - kinds - 2
                if where[r, kind] >= 0 or not model.known[kind]:
                    continue
                chance[i, o] = 1.0 / spare
                if affords(model, level, kind):
                    deed = kind
            if chance[i, o] <= 0.0:
                continue
            acts = o != kinds or there == cell
            walk, total, weight = model.steps[cell, there], 0.0, 1.0
            for t in range(walk + acts):
                earned = live_step(model, level, deed if t == walk else kinds + 1)
                if earned < 0.0:
                    weight = 0.0
                    break
                total += weight * earned
                weight *= gamma
            reward[i, o], discount[i, o] = total, weight
            before = tried[r, there]
            tried[r, there] = before or acts
            if kind >= 0:
                where[r, kind] = there
            around(model, where[r], tried[r], there, level, rows[i, o])
            if kind >= 0:
                apart(model, where[r], rows[i, o, rest:])
            else:
                rows[i, o, rest:] = between
            tried[r, there] = before
            if kind >= 0:
                where[r, kind] = -1


@compiled
def weigh(reward: Any, discount: Any, chance: Any, after: Any, values: Any) -> None:
    """``values`` [N, K + 2] of the errands, −∞ of those that cannot be begun, from outcomes whose values are
    ``after`` [N, O]."""
    values[:] = -np.inf
    kinds = values.shape[1] - 2
    for i in range(len(values)):
        for o in range(reward.shape[1]):
            if chance[i, o] > 0.0:
                errand = min(o, kinds + 1)
                before = 0.0 if values[i, errand] == -np.inf else values[i, errand]
                values[i, errand] = before + chance[i, o] * (reward[i, o] + discount[i, o] * after[i, o])


@compiled
def go_on(model: Model, where: Any, tried: Any, cells: Any, meters: Any, errands: Any) -> None:
    """Of ``errands`` [N] (−1: none), those that cannot be gone on with any more are given up."""
    kinds = where.shape[1]
    for i in range(cells.size):
        if errands[i] >= 0:
            r = i % len(where)
            there = goal(model, where[r], tried[r], cells[i], errands[i])
            lost = there < 0 or model.steps[cells[i], there] >= len(model.steps)
            if lost or (errands[i] < kinds and not affords(model, meters[i], errands[i])):
                errands[i] = -1


@compiled
def tempt(model: Model, where: Any, tried: Any, cells: Any, bonus: Any, values: Any) -> None:
    """Adds to ``values`` [N, K + 2] what there is besides for being where an errand leads: ``bonus`` [cells]."""
    for i in range(cells.size):
        r = i % len(where)
        for errand in range(values.shape[1]):
            if values[i, errand] > -np.inf:
                values[i, errand] += bonus[goal(model, where[r], tried[r], cells[i], errand)]


@compiled
def set_out(model: Model, where: Any, tried: Any, cells: Any, values: Any, errands: Any, q: Any, actions: Any) -> None:
    """``actions`` [N] by which errands go on: those of ``errands`` [N], where there is none (−1)
    the best, which are written there; −1 once they end with this action. ``q`` [N, A]: what the best errand is worth
    that goes on by each action; where none does, the least of them."""
    moves = model.way.shape[1]
    for i in range(cells.size):
        r, cell, best, least = i % len(where), cells[i], -np.inf, np.inf
        chosen = errands[i]
        q[i] = -np.inf
        for errand in range(values.shape[1]):
            value = values[i, errand]
            if value == -np.inf:
                continue
            there, action = goal(model, where[r], tried[r], cell, errand), moves
            for move in range(moves):
                if model.steps[model.way[cell, move], there] < model.steps[cell, there]:
                    action = move
                    break
            q[i, action] = max(q[i, action], value)
            least = min(least, value)
            if errand == errands[i] or (errands[i] < 0 and value > best):
                best, chosen, actions[i] = value, errand, action
        errands[i] = -1 if actions[i] == moves or chosen == values.shape[1] - 2 else chosen
        for action in range(moves + 1):
            if q[i, action] == -np.inf:
                q[i, action] = least
