"""Words by a language model: any OpenAI-compatible endpoint says a template in other words.

The model is given the template with its amounts, the persona and the mood; never what a person said. What it
answers must hold every amount and date of the template; otherwise, and on any failure, the template is said.
"""

import re
from typing import Any, NamedTuple

from hamlet.conversation.wording import Worded, Wording, mood
from hamlet.errors import UsageError
from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.profiles import Profile

__all__ = ["Endpoint", "LlmWording", "OpenaiMissingError", "connect"]

TIMEOUT = 5.0  # seconds for a sentence, connecting included
_LONGEST = 500  # characters of an answer
_SYSTEM = (
    "You reword one utterance of a telephone call about an overdue debt. Answer with the reworded utterance only, one"
    " to three sentences. Keep every amount, number and date exactly as it stands. Add no fact, offer, threat or"
    " promise that is not there."
)
_KEPT = re.compile(r"\$?\d+(?:,\d{3})*(?:st|nd|rd|th)?")


class OpenaiMissingError(UsageError, ImportError):
    """The optional package openai is not installed."""


class Endpoint(NamedTuple):
    """``url``: the base of an OpenAI-compatible API, such as ``http://localhost:11434/v1``; ``key`` may be
    anything where the endpoint asks for none."""

    url: str
    model: str
    key: str = "none"
    timeout: float = TIMEOUT


class LlmWording:
    """``fallback``'s words, said again by ``model`` through ``client`` (an ``openai.OpenAI`` or alike).

    The first failure is the last try: from then on the templates speak, and the reason is said once."""

    def __init__(self, client: Any, model: str, fallback: Wording) -> None:
        self._client, self._model, self._fallback = client, model, fallback
        self._failed = False

    def collector(self, act: int, sentiment: float, profile: Profile, seed: int, turn: int) -> Worded:
        worded = self._fallback.collector(act, sentiment, profile, seed, turn)
        return self._again(worded.text, f"The collector ({ACTS[act]}), to somebody who sounds {mood(sentiment)}.", seed)

    def debtor(self, said: Heard, profile: Profile, seed: int, turn: int) -> Worded:
        worded = self._fallback.debtor(said, profile, seed, turn)
        about = f"The debtor ({profile.persona}, {mood(said.sentiment)}; means: {INTENTS[said.intent]})."
        return self._again(worded.text, about, seed)

    def asks_again(self, seed: int, turn: int) -> Worded:
        return self._fallback.asks_again(seed, turn)

    def _again(self, text: str, about: str, seed: int) -> Worded:
        if self._failed:
            return Worded(text)
        try:
            answer = self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": _SYSTEM}, {"role": "user", "content": f"{about}\n\n{text}"}],
                temperature=0.7,
                seed=seed % 2**31,
                max_tokens=200,
            )
            found = " ".join((answer.choices[0].message.content or "").split())
        except Exception as error:  # whatever a client or an endpoint may raise: the call goes on
            self._failed = True
            return Worded(text, reason=f"templates from here on: {type(error).__name__}: {_line(error)}")
        if not found or len(found) > _LONGEST or not set(_KEPT.findall(text)) <= set(_KEPT.findall(found)):
            return Worded(text, reason="the model changed an amount or a date, said nothing or too much: the template")
        return Worded(found, source="llm")


def connect(endpoint: Endpoint, fallback: Wording) -> LlmWording:
    """Raises ``OpenaiMissingError`` without the package; nothing is sent before the first sentence."""
    try:
        import openai
    except ImportError as error:
        raise OpenaiMissingError(
            "--llm: found no openai, which is an optional extra; install it with: pip install -e .[llm]"
        ) from error
    client = openai.OpenAI(base_url=endpoint.url, api_key=endpoint.key, timeout=endpoint.timeout, max_retries=0)
    return LlmWording(client, endpoint.model, fallback)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
