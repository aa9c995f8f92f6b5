"""The tables as plain Python would keep them, one event at a time: what the folds are held against."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from hamlet.events.packing import unpack
from hamlet.events.types import (
    AffordancesRandomized,
    EpisodeCompleted,
    EvaluationCompleted,
    Recorded,
    RunDiverged,
    RunStarted,
)
from hamlet.projections.rows import RecoveryRow
from tests.projections.support import AGENTS, HEIGHT, WIDTH


class Model:
    def __init__(self, events: Sequence[Recorded]) -> None:
        self.run = ""
        self.runs: dict[str, dict[int, Recorded]] = {}
        self.window: list[int] = []
        self.judged: dict[str, list[AffordancesRandomized | EvaluationCompleted]] = {}
        for recorded in events:
            event = recorded.event
            if isinstance(event, RunStarted):
                self.runs[recorded.run], self.judged[recorded.run] = {}, []
                if event.world == "town":
                    self.run, self.window = recorded.run, []
            elif isinstance(event, EpisodeCompleted):
                self.runs[recorded.run][event.episode] = recorded
                if recorded.run == self.run:
                    self.window = [e for e in self.window if e > event.episode - 100] + [event.episode]
            elif isinstance(event, AffordancesRandomized | EvaluationCompleted):
                self.judged[recorded.run].append(event)
            elif isinstance(event, RunDiverged):
                held = [e for e in self.judged[recorded.run] if e.episode < event.from_episode]
                self.judged[recorded.run] = held
                lived = self.runs[recorded.run]
                self.runs[recorded.run] = {e: r for e, r in lived.items() if e < event.from_episode}
                if recorded.run == self.run:
                    self.window = [e for e in self.window if e < event.from_episode]

    def lived(self, run: str = "") -> list[tuple[float, EpisodeCompleted]]:
        found = []
        for recorded in self.runs[run or self.run].values():
            assert isinstance(recorded.event, EpisodeCompleted)
            found.append((recorded.recorded_at, recorded.event))
        return found

    def recoveries(self, run: str) -> list[RecoveryRow]:
        rows = []
        events = self.judged[run]
        for index, move in enumerate(events):
            if not isinstance(move, AffordancesRandomized):
                continue
            before = [e.results for e in events[:index] if isinstance(e, EvaluationCompleted)]
            after: list[EvaluationCompleted] = []
            for event in events[index + 1 :]:
                if isinstance(event, AffordancesRandomized):
                    break
                after.append(event)
            level = before[-1]["agent"].mean if before else None
            back = next((e for e in after if level is not None and e.results["agent"].mean >= 0.95 * level), None)
            rows.append(
                RecoveryRow(
                    episode=move.episode,
                    vector_step=move.vector_step,
                    level_before=level,
                    share_before=None if level is None else level / before[-1]["expert"].mean,
                    level_after=after[0].results["agent"].mean if after else None,
                    recovered_episode=None if back is None else back.episode,
                    recovered_vector_step=None if back is None else back.vector_step,
                    episodes=None if back is None else back.episode - move.episode,
                    env_steps=None if back is None else (back.vector_step - move.vector_step) * AGENTS,
                )
            )
        return rows

    def visits(self) -> list[tuple[int, str, str, int]]:
        rows = []
        for _, event in self.lived():
            there = {cell: name for name, cell in event.detail.layout.items()}
            path, actions = unpack(event.detail.path).tolist(), unpack(event.detail.actions).tolist()
            used = [there[path[i]] for i, action in enumerate(actions) if action == 4 and path[i] in there]
            pairs = Counter(pairwise(used))
            rows += [(event.episode, source, target, count) for (source, target), count in pairs.items()]
        return sorted(rows)

    def heatmap(self) -> list[tuple[int, int, int, int, float]]:
        rows = []
        for _, event in self.lived():
            if event.episode in self.window:
                counts = Counter(unpack(event.detail.path).tolist())
                novelty = unpack(event.detail.novelty).tolist()
                for cell in range(WIDTH * HEIGHT):
                    x, y = cell % WIDTH, cell // WIDTH
                    rows.append((event.episode, x, y, counts[cell], novelty[cell] / 255))
        return sorted(rows)
