"""The law of the house: who may import whom, and what nobody may call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("spec", "mockserver", "conformance", "mockproof")
ALLOWED = {
    "spec": set(),
    "mockserver": {"spec"},
    "conformance": {"spec"},
    "mockproof": {"spec", "mockserver", "conformance"},
}
"""Room to the other rooms that it may import."""

LOADS_CONNEXION = "mockserver.app"
READS_YAML = "spec.loading"


@dataclass(frozen=True)
class Arrow:
    """One import. `at_start` is false for one inside a function and for one that only a type checker sees."""

    module: str
    imported: str
    line: int
    at_start: bool
    in_function: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.imported}"


@dataclass(frozen=True)
class Module:
    name: str
    lines: tuple[str, ...]
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


def read_modules(root: Path = ROOT) -> dict[str, Module]:
    found = {}
    for path in sorted(file for room in ROOMS for file in (root / room).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, tuple(text.splitlines()), ast.parse(text, str(path)))
    return found


def arrows_of(module: Module) -> Iterator[Arrow]:
    yield from _arrows(module, module.tree, at_start=True, in_function=False)


def _arrows(module: Module, node: ast.AST, *, at_start: bool, in_function: bool) -> Iterator[Arrow]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for name in _imported(child):
                yield Arrow(module.name, name, child.lineno, at_start, in_function)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _arrows(module, child, at_start=False, in_function=True)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for statement in child.body:
                yield from _arrows(module, ast.Module([statement], []), at_start=False, in_function=in_function)
        else:
            yield from _arrows(module, child, at_start=at_start, in_function=in_function)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        assert node.level == 0, f"line {node.lineno}: a relative import hides who is meant"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def resolve(name: str, modules: dict[str, Module]) -> str | None:
    """The module that an imported name lives in, if it is one of ours."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


MODULES = read_modules()
ARROWS = [arrow for module in MODULES.values() for arrow in arrows_of(module)]


def room_of(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    strays = [
        str(arrow)
        for arrow in ARROWS
        if room_of(arrow.module) == room
        and room_of(arrow.imported) in ROOMS
        and room_of(arrow.imported) not in {room, *ALLOWED[room]}
    ]
    assert strays == []


def test_only_one_module_knows_connexion() -> None:
    knowing = {arrow.module for arrow in ARROWS if room_of(arrow.imported) == "connexion"}
    assert knowing == {LOADS_CONNEXION}


def test_no_package_imports_tests() -> None:
    assert [str(arrow) for arrow in ARROWS if room_of(arrow.imported) == "tests"] == []


@pytest.mark.parametrize("room", ROOMS)
def test_modules_of_a_room_import_each_other_without_a_cycle(room: str) -> None:
    assert find_cycle([arrow for arrow in ARROWS if room_of(arrow.module) == room], MODULES) == []


def find_cycle(arrows: list[Arrow], modules: dict[str, Module]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for arrow in arrows:
        target = resolve(arrow.imported, modules)
        # A package that re-exports its own modules is their roof, not their neighbour.
        if arrow.at_start and target and target != arrow.module and not arrow.module.startswith(f"{target}."):
            graph.setdefault(arrow.module, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_an_import_inside_a_function_says_why() -> None:
    silent = [str(arrow) for arrow in ARROWS if arrow.in_function and not _has_reason(MODULES[arrow.module], arrow)]
    assert silent == []


def _has_reason(module: Module, arrow: Arrow) -> bool:
    """A comment on the import, on its neighbours of the same block, or on the line above the block."""
    first = arrow.line - 1
    while re.match(r"\s+(import|from)\s", module.lines[first - 1]):
        first -= 1
    block = module.lines[first - 1 : arrow.line]
    following = module.lines[arrow.line : arrow.line + 3]
    return any("#" in line for line in (*block, *following[: _leading_imports(following)]))


def _leading_imports(lines: tuple[str, ...]) -> int:
    return next((count for count, line in enumerate(lines) if not re.match(r"\s+(import|from)\s", line)), len(lines))


def calls_in(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_nobody_runs_data_as_code() -> None:
    imports = [str(arrow) for arrow in ARROWS if room_of(arrow.imported) in {"pickle", "marshal", "shelve"}]
    calls = [
        f"{module.name}:{line} calls {call}"
        for module in MODULES.values()
        for call, line in calls_in(module)
        if call in {"eval", "exec", "compile", "__import__"}
    ]
    assert imports + calls == []


YAML_READERS = re.compile(r"yaml\.(\w*load\w*|parse|scan|compose\w*|\w*Loader)$")


def test_yaml_is_read_in_one_place() -> None:
    strays = [
        f"{module.name}:{line} calls {call}"
        for module in MODULES.values()
        if not module.name.startswith(READS_YAML)
        for call, line in calls_in(module)
        if YAML_READERS.fullmatch(call)
    ]
    assert strays == []


@pytest.mark.parametrize("folder", ["fixtures", "tests"])
def test_folder_is_no_package(folder: str) -> None:
    assert [str(path) for path in (ROOT / folder).rglob("__init__.py")] == []


@pytest.mark.parametrize("room", ROOMS)
def test_room_is_typed(room: str) -> None:
    assert (ROOT / room / "py.typed").is_file()


def _module(name: str, text: str) -> Module:
    return Module(name, tuple(text.splitlines()), ast.parse(text))


def test_the_law_sees_a_cycle() -> None:
    modules = {
        "spec.a": _module("spec.a", "from spec.b import thing"),
        "spec.b": _module("spec.b", "import spec.a"),
    }
    arrows = [arrow for module in modules.values() for arrow in arrows_of(module)]
    assert set(find_cycle(arrows, modules)) == {"spec.a", "spec.b"}


def test_the_law_sees_an_import_without_a_reason() -> None:
    silent = _module("spec.a", "def f():\n    x = 1\n    import yaml\n    return yaml")
    told = _module("spec.a", "def f():\n    # slow to import\n    import yaml\n    return yaml")
    assert [_has_reason(module, next(arrows_of(module))) for module in (silent, told)] == [False, True]
