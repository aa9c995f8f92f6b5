"""docs/dialogue.md tells what the code does: the observed table, acts, outcomes, violations, shares, rewards."""

import re
from pathlib import Path

import msgspec
import pytest

from hamlet.settings import read_config
from hamlet.worlds.dialogue.acts import ACTS, OUTCOMES, SUCCESSES, VIOLATIONS
from hamlet.worlds.dialogue.perception import OBSERVED
from hamlet.worlds.dialogue.settings import DialogueSettings, Rewards, Shares

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "dialogue.md").read_text()


def test_the_observed_numbers_stand_on_the_page_in_their_order() -> None:
    table = PAGE.split("## What the collector knows")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", table, re.M)
    words = {"binary": "0 or 1", "unit": "−1 … 1"}
    assert rows == [(number.name, words[number.kind], number.meaning) for number in OBSERVED]


@pytest.mark.parametrize("names", [ACTS, OUTCOMES, VIOLATIONS], ids=["acts", "outcomes", "violations"])
def test_every_name_has_a_row(names: tuple[str, ...]) -> None:
    for name in names:
        assert f"\n| `{name}` |" in PAGE, name


def test_rewards_and_successes_are_those_of_the_code() -> None:
    table = PAGE.split("## How a call ends")[1].split("\n## ")[0]
    for outcome, reward, success in re.findall(r"^\| `(\w+)` \|.*\| (\S+) \|(.*)\|$", table, re.M):
        assert float(reward.replace("−", "-")) == getattr(Rewards(), outcome), outcome
        assert ("success" in success) == (outcome in SUCCESSES)


def test_the_shares_are_those_of_the_code() -> None:
    shares = Shares()
    told = (shares.cannot_pay, shares.disputes, shares.wrong_party, shares.vulnerable, shares.tight)
    found = re.findall(r"(\d+) %", PAGE.split("## Who is on the line")[1].split("\n\nTwo hidden")[0])
    assert [int(share) for share in found] == [round(100 * share) for share in told]


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "dialogue").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_calls_are_those_of_the_page(path: Path) -> None:
    world = read_config(path).world
    assert isinstance(world, DialogueSettings)
    assert msgspec.structs.replace(world, masked=False, cost_weight=0.0) == DialogueSettings(physics=1)
