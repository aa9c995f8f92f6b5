"""A study's table on a terminal."""

from rich.box import SIMPLE
from rich.table import Table

from hamlet.lab.results import COLUMNS, Results, rows

__all__ = ["as_table"]


def as_table(results: Results) -> Table:
    """Measure by measure; what each is, is in the caption."""
    table = Table(
        title=f"{results.title}: {results.question}", title_justify="left", box=SIMPLE, padding=(0, 1), pad_edge=False
    )
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if number < 2 else "right", no_wrap=number < 3)
    for row in rows(results):
        if row.opens:
            table.add_section()
        table.add_row(*row.cells)
    table.caption = "\n".join(f"{name}: {text}" for name, text in results.measures.items())
    table.caption_justify = "left"
    return table
