"""A run, and what can be asked of it afterwards."""
