"""One gradient step of ours beside the same step written as one usually writes it in torch:
``python -m benchmarks --only update``.

All three take the same batch of 256 through a 88-256-256-6 network: double-DQN targets with a
mask, advantage learning, Huber loss, the gradient's norm clipped, Adam, Polyak averaging of the target. The peers use
``torch.nn``, autograd and ``torch.optim``. *eager* is all defaults; *eager, fused* takes fused Adam
and the same matrix path as ours. Before the clock starts, all must agree on what one step does to
the weights. The floor is the matrix products alone, at the speed of a 512×512 product.
"""

import itertools
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.probes import gflops
from benchmarks.row import Row
from hamlet.training import dqn
from hamlet.training.networks import Adam, Mlp, one_thread
from hamlet.training.replay import Batch

__all__ = ["rows"]

REPEATS = 5
STEPS = 300  # per repeat
SIZES, BATCH = (88, 256, 256, 6), 256
RATE, TAU, NORM, WEIGHT, GAP = 5e-4, 0.01, 10.0, 0.5, 0.9


def flops() -> int:
    """Of the matrix products of one step: four passes forward, and one back that leaves out the
    gradient of the input."""
    layers = [a * b for a, b in itertools.pairwise(SIZES)]
    return 2 * BATCH * (4 * sum(layers) + sum(layers) + sum(layers[1:]))


def make_batch(rng: np.random.Generator) -> Batch:
    def tensor(*shape: int) -> Tensor:
        return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).clone()

    def allowed() -> Tensor:
        mask = torch.from_numpy(rng.random((BATCH, SIZES[-1])) < 0.8)
        mask[:, 0] = True
        return mask

    return Batch(
        observation=tensor(BATCH, SIZES[0]),
        mask=allowed(),
        action=torch.from_numpy(rng.integers(0, SIZES[-1], BATCH)),
        reward=tensor(BATCH),
        novelty=tensor(BATCH),
        discount=torch.full((BATCH,), 0.99),
        next_observation=tensor(BATCH, SIZES[0]),
        next_mask=allowed(),
    )


class Ours:
    def __init__(self) -> None:
        self.online, self.target = Mlp(SIZES, np.random.default_rng(1)), Mlp(SIZES)
        self.target.copy_from(self.online)
        self.adam = Adam(self.online, RATE, NORM)

    def step(self, batch: Batch) -> None:
        dqn.update(batch, self.online, self.target, self.adam, novelty_weight=WEIGHT, tau=TAU, gap=GAP)

    def weights(self) -> Tensor:
        return torch.cat([self.online.flat, self.target.flat])


class Eager:
    def __init__(self, *, fused: bool) -> None:
        self.online, self.target = (self._network(Ours().online) for _ in range(2))
        self.adam = torch.optim.Adam(self.online.parameters(), lr=RATE, fused=True if fused else None)

    @staticmethod
    def _network(like: Mlp) -> nn.Sequential:
        layers: list[nn.Module] = []
        start = 0
        for a, b in itertools.pairwise(SIZES):
            linear = nn.Linear(a, b)
            with torch.no_grad():
                linear.weight.copy_(like.flat[start : start + a * b].view(a, b).t())
                linear.bias.copy_(like.flat[start + a * b : start + a * b + b])
            start += a * b + b
            layers += [linear, nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def step(self, batch: Batch) -> None:
        with torch.no_grad():
            choice = self.online(batch.next_observation).masked_fill(~batch.next_mask, -torch.inf).argmax(1)
            future = self.target(batch.next_observation).gather(1, choice[:, None]).squeeze(1)
            now = self.target(batch.observation)
            best = now.masked_fill(~batch.mask, -torch.inf).max(1).values
            behind = best - now.gather(1, batch.action[:, None]).squeeze(1)
            wanted = batch.reward + WEIGHT * batch.novelty + batch.discount * future - GAP * behind
        q = self.online(batch.observation).gather(1, batch.action[:, None]).squeeze(1)
        loss = nn.functional.smooth_l1_loss(q, wanted)
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.online.parameters(), NORM)
        self.adam.step()
        with torch.no_grad():
            for slow, fast in zip(self.target.parameters(), self.online.parameters(), strict=True):
                slow.lerp_(fast, TAU)
        loss.item()

    def weights(self) -> Tensor:
        def flat(network: nn.Sequential) -> list[Tensor]:
            return [(p.t() if p.ndim == 2 else p).detach().reshape(-1) for p in network.parameters()]

        return torch.cat([*flat(self.online), *flat(self.target)])


def rate(contestant: Ours | Eager, batch: Batch, steps: int = STEPS) -> float:
    begin = time.perf_counter()
    for _ in range(steps):
        contestant.step(batch)
    return steps / (time.perf_counter() - begin)


def rows() -> list[Row]:
    """Gradient steps/s: medians of interleaved repeats."""
    one_thread()
    batch = make_batch(np.random.default_rng(2))
    contestants: dict[str, Callable[[], Ours | Eager]] = {
        "ours": Ours,
        "eager": partial(Eager, fused=False),
        "eager, fused": partial(Eager, fused=True),
    }
    running = {name: make() for name, make in contestants.items()}
    for contestant in running.values():
        rate(contestant, batch, 1)
    for contestant in running.values():
        # Adam's first step is the learning rate times the gradient's sign: where that is near 0, rounding decides.
        same = (contestant.weights() - running["ours"].weights()).abs() < 1e-5
        assert same.float().mean() > 0.999, "the contestants do not compute the same step"
    rates: dict[str, list[float]] = {name: [] for name in running}
    probes = []
    for _ in range(REPEATS):
        probes.append(gflops(50))
        for name, contestant in running.items():
            rates[name].append(rate(contestant, batch))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    medians["floor"] = statistics.median(probes) * 1e9 / flops()
    bars = {"eager": 2.0, "eager, fused": 1.3, "floor": None}
    notes = {"floor": f"{flops() / 1e6:.0f} MFLOP a step at {statistics.median(probes):.0f} GFLOP/s"}
    return [
        Row(
            name=f"gradient steps / {peer}",
            ours=medians["ours"],
            peer=medians[peer],
            ratio=medians["ours"] / medians[peer],
            unit="steps/s",
            bar=bar,
            note=notes.get(peer, ""),
        )
        for peer, bar in bars.items()
    ]
