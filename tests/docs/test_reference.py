"""The reference is what the code says: nothing is missing, nothing is stale."""

import msgspec
import pytest

from hamlet.events.types import AnyEvent, tag_of
from hamlet.reference import DIRECTORY, pages
from hamlet.settings import ENVIRONMENT


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_is_as_the_code_has_it(name: str) -> None:
    assert (DIRECTORY / name).read_text() == pages()[name], "write it anew: python -m hamlet.reference"


def test_everything_is_there_and_said_what_it_is() -> None:
    events, settings = pages()["events.md"], pages()["settings.md"]
    for kind in AnyEvent.__args__:
        assert f"## `{tag_of(kind)}`\n\n{(kind.__doc__ or '').split()[0]}" in events, f"{kind.__name__}: no docstring"
        assert all(f"| `{field.encode_name}` |" in events for field in msgspec.structs.fields(kind))
    assert all(f"| `{name}` |" in settings for name in ENVIRONMENT)
    for command in ("all-in-one", "serve", "conversations forget", "restore"):
        assert f"## `{command}`" in pages()["cli.md"]
