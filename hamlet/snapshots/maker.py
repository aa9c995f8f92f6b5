"""``python -m hamlet.snapshots.maker``: GIFs and tables, made where they take no time from the training.

``nice`` 15: of a core that the training wants too, it gets a thirtieth.
"""

import os
from contextlib import suppress
from pathlib import Path

from hamlet.exports.tables import export_table
from hamlet.projections.views import Views
from hamlet.snapshots.child import serve
from hamlet.snapshots.gifs import Rewound, make_gifs
from hamlet.snapshots.orders import Gif, GifOrder, TableOrder

__all__ = ["work"]

_NICE = 15


def work(order: GifOrder | TableOrder) -> list[Gif] | int | None:
    """GIFs made (``None``: begin again from what still holds), or how many episodes a table has."""
    if isinstance(order, GifOrder):
        try:
            return make_gifs(order)
        except Rewound:
            return None
    return export_table(Views(Path(order.views)), order.run, Path(order.file))


if __name__ == "__main__":
    with suppress(OSError):
        os.nice(_NICE)
    serve(GifOrder | TableOrder, work)
