"""The model of utterances: it foretells what a debtor says next, and how a call ends; the rest is bookkeeping.

The 20 numbers of the dialogue are a known function of what was done and heard (``worlds.dialogue.bookkeeping``). So
all there is to learn is one choice, among the utterances and the ends that have occurred, and how the words sound.
From few calls that has to be learned by what acts have in common: each of the choice's weights is one of all acts,
plus one of the kind of act (soft, asking, pressing, offering, ending), plus one of the act itself, and the prior
allows these deviations ever less (partial pooling: Gelman and Hill 2007). Members differ by the calls that they
hold. See docs/algorithms/world-models.md.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from hamlet.training.networks import Adam
from hamlet.training.world_models.draws import shares
from hamlet.training.world_models.flat import Flat
from hamlet.training.world_models.levels import levels_of
from hamlet.training.world_models.model import Episodes, Fit, History, Outcome, Prediction, Scenarios
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.training.world_models.situations import DECISIVE, KINDS_OF_ACTS, SITUATION, situations
from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.dialogue.bookkeeping import Utterances, broken, cap_of, go_on, heard_between, remembered
from hamlet.worlds.dialogue.perception import FRESH
from hamlet.worlds.world import Actions, Floats, Mask, Spec

__all__ = ["UtteranceModel"]

_MOST = 48  # different utterances and ends; rarer ones count as the first, which is not understood
_SHARED, _OF_KIND, _OF_ACT = 0.5, 1.0, 0.3  # prior deviations of the three parts of a weight
_DECIDES = 3.0  # times as much for how what is decisive bears on an end
_SOUND = 0.2  # the unit of how words sound
_LEAST, _ROUND = 1e-4, 1
_CERTAIN = 3  # an act after which the call ended so often, and never went on, ends it
_RATE = 0.03  # of Adam: the loss is convex, and all steps are in every update


class _Steps(NamedTuple):
    """N steps to learn from, sorted by act, which ``counts`` [A] says how many have."""

    counts: list[int]
    possible: Tensor  # [N, K] what can follow the act of each
    situations: Tensor  # [N, F]
    which: Tensor  # [N] what followed
    sounds: Tensor  # [N, 2] how much better or worse it sounds, in units of ``_SOUND``
    weights: Tensor  # [M, N]


class UtteranceModel:
    """See ``model.WorldModel``; ``settings.members`` of them. It draws nothing from ``rng``, which it is given as
    all kinds are: what differs between members is which calls they hold. ``spec`` is a dialogue's."""

    kind, window = "utterances", 1
    predicts_by: tuple[str, ...] = "weights", "kinds", "values", "sure", "rewards", "known", "seen"

    def __init__(self, spec: Spec, settings: WorldModelSettings, rng: np.random.Generator) -> None:
        self.members = settings.members
        self._rng, self._spec = rng, spec
        parts = 1 + len(KINDS_OF_ACTS) + len(ACTS)
        # Weights of the choice and of the two sounds; what each choice does to the sounds; where choices begin.
        self._theta = Flat(
            [(self.members, parts, SITUATION, _MOST + 2), (self.members, _MOST, 2), (self.members, _MOST + 2)]
        )
        self._adam = Adam(self._theta, _RATE, settings.max_gradient_norm)
        # Utterances and ends: intent (−1: no such row), signals, 1 for an end; what an end earns by itself.
        self._kinds = np.full((_MOST, 3), -1, np.int64)
        self._kinds[0] = INTENTS.index("other"), 0, 0
        self._values = np.zeros(_MOST, np.float32)
        self._sure = np.full(2, _SOUND, np.float32)  # deviation of the two sounds
        self._rewards = np.zeros(4, np.float32)  # of a cut, a broken rule, a change in either mean
        self._known = np.array([spec.cap, 0], np.int64)  # the cap that turns are a share of; whether acts are masked
        self._seen = np.zeros((len(ACTS), _MOST), np.int64)  # how often each followed which act
        self._levels = levels_of(spec)
        kind_of = np.zeros(len(ACTS), np.int64)
        for number, acts in enumerate(KINDS_OF_ACTS):
            kind_of[list(acts)] = number
        self._kind_of = torch.from_numpy(kind_of)
        self._decisive = torch.from_numpy(DECISIVE.astype(np.float32))

    # -- learning ----------------------------------------------------------------------------------

    def fit(self, episodes: Episodes, updates: int) -> Fit:
        steps, count = self._steps(episodes), int((self._kinds[:, 0] >= 0).sum())
        losses, norms = 0.0, 0.0
        for _ in range(updates):
            flat = self._theta.flat.detach().requires_grad_()
            loss = self._loss(flat, steps, count)
            self._theta.gradient.copy_(torch.autograd.grad(loss, flat)[0])
            norms += self._adam.step()
            losses += float(loss.detach())
        with torch.no_grad():
            _, off = self._errors(self._theta.flat, steps, count)
        self._sure[:] = np.maximum(_SOUND * off.square().mean((0, 1)).sqrt().numpy(), 0.02)
        return Fit(losses / max(updates, 1), norms / max(updates, 1))

    def _steps(self, episodes: Episodes) -> _Steps:
        rows = np.repeat(np.arange(len(episodes.lengths)), episodes.lengths)
        at = np.concatenate([np.arange(length) for length in episodes.lengths])
        before, after = episodes.observations[rows, at], episodes.observations[rows, at + 1]
        actions, rewards = episodes.actions[rows, at], episodes.rewards[rows, at].astype(np.float64)
        ended = episodes.terminated[rows] & (at == episodes.lengths[rows] - 1)
        self._known[:] = cap_of(episodes.observations[0, 1]), not episodes.masks[rows, at].all()
        said, memory = heard_between(before, after), remembered(before, int(self._known[0]))
        causes = self._causes(before, after, memory, actions)
        causes[ended, 0] = 0.0  # what ends in the last turn is not cut off
        going = causes[~ended]
        normal = going.T @ going + 0.1 * np.eye(len(self._rewards))
        self._rewards[:] = np.linalg.solve(normal, going.T @ rewards[~ended])
        which = self._which(said, ended, rewards - causes @ self._rewards)
        sounds = np.stack([said.sentiments - before[:, 2], said.cooperations - before[:, 3]], 1) / _SOUND
        self._seen[:] = 0
        np.add.at(self._seen, (actions, which), 1)
        order = np.argsort(actions, kind="stable")
        held = shares(episodes, self.members)[:, rows][:, order].astype(np.float32)
        return _Steps(
            np.bincount(actions, minlength=len(ACTS)).tolist(),
            torch.from_numpy(self._possible()[actions[order]]),
            torch.from_numpy(situations(before, memory, actions)[order]),
            torch.from_numpy(which[order]),
            torch.from_numpy(sounds[order].astype(np.float32)),
            torch.from_numpy(held),
        )

    def _possible(self) -> NDArray[np.bool_]:
        """[A, K] what can follow each act: an end that was seen to; any utterance, but not where the call always
        ended. Without this, what is known of one act promises good ends of others, and a policy finds that."""
        ends = self._kinds[:, 2] == 1
        ended = self._seen[:, ends].sum(1)
        never_on = (ended >= _CERTAIN) & (ended == self._seen.sum(1))
        return np.where(ends, self._seen > 0, ~never_on[:, None])

    def _causes(
        self, before: Floats, after: Floats, memory: NDArray[np.float64], actions: Actions
    ) -> NDArray[np.float64]:
        """[B, 4] what a step's reward is made of that ends nothing by itself."""
        cut = memory[:, 0] + 1 >= self._spec.cap
        moved = after[:, 2:4].astype(np.float64) - before[:, 2:4]
        return np.column_stack([cut, broken(memory, actions), moved])

    def _which(self, said: Utterances, ended: Mask, earned: NDArray[np.float64]) -> NDArray[np.int64]:
        """[N] the row of ``_kinds`` that each step's utterance or end is; new ones get a row. Ends are told apart by
        what they earn."""
        worth = np.where(ended, np.round(earned, _ROUND), 0.0)
        keys = np.column_stack([ended, worth, np.where(ended, 0, said.intents), np.where(ended, 0, said.signals)])
        distinct, which = np.unique(keys, axis=0, return_inverse=True)
        which = which.reshape(-1)
        places = np.zeros(len(distinct), np.int64)
        for number, (end, value, intent, signals) in enumerate(distinct):
            of = which == number
            if end:  # how an end is put is of no consequence: the commonest way
                intent, signals = np.bincount(said.intents[of]).argmax(), 0
                same = (self._kinds[:, 2] == 1) & (np.abs(self._values - value) < 0.6 * 10.0**-_ROUND)
            else:
                same = (self._kinds == (intent, signals, 0)).all(1)
            free = self._kinds[:, 0] < 0
            places[number] = same.argmax() if same.any() else free.argmax()
            if not same.any() and not free.any():
                places[number] = 0
                continue
            self._kinds[places[number]] = intent, signals, end
            if end:
                self._values[places[number]] = earned[of].mean()
        return places[which]

    def _loss(self, flat: Tensor, steps: _Steps, count: int) -> Tensor:
        """The mean over members of −log posterior, for each step."""
        chances, off = self._errors(flat, steps, count)
        errors = (steps.weights * (chances + 0.5 * off.square().sum(-1))).sum()
        weights, moves, _ = self._theta.parts(flat)
        prior = 0.5 * (weights.square().sum() + moves.square().sum())
        return (errors + prior) / steps.weights.sum()

    def _errors(self, flat: Tensor, steps: _Steps, count: int) -> tuple[Tensor, Tensor]:
        """[M, N] cross-entropies of what followed, and [M, N, 2] by how much its sound was missed."""
        m = self.members
        by_act, moves = self._by_act(flat)
        parts = torch.split(steps.situations, steps.counts)
        outputs = torch.cat([part @ by_act[:, act] for act, part in enumerate(parts)], 1)
        outputs = outputs + self._theta.parts(flat)[2][:, None]
        logits = outputs[..., :count].masked_fill(~steps.possible[:, :count], -torch.inf).reshape(-1, count)
        each = cross_entropy(logits, steps.which.repeat(m), reduction="none").view(m, -1)
        return each, outputs[..., _MOST:] + moves[:, steps.which] - steps.sounds

    def _by_act(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """[M, A, F, …] the weights of each act."""
        weights, moves, _ = self._theta.parts(flat)
        kinds = 1 + len(KINDS_OF_ACTS)
        whole = _SHARED * weights[:, :1] + _OF_KIND * weights[:, 1:kinds][:, self._kind_of]
        whole = whole + _OF_ACT * weights[:, kinds:]
        ends = torch.zeros(_MOST + 2)
        ends[:_MOST] = torch.from_numpy(self._kinds[:, 2] == 1)
        return whole * (1.0 + (_DECIDES - 1.0) * self._decisive[:, None] * ends), moves

    # -- foretelling -------------------------------------------------------------------------------

    @torch.no_grad()
    def predict(self, history: History, members: NDArray[np.int64] | None = None) -> Prediction:
        seen, actions, memory = self._now(history)
        chances, sounds = self._foretold(situations(seen, memory, actions), actions, members)  # [m, B, K], [m, B, K, 2]
        differs = 0.5 * chances.std(0).sum(1)
        sounds = (chances[..., None] * sounds).sum(0) / np.maximum(chances.sum(0), 1e-12)[..., None]
        chances = chances.mean(0)
        rows, count = len(seen), chances.shape[1]
        many, which = np.repeat(np.arange(rows), count), np.tile(np.arange(count), rows)
        after, reward, done, mask = self._follows(
            seen[many], memory[many], actions[many], which, sounds.reshape(-1, 2), heard_with=0.0
        )
        scenarios = Scenarios(
            chances=chances,
            observation=after.reshape(rows, count, -1),
            reward=reward.reshape(rows, count),
            done=done.reshape(rows, count),
            mask=mask.reshape(rows, count, -1),
            deviation=self._spread(seen),
        )
        return self._whole(scenarios, differs.astype(np.float32))

    @torch.no_grad()
    def imagined(self, history: History, members: NDArray[np.int64] | None, rng: np.random.Generator) -> Outcome:
        """A next step for each row, drawn as ``sampling.draw`` would from ``predict``; only what is drawn is worked
        out. Where no member is named for a row, the chances are those of all of them."""
        seen, actions, memory = self._now(history)
        chances, sounds = self._foretold(situations(seen, memory, actions), actions, members)
        rows, total = np.arange(len(seen)), chances.mean(0).cumsum(1)
        which = (total > rng.random((len(total), 1), dtype=np.float32) * total[:, -1:]).argmax(1)
        weights = chances[:, rows, which, None] / chances[:, rows, which, None].sum(0)
        noise = rng.standard_normal((len(rows), 2), dtype=np.float32)
        return Outcome(
            *self._follows(seen, memory, actions, which, (weights * sounds[:, rows, which]).sum(0), heard_with=noise)
        )

    def _now(self, history: History) -> tuple[Floats, Actions, NDArray[np.float64]]:
        """What is observed, done and remembered in the last moment."""
        rows, last = np.arange(len(history.lengths)), history.lengths - 1
        seen = history.observations[rows, last]
        return seen, history.actions[rows, last], remembered(seen, int(self._known[0]))

    def _follows(
        self,
        seen: Floats,
        memory: NDArray[np.float64],
        actions: Actions,
        which: NDArray[np.int64],
        sounds: Floats,
        heard_with: Floats | float,
    ) -> tuple[Floats, Floats, Mask, Mask]:
        """[B] observation, reward, end and mask when ``which`` row of ``_kinds`` follows; it sounds better or worse by
        ``sounds`` [B, 2], and by ``heard_with`` deviations."""
        heard = seen[:, 2:4] + _SOUND * sounds + heard_with * self._sure
        sentiment, cooperation = np.clip(heard, -1.0, 1.0).astype(np.float64).T.copy()
        said = Utterances(self._kinds[which, 0], self._kinds[which, 1], sentiment, cooperation)
        after, mask = go_on(memory.copy(), actions, said, int(self._known[0]), bool(self._known[1]))
        done = self._kinds[which, 2] == 1
        causes = self._causes(seen, after, memory, actions)
        causes[done, 0] = 0.0
        reward = causes @ self._rewards + np.where(done, self._values[which], 0.0)
        return after, reward.astype(np.float32), done, mask

    def _foretold(self, inputs: Floats, actions: Actions, members: NDArray[np.int64] | None) -> tuple[Floats, Floats]:
        """[m, B, K] chances, of every member or (m = 1) the one that each row follows, and [m, B, K, 2] sounds."""
        count = int((self._kinds[:, 0] >= 0).sum())
        by_act, moves = (part.numpy() for part in self._by_act(self._theta.flat))
        begins = self._theta.parts()[2].numpy()
        each = np.arange(self.members)[:, None] if members is None else members[None]
        each = np.broadcast_to(each, (len(each), len(actions)))
        outputs = np.empty((*each.shape, _MOST + 2), np.float32)
        for member, act in {(int(m), int(a)) for m, a in zip(each.ravel(), np.tile(actions, len(each)), strict=True)}:
            of = (each == member) & (actions == act)
            outputs[of] = inputs[np.nonzero(of)[1]] @ by_act[member, act] + begins[member]
        logits = np.where(self._possible()[actions][:, :count], outputs[..., :count], -np.inf)
        chances = np.exp(logits - logits.max(-1, keepdims=True))
        chances /= chances.sum(-1, keepdims=True)
        return chances, outputs[..., None, _MOST:] + moves[each, :count]

    def _spread(self, seen: Floats) -> Floats:
        """[B, D] the deviation of the two running means."""
        wide = np.zeros(seen.shape, np.float32)
        wide[:, 2:4] = np.where(seen[:, :1] > -1.0, FRESH, 1.0) * self._sure
        return wide

    def _whole(self, scenarios: Scenarios, differs: Floats) -> Prediction:
        """What the scenarios come to together."""
        chances, each = scenarios.chances, scenarios.observation
        mean = np.einsum("bk,bkd->bd", chances, each)
        varies = np.einsum("bk,bkd->bd", chances, (each - mean[:, None]) ** 2) + scenarios.deviation**2
        deviation = np.maximum(np.sqrt(varies), _LEAST)
        bits = [self._spec.where(feature.name) for feature in self._spec.features if feature.kind == "binary"]
        for where in bits:
            deviation[:, where] = 0.0
        levels = np.zeros((len(mean), *self._levels.values.shape), np.float32)
        which, rows = self._levels.which(each), np.arange(len(mean))[:, None]
        for column in range(levels.shape[1]):
            np.add.at(levels[:, column], (rows, which[..., column]), chances)
        reward = (chances * scenarios.reward).sum(1)
        off = (chances * (scenarios.reward - reward[:, None]) ** 2).sum(1)
        return Prediction(
            observation=mean,
            deviation=deviation,
            reward=reward,
            reward_deviation=np.maximum(np.sqrt(off), _LEAST),
            done=(chances * scenarios.done).sum(1),
            mask=np.einsum("bk,bka->ba", chances, scenarios.mask.astype(np.float32)),
            disagreement=differs,
            levels=levels,
            scenarios=scenarios,
        )

    def networks(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {"weights": self._theta.flat.numpy(), "kinds": self._kinds}
        arrays |= {f"adam.{name}": tensor.numpy() for name, tensor in self._adam.state().items()}
        return arrays | {
            "values": self._values,
            "sure": self._sure,
            "rewards": self._rewards,
            "known": self._known,
            "seen": self._seen,
        }

    def generators(self) -> Mapping[str, np.random.Generator]:
        return {"world_model": self._rng}
