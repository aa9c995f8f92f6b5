"""The page has a human name for everything that a call can hold, and for nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hamlet.conversation.session import ENDINGS
from hamlet.settings import ROOT
from hamlet.talks.talk import LEFT
from hamlet.worlds.dialogue.acts import ACTS, INTENTS, OUTCOMES, PERSONAS, SIGNALS, SUCCESSES, VIOLATIONS

FILE = Path(__file__).parents[2] / "frontend" / "src" / "words" / "dialogue.json"
LISTS = {
    "acts": ACTS,
    "intents": INTENTS,
    "signals": SIGNALS,
    "personas": PERSONAS,
    "outcomes": OUTCOMES,
    "violations": VIOLATIONS,
}


@pytest.fixture
def words() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return read


def test_the_page_has_the_lists_of_the_world(words: dict[str, dict[str, Any]]) -> None:
    assert set(words) == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_every_name_has_words_and_none_is_left_over(words: dict[str, dict[str, Any]], name: str) -> None:
    assert set(words[name]) == set(LISTS[name])


def test_the_page_knows_which_ends_are_successes(words: dict[str, dict[str, Any]]) -> None:
    assert {outcome for outcome, said in words["outcomes"].items() if said["success"]} == SUCCESSES


def test_every_way_that_a_talk_can_end_has_words() -> None:
    told = re.search(r"ENDINGS[^{]*{(.*?)};", (ROOT / "frontend/src/talk/words.ts").read_text(), re.DOTALL)
    assert told is not None
    assert set(re.findall(r"^  (\w+):", told[1], re.MULTILINE)) == {*ENDINGS, LEFT}
