"""What the user sets: a YAML file, ``HAMLET_*`` variables, and flags; strict, with named places.

Each room owns its own settings Struct; this module reads the file into them. An unknown key, a
wrong type or a value out of range is a ``ConfigError`` that names file and key path.
"""

import os
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from hamlet.errors import ConfigError, UsageError
from hamlet.training.settings import TrainingSettings
from hamlet.worlds.settings import WorldSettings

__all__ = [
    "DEFAULT_CONFIGS",
    "ENVIRONMENT",
    "ROOT",
    "Paths",
    "RunConfig",
    "differences",
    "from_record",
    "parse_settings",
    "read_config",
    "read_yaml",
]

T = TypeVar("T", bound=msgspec.Struct)

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_CONFIGS = {"town": Path("configs/town/rememberer.yaml"), "dialogue": Path("configs/dialogue/ddq.yaml")}
"""World → what is trained when no config is named."""

ENVIRONMENT = {
    "HAMLET_CONFIG": "the config file, where --config is not given",
    "HAMLET_DB_PATH": "the data directory, or the demo_state.db in it, where --data is not given",
    "HAMLET_CHECKPOINT_DIR": "where checkpoints go (default: checkpoints/ in the data directory)",
    "HAMLET_VIZ_PORT": "the viewer's port, where --port is not given (default: 8765)",
    "HAMLET_FRONTEND_DIR": "the built page (default: frontend/dist)",
    "HAMLET_DISK_FLOOR": "MB that stay free on the disk, where --disk-floor is not given (default: 100)",
    "HAMLET_FANOUT": "the Redis between several serve processes, where --fanout is not given",
    "HAMLET_LLM_URL": "an OpenAI-compatible endpoint for talk --llm (default: http://localhost:11434/v1)",
    "HAMLET_LLM_KEY": "its key, where it asks for one",
    "HAMLET_WHISPER": "a directory with a faster-whisper model, to recognise speech (default: pocketsphinx)",
    "HAMLET_RECOGNISER": "what recognises: faster-whisper, pocketsphinx or deepgram (default: one of the first two)",
    "DEEPGRAM_API_KEY": "the key of Deepgram, where HAMLET_RECOGNISER is deepgram",
    "HAMLET_SPEAKER": "espeakng-loader, espeak-ng, flite, flite:VOICE, elevenlabs or none (default: the first found)",
    "ELEVENLABS_API_KEY": "the key of ElevenLabs, where HAMLET_SPEAKER is elevenlabs",
    "HAMLET_VOICE_SESSIONS": "how many may talk by voice at once (default: 2)",
    "HAMLET_VOICE_MINUTES": "how long each of them may (default: 15)",
    "LIVEKIT_URL": "the LiveKit server for voice over WebRTC: ws://… or wss://… (default: none)",
    "LIVEKIT_API_KEY": "the name of its key",
    "LIVEKIT_API_SECRET": "its key",
    "HAMLET_SNAPSHOT_DIR": "where snapshots/ and exports/ go (default: the data directory)",
    "HAMLET_BROWSER_URL": "the viewer's address as a browser sees it; its host is let in (default: http://localhost:PORT)",
}


class RunConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole config file."""

    world: WorldSettings
    training: TrainingSettings = TrainingSettings()

    @property
    def kind(self) -> str:
        """The world's: town or dialogue."""
        return str(self.world.__struct_config__.tag)


class Paths(msgspec.Struct, frozen=True):
    """Where everything of one data directory lies."""

    data: Path
    checkpoints: Path
    frontend: Path
    exports: Path
    snapshots: Path

    @property
    def products(self) -> dict[str, Path]:
        """Where what is made for others lies, by the first part of its name."""
        return {"snapshots": self.snapshots, "exports": self.exports}

    @property
    def events(self) -> Path:
        return self.data / "events.db"

    @property
    def views(self) -> Path:
        return self.data / "demo_state.db"

    @property
    def conversations(self) -> Path:
        return self.data / "conversations.db"

    @classmethod
    def of(cls, data: Path | None, environment: Mapping[str, str]) -> "Paths":
        """From ``--data`` if given, else the environment, else ``./data``."""
        if data is None:
            data = Path(environment.get("HAMLET_DB_PATH", "data"))
            if data.suffix == ".db":
                data = data.parent
        made = Path(environment.get("HAMLET_SNAPSHOT_DIR", data))
        return cls(
            data=data,
            checkpoints=Path(environment.get("HAMLET_CHECKPOINT_DIR", data / "checkpoints")),
            frontend=Path(environment.get("HAMLET_FRONTEND_DIR", ROOT / "frontend" / "dist")),
            exports=made / "exports",
            snapshots=made if made.name == "snapshots" else made / "snapshots",
        )

    def create(self) -> None:
        """Make what will be written to; raises ``UsageError`` when it cannot be."""
        choices = (
            (self.data, "--data"),
            (self.checkpoints, "HAMLET_CHECKPOINT_DIR"),
            (self.exports, "HAMLET_SNAPSHOT_DIR"),
            (self.snapshots, "HAMLET_SNAPSHOT_DIR"),
        )
        for directory, choice in choices:
            try:
                directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(
                    f"{directory}: cannot be made ({error.strerror}); choose another directory with {choice}"
                ) from None
            if not os.access(directory, os.W_OK | os.X_OK):
                raise UsageError(
                    f"{directory}: not writable; change its permissions or choose another directory with {choice}"
                )


def read_config(path: Path) -> RunConfig:
    """The config file at ``path``; raises ``ConfigError`` or ``UsageError``."""
    return _parse_config(read_yaml(path, "town", "dialogue"), str(path))


def from_record(config: Mapping[str, Any], run: str) -> RunConfig:
    """The config that ``RunStarted`` recorded. Raises ``ConfigError`` for one that this version cannot read, and
    ``UsageError`` for a run that was imported: it has none."""
    if not config:
        raise UsageError(
            f"run {run} was lived elsewhere and imported: it has no config, so only its curve can be shown and exported"
        )
    try:
        return _parse_config(config, f"the config of run {run}")
    except ConfigError as error:
        was = str(error).partition(";")[0]
        raise ConfigError(was, "another version of Hamlet began this run", "begin another with --new-run") from None


def _parse_config(values: object, source: str) -> RunConfig:
    """A world that does not say its ``kind`` is a town: so were all once."""
    if isinstance(values, Mapping) and isinstance(world := values.get("world"), Mapping):
        values = {**values, "world": {"kind": "town", **world}}
    return parse_settings(values, RunConfig, source)


def differences(old: object, new: object, where: str = "") -> list[str]:
    """What changed between two configs as plain values: ``training.seed: 0 → 1``."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: list[str] = []
        for key in sorted({*old, *new}, key=str):
            path = f"{where}.{key}" if where else str(key)
            found += differences(old.get(key, "(absent)"), new.get(key, "(absent)"), path)
        return found
    # A config that was recorded as JSON holds lists where the Struct holds tuples.
    return [] if msgspec.to_builtins(old) == msgspec.to_builtins(new) else [f"{where}: {old} → {new}"]


class _Loader(yaml.SafeLoader):
    """YAML in which a key may stand once only."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "expected a word as key", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, *folders: str) -> object:
    """What the file at ``path`` says, as plain values; raises ``ConfigError`` or ``UsageError``,
    which names the files in those ``folders`` of ``configs/`` where there is none."""
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except FileNotFoundError:
        files = [file for folder in folders for file in sorted(ROOT.glob(f"configs/{folder}/*.yaml"))]
        known = ", ".join(str(file.relative_to(ROOT)) for file in files)
        raise UsageError(f"{path}: no such file; configs that come with Hamlet: {known}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), f"not UTF-8 text (byte {error.start})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError(where, f"not YAML: {getattr(error, 'problem', None) or error}".replace("\n", " ")) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # PyYAML's own constructors raise these for what looks like a date or a number and is none.
        raise ConfigError(
            str(path), f"a value cannot be read ({error})".replace("\n", " "), "put it in quotes"
        ) from None
    except RecursionError:
        raise ConfigError(str(path), "nested too deeply") from None


_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`")


def parse_settings(values: object, kind: type[T], source: str) -> T:
    """Plain values as the Struct ``kind``; raises ``ConfigError`` that names ``source`` and the key path."""
    if not isinstance(values, Mapping):
        keys = [field.encode_name for field in msgspec.structs.fields(kind)]
        sections = ", ".join(keys[:-1]) + f" and {keys[-1]}"
        raise ConfigError(source, f"expected the sections {sections}, found {type(values).__name__}")
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".").replace("[...]", "[…]") or "(top)"
        unknown = _UNKNOWN.match(problem)
        if unknown:
            path = unknown["key"] if key == "(top)" else f"{key}.{unknown['key']}"
            raise ConfigError(source, f"{path}: unknown key", "remove it or mend its spelling") from None
        raise ConfigError(source, f"{key}: {problem[:1].lower()}{problem[1:]}") from None
