"""The import contracts hold, and each of them notices what was planted for it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]

# A skeleton with every layer, so that a contract cannot pass for want of something to look at.
SKELETON: Final = (
    "__init__", "app", "cli/__init__", "demo/__init__", "infra/__init__", "infra/db",
    "kernel/__init__", "kernel/clock", "surface/__init__", "surface/portal/__init__",
    "surface/console/__init__", "surface/api/__init__", "surface/intake/__init__",
    "domain/__init__",
    *(
        f"domain/{slice_name}/{module}"
        for slice_name in ("profiles", "consent", "vault", "access", "shield", "audit", "feed")
        for module in (
            "__init__", "jobs", "holder", "service", "queries", "events", "model", "errors",
        )
    ),
)  # fmt: skip

PLANTED: Final = [
    ("top", "kernel/clock", "from candor.infra import db"),
    ("top", "infra/db", "from candor.domain.audit import service"),
    ("top", "domain/vault/service", "from candor.surface import portal"),
    ("top", "newlayer", ""),
    ("demo", "demo/__init__", "from candor.domain.vault import service"),
    ("surfaces", "surface/portal/__init__", "import candor.surface.console"),
    ("slices", "domain/vault/service", "from candor.domain.consent import service"),
    ("slices", "domain/access/service", "from candor.domain.shield import service"),
    ("slices", "domain/newslice/__init__", ""),
    ("inside", "domain/vault/queries", "from candor.domain.vault import service"),
    ("inside", "domain/vault/errors", "from candor.domain.vault import model"),
    ("facade", "domain/consent/service", "from candor.domain.vault import queries"),
    ("facade", "surface/api/__init__", "from candor.domain.vault.holder import erase"),
    ("pure", "domain/vault/model", "from candor.infra import db"),
    ("web-free", "domain/vault/service", "import litestar"),
]  # fmt: skip


def lint(folder: Path) -> tuple[bool, str]:
    """Run the contracts over a source folder; tell whether they hold, and what was said."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
    )  # fmt: skip
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Return a folder with a stub of every layer, our contracts and our contract type."""
    for name in SKELETON:
        file = tmp_path / "candor" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    shutil.copy(ROOT / ".importlinter", tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    return tmp_path


def test_skeleton_keeps_all_contracts(skeleton: Path) -> None:
    (skeleton / "candor/app.py").write_text("from candor.domain.vault import jobs, holder\n")
    kept, said = lint(skeleton)
    assert kept, said


@pytest.mark.parametrize(("contract", "module", "line"), PLANTED)
def test_contract_notices(contract: str, module: str, line: str, skeleton: Path) -> None:
    file = skeleton / "candor" / f"{module}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{line}\n")
    (file.parent / "__init__.py").touch()
    kept, said = lint(skeleton)
    assert not kept
    broken = [row for row in said.splitlines() if row.strip().endswith("BROKEN")]
    assert any(row.startswith(f"{contract}:") for row in broken), said


def test_the_project_keeps_all_contracts() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
