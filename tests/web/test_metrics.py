"""What a process says of itself, for Prometheus and for the page."""

import os
import re
import signal
import subprocess
from pathlib import Path

import msgspec

from hamlet.app.gauges import Gauges
from hamlet.clock import ManualClock
from hamlet.process.pulse import Pulse
from hamlet.process.supervisor import Supervisor
from hamlet.process.systemd import Systemd
from hamlet.settings import Paths
from hamlet.web.metrics import as_text
from hamlet.web.wire import Gauge
from tests.web.support import Town, client

GAUGES = [
    Gauge(name="episodes", help="Episodes completed.", labels={"run": 'a "b"\\\n'}, value=3),
    Gauge(name="viewers", help="Who watches now.", value=2),
    Gauge(name="episodes", help="Episodes completed.", labels={"run": "c"}, value=0.5),
]


def test_the_text_is_grouped_by_name_and_escaped() -> None:
    assert as_text(GAUGES) == (
        "# HELP hamlet_episodes Episodes completed.\n# TYPE hamlet_episodes gauge\n"
        'hamlet_episodes{run="a \\"b\\"\\\\\\n"} 3.0\nhamlet_episodes{run="c"} 0.5\n'
        "# HELP hamlet_viewers Who watches now.\n# TYPE hamlet_viewers gauge\nhamlet_viewers 2.0\n"
    )


async def test_both_answers_say_the_same() -> None:
    async with client(Town(gauges=lambda: GAUGES)) as http:
        text = await http.get("/metrics")
        assert text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert text.text == as_text(GAUGES)
        resources = await http.get("/api/resources")
        assert msgspec.json.decode(resources.content, type=list[Gauge]) == GAUGES


LINE = re.compile(r'(# (HELP|TYPE) hamlet_\w+ .+|hamlet_[a-z_]+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[0-9.e+-]+)')


def assert_readable(text: str) -> dict[str, float]:
    """Every line is one of the format; the values by name and labels."""
    for line in text.splitlines():
        assert LINE.fullmatch(line), line
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}


def test_the_processes_that_it_started_count_and_theirs(tmp_path: Path) -> None:
    """A picture maker or a browser that grows is what fills the machine by night."""
    clock = ManualClock()
    supervisor = Supervisor([], clock)
    gauges = Gauges(Paths.of(tmp_path, {}), Pulse({}, Systemd({}), clock), lambda: supervisor, clock)

    def helpers() -> float:
        clock.advance(10)
        return next(gauge.value for gauge in gauges() if gauge.name == "helpers_memory_bytes")

    def pages(process: int) -> int:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])

    before = helpers()
    script = ["sh", "-c", "sleep 60 & echo $!; wait"]
    with subprocess.Popen(script, stdout=subprocess.PIPE, start_new_session=True) as shell:
        assert shell.stdout
        both = (shell.pid, int(shell.stdout.readline()))
        size = sum(map(pages, both)) * os.sysconf("SC_PAGE_SIZE")
        assert helpers() - before > 0.5 * size and min(map(pages, both)) > 0
        os.killpg(shell.pid, signal.SIGKILL)
    assert helpers() <= before + 0.1 * size
