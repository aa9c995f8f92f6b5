"""Every link within the project leads somewhere, and every page can be found from the README."""

import re
from pathlib import Path

import pytest

from tests.docs.support import NAMES, PAGES, ROOT, anchors, prose

LINK = re.compile(r"!?\[[^]]*\]\(([^)\s]+)\)")


def local(page: Path) -> list[str]:
    return [link for link in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for link in local(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT) and target.exists(), f"{name}: {link}: nothing is there"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{name}: {link}: no such heading; there are {sorted(anchors(target))}"


def test_every_page_is_found_from_the_readme() -> None:
    found, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in found:
            continue
        found.add(page)
        for link in local(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            waiting += sorted(target.glob("*.md")) if target.is_dir() else [target] if target.suffix == ".md" else []
    assert [name for name, page in zip(NAMES, PAGES, strict=True) if page not in found] == []
