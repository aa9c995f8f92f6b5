"""docs/worlds.md names all there is, its example can be lived in, and its pictures are of the shipped towns."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import yaml

from docs.pictures import FOLDER, pictures
from hamlet.worlds.town import settings as town_settings
from hamlet.worlds.town.feasibility import check
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town
from tests.worlds.towns import CONFIGS, settings

PAGE = (Path(__file__).parents[2] / "docs" / "worlds.md").read_text()
TOWNS = sorted(path.stem for path in CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize("name", TOWNS)
def test_what_each_town_shows_stands_on_the_page(name: str) -> None:
    spec = Town(settings(config=name)).spec
    sizes: dict[str, int] = {}
    for feature in spec.features:
        kind = feature.name.split()[0]
        sizes[kind] = sizes.get(kind, 0) + feature.size
    parts = " · ".join(f"{kind} {size}" for kind, size in sizes.items())
    assert f"| `{name}` | {parts} | {spec.observation_size} |" in PAGE
    assert f"### `{name}`\n" in PAGE


@pytest.mark.parametrize("kind", [name for name in town_settings.__all__ if name != "TownSettings"] + ["TownSettings"])
def test_every_setting_stands_on_the_page(kind: str) -> None:
    table = PAGE.split("## The settings")[1].split("\n## ")[0]
    for field in msgspec.structs.fields(getattr(town_settings, kind)):
        assert f"`{field.name}`" in table, f"{kind}.{field.name}"


def test_every_part_that_can_be_seen_stands_on_the_page() -> None:
    for part in get_args(town_settings.Part):
        assert f"| `{part}` |" in PAGE


def example(*change: str) -> TownSettings:
    """The page's own town, with one text replaced."""
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block and (not change or change[0] in block[1])
    return msgspec.convert(yaml.safe_load(block[1].replace(*change) if change else block[1])["world"], TownSettings)


def test_the_town_of_the_page_can_be_lived_in() -> None:
    assert check(example()) == []


@pytest.mark.parametrize("change", [("source: warmth", "source: cold"), ("income: 10", "income: 1")])
def test_the_mistakes_of_the_page_are_told_as_it_says(change: tuple[str, str]) -> None:
    (problem,) = check(example(*change))
    assert f"\n{problem}\n" in PAGE


@pytest.mark.parametrize("name", sorted(pictures()))
def test_the_pictures_are_of_the_towns_as_they_are(name: str) -> None:
    assert (FOLDER / name).read_text() == pictures()[name], "run: python -m docs.pictures"
    assert f"(images/{name})" in PAGE
