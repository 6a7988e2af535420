"""The layout of the house: imports go one way, Prefect stays a skin, the first level stays small."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("words", "harvest", "read", "extract", "curate", "contribute", "publish", "pipeline", "commands")
FIRST_LEVEL = {
    ".ci", ".github", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "CONTRIBUTING-data.md",
    "CONTRIBUTING-data.zh.md", "LICENSE", "LICENSE-DATA.md", "Makefile",
    "README.md", "README.zh.md", "curated", "flows", "prefect.yaml", "pyproject.toml", "raw", "requirements-dev.txt",
    "requirements-ocr.txt", "requirements.txt", "schemas", "tests",
}  # fmt: skip
MODULES = sorted((ROOT / "flows").rglob("*.py"))


def room_of(module: str) -> str:
    """Return the room of a module such as `flows.extract.tables`; the command line stands last."""
    parts = module.split(".")
    if module in ("flows.__main__", "flows.deploy"):
        return "commands"
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "words"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """Return what a module imports, and whether the import stands inside a function or class."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) not in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += [(f"{node.module}", id(node) not in top)]
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_rooms_to_its_left(path: Path) -> None:
    mine = ROOMS.index(room_of(name_of(path)))
    for imported, inside in imports_of(path):
        if imported.split(".")[0] == "flows":
            assert ROOMS.index(room_of(imported)) <= mine, (
                f"{name_of(path)} imports {imported} from its right"
            )
        assert not inside, f"{name_of(path)} imports {imported} inside a function"


def test_only_the_pipeline_imports_prefect() -> None:
    users = [
        name_of(path) for path in MODULES for name, _ in imports_of(path) if name.split(".")[0] == "prefect"
    ]
    assert set(users) == {"flows.pipeline"}


def test_no_imports_go_in_circles() -> None:
    graph = {
        name_of(path): {name for name, _ in imports_of(path) if name.startswith("flows.")} for path in MODULES
    }

    def walk(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above, module))
        for imported in graph.get(module, ()):
            walk(imported, (*above, module))

    for module in graph:
        walk(module, ())


def test_the_first_level_of_the_repository_is_the_declared_one() -> None:
    hidden = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__"}
    found = {path.name for path in ROOT.iterdir()} - hidden
    assert found == FIRST_LEVEL
