"""``talk``: a call in the terminal. A person plays the debtor, chooses the collector's acts, or watches."""

import os
import secrets
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hamlet.cli.options import Data, paths_of
from hamlet.clock import SystemClock
from hamlet.errors import UsageError
from hamlet.worlds.dialogue.acts import PERSONAS

__all__ = ["Persona", "Role", "talk"]

_SEEDS = 2**31  # what is drawn where none is given: short enough to be typed
_HIGHEST = 2**52 - 1  # training draws its seeds above it
_URL = "http://localhost:11434/v1"


class Role(StrEnum):
    """What the person does."""

    debtor = "debtor"
    collector = "collector"
    watch = "watch"


Persona = StrEnum("Persona", list(PERSONAS))  # type: ignore[misc]


def talk(
    role: Annotated[
        Role, typer.Option("--as", help="Play the debtor, choose the collector's acts, or watch.")
    ] = Role.debtor,
    persona: Annotated[Persona | None, typer.Option(help="The debtor's persona (default: by the seed).")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=_HIGHEST, help="The same call again (default: a new one).")
    ] = None,
    show_q: Annotated[bool, typer.Option("--show-q", help="Show what the policy thinks of each act.")] = False,
    keep: Annotated[
        bool, typer.Option(help="Keep what you say (conversations.db) and how it was understood (the log).")
    ] = True,
    llm: Annotated[str | None, typer.Option(metavar="MODEL", help="Let this model reword the templates.")] = None,
    voice: Annotated[
        Path | None, typer.Option(metavar="WAV", help="Play the debtor by what is said in this file.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="WAV", help="With --voice: what was heard on the line.")] = None,
    data: Data = None,
    run: Annotated[
        str | None, typer.Option("--run", help="The run whose policy collects (default: the newest).")
    ] = None,
) -> None:
    """Talk with the collector, or as one; see docs/talking.md. Ctrl-D ends the talk.

    The collector is the newest kept policy of a dialogue run; where none was trained yet, a rule.
    """
    from hamlet.cli.terminal import Terminal
    from hamlet.conversation.llm import Endpoint, connect
    from hamlet.conversation.session import PolicyChooser, ValueChooser
    from hamlet.conversation.store import Store
    from hamlet.conversation.wording import TemplateWording, Wording, known_templates
    from hamlet.runs.choosing import newest_run
    from hamlet.runs.kept import newest_kept
    from hamlet.talks.recording import record
    from hamlet.talks.talk import Seat
    from hamlet.worlds.dialogue.physics import PHYSICS
    from hamlet.worlds.dialogue.policies import RulePolicy
    from hamlet.worlds.dialogue.settings import DialogueSettings

    if out is not None and voice is None:
        raise UsageError("--out is where a talk by voice is heard: say with --voice WAV what the debtor says")
    if voice is not None and role is not Role.debtor:
        raise UsageError("--voice plays the debtor; leave out --as")
    wording: Wording = TemplateWording(known_templates())
    if llm is not None:
        url, key = os.environ.get("HAMLET_LLM_URL", _URL), os.environ.get("HAMLET_LLM_KEY", "none")
        wording = connect(Endpoint(url, llm, key), wording)
    chosen = secrets.randbelow(_SEEDS) if seed is None else seed
    console, paths = Console(highlight=False), paths_of(data)
    seat = Seat(PolicyChooser(RulePolicy()), DialogueSettings(physics=PHYSICS))
    who = f"a rule: {paths.data} holds no dialogue run yet (python main.py all-in-one trains one)"
    if run is not None or newest_run(paths.events, None, "dialogue") is not None:
        kept = newest_kept(paths, run, "dialogue")
        if not isinstance(kept.config.world, DialogueSettings):
            raise UsageError(f"run {kept.run} is a {kept.config.kind}: it cannot talk; name a dialogue run")
        seat = Seat(ValueChooser(kept.policy()), kept.config.world, kept.run, kept.moment.episode)
        who = f"as learned by call {kept.moment.episode:,} of {kept.run}"
    console.print(f"The collector: {who}", style="dim")
    terminal = Terminal(console, seat, wording, show_q=show_q)
    name = None if persona is None else str(persona)
    if role is Role.debtor:
        store = Store(paths.conversations) if keep else None
        if voice is None:
            talk = terminal.as_debtor(chosen, name, store, SystemClock())
        else:
            from hamlet.cli.spoken import speak

            talk = terminal.by_voice(chosen, name, store, SystemClock(), partial(speak, heard=voice, out=out))
    else:
        talk = terminal.against_debtor(chosen, name, by_hand=role is Role.collector)
    if keep:
        console.print(record(talk, paths.events, SystemClock()), style="dim", soft_wrap=True)
