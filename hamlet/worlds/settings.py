"""Which worlds a config file can describe."""

from hamlet.worlds.dialogue.settings import DialogueSettings
from hamlet.worlds.town.settings import TownSettings

__all__ = ["WorldSettings"]

WorldSettings = TownSettings | DialogueSettings
"""Told apart by ``kind``."""
