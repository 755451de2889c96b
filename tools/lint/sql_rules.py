"""Rules on queries.sql: a slice names its own tables, or views that another one publishes."""

import re
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source

SLICES: Final = (
    "access", "audit", "campaigns", "catalogue", "collect", "connections", "consent", "feed",
    "governance", "loyalty", "profiles", "rights", "shield", "vault",
)  # fmt: skip
_FOREIGN: Final = re.compile(rf"\b({'|'.join(SLICES)})\.([a-z_][a-z0-9_]*)")
_COMMENT_OR_TEXT: Final = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_NAME_LINE: Final = re.compile(r"^-- name: *(\S+) *$", re.MULTILINE)
_TABLE: Final = re.compile(
    r"(?<!DISTINCT )\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+|LATERAL\s+)?"
    r"([a-z_][a-z0-9_]*)\b(?!\s*[.(])"
)
_CTE: Final = re.compile(
    r"\b([a-z_][a-z0-9_]*)\s*(?:\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\("
)
_LOWER_KEYWORD: Final = re.compile(
    r"\b(select|insert into|delete from|where|order by|group by|returning)\b"
)


def own_tables(source: Source) -> Iterator[Finding]:
    """A slice names only its own tables, or views (`<slice>.v_*`) that another one publishes.

    The harm: a table that others reach into cannot change, and its rules can be walked round.
    """
    if not _is_queries(source) or source.slice_name is None:
        return
    text = _bare(source.text)
    for found in _FOREIGN.finditer(text):
        schema, name = found.groups()
        if schema != source.slice_name and not name.startswith("v_"):
            yield source.finding(
                source.line_of(found.start()),
                "own-tables",
                f"{schema}.{name} belongs to another slice: ask its service, or its view",
            )
    ctes = set(_CTE.findall(text))
    for found in _TABLE.finditer(text):
        if found.group(1) not in ctes:
            yield source.finding(
                source.line_of(found.start(1)),
                "own-tables",
                f"say which schema {found.group(1)} is in",
            )


def statement_style(source: Source) -> Iterator[Finding]:
    """A statement has a name and a sentence on what it returns; it lists its columns.

    The harm: `SELECT *` changes its meaning with the next migration, and a statement without a
    sentence is read as whatever the reader hopes.
    """
    if not _is_queries(source):
        return
    names: set[str] = set()
    for found in _NAME_LINE.finditer(source.text):
        line = source.line_of(found.start())
        name = found.group(1)
        if name in names:
            yield source.finding(line, "statement-style", f"{name} is there twice")
        names.add(name)
        if not source.text[found.end() :].lstrip("\n").startswith("--"):
            yield source.finding(
                line, "statement-style", f"say what {name} returns, in a comment"
            )
    text = _bare(source.text)
    for found in re.finditer(r"\bSELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*", text):
        yield source.finding(
            source.line_of(found.start()), "statement-style", "list the columns instead of *"
        )
    for found in _LOWER_KEYWORD.finditer(text):
        yield source.finding(
            source.line_of(found.start()),
            "statement-style",
            f"{found.group(1)}: keywords in capitals",
        )


def _is_queries(source: Source) -> bool:
    """Tell whether this is a file of named statements."""
    return source.path.startswith("src/candor/domain/") and source.path.endswith(".sql")


def _bare(text: str) -> str:
    """Return the text with comments and quoted text blanked, offsets kept."""
    return _COMMENT_OR_TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
