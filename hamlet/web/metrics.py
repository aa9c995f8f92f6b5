"""Gauges in the text format of Prometheus, version 0.0.4: one ``# HELP`` and ``# TYPE`` for each name.

Forty lines of our own: a client library brings registries and counters of its own for what is here a
list of numbers made when it is asked for. https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Sequence

from hamlet.web.wire import Gauge

__all__ = ["CONTENT_TYPE", "as_text"]

CONTENT_TYPE = "text/plain; version=0.0.4"


def as_text(gauges: Sequence[Gauge]) -> str:
    """Lines ``hamlet_NAME{label="value"} number``; those of one name come together."""
    lines = []
    for name in dict.fromkeys(gauge.name for gauge in gauges):
        same = [gauge for gauge in gauges if gauge.name == name]
        lines += [f"# HELP hamlet_{name} {same[0].help}", f"# TYPE hamlet_{name} gauge"]
        lines += [f"hamlet_{name}{_labels(gauge.labels)} {float(gauge.value)!r}" for gauge in same]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
