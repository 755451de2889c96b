"""Writes the parts of the reference that the code knows best: settings, commands, errors, schema.

`python -m tools.reference`; a test compares the pages with what would be written.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

import typer
from typer.main import get_command

import candor.app
from candor.cli import app
from candor.infra.settings import KNOWN, PREFIX
from candor.kernel.errors import CandorError, Refused

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
_COMMENT: Final = re.compile(r"COMMENT ON (TABLE|COLUMN) ([\w.]+) IS '((?:[^']|'')*)'")


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "settings.md": _settings(),
        "commands.md": _commands(),
        "errors.md": _errors(),
        "schema.md": _schema(),
    }


def _settings() -> str:
    lines = [
        "# Settings",
        "",
        "From the environment, else from `candor.toml` (or the file that `CANDOR_CONFIG` names;",
        "there without prefix and in lower case). Unknown names are refused.",
        "",
        "| setting | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, known in KNOWN.items():
        default = f"`{known.default}`" if known.default else "–"
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {known.meaning} |")
    return "\n".join(lines) + "\n"


def _commands() -> str:
    lines = ["# Commands", "", "Each has `--help`.", ""]
    root = get_command(app)
    context = typer.Context(root)
    for path, summary in _walk(root, context, "candor"):
        lines += [f"## `{path}`", "", summary, ""]
    return "\n".join(lines).rstrip() + "\n"


def _walk(command: object, context: typer.Context, path: str) -> Iterator[tuple[str, str]]:
    children = getattr(command, "commands", None)
    if not children:
        summary = (getattr(command, "help", "") or "").strip()
        yield path, summary
        return
    for name in sorted(children):
        yield from _walk(children[name], context, f"{path} {name}")


def _errors() -> str:
    _ = candor.app  # every slice is imported: every error is known
    lines = [
        "# Errors",
        "",
        "The code is stable; the text may change.",
        "",
        "| code | kind | what happened |",
        "| --- | --- | --- |",
    ]
    for error in sorted(set(_below(CandorError)), key=lambda e: (e.code, e.__name__)):
        kind = error.kind.value if issubclass(error, Refused) else error.__mro__[1].__name__
        summary = (error.__doc__ or "").strip().split("\n", 1)[0]
        lines.append(f"| `{error.code}` | {kind} | {summary} |")
    return "\n".join(lines) + "\n"


def _below(error: type[CandorError]) -> Iterator[type[CandorError]]:
    for child in error.__subclasses__():
        if child.__module__.startswith("candor."):
            if child.__module__ != "candor.kernel.errors":
                yield child
            yield from _below(child)


def _schema() -> str:
    lines = [
        "# Schema",
        "",
        "Every table and column with its class, from the comments in the database itself. A table",
        "about people says what becomes of its rows on merge, split, export, erasure, restriction",
        "and when their time is over.",
    ]
    for file in sorted(files("candor.schema.migrations").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        for kind, name, text in _COMMENT.findall(file.read_text(encoding="utf-8")):
            said = text.replace("''", "'").replace("|", "\\|")
            if kind == "TABLE":
                lines += ["", f"## `{name}`", "", said, ""]
                lines += ["| column | class and meaning |", "| --- | --- |"]
            else:
                lines.append(f"| `{name.rsplit('.', 1)[1]}` | {said} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write all pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
