"""How well speech is recognised and understood, and how much of foreign talk is turned away."""

import sys
from collections.abc import Sequence

import anyio.to_thread
import numpy as np

from benchmarks.voice.people import FOREIGN, VOICES, held_out, noisy, said_by_debtors, voiced
from hamlet.conversation.understanding import understanding
from hamlet.voice.audio import BYTES, as_bytes
from hamlet.voice.spoken import spoken
from hamlet.voice.workers import WorkerRecogniser

__all__ = ["Figures", "foreign", "recognition"]

Figures = dict[str, float]
_EDGE = as_bytes(np.random.default_rng(0).integers(-2, 3, BYTES // 2 * 3 // 10))  # 0.3 s of a quiet line


async def recognition(count: int) -> dict[str, Figures]:
    """``count`` sentences of simulated debtors, and as many by another hand: clean, and in noise; each voice says its
    quarter in a session of its own. ``wer``: words to change, of those said; ``intent``: share understood as if typed;
    ``clear``: share not asked again."""
    rows: dict[str, Figures] = {}
    for name, texts in (("said by debtors", said_by_debtors(count)), ("held out", held_out(count))):
        for noise in (False, True):
            key = f"{name}, {'pink noise' if noise else 'clean'}"
            rows[key] = await _sessions(texts, noise=noise)
            print(key, rows[key], file=sys.stderr, flush=True)
    return rows


async def _sessions(texts: list[str], *, noise: bool) -> Figures:
    known = understanding()
    wrong = words = right = clear = 0
    for at, voice in enumerate(VOICES):
        ears = WorkerRecogniser(["sphinx"])
        await ears.start()
        for number, text in enumerate(texts[at :: len(VOICES)]):
            pcm, wanted = await anyio.to_thread.run_sync(voiced, text, voice), spoken(text)
            heard, understood = await _recognised(ears, noisy(pcm, number) if noise else pcm)
            wrong += _distance(wanted, spoken(heard))
            words += len(wanted)
            clear += understood
            right += understood and known.understand(heard).intent == known.understand(text).intent
        await ears.close()
    total = len(texts)
    return {"wer": wrong / words, "intent": right / total, "clear": clear / total, "sentences": total}


async def foreign(count: int) -> Figures:
    """``count`` sentences that belong in no such talk, by each voice: the share after which one is asked again."""
    known = understanding()
    rejected = total = 0
    for voice in VOICES:
        ears = WorkerRecogniser(["sphinx"])
        await ears.start()
        for text in FOREIGN[:count]:
            heard, clear = await _recognised(ears, await anyio.to_thread.run_sync(voiced, text, voice))
            rejected += not clear or known.understand(heard).asks_again
            total += 1
        await ears.close()
    return {"rejected": rejected / total, "sentences": total}


async def _recognised(ears: WorkerRecogniser, pcm: bytes) -> tuple[str, bool]:
    sound = _EDGE + pcm + _EDGE
    for at in range(0, len(sound), 1024):
        ears.feed(sound[at : at + 1024])
    found = await ears.finish()
    return found.text, found.clear


def _distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to insert, delete or replace (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, start=1):
        before, row[0] = row[0], at
        for other, found in enumerate(heard, start=1):
            before, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, before + (word != found))
    return row[-1]
