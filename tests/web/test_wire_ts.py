"""The page's message types are generated from the server's: they cannot differ."""

from pathlib import Path

import msgspec
import pytest

from hamlet.web import typescript


def test_the_page_knows_exactly_the_messages_of_the_server() -> None:
    assert typescript.TARGET.read_text() == typescript.source(), "run: python -m hamlet.web.typescript"


def test_a_message_is_told_apart_by_its_tag() -> None:
    text = typescript.source()
    assert 'export interface Hello {\n  type: "hello";\n' in text
    assert (
        "export type Message = Hello | DialogueHello | StateUpdate | DialogueUpdate | StageFrame | DialogueFrame;"
        in text
    )


def test_optional_and_nested_types() -> None:
    text = typescript.source()
    assert "  dollars: number | null;" in text
    assert "  position_heatmap: number[][];" in text
    assert "  means: Record<string, number>;" in text


def test_writes_the_file_it_is_given(tmp_path: Path) -> None:
    typescript.main([str(tmp_path / "wire.ts")])
    assert (tmp_path / "wire.ts").read_text() == typescript.source()


def test_a_type_without_words_is_named() -> None:
    with pytest.raises(TypeError, match="BytesType"):
        typescript._typescript(msgspec.inspect.type_info(bytes))
