"""docs/talking.md says what the bench says, and names what there is."""

import re
from pathlib import Path

from benchmarks.understanding import measure
from hamlet.conversation.session import ENDINGS
from hamlet.worlds.dialogue.acts import INTENTS, SIGNALS

PAGE = (Path(__file__).parents[2] / "docs" / "talking.md").read_text()


def test_the_page_names_every_ending_and_its_figures_are_the_benchs() -> None:
    assert all(f"`{ending}`" in PAGE for ending in ENDINGS)
    found = measure()
    for name in INTENTS:
        [share] = re.findall(rf"\| `{name}` \| {found.sentences[name]} \| (\S+) \|", PAGE)
        assert abs(float(share) - found.right[name] / found.sentences[name]) < 0.05
    for name in SIGNALS:
        rightly, lit, due = found.signals[name]
        assert abs(float(re.findall(rf"\| `{name}` \| (\S+) \| \S+ \|", PAGE)[-1]) - rightly / lit) < 0.05
        assert abs(float(re.findall(rf"\| `{name}` \| \S+ \| (\S+) \|", PAGE)[-1]) - rightly / due) < 0.05
    [negations] = re.findall(r"\*\*Negations: (\.\d+)", PAGE)
    assert abs(float(negations) - found.negations) < 0.02
