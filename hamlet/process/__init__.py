"""The process: its services, signals, locks and signs of life."""
