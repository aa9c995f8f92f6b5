"""Ratios side by side with their peers: ``python -m benchmarks``. See docs/benchmarks.md."""
