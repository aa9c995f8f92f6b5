"""Whole calls: simulated debtors who speak through flite, and the same ones typing.

The line runs as quickly as the recogniser does: a second of sound is a second only to the talk.
"""

import sys
from collections.abc import Sequence

import anyio
import anyio.to_thread
import numpy as np

from benchmarks.voice.people import PIECE, VOICES, voiced
from hamlet.clock import SystemClock
from hamlet.conversation.session import PolicyChooser, Turn
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.talks.talk import Seat, Talk
from hamlet.voice.conversation import Conversation, State
from hamlet.voice.engines import listener, recogniser
from hamlet.voice.playback import Heard
from hamlet.voice.settings import TurnSettings, VoiceSettings
from hamlet.voice.transport import News
from hamlet.worlds.dialogue.acts import ACTS
from hamlet.worlds.dialogue.physics import PHYSICS
from hamlet.worlds.dialogue.policies import RulePolicy
from hamlet.worlds.dialogue.replaying import with_debtor
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Outcomes", "whole_calls"]

Outcomes = dict[str, str | int]
_SETTINGS = DialogueSettings(physics=PHYSICS)
_HUNG_UP = "hung_up"
_PATIENCE = 150  # pieces of silence (3 s) after which one says it again


class _Debtor:
    """The simulated debtor ``seed``, who answers what the collector of a talk does, in words."""

    def __init__(self, seed: int) -> None:
        self._seed, self._world = seed, with_debtor(_SETTINGS, seed)
        self._profile = self._world.debtor(0)  # another one would be drawn at the end
        self._wording = TemplateWording(known_templates())
        self._turn = 0
        self._said = ""
        self.left = False

    def answers(self, act: str) -> str:
        """What is said to it; "" (a question to say it again): the same as before."""
        if not act:
            return self._said
        step = self._world.step(np.array([ACTS.index(act)], np.int64))
        self.left = bool(step.terminated[0] or step.truncated[0])
        heard = self._world.episode(0).heard(self._turn) if self.left else self._world.heard(0)
        self._said = self._wording.debtor(heard, self._profile, self._seed, self._turn).text
        self._turn += 1
        return self._said


def _talk(seed: int) -> Talk:
    seat = Seat(PolicyChooser(RulePolicy()), _SETTINGS)
    return Talk("debtor", seed, None, seat, TemplateWording(known_templates()))


def _typed(seed: int) -> str:
    talk, debtor = _talk(seed), _Debtor(seed)
    talk.begin()
    while not talk.ending and not debtor.left:
        talk.say(debtor.answers(talk.turns[-1].act))
    return talk.ending or _HUNG_UP


class _OnTheLine:
    """The debtor as the talk of a conversation, and as the line on which its words are spoken."""

    def __init__(self, seed: int, voice: str) -> None:
        self.talk, self._debtor, self._voice = _talk(seed), _Debtor(seed), voice
        self._said = self._saying = b""
        self._state = ""
        self._answered = self._silent = 0

    async def begin(self) -> Sequence[Turn]:
        return self.talk.begin()

    async def say(self, text: str, *, clear: bool) -> Sequence[Turn]:
        return self.talk.say(text, clear=clear)

    async def interrupted(self, heard: Heard) -> None: ...

    async def receive(self) -> bytes | None:
        await anyio.sleep(0.0002)  # the others think, too
        if self._state != State.LISTENING:
            return bytes(PIECE)
        if self._saying:
            piece, self._saying = self._saying[:PIECE], self._saying[PIECE:]
            self._silent = 0
            return piece.ljust(PIECE, b"\0")
        self._silent += 1
        if self._answered < len(self.talk.turns):
            if self._debtor.left or self.talk.ending:
                return None
            text = self._debtor.answers(self.talk.turns[-1].act)
            self._said = bytes(8 * PIECE) + await anyio.to_thread.run_sync(voiced, text, self._voice)
            self._answered, self._saying = len(self.talk.turns), self._said
        elif self._silent > _PATIENCE:
            self._saying = self._said  # nobody answers: once more
        return bytes(PIECE)

    async def play(self, pcm: bytes) -> None: ...

    async def flush(self) -> None: ...

    @property
    def played(self) -> float:
        return 0.0

    async def all_played(self) -> None: ...

    async def tell(self, news: News) -> None:
        self._state = getattr(news, "state", self._state)


async def whole_calls(count: int) -> Outcomes:
    """In how many of ``count`` calls the outcome was equal, and the others; the four voices by turns."""
    equal, others = 0, dict[str, str | int]()
    for seed in range(1, count + 1):
        ears, line = recogniser(VoiceSettings()), _OnTheLine(seed, VOICES[seed % len(VOICES)])
        await ears.start()
        with anyio.move_on_after(120.0):
            await Conversation(line, line, listener(), ears, None, TurnSettings(), SystemClock()).run()
        await ears.close()
        spoken, typed = line.talk.ending or _HUNG_UP, _typed(seed)
        equal += typed == spoken
        if typed != spoken:
            others[f"call {seed}"] = f"typed: {typed}, spoken: {spoken}"
        print(f"\r{seed} calls", end="", file=sys.stderr)
    print(file=sys.stderr)
    return {"equal": equal, "calls": count} | others
