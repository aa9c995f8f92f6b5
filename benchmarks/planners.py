"""Is looking ahead worth it, at equal training: ``python -m benchmarks.planners``.

A collector's q after so many real calls of plain DQN (``benchmarks.dyna``), and world models that have learned from
these calls and from nothing else. Each planner has the same held-out debtors as greedy q. The table: mean over
seeds of success and of what it earns over greedy q, with the 95 % interval (Student's t) of the latter; milliseconds
of CPU for a decision alone.
"""

import argparse
import sys
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.dreaming import few
from benchmarks.dyna import WORLD
from hamlet.lab.statistics import summary
from hamlet.training.networks import one_thread
from hamlet.training.planners.comparing import Compared, compare
from hamlet.training.planners.making import make_planner
from hamlet.training.planners.settings import PRESETS
from hamlet.training.planners.values import q_of
from hamlet.training.world_models.making import make_model
from hamlet.training.world_models.settings import Kind, WorldModelSettings
from hamlet.worlds.dialogue.dialogue import Call, Dialogue
from hamlet.worlds.world import Episode

__all__ = ["main"]

CALLS, GAMMA = (100, 300), 0.97
MODELS: dict[Kind, int] = {"mlp": 1_000, "ensemble": 1_000, "utterances": 100}  # updates
_EXAM = 0xE8_1A7


class Found(msgspec.Struct, frozen=True):
    """What planners in one ``model`` earned with the q of one ``seed`` after so many ``calls``."""

    model: str
    seed: int
    calls: int
    compared: list[Compared]


def look(seed: int, calls: int, kinds: tuple[Kind, ...], names: tuple[str, ...], lives: int) -> list[Found]:
    real, learner = few(seed, calls)
    q, spec = q_of(learner.policy(), real.masks.shape[2]), Dialogue(WORLD, 1).spec
    found = []
    for kind in kinds:
        settings = WorldModelSettings(kind=kind, members=3, hidden=64, batch=64)
        model = make_model(kind, spec, settings, np.random.default_rng(seed))
        model.fit(real, MODELS[kind])
        served = [name for name in names if name != "uncertainty" or model.members > 1]
        planners = {name: make_planner(PRESETS[name], spec, GAMMA, np.random.default_rng(seed)) for name in served}
        exam = Dialogue(WORLD, lives, exam=True)
        compared = compare(exam, _EXAM, planners, model, q, _ended_well)
        found.append(Found(kind, seed, calls, compared))
    return found


def _ended_well(episode: Episode) -> bool:
    return isinstance(episode, Call) and episode.success


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planners", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", action="append", choices=list(MODELS), help="may be given several times")
    parser.add_argument("--planner", action="append", choices=list(PRESETS), help="may be given several times")
    parser.add_argument("--lives", type=int, default=100, help="calls of each planner")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every figure of every seed")
    asked = parser.parse_args()
    one_thread()
    found: list[Found] = []
    for seed in range(asked.seeds):
        for calls in CALLS:
            found += look(seed, calls, tuple(asked.model or MODELS), tuple(asked.planner or PRESETS), asked.lives)
            print(f"seed {seed}, {calls} calls", file=sys.stderr)
    show(found)
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def show(found: list[Found]) -> None:
    """Print the table."""
    cells = " | ".join(f"success after {calls} | over greedy" for calls in CALLS)
    print(f"| model | planner | {cells} | as greedy | ms alone |")
    print("|---|---|" + "--:|" * (2 * len(CALLS) + 2))
    for model in dict.fromkeys(one.model for one in found):
        names = dict.fromkeys(row.name for one in found if one.model == model for row in one.compared)
        for name in names:
            of = [
                {
                    one.seed: row
                    for one in found
                    if one.model == model and one.calls == calls
                    for row in one.compared
                    if row.name == name
                }
                for calls in CALLS
            ]
            line = [model, name]
            for rows in of:
                gain = summary({seed: row.gain for seed, row in rows.items()}, more_is_better=True)
                assert gain is not None and gain.mean is not None
                half = "" if gain.high is None else f" ± {gain.high - gain.mean:.2f}"
                line += [f"{np.mean([row.success for row in rows.values()]):.2f}", f"{gain.mean:+.2f}{half}"]
            each = [row for rows in of for row in rows.values()]
            line.append(f"{np.mean([row.agreement for row in each]):.0%}")
            line.append(f"{np.mean([row.milliseconds for row in each]):.1f}")
            print("| " + " | ".join(line) + " |")


if __name__ == "__main__":
    main()
