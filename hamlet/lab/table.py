"""A study's table on a terminal."""

from rich.table import Table

from hamlet.lab.results import COLUMNS, Results, rows
from hamlet.tables import ruled

__all__ = ["as_table"]


def as_table(results: Results) -> Table:
    """Measure by measure; what each is, is in the caption."""
    table = ruled(
        f"{results.title}: {results.question}",
        "\n".join(f"{name}: {text}" for name, text in results.measures.items()),
    )
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if number < 2 else "right", no_wrap=number < 3)
    for row in rows(results):
        if row.opens:
            table.add_section()
        table.add_row(*row.cells)
    return table
