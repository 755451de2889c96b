"""What is shipped: every file of src, and nothing that is imported without being declared."""

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

from tools.lint.__main__ import project_files

ROOT: Final = Path(__file__).resolve().parents[2]
NOT_SHIPPED: Final = frozenset({".md", ".pot"})


def declared(*names: str) -> set[str]:
    """Return the distributions that the .in files name."""
    lines = [
        line
        for name in names
        for line in (ROOT / f"requirements/{name}.in").read_text().splitlines()
        if re.match(r"[a-z]", line)
    ]
    return {re.split(r"[\[<>=]", line)[0] for line in lines}


def imported(folder: str) -> dict[str, str]:
    """Return the top-level names that a folder imports, each with a file that does."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules = [alias.name for alias in names]
                case ast.ImportFrom(module=str(module)):
                    modules = [module]
                case _:
                    continue
            for module in modules:
                found.setdefault(module.partition(".")[0], path.relative_to(ROOT).as_posix())
    return found


def test_everything_that_src_imports_is_declared() -> None:
    distributions = packages_distributions()
    allowed = {name.lower().replace("_", "-") for name in declared("run", "demo", "demo-data")}
    undeclared = {
        module: file
        for module, file in imported("src/candor").items()
        if module not in sys.stdlib_module_names
        and module != "candor"
        and not allowed
        & {name.lower().replace("_", "-") for name in distributions.get(module, [])}
    }
    assert not undeclared


def test_wheel_holds_every_file_of_src(tmp_path: Path) -> None:
    """Built from a copy: setuptools leaves folders behind where it builds."""
    copy = tmp_path / "candor"
    files = [path.relative_to(ROOT) for path in project_files()]
    source = [file for file in files if file.parts[0] == "src"]
    for file in [*source, Path("pyproject.toml"), Path("LICENSE"), Path("requirements/run.in")]:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    for extra in ROOT.glob("README.md"):
        shutil.copy(extra, copy)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--wheel-dir", tmp_path, copy),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    (wheel,) = tmp_path.glob("candor-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    wanted = {
        file.relative_to("src").as_posix() for file in source if file.suffix not in NOT_SHIPPED
    }
    assert not wanted - shipped
