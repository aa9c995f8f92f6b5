"""Writes ``frontend/src/wire.ts`` from the Structs of ``hamlet.web.wire``.

``python -m hamlet.web.typescript [FILE]`` (default ``frontend/src/wire.ts``). A message's tag
becomes a literal field, so that ``Message`` is a discriminated union; docstrings come along.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
import msgspec.inspect

from hamlet.atomic import write_atomic
from hamlet.web import wire
from hamlet.web.wire import downloads, lab, lectures, past, talks, voice

__all__ = ["MODULES", "TARGET", "main", "source"]

TARGET = Path(__file__).parents[2] / "frontend/src/wire.ts"
MODULES = (wire, downloads, past, talks, lectures, lab, voice)
_HEADER = "// Written by `python -m hamlet.web.typescript` from hamlet/web/wire/: change those, not this.\n"
_PLAIN: dict[type[Any], str] = {
    msgspec.inspect.IntType: "number",
    msgspec.inspect.FloatType: "number",
    msgspec.inspect.StrType: "string",
    msgspec.inspect.BoolType: "boolean",
    msgspec.inspect.NoneType: "null",
}


def _typescript(kind: msgspec.inspect.Type) -> str:
    match kind:
        case msgspec.inspect.StructType():
            return kind.cls.__name__
        case msgspec.inspect.ListType():
            item = _typescript(kind.item_type)
            return f"({item})[]" if " " in item else f"{item}[]"
        case msgspec.inspect.DictType():
            return f"Record<{_typescript(kind.key_type)}, {_typescript(kind.value_type)}>"
        case msgspec.inspect.LiteralType():
            return " | ".join(f'"{value}"' for value in kind.values)
        case msgspec.inspect.UnionType():
            return " | ".join(_typescript(member) for member in kind.types)
    try:
        return _PLAIN[type(kind)]
    except KeyError:
        raise TypeError(
            f"found {kind!r} in web/wire; expected structs, lists, dicts, unions or plain values: teach _typescript"
        ) from None


def _doc(text: str) -> str:
    lines = [line.strip() for line in text.strip().replace("``", "`").splitlines()]
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"]) + "\n"


def _interface(struct: type[msgspec.Struct]) -> str:
    info = msgspec.inspect.type_info(struct)
    assert isinstance(info, msgspec.inspect.StructType)
    fields = [f'  {info.tag_field}: "{info.tag}";'] if info.tag_field else []
    fields += [f"  {field.encode_name}: {_typescript(field.type)};" for field in info.fields]
    doc = _doc(struct.__doc__) if struct.__doc__ else ""
    return f"{doc}export interface {struct.__name__} {{\n" + "\n".join(fields) + "\n}\n"


def source() -> str:
    """The text of ``wire.ts``; raises ``TypeError`` for a type that it has no words for."""
    exported = [getattr(module, name) for module in MODULES for name in module.__all__]
    structs = [item for item in exported if isinstance(item, type) and issubclass(item, msgspec.Struct)]
    message = msgspec.inspect.type_info(wire.Message)
    return "\n".join([_HEADER, *map(_interface, structs), f"export type Message = {_typescript(message)};\n"])


def main(arguments: list[str]) -> None:
    """Writes the file named by the first argument, or ``TARGET``."""
    write_atomic(Path(arguments[0]) if arguments else TARGET, source().encode())


if __name__ == "__main__":
    main(sys.argv[1:])
