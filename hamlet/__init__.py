"""Hamlet: agents that learn to live and to talk, live, with every fact in one log."""

__version__ = "0.1.0"
