"""Conversations of a run as text: those that its exams kept, and any call of its training had again."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.errors import UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import (
    ConversationEnded,
    ConversationStarted,
    DialogueEpisode,
    EpisodeCompleted,
    RunStarted,
    TurnTaken,
    tag_of,
)
from hamlet.runs.choosing import newest_run, run_milestones
from hamlet.settings import Paths, from_record
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, SIGNALS
from hamlet.worlds.dialogue.perception import Heard
from hamlet.worlds.dialogue.profiles import Profile
from hamlet.worlds.dialogue.replaying import hold_again, with_debtor
from hamlet.worlds.dialogue.settings import DialogueSettings

__all__ = ["Transcript", "TranscriptTurn", "episode_transcript", "exam_transcripts"]


class TranscriptTurn(msgspec.Struct, frozen=True, kw_only=True):
    """``values``: what the collector thought of each act that was allowed, best first; empty where it is not
    known (calls of the training)."""

    act: str
    words: str
    values: dict[str, float]
    violations: list[str]
    intent: str
    reply: str
    sentiment: float
    cooperation: float
    signals: list[str]


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with a simulated debtor. ``returns``: the undiscounted sum of its rewards."""

    run: str
    conversation: str
    episode: int
    debtor: Profile
    outcome: str
    success: bool
    returns: float
    turns: list[TranscriptTurn]

    def as_json(self) -> str:
        """One line."""
        return msgspec.json.encode(self).decode()

    def as_markdown(self) -> str:
        """To read: what was said, and why."""
        debtor, how = self.debtor, "success" if self.success else "no success"
        money = f"${debtor.debt:,} overdue for {debtor.days_overdue} days, can pay ${debtor.affordable:,} a month"
        lines = [
            f"## {self.conversation}: {debtor.persona}, {self.outcome.replace('_', ' ')}",
            "",
            f"After episode {self.episode:,} of {self.run}. Hidden from the collector: {debtor.persona}, {money}."
            f" {how.capitalize()} in {len(self.turns)} turns, return {self.returns:.2f}.",
            "",
        ]
        for number, turn in enumerate(self.turns, start=1):
            lines += [f"**{number}. Collector**, *{_plain(turn.act)}*{_why(turn)}: {turn.words}", ""]
            if turn.violations:
                lines += [f"> Breaks a rule: {', '.join(map(_plain, turn.violations))}.", ""]
            lets_on = f", lets on: {', '.join(turn.signals)}" if turn.signals else ""
            sounds = f"mood {turn.sentiment:+.2f}, will {turn.cooperation:+.2f}{lets_on}"
            lines += [f"**Debtor**, understood as *{_plain(turn.intent)}* ({sounds}): {turn.reply}", ""]
        return "\n".join(lines)


def exam_transcripts(paths: Paths, name: str | None, last: int) -> list[Transcript]:
    """The newest ``last`` conversations that exams of the run ``name``, or of the newest dialogue, kept. Raises
    ``UsageError`` when there are none."""
    run, settings = _dialogue(paths, name)
    kinds = [tag_of(kind) for kind in (ConversationStarted, TurnTaken, ConversationEnded)]
    found: list[Transcript] = []
    begun: ConversationStarted | None = None
    turns: list[TurnTaken] = []
    for batch in read_events(paths.events, run=run, types=kinds):
        for recorded in batch:
            match recorded.event:
                case ConversationStarted() as begun:
                    turns = []
                case TurnTaken() as turn:
                    turns.append(turn)
                case ConversationEnded() as ended if begun is not None:
                    found.append(_transcript(run, settings, begun, turns, ended))
    if not found:
        raise UsageError(f"run {run} kept no conversations: set training.exam_transcripts, or name an --episode")
    return found[-last:]


def episode_transcript(paths: Paths, name: str | None, episode: int) -> Transcript:
    """Call ``episode`` of the training, had again. Raises ``UsageError`` when there is none."""
    run, settings = _dialogue(paths, name)
    event = next((event for event in _calls(paths, run) if event.episode == episode), None)
    if event is None:
        raise UsageError(f"run {run} has no episode {episode:,}")
    debtor, had = hold_again(event, settings)
    assert isinstance(event.detail, DialogueEpisode)  # or it could not have been had again
    speaker = _Speaker(debtor, event.detail.seed)
    turns = [speaker.turn(turn.act, turn.heard, {}, turn.violations) for turn in had]
    return Transcript(
        run=run,
        conversation=f"call {episode:,}",
        episode=episode,
        debtor=debtor,
        outcome="timed_out" if event.cause == "cap" else event.cause,
        success=event.detail.success,
        returns=event.extrinsic_reward,
        turns=turns,
    )


class _Speaker:
    """Puts one call into words, turn after turn."""

    def __init__(self, debtor: Profile, seed: int) -> None:
        self._debtor, self._seed = debtor, seed
        self._wording = TemplateWording(known_templates())
        self._mood, self._number = 0.0, 0

    def turn(self, act: int, heard: Heard, values: Mapping[str, float], violations: Sequence[str]) -> TranscriptTurn:
        """The next turn; ``values`` in any order."""
        words = self._wording.collector(act, self._mood, self._debtor, self._seed, self._number).text
        reply = self._wording.debtor(heard, self._debtor, self._seed, self._number).text
        self._mood, self._number = heard.sentiment, self._number + 1
        return TranscriptTurn(
            act=ACTS[act],
            words=words,
            values=dict(sorted(values.items(), key=lambda item: -item[1])),
            violations=list(violations),
            intent=INTENTS[heard.intent],
            reply=reply,
            sentiment=heard.sentiment,
            cooperation=heard.cooperation,
            signals=list(heard.lets_on),
        )


def _transcript(
    run: str, settings: DialogueSettings, begun: ConversationStarted, taken: list[TurnTaken], ended: ConversationEnded
) -> Transcript:
    debtor = with_debtor(settings, begun.seed, begun.persona).debtor(0)
    speaker, turns = _Speaker(debtor, begun.seed), []
    for turn in taken:
        heard = Heard(
            INTENTS.index(turn.intent),
            turn.sentiment,
            tuple(name in turn.signals for name in SIGNALS),
            turn.cooperation,
        )
        values = {act: q for act, q, allowed in zip(ACTS, turn.q_values, turn.mask, strict=True) if allowed}
        turns.append(speaker.turn(ACTS.index(turn.act), heard, values, turn.violations))
    return Transcript(
        run=run,
        conversation=begun.conversation,
        episode=begun.episode,
        debtor=debtor,
        outcome=ended.outcome,
        success=ended.success,
        returns=ended.returns,
        turns=turns,
    )


def _dialogue(paths: Paths, name: str | None) -> tuple[str, DialogueSettings]:
    run = newest_run(paths.events, name, "dialogue")
    if run is None:
        raise UsageError(f"{paths.data}: no dialogue run yet; train one with: python main.py all-in-one")
    started = run_milestones(paths.events, run)[0].event
    assert isinstance(started, RunStarted)
    world = from_record(started.config, run).world
    if not isinstance(world, DialogueSettings):
        raise UsageError(f"run {run} is a {started.world}: nobody talks in it; name a dialogue run")
    return run, world


def _calls(paths: Paths, run: str) -> Iterator[EpisodeCompleted]:
    for batch in read_events(paths.events, run=run, types=[tag_of(EpisodeCompleted)]):
        for recorded in batch:
            if isinstance(recorded.event, EpisodeCompleted):
                yield recorded.event


def _why(turn: TranscriptTurn) -> str:
    """The value of what was done, and of the two best of the rest."""
    if not turn.values:
        return ""
    others = [f"{_plain(act)} {value:+.2f}" for act, value in turn.values.items() if act != turn.act]
    return f" ({'; '.join([f'{turn.values[turn.act]:+.2f}', ', '.join(others[:2])])})"


def _plain(name: str) -> str:
    return name.replace("_", " ")
