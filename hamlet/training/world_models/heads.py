"""What a body's outputs mean: the loss of each kind of number, and the prediction made from them.

All of the observation is predicted as a change: continuous features in units of its usual size, one-hot ones by
softmax (as numbers with few levels are) and binary ones by logistic probabilities that begin with a belief that things
stay as they are (rare signs that last are else forgotten at every step); the end and the mask by logistic
probabilities. With ``gaussian`` heads, continuous features and reward have a variance each, whose logarithm is clamped
softly (Chua et al. 2018), and each error counts by its deviation (β-NLL with β = ½, Seitzer et al. 2022); see
docs/algorithms/world-models.md.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, softplus

from hamlet.training.columns import Columns
from hamlet.training.world_models.levels import levels_of
from hamlet.training.world_models.model import Episodes, Prediction
from hamlet.training.world_models.settings import WorldModelSettings
from hamlet.worlds.world import Floats, Spec

__all__ = ["Heads", "Targets"]

LOWEST, HIGHEST = -6.0, 4.0  # of a logarithm of a variance, in units of the usual change
_STAYS = 3.0  # the logit with which a binary or one-hot number stays what it is, before anything is learned
_MOST = 50_000  # steps that the usual change is measured on


class Targets(NamedTuple):
    """What followed, of M members' B windows of T moments: tensors [M, B, T, …]. ``present``: 1, or 0 for padding."""

    before: Tensor  # [M, B, T, D], the observation acted in
    observation: Tensor  # [M, B, T, D]
    reward: Tensor  # [M, B, T]
    done: Tensor  # [M, B, T]
    mask: Tensor  # [M, B, T, A]
    present: Tensor  # [M, B, T]


class Heads:
    """The outputs of a model of ``spec``'s world: ``size`` numbers, in the order observation, reward, done, mask,
    the logarithms of variances of continuous features and reward, then the logits of numbers with few levels."""

    def __init__(self, spec: Spec, settings: WorldModelSettings, *, gaussian: bool) -> None:
        columns = Columns.of(spec)
        self._levels = levels_of(spec)
        self._hot, self._bits = columns.hot.tolist(), columns.bits
        self._units = np.setdiff1d(columns.units, self._levels.columns)
        self._absent = torch.from_numpy(~self._levels.present)
        self._values = torch.from_numpy(self._levels.values)
        self._d, self._a, self._gaussian, self._settings = spec.observation_size, len(spec.actions), gaussian, settings
        self._terms = len(self._hot) + len(self._bits) + len(self._levels.columns) + len(self._units)
        self._plain = self._d + 2 + self._a + gaussian * (len(self._units) + 1)
        self.size = self._plain + self._levels.values.size
        # Mean and deviation of the changes of continuous features, then of the reward; how many steps told them.
        self.scale = np.zeros((2, len(self._units) + 1), np.float32)
        self.scale[1] = 1.0
        self.measured = np.zeros(1, np.int64)

    def measure(self, episodes: Episodes) -> None:
        """Take the usual changes from ``episodes``, if these hold twice as many steps as told them so far."""
        steps = int(episodes.lengths.sum())
        if steps < 2 * self.measured[0] or steps == 0 or self.measured[0] >= _MOST:
            return
        enough = max(int(np.searchsorted(np.cumsum(episodes.lengths), _MOST)), 1)
        seen = np.arange(episodes.actions.shape[1]) < episodes.lengths[:enough, None]
        units = episodes.observations[:enough, :, self._units]
        told = np.concatenate([np.diff(units, axis=1)[seen], episodes.rewards[:enough][seen][:, None]], axis=1)
        self.scale[0], self.scale[1] = told.mean(0), np.maximum(told.std(0), 1e-3)
        self.measured[0] = steps

    def loss(self, outputs: Tensor, targets: Targets) -> Tensor:
        """The mean over all moments present of the mean error per feature, and those of reward, end and mask."""
        d, settings = self._d, self._settings
        mean, deviation = torch.from_numpy(self.scale)
        change = (targets.observation - targets.before)[..., self._units]
        wanted = (torch.cat([change, targets.reward[..., None]], -1) - mean) / deviation
        found = torch.cat([outputs[..., self._units], outputs[..., d : d + 1]], -1)
        if self._gaussian:
            log_variance = _between(outputs[..., d + 2 + self._a : self._plain])
            continuous = 0.5 * ((found - wanted).square() * torch.exp(-log_variance) + log_variance)
            # Without this weight, what is certain drowns the rest: e^6 times its gradient (β-NLL).
            continuous = continuous * torch.exp(0.5 * log_variance.detach())
        else:
            continuous = 0.5 * (found - wanted).square()
        observation = continuous[..., :-1].sum(-1)
        if len(self._bits):
            logits = outputs[..., self._bits] + _STAYS * (2.0 * targets.before[..., self._bits] - 1.0)
            bits = binary_cross_entropy_with_logits(logits, targets.observation[..., self._bits], reduction="none")
            observation = observation + bits.sum(-1)
        for start, end in self._hot:
            logits = outputs[..., start:end] + _STAYS * targets.before[..., start:end]
            which = targets.observation[..., start:end].argmax(-1)
            one = cross_entropy(logits.reshape(-1, end - start), which.reshape(-1), reduction="none")
            observation = observation + one.view(which.shape)
        if self._levels.columns.size:
            chances = self._chances(outputs, targets.before)
            wanted_levels = torch.from_numpy(self._levels.which(targets.observation.numpy()))
            observation = observation - chances.gather(-1, wanted_levels[..., None]).squeeze(-1).sum(-1)
        done = binary_cross_entropy_with_logits(outputs[..., d + 1], targets.done, reduction="none")
        mask = binary_cross_entropy_with_logits(outputs[..., d + 2 : d + 2 + self._a], targets.mask, reduction="none")
        each = observation / self._terms + settings.reward_weight * continuous[..., -1]
        each = each + settings.done_weight * done + mask.mean(-1)
        mean_error: Tensor = (each * targets.present).sum() / targets.present.sum()
        return mean_error

    def _chances(self, outputs: Tensor, before: Tensor) -> Tensor:
        """[…, K, L] logarithms of the probabilities of the levels, from what they were in ``before`` […, D]."""
        raw = outputs[..., self._plain :].reshape(*outputs.shape[:-1], *self._levels.values.shape)
        now = torch.from_numpy(self._levels.which(before.numpy()))
        stays = torch.nn.functional.one_hot(now, self._levels.values.shape[1])
        chances: Tensor = (raw + _STAYS * stays).masked_fill(self._absent, -torch.inf).log_softmax(-1)
        return chances

    def prediction(self, outputs: Tensor, before: Floats) -> Prediction:
        """From ``outputs`` [M, B, size] and the observations acted in [B, D]: the mixture of the members."""
        d, a = self._d, self._a
        mean, deviation = self.scale
        raw: NDArray[Any] = outputs.numpy()
        found = np.empty((*raw.shape[:2], d), np.float32)
        found[..., self._bits] = _logistic(raw[..., self._bits] + _STAYS * (2.0 * before[:, self._bits] - 1.0))
        for start, end in self._hot:
            stays = torch.from_numpy(_STAYS * before[:, start:end])
            found[..., start:end] = torch.softmax(outputs[..., start:end] + stays, -1).numpy()
        found[..., self._units] = np.clip(
            before[:, self._units] + mean[:-1] + deviation[:-1] * raw[..., self._units], -1.0, 1.0
        )
        levels = np.zeros((raw.shape[1], *self._levels.values.shape), np.float32)
        if self._levels.columns.size:
            each = self._chances(outputs, torch.from_numpy(before)).exp()
            found[..., self._levels.columns] = (each * self._values).sum(-1).numpy()
            levels = each.mean(0).numpy()
        reward = mean[-1] + deviation[-1] * raw[..., d]
        done, mask = _logistic(raw[..., d + 1]), _logistic(raw[..., d + 2 : d + 2 + a])
        spread = np.zeros((*raw.shape[:2], len(self._units) + 1), np.float32)
        if self._gaussian:
            spread[:] = torch.exp(0.5 * _between(outputs[..., d + 2 + a : self._plain])).numpy() * deviation
        whole = np.concatenate([found, reward[..., None], done[..., None], mask], -1)  # [M, B, D + 2 + A]
        differs = _differs(whole[..., : d + 2], self._units, deviation)
        one = whole.mean(0)
        parts = np.append(self._units, d)
        sure = np.sqrt((spread**2).mean(0) + whole[..., parts].var(0))
        wide = np.zeros((len(one), d), np.float32)
        wide[:, self._units] = sure[:, :-1]
        return Prediction(
            observation=one[:, :d],
            deviation=wide,
            reward=one[:, d],
            reward_deviation=sure[:, -1],
            done=one[:, d + 1],
            mask=one[:, d + 2 :],
            disagreement=differs,
            levels=levels,
        )


def _between(raw: Tensor) -> Tensor:
    """Softly within LOWEST … HIGHEST: no gradient is ever cut off, none grows without bound."""
    upper = HIGHEST - softplus(HIGHEST - raw)
    between: Tensor = LOWEST + softplus(upper - LOWEST)
    return between


def _logistic(raw: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = 0.5 * (1.0 + np.tanh(0.5 * raw))
    return found


def _differs(whole: NDArray[Any], units: NDArray[np.int64], deviation: Floats) -> Floats:
    """[B] the deviation between members, on average over features, reward and end: continuous ones and the reward
    in units of their usual change, the others as probabilities."""
    if len(whole) == 1:
        return np.zeros(whole.shape[1], np.float32)
    between = whole.std(0)
    between[:, units] /= deviation[:-1]
    between[:, -2] /= deviation[-1]
    mean: Floats = between.mean(1)
    return mean
