"""Which packages import which, and no cycles."""

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
    ("", "tools"),
    ("airflow/lib", "airflow_on_aws"),
]


# The packages that each package imports: main -> configuration -> modules. Configuration also adds the stack of the remote state.
IMPORTS = {
    "main": {"configuration"},
    "configuration": {"modules", "backend"},
    "backend": {"modules", "configuration"},
    "ops": {"configuration", "modules", "backend", "local_aws"},
    "fast_synth": {"configuration"},
    "module_export": {"modules"},
    "modules": set(),
    "local_aws": set(),
    "tools": set(),
    "airflow_on_aws": set(),
}


@cache
def source_files() -> dict[str, Path]:
    """Return the file of every module, by the module's dotted name."""
    files = {}
    for folder, package in SOURCES:
        path = ROOT / folder
        for file in [path / f"{package}.py", *(path / package).rglob("*.py")]:
            if file.is_file():
                parts = file.relative_to(path).with_suffix("").parts
                files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


def imported_names(name: str, file: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports: at its top, in a function, or for type checking only."""
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
    """Return the modules of this repository that each module imports."""
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


def test_packages_import_only_the_packages_below_them() -> None:
    found: dict[str, set[str]] = {package: set() for _, package in SOURCES}
    for name, names in imports().items():
        package = name.split(".")[0]
        found[package] |= {imported.split(".")[0] for imported in names} - {package}
    assert found == IMPORTS


def test_nothing_inside_airflow_imports_a_package_from_outside() -> None:
    files = list((ROOT / "airflow").rglob("*.py"))
    assert {"dags", "lib", "plugins", "webhook"} <= {file.relative_to(ROOT / "airflow").parts[0] for file in files}
    outside = IMPORTS.keys() - {"airflow_on_aws"}
    found = {file: {name.split(".")[0] for name in imported_names("", file)} & outside for file in files}
    assert {file: names for file, names in found.items() if names} == {}


def test_ops_has_at_most_12_modules_outside_its_folders() -> None:
    modules = {file.stem for file in (ROOT / "ops").glob("*.py")}
    assert 2 < len(modules) <= 12


def test_fast_synth_imports_only_the_extension_point_of_the_configuration() -> None:
    imported = {one for name, names in imports().items() if name.startswith("fast_synth") for one in names}
    outside = {name for name in imported if not name.startswith("fast_synth")}
    assert outside == {"configuration.requested_stacks"}


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
