"""The shape of the code: import direction, one home per library, lazy start-up, sizes a reader can hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEMAI = ROOT / "installer" / "semai"
HOST = ROOT / "installer" / "semai_host"

# Each layer may import itself and the layers after it.
LAYERS = ("cli", "operations", "adapters", "core", "messages", "errors")

# Where each third-party library lives; everyone else goes through these modules.
HOMES = {
    "tuf": {"adapters/signed_metadata.py", "adapters/signing.py"},
    "securesystemslib": {"adapters/signed_metadata.py", "adapters/signing.py"},
    "requests": {"adapters/fetch.py"},
    "yaml": {"adapters/yaml_files.py"},
    "rich": {"cli/console.py", "cli/progress.py"},
    "resolvelib": {"core/resolver.py"},
    "lokal": {"adapters/region_codes.py"},
    "jinja2": {"core/render.py"},
    "click": {"cli"},
}

# What must not be loaded to show help.
HEAVY = {"tuf", "requests", "pydantic", "ansible", "yaml", "rich", "resolvelib", "jinja2", "lokal", "packaging"}

CORE_IS_PURE = {
    "os",
    "subprocess",
    "socket",
    "shutil",
    "tempfile",
    "random",
    "secrets",
    "time",
    "urllib",
    "pathlib",
}


def _modules(package: Path) -> list[Path]:
    return sorted(path for path in package.rglob("*.py") if "shipped" not in path.parts)


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno


def _type_checking_lines(path: Path) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _layer(path: Path) -> str:
    return path.relative_to(SEMAI).with_suffix("").parts[0]


@pytest.mark.parametrize("path", _modules(SEMAI), ids=lambda path: str(path.relative_to(SEMAI)))
def test_imports_run_in_one_direction(path: Path) -> None:
    layer = _layer(path)
    if layer not in LAYERS:
        pytest.fail(
            f"{layer} is no layer: {LAYERS}"
        ) if path.name != "__init__.py" and layer != "playbooks" else None
        return
    below = LAYERS[LAYERS.index(layer) :]
    upward = [
        f"line {line}: {name}"
        for name, line in _imports(path)
        if name.startswith("semai.") and name.split(".")[1] not in below
    ]
    assert upward == []


@pytest.mark.parametrize("path", _modules(SEMAI), ids=lambda path: str(path.relative_to(SEMAI)))
def test_each_library_has_one_home(path: Path) -> None:
    relative = path.relative_to(SEMAI)
    strangers = [
        f"line {line}: {name}"
        for name, line in _imports(path)
        if (homes := HOMES.get(name.split(".")[0]))
        and str(relative) not in homes
        and relative.parts[0] not in homes
        if relative.parts[0] != "playbooks"
    ]
    assert strangers == []


@pytest.mark.parametrize("path", _modules(SEMAI / "core"), ids=lambda path: path.name)
def test_core_is_pure(path: Path) -> None:
    guarded = _type_checking_lines(path)
    impure = [name for name, line in _imports(path) if name.split(".")[0] in CORE_IS_PURE and line not in guarded]
    calls = [
        f"line {node.lineno}: {node.func.id}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input"}
    ]
    assert impure + calls == []


@pytest.mark.parametrize("path", _modules(HOST), ids=lambda path: str(path.relative_to(HOST)))
def test_host_tool_uses_the_standard_library_only(path: Path) -> None:
    foreign = [
        f"line {line}: {name}" for name, line in _imports(path) if name.split(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


SOURCES = [
    path
    for folder in ("installer", "bundle", "roles")
    for path in _modules(ROOT / folder)
    if "tests" not in path.parts and "migrations" not in path.parts
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_reader_can_hold_it(path: Path) -> None:
    too_long = [f"{name}: {length} lines" for name, length in _functions(path) if length > 60]
    assert too_long == []
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_loads_nothing_heavy(argument: str) -> None:
    program = (
        "import sys; sys.argv = ['semai', sys.argv[1]]\n"
        "from semai.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", program, argument], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.rsplit("LOADED", 1)[1].split())
    assert loaded & HEAVY == set()


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    telling = re.compile(r"pypi\.org|pythonhosted|npmjs|registry\.npm|/work/")
    found = []
    for name in tracked.split("\0"):
        path = ROOT / name
        if not name or not path.is_file() or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1):
            if telling.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert found == []
