"""The command ``transcripts``: parsing, printing and writing only."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hamlet.cli.options import Data, RunName, paths_of
from hamlet.errors import UsageError

__all__ = ["transcripts"]


def transcripts(
    data: Data = None,
    run: RunName = None,
    last: Annotated[int, typer.Option(min=1, help="The newest so many that exams kept.")] = 3,
    episode: Annotated[int | None, typer.Option(min=1, help="Instead: this call of the training, had again.")] = None,
    form: Annotated[Literal["md", "jsonl"], typer.Option("--format", help="Markdown to read, or JSON lines.")] = "md",
    out: Annotated[Path | None, typer.Option(help="Write there (default: print).")] = None,
) -> None:
    """Read conversations: what was said, what the collector thought of each act, which rules it broke."""
    from hamlet.runs.transcripts import episode_transcript, exam_transcripts

    paths = paths_of(data)
    found = exam_transcripts(paths, run, last) if episode is None else [episode_transcript(paths, run, episode)]
    text = "\n".join(one.as_json() if form == "jsonl" else one.as_markdown() for one in found) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None
