"""What can be set about the web."""

from typing import Annotated

import msgspec

__all__ = ["WebSettings"]


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``host`` and ``port`` to listen on (port 0: any free one). ``names``: host names that the server
    answers to besides localhost, 127.0.0.1 and [::1]; ``tls``: those of them that browsers
    reach by TLS only; ``reaches``: other origins that its page may connect to.
    ``viewers`` may watch at once; one that reads nothing for ``patience`` seconds is closed."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8765
    names: list[str] = []
    tls: list[str] = []
    reaches: list[str] = []
    viewers: Annotated[int, msgspec.Meta(ge=1)] = 1000
    patience: Annotated[float, msgspec.Meta(gt=0)] = 10.0
