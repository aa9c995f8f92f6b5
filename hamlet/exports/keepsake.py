"""One life or one call as a page in a single file: the viewer's own components with what they show inside, that plays
from a disk, a mail or a USB stick, with no network."""

import html
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hamlet.errors import UsageError

__all__ = ["keepsake"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline';
 style-src 'unsafe-inline'; font-src data:; img-src data:">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page plays a recording and needs JavaScript.</noscript>
<script type="application/json" id="recorded">{recorded}</script>
<script>{script}</script>
</body>
</html>
"""


def keepsake(frontend: Path, title: str, recorded: Mapping[str, object]) -> bytes:
    """The page, from the built ``frontend``; ``recorded`` is what ``frontend/src/keepsake/keepsake.ts`` reads.
    Raises ``UsageError`` when the page is not built."""
    try:
        script = (frontend / "keepsake" / "keepsake.js").read_text("utf-8")
        style = (frontend / "keepsake" / "keepsake.css").read_text("utf-8")
    except OSError:
        raise UsageError(f"{frontend / 'keepsake'}: the page is not built; build it with: make setup") from None
    # Text in a script ends at the first "</script": none may come from what was recorded, or from a library.
    text = msgspec.json.encode(recorded).decode().replace("<", "\\u003c")
    page = _PAGE.format(
        title=html.escape(title),
        style=style.replace("</style", "<\\/style"),
        recorded=text,
        script=script.replace("</script", "<\\/script"),
    )
    return page.encode()
