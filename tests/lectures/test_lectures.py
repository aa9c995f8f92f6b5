"""The lectures are whole, say what a run's own numbers are, and say nothing about what is not known yet."""

from typing import Any

import msgspec
import pytest

from hamlet.events.types import CallFigures
from hamlet.lectures import figures
from hamlet.lectures.figures import KNOWN, numbers_of
from hamlet.lectures.reading import CHARTS, Section, filled, glossary, lectures
from hamlet.projections.rows import (
    CallRow,
    DeathRow,
    EpisodeRow,
    EvaluationRow,
    MarkRow,
    PersonaRow,
    PolicyRow,
    RecoveryRow,
    RunRow,
    TransitionRow,
)
from hamlet.settings import ROOT
from hamlet.worlds.dialogue.acts import ACTS, PERSONAS
from tests.web.support import Readings as Town
from tests.web.support import episode

STAGES = {"world": {"stages": [{}, {}, {}, {}]}}


class Full(Town):
    """Views of a town and of a dialogue, in which everything has happened."""

    def newest_run(self, world: str = "town") -> str | None:
        return f"{world}-1"

    def run(self, run: str) -> RunRow | None:
        [row] = self.runs()
        return msgspec.structs.replace(row, run=run, world=run.split("-")[0], config=STAGES)

    def episodes(self, run: str, after: int = 0, limit: int = 1000) -> list[EpisodeRow]:
        return [msgspec.structs.replace(episode(n), survival_time=40) for n in range(after + 1, after + limit + 1)]

    def marks(self, run: str, limit: int = 1000) -> list[MarkRow]:
        changes = ((1, 2), (2, 1), (1, 2))
        mark = MarkRow(episode=9, kind="stage", text="of any wording", timestamp=0.0, position=1)
        return [msgspec.structs.replace(mark, old_stage=old, new_stage=new) for old, new in changes]

    def deaths(self, run: str, last: int = 100) -> list[DeathRow]:
        return [DeathRow(cause="cap", count=60), DeathRow(cause="energy", count=40)]

    def evaluation(self, run: str) -> EvaluationRow | None:
        def policy(mean: float) -> PolicyRow:
            calls = CallFigures(success=mean / 100, returns=0.0, violations=0.0, personas={"sad": 0.9, "angry": 0.8})
            calls_of = calls if run.startswith("dialogue") else None
            return PolicyRow(mean=mean, worst=1.0, share_at_cap=0.0, causes={}, calls=calls_of)

        names = {"agent": 90.0, "random": 10.0, "stand_still": 20.0, "expert": 100.0, "rule": 50.0, "oracle": 98.0}
        policies = {name: policy(mean) for name, mean in names.items()}
        return EvaluationRow(episode=1200, episodes=600, cap=500, layout={}, policies=policies)

    def transitions(self, last: int = 100) -> list[TransitionRow]:
        return [
            TransitionRow(source="Bed", target=to, count=n, mean_episode=5.0)
            for to, n in (("Bed", 99), ("Job", 80), ("FastFood", 9))
        ]

    def recoveries(self, run: str, limit: int = 1000) -> list[RecoveryRow]:
        [row] = super().recoveries(run)
        return [msgspec.structs.replace(row, episodes=2250)]

    def calls(self, run: str, last: int = 100) -> list[CallRow]:
        row = CallRow(
            episode=1, persona="sad", outcome="closed", success=False, turns=3, returns=0.0, violations=0, stage=4
        )
        return [msgspec.structs.replace(row, episode=n, success=n % 4 > 0) for n in range(last)]

    def personas(self, run: str, last: int = 500) -> list[PersonaRow]:
        def row(persona: str, **acts: int) -> PersonaRow:
            counts = {ACTS.index(act): count for act, count in acts.items()}
            return PersonaRow(
                persona=persona, calls=9, success=0.5, returns=0.0, turns=5.0, violations=0.0, acts=counts
            )

        return [
            row("angry", empathetic_listening=60, ask_about_situation=40),
            row("sad", empathetic_listening=20, ask_about_situation=80),
            row("cooperative", empathetic_listening=20, ask_about_situation=80),
        ]


def test_every_number_that_a_lecture_may_name_can_be_said_of_a_run() -> None:
    numbers = numbers_of(Full(count=1234))
    assert numbers.keys() == KNOWN.keys()
    expected = {
        "run": "town-1", "episodes": "1,234", "advances": "2", "retreats": "1",
        "agent": "90", "agent_share": "90%", "standing": "20", "moved_at": "110", "level_before": "450",
        "back_after": "It took 2,250 lives to be back.", "path": "from the bed to the job", "path_count": "80",
        "second_path": "from the bed to the fast food",
        "deaths_cap": "60", "worst_end": "died of exhaustion", "call_success": "75%", "call_agent": "90%",
        "worst_persona": "angry", "favourite_act": "asks how things stand", "special_act": "listens",
        "special_persona": "angry", "special_share": "60%",
    }  # fmt: skip
    assert {name: numbers[name] for name in expected} == expected


def test_what_is_not_known_yet_is_not_said() -> None:
    class Empty(Town):
        def newest_run(self, world: str = "town") -> str | None:
            return None

    assert numbers_of(Empty()) == {}
    for lecture in lectures():
        bare = filled(lecture, {})
        assert bare.sections and not any("{" in section.text for section in bare.sections)
        whole = filled(lecture, dict.fromkeys(KNOWN, "NUMBER"))
        assert len(whole.sections) >= len(bare.sections)
        assert any("NUMBER" in section.text for section in whole.sections)


def test_a_young_run_is_told_of_as_far_as_it_has_come() -> None:
    class Young(Full):
        def recoveries(self, run: str, limit: int = 1000) -> list[RecoveryRow]:
            return []

        def evaluation(self, run: str) -> EvaluationRow | None:
            return None

        def calls(self, run: str, last: int = 100) -> list[CallRow]:
            return []

    numbers = numbers_of(Young(count=150))
    assert "run" in numbers and not {"agent", "moved_at", "call_stage", "call_agent"} & numbers.keys()
    assert "epsilon" not in numbers_of(Young(count=0))


def test_there_are_four_and_each_teaches_with_the_runs_own_pictures() -> None:
    assert [lecture.name for lecture in lectures()] == ["exploration", "curriculum", "generalisation", "emergence"]
    shown = {section.chart for lecture in lectures() for section in lecture.sections} - {""}
    assert shown == set(CHARTS)
    assert all(len(lecture.exercises) >= 3 for lecture in lectures())
    page = (ROOT / "frontend" / "src" / "learn" / "Chart.vue").read_text()
    assert all(f"name === '{chart}'" in page for chart in CHARTS), "the page can draw each"


def test_the_glossary_is_in_order_and_in_sentences() -> None:
    terms = list(glossary())
    assert len(terms) >= 40 and terms == sorted(terms, key=str.lower)
    assert all(meaning.endswith(".") for meaning in glossary().values())
    assert len(figures._DOES) == len(ACTS) and len(PERSONAS) == 4


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "{nonsense}"}, "no number is called nonsense"),
        ({"text": "x", "otherwise": "{run}"}, "cannot name one"),
        ({"text": "x", "chart": "pie"}, "expected a chart of"),
    ],
)
def test_a_wrong_section_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Section(heading="H", **fields)
