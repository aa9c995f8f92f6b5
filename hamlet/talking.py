"""``talk``: a call in the terminal. A person plays the debtor, chooses the collector's acts, or watches."""

import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hamlet.clock import SystemClock
from hamlet.settings import Paths
from hamlet.worlds.dialogue.acts import PERSONAS

__all__ = ["As", "Persona", "talk"]

_SEEDS = 2**31  # what is drawn where none is given: short enough to be typed
_HIGHEST = 2**52 - 1  # training draws its seeds above it
_URL = "http://localhost:11434/v1"


class As(StrEnum):
    """What the person does."""

    debtor = "debtor"
    collector = "collector"
    watch = "watch"


Persona = StrEnum("Persona", list(PERSONAS))  # type: ignore[misc]


def talk(
    as_: Annotated[
        As, typer.Option("--as", help="Play the debtor, choose the collector's acts, or watch.")
    ] = As.debtor,
    persona: Annotated[Persona | None, typer.Option(help="The debtor's persona [default: by the seed].")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=_HIGHEST, help="The same call again [default: a new one].")
    ] = None,
    show_q: Annotated[bool, typer.Option("--show-q", help="Show what the policy thinks of each act.")] = False,
    keep: Annotated[bool, typer.Option(help="Keep what you say in conversations.db.")] = True,
    llm: Annotated[str | None, typer.Option(metavar="MODEL", help="Let this model reword the templates.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data directory [default: HAMLET_DB_PATH, else ./data].")] = None,
) -> None:
    """Talk with the collector, or as one; see docs/talking.md. Ctrl-D ends the talk."""
    from hamlet.conversation.llm import Endpoint, connect
    from hamlet.conversation.session import PolicyChooser
    from hamlet.conversation.store import Store
    from hamlet.conversation.wording import TemplateWording, Wording, known_templates
    from hamlet.terminal import Terminal
    from hamlet.worlds.dialogue.policies import RulePolicy

    wording: Wording = TemplateWording(known_templates())
    if llm is not None:
        url, key = os.environ.get("HAMLET_LLM_URL", _URL), os.environ.get("HAMLET_LLM_KEY", "none")
        wording = connect(Endpoint(url, llm, key), wording)
    chosen = secrets.randbelow(_SEEDS) if seed is None else seed
    terminal = Terminal(Console(highlight=False), PolicyChooser(RulePolicy()), wording, show_q=show_q)
    name = None if persona is None else str(persona)
    if as_ is As.debtor:
        store = Store(Paths.of(data, os.environ).conversations) if keep else None
        terminal.as_debtor(chosen, name, store, SystemClock())
    else:
        terminal.against_debtor(chosen, name, by_hand=as_ is As.collector)
