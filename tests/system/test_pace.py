"""The pace on the whole app: kept, changed while it runs, and nothing is busy at a slow one."""

import time
from pathlib import Path

import httpx

from hamlet.events.types import CommandApplied
from tests.system.support import App, config, episodes, events, lives_beyond


def cpu_seconds(pid: int) -> float:
    """What the process has computed so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


def test_at_a_slow_pace_nothing_is_busy_until_the_operator_asks_for_more(tmp_path: Path) -> None:
    town, data = config(tmp_path, episodes=100_000), tmp_path / "data"
    with App.main(tmp_path, "all-in-one", "--data", data, "--config", town, "--port", "0", "--pace", "60") as app:
        app.wait_for(lives_beyond(data, 0), "the first episode")
        time.sleep(1.0)
        computed, known = cpu_seconds(app.process.pid), episodes(data)
        time.sleep(4.0)
        assert cpu_seconds(app.process.pid) - computed < 2.0, "waiting for the next episode costs next to nothing"
        assert episodes(data) <= known + 8, "one vector step may end the lives of all agents, but no more follow"
        token = next(line.split("token=")[1] for line in app.out.splitlines() if "token=" in line)
        asked = httpx.post(
            f"http://localhost:{app.port}/api/commands",
            json={"command": "set_pace", "episodes_per_hour": None},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert asked.status_code < 300, asked.text
        app.wait_for(lives_beyond(data, known + 40), "forty episodes at full speed")
        assert any(isinstance(recorded.event, CommandApplied) for recorded in events(data))
        assert app.stop() == 0
