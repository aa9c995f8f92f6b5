"""A life or a call of a run as a page in one file: gathered from the log, put together by ``exports.keepsake``."""

from hamlet.app.remembering import Memory
from hamlet.app.showing import hello_of, situation_of
from hamlet.errors import UsageError
from hamlet.events.types import RunStarted
from hamlet.exports.keepsake import keepsake
from hamlet.projections.views import Views
from hamlet.runs.choosing import newest_run, run_milestones
from hamlet.runs.transcripts import Transcript, episode_transcript, exam_transcripts
from hamlet.settings import Paths, from_record
from hamlet.web.wire import DialogueFrame, SpokenTurn
from hamlet.worlds.dialogue.acts import ACTS

__all__ = ["call_page", "life_page"]


def life_page(paths: Paths, name: str | None, episode: int) -> bytes:
    """``episode`` of the run ``name``, else of the newest town. Raises ``UsageError`` when it is not there."""
    views = Views(paths.views)
    run = name or views.newest_run()
    row = views.run(run) if run else None
    if row is None:
        raise UsageError(f"{paths.views}: no run {name or 'of the town'} in it")
    if row.world != "town":
        raise UsageError(f"run {row.run} is a {row.world}: its calls are exported with: export conversation {episode}")
    life = Memory(paths, views).life(row.run, episode)
    hello = hello_of(row.run, row.config_name, from_record(row.config, row.run))
    recorded = {"kind": "life", "hello": hello, "life": life, "config": row.config_name}
    return keepsake(paths.frontend, f"Hamlet: episode {episode:,}, {life.cause}", recorded)


def call_page(paths: Paths, name: str | None, conversation: str) -> bytes:
    """The conversation that an exam kept under that name, or, where it is a number, that call of the training."""
    if conversation.isdigit():
        call = episode_transcript(paths, name, int(conversation))
    else:
        known = exam_transcripts(paths, name, 1_000_000)
        found = [one for one in known if one.conversation == conversation]
        if not found:
            some = ", ".join(one.conversation for one in known[-3:])
            raise UsageError(f"no conversation {conversation!r} was kept; the newest are {some}")
        call = found[-1]
    run = newest_run(paths.events, call.run, None)
    assert run is not None
    started = run_milestones(paths.events, run)[0].event
    assert isinstance(started, RunStarted)
    hello = hello_of(run, started.config_name, from_record(started.config, run))
    recorded = {"kind": "call", "hello": hello, "frame": _frame(call), "name": call.conversation}
    return keepsake(paths.frontend, f"Hamlet: {call.conversation}", recorded)


def _frame(call: Transcript) -> DialogueFrame:
    """The whole call as the page shows one."""
    turns = []
    for turn in call.turns:
        q_values = [turn.values.get(act, 0.0) for act in ACTS] if turn.values else []
        turns.append(
            SpokenTurn(
                act=ACTS.index(turn.act),
                words=turn.words,
                q_values=q_values,
                mask=[act in turn.values for act in ACTS] if turn.values else [],
                intent=turn.intent,
                reply=turn.reply,
                sentiment=turn.sentiment,
                cooperation=turn.cooperation,
                signals=turn.signals,
                violations=turn.violations,
            )
        )
    return DialogueFrame(
        run=call.run,
        policy_episode=call.episode,
        call=call.episode,
        persona=call.debtor.persona,
        situation=situation_of(call.debtor),
        turns=turns,
        observed=[],
        q_values=[],
        mask=[],
        act=-1,
        ended=call.outcome,
        success=call.success,
    )
