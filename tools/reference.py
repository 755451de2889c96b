"""Writes the parts of the reference that the code knows best: settings, commands, errors, schema.

`python -m tools.reference`; a test compares the pages with what would be written.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from typer.main import get_group

import candor.app
from candor.cli import COMMANDS, app, command
from candor.domain.rights.model.clock import Law
from candor.domain.rights.model.request import Right
from candor.domain.rights.service import laws
from candor.infra.settings import KNOWN, PREFIX
from candor.kernel.errors import CandorError, Refused
from candor.surface.api.v1.document import schemas
from candor.surface.api.v1.problems import TITLES
from candor.surface.api.v1.table import OPERATIONS

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
_COMMENT: Final = re.compile(r"COMMENT ON (TABLE|COLUMN) ([\w.]+) IS '((?:[^']|'')*)'")


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "settings.md": _settings(),
        "commands.md": _commands(),
        "errors.md": _errors(),
        "schema.md": _schema(),
        "api.md": _api(),
        "laws.md": _laws(),
    }


def _laws() -> str:
    known = laws.shipped()
    titles = [law.title for law in known.by_regime.values()]
    lines = [
        "# Laws and their clocks",
        "",
        f"The table that clocks are worked out from, edition {known.edition}",
        "(`src/candor/domain/rights/regimes.toml`). `45D`: calendar days; `10B`: business days;",
        "`1M`: months as Regulation 1182/71 counts them. Where the law of a person is unknown, the",
        "earliest of all days holds.",
        "",
        "| right | how sure of the person | " + " | ".join(titles) + " |",
        "| --- | --- |" + " --- |" * len(titles),
    ]
    for right in Right:
        cells = [_clock(law, right) for law in known.by_regime.values()]
        lines.append(f"| {right} | {known.proofs[right]} | " + " | ".join(cells) + " |")
    lines += ["", "| law | source | longer by | clock may stand for | requests are kept |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for law in known.by_regime.values():
        longer, pauses = law.extend or "–", ", ".join(sorted(law.pauses)) or "–"
        lines.append(
            f"| {law.title} | {law.source} | {longer} | {pauses} | {law.keep_requests} |"
        )
    return "\n".join(lines) + "\n"


def _clock(law: Law, right: Right) -> str:
    """Return what a law says about the clock of a right."""
    if right not in law.rights:
        return "–"
    confirm = law.acknowledge.get(right)
    answer = (
        f"{law.period(right)}, by us at once" if right in law.at_once else law.period(right)
    )
    return f"{answer}" + (f", receipt within {confirm}" if confirm else "")


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
    own = get_group(app).commands
    every = {**own, **{name: command(name) for name in COMMANDS}}
    for name in sorted(every):
        for path, summary in _walk(every[name], f"candor {name}"):
            lines += [f"## `{path}`", "", summary, ""]
    return "\n".join(lines).rstrip() + "\n"


def _walk(command: object, path: str) -> Iterator[tuple[str, str]]:
    children = getattr(command, "commands", None)
    if not children:
        summary = (getattr(command, "help", "") or "").strip()
        yield path, summary
        return
    for name in sorted(children):
        yield from _walk(children[name], f"{path} {name}")


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


def _api() -> str:
    lines = [
        "# API",
        "",
        "Below `/api/v1`; the same as OpenAPI 3.1: `/api/v1/openapi.json`. Every request carries",
        "`Authorization: Bearer cdr_…`, a key from `candor key api issue`; a key may do what its",
        "scopes name. What is refused is answered as a problem (RFC 9457): `code` is stable,",
        "`hint` says what to do, `request_id` finds it in the audit log. Bodies are JSON, 64 KiB",
        "at most; unknown fields are refused, and a query that says a thing twice; of a name twice",
        "in one object the last counts. Times are RFC 3339 with a zone. Lists come in pages:",
        "give `next` as `after`. Every operation may refuse with 401 (no valid key), 403 (not in",
        "its scopes), 422 (not acceptable as it is) and 503 (try again); those with a body with",
        "400, 413 and 415 too.",
        "",
        "| operation | scope | what it does |",
        "| --- | --- | --- |",
    ]
    for o in OPERATIONS:
        anchor = o.name.replace("_", "-")
        lines.append(f"| [`{o.method} {o.path}`](#{anchor}) | `{o.scope}` | {o.summary} |")
    for o in OPERATIONS:
        lines += ["", f"## {o.name.replace('_', '-')}", "", f"`{o.method} {o.path}`", ""]
        stop = "" if o.summary.endswith("?") else "."
        lines += [f"{o.summary}{stop} {o.about}".strip(), ""]
        also = [f"{status} ({TITLES[status].lower()})" for status in o.errors]
        lines.append(f"Scope: `{o.scope}`." + (f" Also: {', '.join(also)}." if also else ""))
        if o.takes is bytes:
            lines += ["", f"The body is sent as `{o.reads}`, as it is."]
        elif o.takes is not None:
            lines += _fields("body" if o.has_body else "query", o.takes)
        for word, example in (("Send", o.example), ("Get", o.answer)):
            if o.reads == "message/rfc822" and isinstance(example, str):
                lines += [
                    "",
                    f"{word}:",
                    "",
                    "```text",
                    example.replace("\r", "").rstrip(),
                    "```",
                ]
            elif example is not None:
                body = json.dumps(example, indent=2, ensure_ascii=False)
                lines += ["", f"{word}:", "", "```json", body, "```"]
    return "\n".join(lines) + "\n"


def _fields(where: str, of: type[object]) -> Iterator[str]:
    """Yield a table of what goes into a body or query."""
    schema = schemas()[of.__name__]
    required = set(schema.get("required", ()))
    yield from ("", f"| {where} | type | |", "| --- | --- | --- |")
    for name, field in schema["properties"].items():
        needed = "required" if name in required else "optional"
        about = field.get("description") or next(
            (one["description"] for one in field.get("anyOf", ()) if "description" in one), ""
        )
        yield f"| `{name}` | {_type(field)}, {needed} | {about} |"


def _type(field: dict[str, Any]) -> str:
    """Return the type of a field in a few words."""
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"] if one.get("type") != "null")
    if "$ref" in field:
        named = schemas()[field["$ref"].rpartition("/")[2]]
        if "enum" in named:
            return ", ".join(f"`{one}`" for one in named["enum"])
        return ", ".join(f"`{name}`" for name in named["properties"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return str(field.get("format", field.get("type", "")))


def main() -> None:
    """Write all pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
