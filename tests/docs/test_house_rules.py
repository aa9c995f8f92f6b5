"""Rules of CONTRIBUTING that a machine can hold: files of a size that one can read, and a word on what is public."""

import ast

from tests.docs.support import ROOT

OURS = [path for room in ("hamlet", "benchmarks", "tests") for path in sorted((ROOT / room).rglob("*.py"))]
PAGE = [path for end in ("ts", "vue") for path in sorted((ROOT / "frontend" / "src").rglob(f"*.{end}"))]
GENERATED = ROOT / "frontend" / "src" / "wire.ts"
LONGEST = 350  # lines


def public(tree: ast.Module) -> set[str]:
    """What ``__all__`` names."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value)) if isinstance(node.value, ast.List) else set()
    return set()


def test_no_file_is_longer_than_one_can_read() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in [*OURS, *PAGE] if path != GENERATED}
    assert len(lengths) > 500
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST} == {}


def test_everything_public_says_what_it_is() -> None:
    silent: list[str] = []
    for path in (ROOT / "hamlet").rglob("*.py"):
        tree, name = ast.parse(path.read_text()), str(path.relative_to(ROOT))
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(name)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name in public(tree):
                silent += [f"{name}: {node.name}"] if ast.get_docstring(node) is None else []
    assert silent == []
