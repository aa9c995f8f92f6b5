"""Writes ``docs/reference/*.md`` from the code: settings, events, commands of the command line, messages of the wire.

``python -m hamlet.reference``; a test fails when a page is not what the code says. Everything in these pages is a
docstring, a type, a default or a help text: what is unclear there is mended here, where it is said.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import msgspec.inspect as looking
import typer

from hamlet.atomic import write_atomic
from hamlet.events.types import OPERATIONAL, AnyEvent
from hamlet.settings import ENVIRONMENT, ROOT, RunConfig
from hamlet.web.typescript import MODULES

__all__ = ["DIRECTORY", "main", "pages"]

DIRECTORY = ROOT / "docs" / "reference"
_COMMAND = "`python -m hamlet.reference`"
Structs = dict[str, type[msgspec.Struct]]


def pages() -> dict[str, str]:
    """File name → text."""
    texts = {"settings.md": _settings(), "events.md": _events(), "cli.md": _cli(), "messages.md": _messages()}
    return {name: re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n" for name, text in texts.items()}


def main() -> None:
    """Write every page of docs/reference/."""
    for name, text in pages().items():
        write_atomic(DIRECTORY / name, text.encode())


def _settings() -> str:
    structs: Structs = {}
    _collect(RunConfig, structs)
    parts = [
        f"# Settings\n\nWritten by {_COMMAND} from the code.\n\nA config is one YAML file with the sections `world` and"
        " `training`; `python main.py check FILE` says whether it is sound. An unknown key, a wrong type or a value out"
        " of range is refused with its path. What is not written has the default that is given here."
    ]
    parts += [_struct(struct) for struct in structs.values()]
    rows = "\n".join(f"| `{name}` | {_cell(text)} |" for name, text in ENVIRONMENT.items())
    parts.append(f"## Environment\n\n| Variable | Meaning |\n|---|---|\n{rows}")
    return "\n\n".join(parts)


def _events() -> str:
    kinds = sorted(AnyEvent.__args__, key=lambda kind: str(kind.__struct_config__.tag))
    parts = [
        f"# Events\n\nWritten by {_COMMAND} from the code.\n\nWhat the log holds: `python main.py events`, or"
        " `sqlite3 data/events.db \"SELECT payload FROM events WHERE type = 'run_started.v1'\"`. A tag once written is"
        " read for ever. *Operational* events tell what a process did; all others are facts of a run, and come out the"
        " same when it is computed again."
    ]
    inner: Structs = {}
    for kind in kinds:
        _collect(kind, inner)
        operational = "\n\n*Operational.*" if kind in OPERATIONAL else ""
        parts.append(f"## `{kind.__struct_config__.tag}`\n\n{_doc(kind)}{operational}\n\n{_fields(kind)}")
    rest = [struct for struct in inner.values() if struct not in kinds]
    parts += [_struct(struct) for struct in rest]
    return "\n\n".join(parts)


def _messages() -> str:
    parts = [
        f"# Messages\n\nWritten by {_COMMAND} from the code.\n\nWhat the page is told over `/ws`, and what the API"
        " answers; `/api/openapi.json` of a running Hamlet has the routes. Messages of the socket carry their tag as"
        " `type`."
    ]
    for module in MODULES:
        for name in module.__all__:
            item = getattr(module, name)
            if isinstance(item, type) and issubclass(item, msgspec.Struct):
                parts.append(_struct(item))
    return "\n\n".join(parts)


def _cli() -> str:
    from hamlet.cli import app

    command = typer.main.get_command(app)
    parts = [
        f"# Commands\n\nWritten by {_COMMAND} from the code.\n\n`python main.py COMMAND`; each says the same with"
        " `--help`. Exit codes are in [architecture](../architecture.md#exit-codes)."
    ]
    parts += [_command(name, each) for name, each in _commands(command, "")]
    return "\n\n".join(parts)


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _command(name: str, command: Any) -> str:
    text = re.sub(r"(?<!\n)\n(?!\n)\s*", " ", (command.help or "").strip())
    rows = []
    for parameter in command.params:
        options = [*parameter.opts, *parameter.secondary_opts]
        if "--help" in options:
            continue
        shown = ", ".join(f"`{option}`" for option in options) if parameter.param_type_name == "option" else ""
        shown = shown or f"`{str(parameter.name).upper()}`"
        default = "" if parameter.default in (None, False, ()) or callable(parameter.default) else parameter.default
        if isinstance(parameter.show_default, str):  # where the default is the machine's
            default = parameter.show_default
        told = f" (`{parameter.envvar}`)" if parameter.envvar else ""
        rows.append(f"| {shown} | {_cell(str(default))} | {_cell(getattr(parameter, 'help', '') or '')}{told} |")
    table = "| Option | Default | |\n|---|---|---|\n" + "\n".join(rows) if rows else ""
    _, *lines = (command.epilog or "").split("\n\n")
    return "\n".join([f"## `{name}`\n\n{text}\n\n{table}\n\n```", *lines, "```"])


def _collect(kind: Any, found: Structs) -> None:
    """Every Struct that ``kind`` is made of, in the order in which one comes to them."""
    queue = [looking.type_info(kind)]
    while queue:
        info: Any = queue.pop(0)
        if isinstance(info, looking.Metadata):
            queue.insert(0, info.type)
        elif isinstance(info, looking.StructType) and info.cls.__qualname__ not in found:
            found[info.cls.__qualname__] = info.cls
            queue += [field.type for field in info.fields]
        elif isinstance(info, looking.UnionType):
            queue += info.types
        elif isinstance(info, looking.DictType):
            queue += [info.key_type, info.value_type]
        elif isinstance(info, looking.ListType | looking.VarTupleType):
            queue.append(info.item_type)
        elif isinstance(info, looking.TupleType):
            queue += info.item_types


def _struct(struct: type[msgspec.Struct]) -> str:
    info: Any = looking.type_info(struct)
    tag = f"\n\n`{info.tag_field}: {info.tag}`" if info.tag_field else ""
    return f"## {struct.__name__}\n\n{_doc(struct)}{tag}\n\n{_fields(struct)}"


def _fields(struct: type[msgspec.Struct]) -> str:
    info: Any = looking.type_info(struct)
    if not info.fields:
        return ""
    rows = [f"| `{field.encode_name}` | {_cell(_type(field.type))} | {_default(field)} |" for field in info.fields]
    return "| Field | Type | Default |\n|---|---|---|\n" + "\n".join(rows)


def _default(field: Any) -> str:
    if field.default is not msgspec.NODEFAULT:
        value = field.default
    elif field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    else:
        return ""
    if isinstance(value, msgspec.Struct):
        return "as there"
    return f"`{msgspec.json.encode(value).decode()}`"


_PLAIN = {"IntType": "int", "FloatType": "float", "StrType": "text", "BoolType": "true or false", "AnyType": "any"}


def _type(info: Any) -> str:
    match info:
        case looking.Metadata():
            return _type(info.type)
        case looking.StructType():
            return f"[{info.cls.__name__}](#{info.cls.__name__.lower()})"
        case looking.UnionType():
            return " or ".join("null" if isinstance(each, looking.NoneType) else _type(each) for each in info.types)
        case looking.DictType():
            return f"{_type(info.key_type)} → {_type(info.value_type)}"
        case looking.ListType() | looking.VarTupleType():
            return f"list of {_type(info.item_type)}"
        case looking.TupleType():
            return f"list of {', '.join(_type(each) for each in info.item_types)}"
        case looking.LiteralType():
            return " or ".join(f"`{value}`" for value in info.values)
        case looking.EnumType():
            return " or ".join(f"`{each.value}`" for each in info.cls)
    bounds = {
        name: getattr(info, name, None) for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")
    }
    return _PLAIN[type(info).__name__] + _bounds(bounds)


def _bounds(bounds: Mapping[str, Any]) -> str:
    signs = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< ", "min_length": "at least ", "max_length": "at most "}
    told = [f"{sign}{bounds[name]:,}" for name, sign in signs.items() if bounds[name] is not None]
    if bounds["pattern"]:
        told.append(f"like `{bounds['pattern']}`")
    return f", {', '.join(told)}" if told else ""


def _doc(struct: type[msgspec.Struct]) -> str:
    lines = [line.strip() for line in (struct.__doc__ or "").strip().replace("``", "`").splitlines()]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    main()
