"""Random numbers that kernels draw: a hash of a counter, the same on every machine and for any N."""

import numpy as np
from numpy.typing import NDArray

from hamlet.worlds.compiled import compiled

__all__ = ["GOLDEN", "hashed", "mix", "seeds_for", "unit"]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@compiled
def mix(z: np.uint64) -> np.uint64:
    """SplitMix64's output function (Steele, Lea, Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def hashed(seed: int, number: int) -> np.uint64:
    """The ``number``-th draw (0, 1, …) of the sequence that ``seed`` begins."""
    drawn: np.uint64 = mix(mix(np.uint64(seed) + GOLDEN) + GOLDEN * np.uint64(number + 1))
    return drawn


@compiled
def unit(seed: int, number: int) -> float:
    """The same draw as a double in [0, 1)."""
    share: float = np.float64(hashed(seed, number) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
    return share


@compiled
def seeds_for(seed: np.uint64, streams: NDArray[np.uint64]) -> None:
    """A beginning for each stream: row i depends on ``seed`` and i only, never on how many rows there are."""
    for i in range(streams.size):
        streams[i] = mix(mix(seed) + GOLDEN * np.uint64(i + 1))
