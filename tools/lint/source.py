"""A file under inspection, and what a rule says about it."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one place."""

    path: str
    line: int
    rule: str
    message: str

    @override
    def __str__(self) -> str:
        """Return it as editors understand it."""
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its path below the root of the project, and its text."""

    path: str
    text: str
    tree: ast.Module | None = field(default=None, compare=False)

    @classmethod
    def of(cls, path: str, text: str) -> "Source":
        """Take a file and parse it if it is Python. Raises SyntaxError if it cannot be."""
        tree = ast.parse(text, path) if path.endswith(".py") else None
        return cls(path, text, tree)

    @classmethod
    def read(cls, root: Path, path: Path) -> "Source":
        """Read a file of the project."""
        return cls.of(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))

    @property
    def module(self) -> str:
        """Return the dotted name of a Python file in src: candor.domain.vault.service."""
        name = self.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
        return name.replace("/", ".")

    @property
    def slice_name(self) -> str | None:
        """Return the slice that the file belongs to, or None outside the domain."""
        prefix, found, rest = self.path.partition("src/candor/domain/")
        if prefix or not found or "/" not in rest:
            return None
        return rest.split("/", 1)[0]

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, of a character offset."""
        return self.text.count("\n", 0, offset) + 1

    def finding(self, line: int, rule: str, message: str) -> Finding:
        """Make a finding in this file."""
        return Finding(self.path, line, rule, message)


Rule = Callable[[Source], Iterator[Finding]]
