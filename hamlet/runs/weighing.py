"""A kept policy for others: its weights as safetensors, and a card in words."""

from collections.abc import Iterator

import msgspec
import safetensors.numpy

from hamlet.projections.configs import algorithm_of
from hamlet.projections.rows import EvaluationRow
from hamlet.projections.views import Views
from hamlet.runs.kept import Kept, newest_kept
from hamlet.settings import Paths

__all__ = ["weights_with_card"]

_LEARNERS = {
    "dqn": "double DQN",
    "drqn": "a recurrent double DQN",
    "ddq": "Deep Dyna-Q",
    "recall": "a memory of places, with values learned in imagined towns",
}


def weights_with_card(paths: Paths, run: str | None, world: str) -> tuple[str, bytes, str]:
    """The run's name; safetensors with one tensor ``averaged`` (every parameter of the averaged network, in order)
    and, as metadata, run, episode and config; and a card as Markdown. Raises ``UsageError`` when no policy was kept."""
    kept = newest_kept(paths, run, world)
    about = {
        "format": "hamlet policy 1",
        "run": kept.run,
        "episode": str(kept.moment.episode),
        "config": msgspec.json.encode(kept.config).decode(),
    }
    tensors = safetensors.numpy.save({"averaged": kept.moment.weights}, about)
    return kept.run, tensors, "\n".join(_card(kept, Views(paths.views).evaluation(kept.run))) + "\n"


def _card(kept: Kept, exam: EvaluationRow | None) -> Iterator[str]:
    training, kind = kept.config.training, kept.config.kind
    task = "live in a town on a grid" if kind == "town" else "negotiate debts in simulated calls"
    yield f"# A policy that learned to {task}"
    yield ""
    yield f"Run `{kept.run}`, after episode {kept.moment.episode:,}; {kept.moment.weights.size:,} parameters."
    yield ""
    yield "## How it was trained"
    yield ""
    learner = _LEARNERS[algorithm_of(msgspec.to_builtins(kept.config))]
    yield f"By {learner}, from `{kept.config_name}`, seed {training.seed}; the config stands in the file's metadata."
    yield "The weights are the running average of the online network, which is what is examined and shown."
    yield ""
    yield "## How good it is"
    yield ""
    if exam is None:
        yield "It was not examined: `python main.py evaluate` does that."
    else:
        unit = "steps lived" if kind == "town" else "turns"
        yield f"Greedy, {exam.episodes} held-out starts, at most {exam.cap} {unit}, after episode {exam.episode:,}:"
        yield ""
        yield f"| policy | mean {unit} | worst |" + (
            " ended well | violations in 100 calls |" if kind != "town" else ""
        )
        yield "|---|--:|--:|" + ("--:|--:|" if kind != "town" else "")
        for name, result in exam.policies.items():
            calls = f" {result.calls.success:.3f} | {result.calls.violations:.1f} |" if result.calls else ""
            yield f"| {name.replace('_', ' ')} | {result.mean:.1f} | {result.worst:.0f} |{calls}"
    yield ""
    yield "## Limits"
    yield ""
    yield "It knows the world of its config and nothing else: another layout, other rules or real people are outside"
    yield "of what was measured. It is a study object, not a product; the debtors it learned from are simulated."
    yield ""
    yield "## To use it"
    yield ""
    yield "`hamlet.training.learner.policy_from(spec_of(config.world), config.training, averaged)` with the config of"
    yield "the metadata (`hamlet.settings.from_record`)."
