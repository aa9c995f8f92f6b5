"""What a process says of itself, for Prometheus and for the page."""

import re

import msgspec

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
