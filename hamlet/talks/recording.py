"""A talk of the terminal into the log, where there is one and nobody else owns it."""

import secrets
from pathlib import Path

import anyio

from hamlet.clock import Clock
from hamlet.errors import AlreadyRunning
from hamlet.events.log import EventLog
from hamlet.process.lock import data_lock
from hamlet.talks.records import TalkRecorder
from hamlet.talks.room import name_of
from hamlet.talks.talk import Talk

__all__ = ["record"]


def record(talk: Talk, events: Path, clock: Clock) -> str:
    """Append what happened in ``talk``, whole, to the log at ``events``; returns what became of it, to be printed.
    Errors: those of ``EventLog``, and of a directory that cannot be written."""
    if not events.exists():
        return "No events: there is no log here yet."
    name = name_of(secrets.token_urlsafe())
    try:
        with data_lock(events.parent):
            anyio.run(_append, TalkRecorder(name, talk), events, clock)
    except AlreadyRunning:
        return "No events: the log belongs to the process that trains; a talk on its page is in it."
    return f"Its turns are events: python main.py events --run {name} --data {events.parent}"


async def _append(recorder: TalkRecorder, path: Path, clock: Clock) -> None:
    async with EventLog.open(path, clock) as log, anyio.create_task_group() as group:
        group.start_soon(log.run, name="log writer")
        await log.append(recorder.name, recorder.events(), expected=0)
        group.cancel_scope.cancel()
