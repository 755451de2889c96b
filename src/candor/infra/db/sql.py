"""Named SQL: `queries.sql` beside a slice's `queries.py`, loaded once, typed by their rows.

A slice with much to say has a folder `queries/` with such a pair for each subject.

A file is a sequence of blocks `-- name: find_profile`, comment lines, one statement. A name is
bound once, with `rows(name, RowClass)` or `command(name)`; binding a missing name or leaving
one unbound is an error that the schema tests report. Every bound statement is also prepared
against the migrated schema there, and its columns compared with the fields of its row class.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, LiteralString, TypeVar, cast

from candor.kernel.errors import Bug

Row = TypeVar("Row")

_NAME: Final = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*$", re.MULTILINE)
_FOLDER: Final = "queries"
_registry: Final[list["Statement[Any]"]] = []


@dataclass(frozen=True, slots=True)
class Statement(Generic[Row]):
    """One named statement and the class of the rows that it returns (`None` for a command)."""

    slice: str
    name: str
    sql: LiteralString
    row: type[Row] | None


class SqlFile:
    """The named statements of one file."""

    def __init__(self, path: Path) -> None:
        """Read and split a file.

        Raises:
            Bug: a name stands twice.
        """
        self.path = path
        self._slice = (path.parent.parent if path.parent.name == _FOLDER else path.parent).name
        self._texts: dict[str, str] = {}
        parts = _NAME.split(path.read_text(encoding="utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in self._texts:
                message = f"{path.name} of {self._slice} names {name} twice"
                raise Bug(message)
            self._texts[name] = text.strip().rstrip(";")
        self.bound: set[str] = set()

    @property
    def names(self) -> set[str]:
        """Return all names in the file."""
        return set(self._texts)

    def rows(self, name: str, row: type[Row]) -> Statement[Row]:
        """Bind a statement that returns rows of this class, one field per column."""
        return self._bind(name, row)

    def command(self, name: str) -> Statement[None]:
        """Bind a statement that returns nothing."""
        statement: Statement[Any] = self._bind(name, None)
        return cast("Statement[None]", statement)

    def _bind(self, name: str, row: type[Row] | None) -> Statement[Row]:
        if name not in self._texts:
            message = f"no statement {name} in {self.path.name} of {self._slice}"
            raise Bug(message)
        self.bound.add(name)
        # The text comes from a file of ours that ships with the code: literal by construction.
        statement = Statement(self._slice, name, cast("LiteralString", self._texts[name]), row)
        _registry.append(statement)
        return statement


_files: Final[list[SqlFile]] = []


def load(module_file: str) -> SqlFile:
    """Load the `.sql` that stands beside a module of statements (pass `__file__`)."""
    sql_file = SqlFile(Path(module_file).with_suffix(".sql"))
    _files.append(sql_file)
    return sql_file


def all_statements() -> list["Statement[Any]"]:
    """Return every statement that was bound so far, for the schema tests."""
    return list(_registry)


def all_files() -> list[SqlFile]:
    """Return every file that was loaded so far, for the schema tests."""
    return list(_files)
