"""How a table looks on a terminal: rules above and below its head, nothing else."""

from rich.box import SIMPLE
from rich.table import Table

__all__ = ["ruled"]


def ruled(title: str | None = None, caption: str | None = None, *, lines: bool = False) -> Table:
    """A table without columns yet; ``lines``: a line between two rows."""
    return Table(
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=SIMPLE,
        padding=(0, 0, 0, 1),
        pad_edge=False,
        show_lines=lines,
    )
