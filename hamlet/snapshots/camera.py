"""``python -m hamlet.snapshots.camera EXECUTABLE``: a headless browser that photographs pages, in a process of its own.

The only module that imports Playwright. An empty ``EXECUTABLE`` stands for Playwright's own Chromium.
"""

import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from hamlet.atomic import write_atomic
from hamlet.snapshots.child import serve
from hamlet.snapshots.orders import Shot

__all__ = ["main"]

WIDTH, HEIGHT = 1920, 1080
_READY = "[data-ready]"  # by selector: our pages forbid the eval that waiting for a function takes


def main(executable: str) -> None:
    """Take shots as they are asked for, until standard input ends."""
    with sync_playwright() as playwright:
        # The page is our own; root (in a container) may run Chromium without its sandbox only.
        browser = playwright.chromium.launch(executable_path=executable or None, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")

        def take(shot: Shot) -> int:
            """How many bytes the picture has; nothing asked for: 0, and the browser is there."""
            if not shot.url:
                return 0
            milliseconds = shot.seconds * 1000
            page.set_default_timeout(milliseconds)
            try:
                page.goto(shot.url, wait_until="domcontentloaded", timeout=milliseconds)
                page.wait_for_selector(_READY, state="attached", timeout=milliseconds)
                picture = page.screenshot(timeout=milliseconds)
            except Error as error:
                raise RuntimeError(f"{shot.url}: {error.message.splitlines()[0]}") from None
            write_atomic(Path(shot.file), picture)
            return len(picture)

        try:
            serve(Shot, take)
        finally:
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
