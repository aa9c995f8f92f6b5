"""``python -m benchmarks.voice [SECTION …]``: how well speech is recognised, and how quickly the collector answers.

Sections: latency, browser, barge-in, training, recognition, foreign, debtors; all without a name. Each prints what it
found as soon as it has, and ``benchmarks/results/voice.json`` holds the newest of each. It needs flite, and for
``browser`` Chromium; ``--sentences``, ``--turns`` and the like make it shorter.
"""

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import anyio

from benchmarks.voice.browser import in_the_browser
from benchmarks.voice.debtors import whole_calls
from benchmarks.voice.latency import barge_in, latency
from benchmarks.voice.people import FOREIGN
from benchmarks.voice.recognition import foreign, recognition
from benchmarks.voice.training import beside_training

RESULTS = Path(__file__).parents[1] / "results" / "voice.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voice", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    parser.add_argument("--sentences", type=int, default=100, help="for recognition, by debtors and by another hand")
    parser.add_argument("--turns", type=int, default=60, help="for latency; in real time, some 5 s each")
    parser.add_argument("--answers", type=int, default=20, help="for browser; some 15 s each")
    parser.add_argument("--times", type=int, default=20, help="for barge-in")
    parser.add_argument("--foreign", type=int, default=len(FOREIGN), help="sentences, in four voices each")
    parser.add_argument("--debtors", type=int, default=20, help="whole calls")
    chosen = parser.parse_args()
    sections: dict[str, Callable[[], Mapping[str, object]]] = {
        "latency": partial(anyio.run, latency, chosen.turns),
        "browser": partial(in_the_browser, chosen.answers),
        "barge-in": partial(anyio.run, barge_in, chosen.times),
        "training": beside_training,
        "recognition": partial(anyio.run, recognition, chosen.sentences),
        "foreign": partial(anyio.run, foreign, chosen.foreign),
        "debtors": partial(anyio.run, whole_calls, chosen.debtors),
    }
    if unknown := set(chosen.sections) - set(sections):
        parser.error(f"expected sections of {', '.join(sections)}; found {', '.join(sorted(unknown))}")
    if shutil.which("flite") is None:
        parser.error("found no flite, which speaks here: apt install flite")
    found = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for name in chosen.sections or sections:
        load, begun = os.getloadavg()[0], time.monotonic()
        result = sections[name]()
        found[name] = {"result": result, "load": load, "seconds": round(time.monotonic() - begun)}
        print(f"{name} (load {load:.1f} on {os.cpu_count()} cores, {found[name]['seconds']} s)")
        for key, value in result.items():
            print(f"  {key}: {json.dumps(value)}", flush=True)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=1), "utf-8")


if __name__ == "__main__":
    main()
