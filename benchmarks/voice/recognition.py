"""How well speech is recognised and understood, and how much of foreign talk is turned away."""

import anyio.to_thread
import numpy as np

from benchmarks.voice.people import FOREIGN, VOICES, held_out, noisy, said_by_debtors, spoken_in_turn, voiced
from hamlet.conversation.understanding import understanding
from hamlet.voice.audio import BYTES, as_bytes
from hamlet.voice.sphinx import distance
from hamlet.voice.spoken import spoken
from hamlet.voice.workers import WorkerRecogniser

__all__ = ["Figures", "foreign", "recognition"]

Figures = dict[str, float]
_EDGE = as_bytes(np.random.default_rng(0).integers(-2, 3, BYTES // 2 * 3 // 10))  # 0.3 s of a quiet line


async def recognition(count: int) -> dict[str, Figures]:
    """``count`` sentences of simulated debtors, and as many by another hand: clean, and in noise. ``wer``: words to
    change, of those said; ``intent``: share understood as if typed; ``clear``: share not asked again."""
    ears, known = WorkerRecogniser(["sphinx"]), understanding()
    await ears.start()
    rows: dict[str, Figures] = {}
    for name, texts in (("said by debtors", said_by_debtors(count)), ("held out", held_out(count))):
        for noise in (False, True):
            wrong = words = right = clear = 0
            said = await anyio.to_thread.run_sync(_all, texts)
            for number, (text, pcm) in enumerate(said):
                wanted = spoken(text)
                heard, understood = await _recognised(ears, noisy(pcm, number) if noise else pcm)
                wrong += distance(wanted, spoken(heard))
                words += len(wanted)
                clear += understood
                right += understood and known.understand(heard).intent == known.understand(text).intent
            found = {"wer": wrong / words, "intent": right / len(said), "clear": clear / len(said)}
            rows[f"{name}, {'pink noise' if noise else 'clean'}"] = found | {"sentences": len(said)}
    await ears.close()
    return rows


async def foreign(count: int) -> Figures:
    """``count`` sentences that belong in no such talk, by each voice: the share after which one is asked again."""
    ears, known = WorkerRecogniser(["sphinx"]), understanding()
    await ears.start()
    rejected = total = 0
    for text in FOREIGN[:count]:
        for voice in VOICES:
            heard, clear = await _recognised(ears, await anyio.to_thread.run_sync(voiced, text, voice))
            rejected += not clear or known.understand(heard).asks_again
            total += 1
    await ears.close()
    return {"rejected": rejected / total, "sentences": total}


def _all(texts: list[str]) -> list[tuple[str, bytes]]:
    return list(spoken_in_turn(texts))


async def _recognised(ears: WorkerRecogniser, pcm: bytes) -> tuple[str, bool]:
    sound = _EDGE + pcm + _EDGE
    for at in range(0, len(sound), 1024):
        ears.feed(sound[at : at + 1024])
    found = await ears.finish()
    return found.text, found.clear
