"""A conversation of a policy with a simulated debtor, kept turn by turn."""

import numpy as np

from hamlet.events.types import ConversationEnded, ConversationEvent, ConversationStarted, TurnTaken
from hamlet.training.policy import ValuePolicy
from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.dialogue.dialogue import Dialogue

__all__ = ["transcribe"]


def transcribe(
    world: Dialogue, policy: ValuePolicy, seed: int, name: str, episode: int, vector_step: int
) -> list[ConversationEvent]:
    """The call ``seed`` of ``world`` (of one agent) by ``policy``, as events of the conversation ``name``."""
    step = world.reset_to([seed])
    persona, returns, running = world.debtor(0).persona, 0.0, True
    events: list[ConversationEvent] = [
        ConversationStarted(
            conversation=name,
            episode=episode,
            vector_step=vector_step,
            partner="simulated",
            seed=seed,
            persona=persona,
            physics=world.spec.physics,
        )
    ]
    while running:
        values, acts = policy.decide(step.observation, step.mask)
        act, q_values, mask = int(acts[0]), values[0].tolist(), step.mask[0].tolist()
        broken = world.forbids(0, act)
        step = world.step(np.array([act]))
        returns += float(step.reward[0])
        running = not (step.terminated[0] or step.truncated[0])
        turn = len(events)
        heard = world.heard(0) if running else world.episode(0).heard(turn - 1)
        events.append(
            TurnTaken(
                conversation=name,
                episode=episode,
                turn=turn,
                act=ACTS[act],
                q_values=q_values,
                mask=mask,
                violations=list(broken),
                intent=INTENTS[heard.intent],
                sentiment=heard.sentiment,
                cooperation=heard.cooperation,
                signals=list(heard.lets_on),
            )
        )
    call = world.episode(0)
    ended = ConversationEnded(
        conversation=name,
        episode=episode,
        outcome=call.outcome,
        success=call.success,
        turns=call.survival_time,
        returns=returns,
    )
    return [*events, ended]
