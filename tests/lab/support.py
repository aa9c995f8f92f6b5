"""A small study of the tiny town."""

from pathlib import Path

from tests.system.support import TINY

STUDY = f"""
title: Tiny
question: Does it matter that everything moves?
config: {TINY}
seeds: 2
cap: 100
overrides: {{training.episodes: 400}}
variants:
  moved: {{}}
  still: {{training.shift_at: 0}}
measures: [exam_share, worst_life, before_share, long_share, recovery_steps, survival, weight, stage]
"""


def study_file(directory: Path, **changes: str) -> Path:
    """The study, with other lines where ``changes`` says so (key → the rest of its line)."""
    lines = STUDY.strip().splitlines()
    for key, value in changes.items():
        found = [number for number, line in enumerate(lines) if line.startswith(f"{key}:")]
        lines = [line for number, line in enumerate(lines) if number not in found]
        lines = lines if key != "variants" else [line for line in lines if not line.startswith("  ")]
        if value:
            lines.append(f"{key}: {value}")
    path = directory / "study.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path
