"""What the documents name is there: files, make targets, settings, commands."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
TOP: Final = (
    "bench", "demo", "deploy", "docs", "requirements", "src", "tests", "tools", ".ci",
)  # fmt: skip
_PATH: Final = re.compile(
    rf"`((?:{'|'.join(re.escape(name) for name in TOP)})/[^`\s*<>{{}}…]+)`"
)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_MAKE: Final = re.compile(r"`make ([a-z-]+)")
_SETTING: Final = re.compile(r"\bCANDOR_([A-Z_]+)\b")


def documents() -> list[Path]:
    found = sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))
    return [
        *found,
        *sorted((ROOT / "bench").glob("*.md")),
        *sorted((ROOT / "demo").glob("*.md")),
    ]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def missing(text: str, folder: Path) -> list[str]:
    """Return the paths that a text names and that are not there."""
    named = [(ROOT, name) for name in _PATH.findall(text)]
    named += [(folder, name) for name in _LINK.findall(text) if "://" not in name]
    return [name for base, name in named if not (base / name.split(":")[0]).exists()]


@pytest.mark.parametrize("document", documents(), ids=_name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    assert not missing(document.read_text(encoding="utf-8"), document.parent)


def test_a_path_that_does_not_exist_is_noticed() -> None:
    assert missing("see `src/candor/nowhere.py`, [x](nowhere.md)", ROOT) == [
        "src/candor/nowhere.py",
        "nowhere.md",
    ]
    assert not missing("see `tests/style`, [x](LICENSE), `src/candor/<slice>`", ROOT)


@pytest.mark.parametrize("document", documents(), ids=_name)
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(_MAKE.findall(document.read_text(encoding="utf-8"))) <= targets


@pytest.mark.parametrize("document", documents(), ids=_name)
def test_every_setting_that_a_document_names_is_known(document: Path) -> None:
    settings = (ROOT / "src/candor/infra/settings.py").read_text(encoding="utf-8")
    known = set(re.findall(r'^    "([a-z_]+)": Known\(', settings, re.MULTILINE)) | {"config"}
    named = {name.lower() for name in _SETTING.findall(document.read_text(encoding="utf-8"))}
    assert named <= known


def test_make_lists_its_targets() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(re.findall(r"^  make ([a-z-]+)", listed, re.MULTILINE)) == set(phony.split())


def test_locks_name_hashes_and_no_place() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert len(locks) == 6
    for lock in locks:
        text = lock.read_text()
        assert not re.search(r"://|find-links|index-url|\bfile:", text), lock.name
        pins = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
        assert pins
        assert all(re.match(r"[a-z0-9.-]+==\S+ \\$", pin) for pin in pins), lock.name
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= len(pins)


def test_node_lock_names_integrity_and_no_place() -> None:
    text = (ROOT / "tests/sdk/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') >= text.count('"node_modules/')
