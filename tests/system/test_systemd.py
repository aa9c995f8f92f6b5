"""The whole app under a service manager, as systemd would talk with it; and what it says of itself."""

import contextlib
import socket
from pathlib import Path

import httpx

from tests.system.support import App, config
from tests.web.test_metrics import assert_readable


def test_ready_alive_stopping_and_metrics(tmp_path: Path) -> None:
    words: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)

        def heard(word: str) -> bool:
            with contextlib.suppress(BlockingIOError):
                while True:
                    words.extend(listener.recv(4096).decode().splitlines())
            return word in words

        town = config(tmp_path, episodes=100_000)
        command = ("all-in-one", "--data", tmp_path / "data", "--config", town, "--port", "0", "--pace", "3600")
        changes = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "20000000"}
        with App.main(tmp_path, *command, **changes) as app:
            app.wait_for(lambda: heard("READY=1"), "READY=1")
            app.wait_for(lambda: heard("WATCHDOG=1"), "WATCHDOG=1")
            values = assert_readable(httpx.get(f"http://localhost:{app.port}/metrics", timeout=30).text)
            assert app.stop() == 0, app.err
            assert heard("STOPPING=1")
    assert values["hamlet_memory_bytes"] > 1e7 and values["hamlet_disk_free_bytes"] > 0
    assert values['hamlet_database_bytes{file="events.db"}'] > 0 and values["hamlet_log_position"] > 0
    assert values['hamlet_service_up{service="trainer"}'] == values['hamlet_service_up{service="pulse"}'] == 1
    assert values['hamlet_loop_lateness_seconds{quantile="0.99"}'] >= 0
    assert {name.partition("{")[0] for name in values} >= {
        "hamlet_wal_bytes", "hamlet_log_queue", "hamlet_views_position", "hamlet_viewers", "hamlet_episodes",
        "hamlet_steps_per_second", "hamlet_threads", "hamlet_open_files", "hamlet_uptime_seconds",
        "hamlet_helpers_memory_bytes",
    }  # fmt: skip
