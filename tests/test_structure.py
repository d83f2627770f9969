import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Folder in front of an importable package, and the package.
SOURCES = [
    ("", "main"),
    ("", "configuration"),
    ("", "modules"),
    ("", "backend"),
    ("", "ops"),
    ("", "local_aws"),
    ("", "fast_synth"),
    ("", "module_export"),
    ("airflow/lib", "airflow_on_aws"),
]


@cache
def source_files() -> dict[str, Path]:
    """Every module by its dotted name."""
    files = {}
    for folder, package in SOURCES:
        path = ROOT / folder
        for file in [path / f"{package}.py", *(path / package).rglob("*.py")]:
            if file.is_file():
                parts = file.relative_to(path).with_suffix("").parts
                files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


def imported_names(name: str, file: Path) -> Iterator[str]:
    """Dotted names that a module imports at any place: at its top, in a function, or for type checking only."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


@cache
def imports() -> dict[str, set[str]]:
    """The modules of this repository that each module imports."""
    graph = {}
    for name, file in source_files().items():
        graph[name] = set[str]()
        for imported in imported_names(name, file):
            while imported and imported not in source_files():
                imported = imported.rpartition(".")[0]
            if imported and imported != name:
                graph[name].add(imported)
    return graph


def test_the_search_for_imports_finds_the_source_tree() -> None:
    assert len(imports()) > 100
    assert "modules.stack" in imports()["modules.platform.platform"]


def test_modules_do_not_import_each_other_in_a_cycle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("package", ["modules", "local_aws", "airflow_on_aws"])
def test_a_package_at_the_bottom_imports_no_other_package(package: str) -> None:
    modules = [name for name in imports() if name.split(".")[0] == package]
    assert modules
    assert {
        (name, imported) for name in modules for imported in imports()[name] if imported.split(".")[0] != package
    } == set()


def test_fast_synth_imports_only_the_extension_point_of_the_configuration() -> None:
    imported = {one for name, names in imports().items() if name.startswith("fast_synth") for one in names}
    outside = {name for name in imported if not name.startswith("fast_synth")}
    assert outside == {"configuration.requested_stacks", "backend.digests"}


def test_only_the_tests_of_fast_synth_import_it() -> None:
    listing = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [Path(file) for file in listing.split()]
    found = {file for file in files for name in imported_names("", ROOT / file) if f"{name}.".startswith("fast_synth.")}
    assert {str(file.parent) for file in found} == {"fast_synth", "tests/fast_synth"}


@pytest.mark.parametrize("name", ["modules.account", "modules.stack_id", "modules.settings", "backend.stack_id"])
def test_what_commands_need_of_the_modules_does_not_import_cdktf(name: str) -> None:
    reached, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += imports()[one]
    found = {imported for one in reached for imported in imported_names(one, source_files()[one])}
    assert found
    assert not {imported for imported in found if imported.startswith(("cdktf", "constructs"))}
