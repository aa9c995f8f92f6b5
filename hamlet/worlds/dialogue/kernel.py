"""The dialogue's physics: one batched, GIL-releasing kernel over N calls.

Order in a turn: the collector acts → the rules count violations → the debtor feels, decides and
says → the collector hears → reward. Calls are independent, and every chance is a hash of (seed,
turn, which), so N = 1 equals N = 4096 bit for bit, and so does any machine (IEEE doubles, no fast-math, no
transcendental functions). A change to what is computed needs a new ``physics.PHYSICS``.
"""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled
from hamlet.worlds.dialogue import perception
from hamlet.worlds.dialogue.acts import ACTS, OUTCOMES
from hamlet.worlds.dialogue.arrays import Outcome, Rules, State
from hamlet.worlds.dialogue.debtor import ONGOING, decides, feels, says
from hamlet.worlds.dialogue.physics import Persona
from hamlet.worlds.dialogue.profiles import draw
from hamlet.worlds.splitmix import GOLDEN, hashed, mix, unit

__all__ = ["HELD_OUT", "begin_all", "look_all", "step_all"]

# Training draws its seeds from here up, to 2⁵³; exams and anybody's own lie below: no training sees them.
HELD_OUT = 2**52

_ACTS = len(ACTS)
_TIMED_OUT = OUTCOMES.index("timed_out")
_FIRST_TURN = 32  # draws below it make the profile and the first mood
_MOOD = 24
_SOUND = 12  # draws of a turn from here on: how its words sound

_act, _hear, _observe, _allow = perception.acted, perception.heard, perception.observe, perception.allow
_forget, _violates, _offers, _potential = perception.reset, perception.violations, perception.offers, perception.mood
_OVERDUE_YEAR = 365.0
_LOW_S, _HIGH_S, _LOW_C, _HIGH_C = (
    Persona._fields.index(name) for name in ("sentiment_low", "sentiment_high", "cooperation_low", "cooperation_high")
)


@compiled
def _next_seeds(state: State, agents: NDArray[np.int64]) -> NDArray[np.int64]:
    seeds = np.empty(agents.size, np.int64)
    stream, high = state.stream, np.int64(0) if state.held_out[0] else np.int64(HELD_OUT)
    for row, i in enumerate(agents):
        stream[i] += GOLDEN
        seeds[row] = np.int64(mix(stream[i]) >> np.uint64(12)) | high
    return seeds


@compiled
def _begin(rules: Rules, state: State, agents: NDArray[np.int64], seeds: NDArray[np.int64]) -> None:
    """Start a call of each of ``agents`` from its seed, under the pending stage."""
    personas, forces, band, weights = rules.personas, rules.forces, rules.band, rules.weights
    reasons, tight, profile, mood, memory = rules.reasons, rules.tight, state.profile, state.mood, state.memory
    sides, seed, stage, violated, pending = state.side, state.seed, state.stage, state.violated, state.pending[0]
    for i, given in zip(agents, seeds):  # noqa: B905  (numba's has no strict)
        side = sides[i]
        seed[side, i] = given
        stage[side, i] = pending
        draw(given, weights[pending], reasons, tight, profile, i)
        k = int(profile[i, 0])
        low, high = personas[k, _LOW_S], personas[k, _HIGH_S]
        s = low + (high - low) * unit(given, _MOOD) + band.sentiment - forces.calls_sentiment * profile[i, 11]
        low, high = personas[k, _LOW_C], personas[k, _HIGH_C]
        late = profile[i, 6] / _OVERDUE_YEAR
        c = low + (high - low) * unit(given, _MOOD + 1) + band.cooperation - forces.overdue_cooperation * late
        mood[i, 0], mood[i, 1] = s, 0.0 if c < 0.0 else 1.0 if c > 1.0 else c
        _forget(memory, i)
        for kind in range(violated.shape[2]):
            violated[side, i, kind] = 0


@compiled
def begin_all(rules: Rules, state: State, seeds: NDArray[np.int64]) -> None:
    """Start fresh calls: from ``seeds`` [N] where given, else from the agents' streams ([0])."""
    everyone = np.arange(state.side.size)
    _begin(rules, state, everyone, seeds if seeds.size else _next_seeds(state, everyone))


@compiled
def look_all(rules: Rules, state: State, out: Outcome) -> None:
    """Write what all agents see, with no step taken."""
    _show(rules, state, out.final_observation, out.final_mask)
    _show(rules, state, out.observation, out.mask)
    out.reward[:] = 0.0
    out.cost[:] = 0.0
    out.terminated[:] = False
    out.truncated[:] = False


@compiled
def step_all(rules: Rules, state: State, out: Outcome, actions: NDArray[np.int64]) -> bool:
    """One turn of all calls; an ended call is followed at once by the agent's next. Does nothing and
    returns ``False`` when an act is out of range."""
    for action in actions:
        if not 0 <= action < _ACTS:
            return False
    ends = np.empty(actions.size, np.int64)
    _talk(rules, state, out, actions, ends)
    _show(rules, state, out.final_observation, out.final_mask)
    out.observation[:] = out.final_observation
    out.mask[:] = out.final_mask
    ended = np.flatnonzero(out.terminated | out.truncated)
    if ended.size:
        _keep(state, ended, ends)
        _begin(rules, state, ended, _next_seeds(state, ended))
        memory, observation, mask, turns, masked = state.memory, out.observation, out.mask, rules.turns, rules.masked
        for i in ended:
            _observe(memory, i, turns, observation)
            _allow(memory, i, masked, mask)
    return True


@compiled
def _talk(rules: Rules, state: State, out: Outcome, actions: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
    """One turn of each call. Writes reward, cost and how calls end (``ends`` [N]: outcome or ``ONGOING``)."""
    forces, personas, rewards, band = rules.forces, rules.personas, rules.rewards, rules.band
    cap, cost_weight, shaping, gamma = rules.cap, rules.cost_weight, rules.shaping, rules.gamma
    profile, mood, memory, sides, seed = state.profile, state.mood, state.memory, state.side, state.seed
    done, intents, signals, sounds, violated = (
        state.actions, state.intents, state.signals, state.sounds, state.violated
    )  # fmt: skip
    reward, cost, terminated, truncated = out.reward, out.cost, out.terminated, out.truncated
    for i in range(actions.size):
        act, side, turn = actions[i], sides[i], int(memory[i, 0])
        # The draws of a turn are a sequence of their own, begun by a draw of the call's.
        chance = np.int64(hashed(seed[side, i], _FIRST_TURN + turn) >> np.uint64(1))
        broken, costs = _violates(memory, i, act), 0
        for kind in range(5):
            one = broken >> kind & 1
            costs += one
            violated[side, i, kind] += one
        before = _potential(memory, i)
        s, c = feels(forces, personas, profile, memory, i, act, mood[i, 0], mood[i, 1], chance)
        end, short = decides(forces, personas, band.threshold, profile, memory, i, act, s, c, chance)
        intent, signal = says(forces, personas, profile, memory, i, act, end, short, s, c, chance)
        if short > forces.near and _offers(act):
            s -= forces.declined
            s = -1.0 if s < -1.0 else s
        mood[i, 0], mood[i, 1] = s, c
        noise = forces.sounds * band.noise * (1.3 - 0.6 * profile[i, 2])
        said = np.float32(_clip(s + noise * (unit(chance, _SOUND) + unit(chance, _SOUND + 1) - 1.0)))
        willing = np.float32(_clip(2.0 * c - 1.0 + noise * (unit(chance, _SOUND + 2) + unit(chance, _SOUND + 3) - 1.0)))
        _act(memory, i, act)
        _hear(memory, i, intent, np.float64(said), np.float64(willing), signal)
        done[side, i, turn] = act
        intents[side, i, turn] = intent
        signals[side, i, turn] = signal
        sounds[side, i, turn, 0] = said
        sounds[side, i, turn, 1] = willing
        over = end != ONGOING
        cut = not over and turn + 1 >= cap
        end = _TIMED_OUT if cut else end
        after = 0.0 if over else _potential(memory, i)
        earned = rewards[end] if over or cut else 0.0
        reward[i] = earned + shaping * (gamma * after - before) - cost_weight * costs
        cost[i] = costs
        terminated[i] = over
        truncated[i] = cut
        ends[i] = end


@compiled
def _clip(value: float) -> float:
    return -1.0 if value < -1.0 else 1.0 if value > 1.0 else value


@compiled
def _keep(state: State, ended: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
    """The ended calls become the agents' last; the other side is for the next."""
    sides, length, outcome, memory = state.side, state.length, state.outcome, state.memory
    profile, debtor = state.profile, state.debtor
    for i in ended:
        sides[i] = 1 - sides[i]
        length[i], outcome[i] = int(memory[i, 0]), ends[i]
        for field in range(profile.shape[1]):
            debtor[i, field] = profile[i, field]


@compiled
def _show(rules: Rules, state: State, observation: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
    """What all agents hear and may do now."""
    memory, turns, masked = state.memory, rules.turns, rules.masked
    for i in range(memory.shape[0]):
        _observe(memory, i, turns, observation)
        _allow(memory, i, masked, mask)
