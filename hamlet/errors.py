"""Errors that a user can act on: what was found, where, what to do, and the exit code.

A leaf: imports no other hamlet module. ``cli.main`` prints ``str(error)`` as one line and
exits with ``error.exit_code``; a ``HamletError`` never reaches a user as a traceback.
"""

__all__ = [
    "AlreadyRunning",
    "ConfigError",
    "HamletError",
    "LogUnusable",
    "NoSuchTalk",
    "NotTheSameEpisode",
    "RunChanged",
    "SchemaTooNew",
    "Stuck",
    "TalksFull",
    "UsageError",
    "VersionConflict",
]


class HamletError(Exception):
    """Base of all errors shown to the user as one line."""

    exit_code = 2


class UsageError(HamletError):
    """Wrong arguments, missing file, port in use, directory not writable."""


class ConfigError(HamletError):
    """A setting is wrong; names the file, the key path, and what to change."""

    def __init__(self, where: str, problem: str, hint: str = "") -> None:
        super().__init__(f"{where}: {problem}" + (f"; {hint}" if hint else ""))


class RunChanged(HamletError):
    """The run in the log was started with another config or seed."""


class SchemaTooNew(HamletError):
    """The database was written by a newer Hamlet; it is left untouched."""

    exit_code = 3

    def __init__(self, *, path: str, found: int, known: int) -> None:
        super().__init__(
            f"{path}: schema version {found} is newer than {known}, the newest this Hamlet knows;"
            " nothing was changed; update Hamlet or choose another --data directory"
        )


class AlreadyRunning(HamletError):
    """Another process owns the data directory."""

    exit_code = 4


class NoSuchTalk(HamletError):
    """No conversation has this link: it was mistyped, or the conversation was forgotten."""


class TalksFull(HamletError):
    """As many conversations as may be are going on."""


class NotTheSameEpisode(HamletError):
    """A recorded episode cannot be had again, or went another way than its record."""


class LogUnusable(HamletError):
    """The event log cannot be read or written safely."""

    exit_code = 5


class VersionConflict(LogUnusable):
    """An append expected another version, or an event id came back with another payload."""


class Stuck(HamletError):
    """A part did not stop within its deadline."""

    exit_code = 70
