"""The composition root: what puts the rooms together."""
