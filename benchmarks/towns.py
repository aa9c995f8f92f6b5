"""What frames every result in the towns that come with Hamlet: ``python -m benchmarks.towns``.

The baselines of the exam: mean steps lived from 200 held-out starts (the shortest life), at both
caps; and where the expert neglects a meter, how it fares when it does not.
"""

import msgspec
import numpy as np

from hamlet.runs.examining import CAPS
from hamlet.settings import ROOT, read_config
from hamlet.training.evaluate import EXAM_SEED, exam
from hamlet.worlds.random_policy import RandomPolicy
from hamlet.worlds.town.policies import ExpertPolicy, StandStillPolicy
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from hamlet.worlds.world import Policy

__all__ = ["main"]

STARTS = 200


def main() -> None:
    """Print a table: town, cap, random, standing still, expert."""
    print("| Town | Cap | Random | Standing still | Expert |\n|---|--:|--:|--:|--:|")
    for path in sorted(ROOT.glob("configs/town/*.yaml")):
        settings = read_config(path).world
        assert isinstance(settings, TownSettings)
        for cap in CAPS:
            print(f"| `{path.stem}` | {cap:,} | {' | '.join(_lived(settings, cap))} |")
        if settings.expert_neglects:
            careful = msgspec.structs.replace(settings, expert_neglects=())
            print(f"| `{path.stem}`, nothing neglected | {CAPS[-1]:,} | | | {_lived(careful, CAPS[-1])[-1]} |")


def _lived(settings: TownSettings, cap: int) -> list[str]:
    """Random, stand-still, expert: mean (worst)."""
    town = Town(settings, STARTS, exam=True, cap=cap)
    random = RandomPolicy(np.random.default_rng(EXAM_SEED))
    policies: list[Policy] = [random, StandStillPolicy(town), ExpertPolicy(town)]
    results = [exam(policy, town) for policy in policies]
    return [f"{result.mean:,.0f} ({result.worst:,.0f})" for result in results]


if __name__ == "__main__":
    main()
