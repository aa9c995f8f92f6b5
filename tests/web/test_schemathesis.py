"""Row 16: a thousand questions made from our own OpenAPI description, and none is answered by 5xx."""

from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck

from hamlet.app.talks_shown import TalksShown
from hamlet.app.voice_shown import VoiceShown
from hamlet.clock import SystemClock
from hamlet.voice.sessions import Engines
from hamlet.voice.vad import LoudnessVad
from tests.talks.support import Room
from tests.voice.support import FakeRecogniser, FakeSpeaker
from tests.web.support import TOKEN, Town

QUESTIONS = 1000
HEADERS = {"Host": "localhost:8765", "Authorization": f"Bearer {TOKEN}"}


def questions(town: Town) -> tuple[list[Any], Any]:
    """Every operation of the description, and the application."""
    app, *_ = town.build()
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=HEADERS)
    return [operation.ok() for operation in schema.get_all_operations()], app


def voiced(directory: Path) -> Town:
    """Talks and voice sessions behind it, with fakes that hear and speak."""
    room = Room(directory)
    engines = Engines(vad=LoudnessVad, recogniser=FakeRecogniser, speaker=FakeSpeaker)
    return Town(talks=TalksShown(room.talks), voice=VoiceShown(room.talks, {}, SystemClock(), engines))


# Starlette's test client, which it uses, says of anyio what we cannot mend.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.timeout(300)
def test_no_question_is_answered_by_a_fault_of_ours(tmp_path: Path) -> None:
    asked = 0
    operations, _ = questions(voiced(tmp_path))
    assert len(operations) >= 10
    assert {"/api/voice/sessions", "/api/talks"} <= {operation.path for operation in operations}
    for operation in operations:

        @hypothesis.settings(
            max_examples=QUESTIONS // 7,  # half of the operations have hardly anything to ask
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.seed(16)
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            answer = case.call(headers=HEADERS)
            asked += 1
            assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.text}"
            assert "Traceback" not in answer.text

        ask()
    print(f"{asked} questions to {len(operations)} operations")
    assert asked >= QUESTIONS
