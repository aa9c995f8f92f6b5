"""A language model of three words, from sentences, as the ARPA text that recognisers read.

Interpolated absolute discounting, which backs off by the same mass: Kneser and Ney (1995) without their
continuation counts, of which a corpus of this size has too few.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["arpa"]

_DISCOUNT = 0.7
_BEGIN, _END = "<s>", "</s>"
Gram = tuple[str, ...]


def arpa(sentences: Iterable[Sequence[str]], order: int = 3) -> str:
    """The model of ``sentences`` (words each), in ARPA format with base-10 logarithms."""
    counts: list[Counter[Gram]] = [Counter() for _ in range(order)]
    for words in sentences:
        whole = (_BEGIN, *words, _END)
        for size in range(1, order + 1):
            counts[size - 1].update(zip(*(whole[at:] for at in range(size)), strict=False))
    del counts[0][_BEGIN,]
    probabilities, backoffs = _estimated(counts)
    lines = ["\\data\\", *(f"ngram {size + 1}={len(level)}" for size, level in enumerate(probabilities)), ""]
    for size, level in enumerate(probabilities):
        lines.append(f"\\{size + 1}-grams:")
        for gram in sorted(level):
            line = f"{_log(level[gram]):.4f} {' '.join(gram)}"
            lines.append(f"{line} {_log(backoffs.get(gram, 1.0)):.4f}" if size + 1 < order else line)
        lines.append("")
    return "\n".join([*lines, "\\end\\", ""])


def _estimated(counts: Sequence[Mapping[Gram, int]]) -> tuple[list[dict[Gram, float]], dict[Gram, float]]:
    total = sum(counts[0].values())
    unigrams = {gram: count / total for gram, count in counts[0].items()}
    unigrams[_BEGIN,] = 0.0
    probabilities: list[dict[Gram, float]] = [unigrams]
    backoffs: dict[Gram, float] = {}
    for level in counts[1:]:
        seen: defaultdict[Gram, int] = defaultdict(int)
        kinds: defaultdict[Gram, int] = defaultdict(int)
        for gram, count in level.items():
            seen[gram[:-1]] += count
            kinds[gram[:-1]] += 1
        backoffs |= {history: _DISCOUNT * kinds[history] / seen[history] for history in seen}
        lower = probabilities[-1]
        probabilities.append(
            {
                gram: (count - _DISCOUNT) / seen[gram[:-1]] + backoffs[gram[:-1]] * lower[gram[1:]]
                for gram, count in level.items()
            }
        )
    return probabilities, backoffs


def _log(probability: float) -> float:
    return math.log10(probability) if probability > 0.0 else -99.0
