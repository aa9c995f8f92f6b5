"""What learns: the part of the training that chooses actions, remembers, and updates networks.

``make_learner`` and ``policy_from`` are the only places that know which kinds there are.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from hamlet.training.device import HOST, Live
from hamlet.training.dqn import Report
from hamlet.training.dqn_learner import DqnLearner
from hamlet.training.dyna_learner import DynaLearner
from hamlet.training.policy import ValuePolicy
from hamlet.training.recall.learner import RecallLearner
from hamlet.training.recurrent_learner import RecurrentLearner
from hamlet.training.settings import TrainingSettings
from hamlet.training.world_models.model import Episodes
from hamlet.worlds.world import Actions, Floats, Mask, Policy, Spec, Step, World

__all__ = ["Learner", "kept_weights", "make_learner", "policy_from"]


class Learner(Protocol):
    """Learns from the vector steps of N agents, deterministically: settings, generators and what it was
    given decide every bit. The ``averaged`` network follows the online one slowly; it is judged, kept
    and shown."""

    def act(self, observation: Floats, mask: Mask, epsilon: float) -> Actions:
        """ε-greedy by the online network: observation [N, D], mask [N, A] → [N] int64; carries memory, if
        it has any, forward: call it once a vector step."""
        ...

    def observe(self, observation: Floats, actions: Actions, novelty: Floats, step: Step) -> None:
        """Remember one vector step: ``observation`` [N, D] (the caller's to keep unchanged until then) and
        ``actions`` [N] before it, ``novelty`` [N] and ``step`` its outcome. Memory of ended lives is lost."""
        ...

    def remember(self, episodes: Episodes) -> None:
        """Whole episodes that somebody else lived, before the first step. Raises ``ConfigError`` of a kind that
        cannot."""
        ...

    @property
    def surprised(self) -> bool:
        """In the last step something was not as it had been learned: curiosity begins again. Of most kinds never."""
        ...

    @property
    def ready(self) -> bool:
        """Enough is remembered (``warm_up``) to update."""
        ...

    def update(self, novelty_weight: float, learning_rate: float) -> Report:
        """One gradient step from what was remembered, with those that planning adds; the target and the
        averaged network follow. Only when ``ready``."""
        ...

    def health(self) -> dict[str, float]:
        """A few figures of its own to watch beside loss and values, by name."""
        ...

    def policy(self) -> ValuePolicy:
        """Greedy, by the averaged network as it is when it acts; for one life a row."""
        ...

    def weights(self) -> NDArray[np.float32]:
        """The averaged network as a flat vector, a copy: what ``policy_from`` takes."""
        ...

    def foresight(self) -> dict[str, NDArray[Any]]:
        """Of a learner that plans in a model which has learned something: what the model predicts by, copies; else
        nothing."""
        ...

    def forget(self, keep: int) -> None:
        """Drop all remembered transitions but the newest ``keep``; the learner is not ``ready`` again
        before ``warm_up`` are there."""
        ...

    def networks(self) -> dict[str, Live]:
        """What a checkpoint keeps, live: ``online``, ``target``, ``averaged``, ``adam.…``."""
        ...

    def memory(self) -> dict[str, NDArray[Any]]:
        """What a resume state keeps besides: replay, window, hidden states. Not all of it live."""
        ...

    def restore_memory(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from ``memory``, among other arrays; raises ``KeyError`` or ``ValueError`` when it is
        not of this run."""
        ...

    def generators(self) -> dict[str, np.random.Generator]:
        """Every generator that it draws from, by name."""
        ...


class _Given(TypedDict):
    """What every kind begins with."""

    init: np.random.Generator
    acting: np.random.Generator
    device: torch.device


def make_learner(
    spec: Spec,
    settings: TrainingSettings,
    *,
    init: np.random.Generator,
    sampling: np.random.Generator,
    acting: np.random.Generator,
    rule: Policy | None = None,
    make: Callable[[int], World] | None = None,
    device: torch.device = HOST,
) -> Learner:
    """The learner that ``settings`` name, its networks on ``device``. ``init`` is drawn from for first weights, at
    every beginning. For one that plans: ``rule`` plays its warm start, ``make`` is the real world of a number of
    agents."""
    given: _Given = {"init": init, "acting": acting, "device": device}
    match settings.q_network:
        case "mlp":
            if settings.recall:
                return RecallLearner(spec, settings, settings.recall, **given)
            if settings.dyna:
                return DynaLearner(spec, settings, settings.dyna, sampling=sampling, rule=rule, make=make, **given)
            return DqnLearner(spec, settings, sampling=sampling, **given)
        case "lstm":
            return RecurrentLearner(spec, settings, sampling=sampling, **given)


def policy_from(spec: Spec, settings: TrainingSettings, weights: NDArray[np.float32]) -> ValuePolicy:
    """The greedy policy of flat ``weights``, for one life a row, on the host; raises ``ValueError`` when their number
    or type is not that of ``settings``."""
    match settings.q_network:
        case "mlp":
            if settings.recall:
                return RecallLearner.policy_from(spec, settings, weights)
            return DqnLearner.policy_from(spec, settings, weights)
        case "lstm":
            return RecurrentLearner.policy_from(spec, settings, weights)


def kept_weights(spec: Spec, settings: TrainingSettings, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """What ``policy_from`` takes, of a checkpoint's ``arrays``; raises ``KeyError`` or ``ValueError`` when they are
    not those of ``settings``."""
    return RecallLearner.kept_weights(spec, arrays) if settings.recall else arrays["averaged"]
