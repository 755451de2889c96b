"""What a company's code sends: calls of Segment's SDKs that are written out literally.

`check` compares them with the catalogue, so that a build fails before undeclared data is sent
instead of the door refusing it afterwards. It reads Python by its syntax tree and JavaScript or
TypeScript by a small reader of literals; what is put together at run time cannot be seen here,
is counted, and is left to the door.
"""

from pathlib import Path
from typing import Final

from candor.domain.catalogue.errors import Problem
from candor.domain.catalogue.model import CodeCheck, Document
from candor.domain.catalogue.sent import javascript, python
from candor.domain.catalogue.sent.calls import Call
from candor.domain.catalogue.sent.compare import Comparison

PYTHON: Final = frozenset({".py"})
SCRIPT: Final = frozenset(
    {".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte", ".html", ".htm"}
)
_SKIPPED: Final = frozenset({"node_modules", "bower_components", "dist", "build", "vendor"})
_LARGEST_BYTES: Final = 1_000_000  # larger files are bundles, not written by people


def check(document: Document, folder: Path) -> CodeCheck:
    """Look through a file or a tree; folders of dependencies and hidden ones are left out."""
    comparison = Comparison(document)
    files, calls, unreadable = 0, 0, 0
    findings: list[Problem] = []
    for path in _files(folder):
        files += 1
        name = str(path.relative_to(folder)) if path != folder else path.name
        for call in _calls(path.suffix, path.read_text(encoding="utf-8", errors="replace")):
            calls += 1
            unreadable += call.is_unreadable
            findings += (Problem(name, line, text) for line, text in comparison.of(call))
    return CodeCheck(files, calls, unreadable, tuple(sorted(set(findings))))


def _calls(suffix: str, text: str) -> list[Call]:
    return list(python.calls(text) if suffix in PYTHON else javascript.calls(text))


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    return [path for path in sorted(folder.rglob("*")) if _is_code(path, folder)]


def _is_code(path: Path, folder: Path) -> bool:
    above = path.relative_to(folder).parts[:-1]
    return (
        path.suffix in PYTHON | SCRIPT
        and not path.name.endswith(".min.js")
        and not any(part in _SKIPPED or part.startswith(".") for part in above)
        and path.is_file()
        and path.stat().st_size <= _LARGEST_BYTES
    )
