"""``make_model``: the only place that knows which kinds of world model there are."""

import numpy as np

from hamlet.errors import ConfigError
from hamlet.training.world_models.dense import Dense
from hamlet.training.world_models.heads import Heads
from hamlet.training.world_models.lstm import Lstm
from hamlet.training.world_models.model import WorldModel
from hamlet.training.world_models.neural import Body, NeuralModel
from hamlet.training.world_models.settings import Kind, WorldModelSettings
from hamlet.training.world_models.transformer import Transformer
from hamlet.training.world_models.utterances import UtteranceModel
from hamlet.worlds.world import Spec

__all__ = ["SPEAKING", "make_model"]

SPEAKING = "dialogue"
"""The world in which something is said."""


def make_model(kind: Kind, spec: Spec, settings: WorldModelSettings, rng: np.random.Generator) -> WorldModel:
    """A fresh model of ``spec``'s world. ``rng`` draws its first weights, then its batches.
    Raises ``ConfigError`` for ``utterances`` in a world where nothing is said."""
    if kind == "utterances":
        if spec.world != SPEAKING:
            raise ConfigError("training.dyna.model.kind", f"utterances, but nobody says anything in the {spec.world}")
        return UtteranceModel(spec, settings, rng)
    heads = Heads(spec, settings, gaussian=kind != "mlp")
    inputs = spec.observation_size + len(spec.actions)
    body: Body
    match kind:
        case "mlp" | "probabilistic":
            body = Dense(inputs, heads.size, 1, settings, rng)
        case "ensemble":
            body = Dense(inputs, heads.size, settings.members, settings, rng)
        case "lstm":
            body = Lstm(inputs, heads.size, settings, rng)
        case "transformer":
            body = Transformer(inputs, heads.size, settings, rng)
    return NeuralModel(kind, spec, settings, body, heads, rng)
