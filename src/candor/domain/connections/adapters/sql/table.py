"""The table of people as it is there: its columns, and what of the mapping they carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from candor.domain.connections.adapters.sql.dialect import Dialect, of_place
from candor.domain.connections.adapters.sql.settings import Place, Reading, Removing
from candor.domain.connections.adapters.sql.values import (
    Column,
    Family,
    answer,
    heard,
    instant_of,
)
from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.talk import Heard, Value
from candor.infra.sql import Row, Session
from candor.kernel.pii import Pii

_FRACTION: Final = 3  # digits of a second, so that two changes do not look like one


@dataclass(frozen=True)
class Table:
    """What statements about the table are put together from."""

    dialect: Dialect
    place: Place
    columns: dict[str, Column]
    mapping: tuple[Field, ...]

    @cached_property
    def name(self) -> str:
        """Return the table as it stands in a statement."""
        return of_place(self.dialect, self.place)

    @cached_property
    def changes(self) -> str:
        """Return the change table as it stands in a statement."""
        return of_place(self.dialect, self.place, self.place.change_table)

    @cached_property
    def id(self) -> str:
        """Return the column that names a row as it stands in a statement."""
        return self.dialect.quoted(self.place.id_column)

    @cached_property
    def id_column(self) -> Column:
        """Return the column that names a row."""
        return self.columns[self.place.id_column]

    @cached_property
    def keys(self) -> tuple[Field, ...]:
        """Return by what a person is found."""
        return tuple(one for one in self.mapping if one.is_key)

    @cached_property
    def choices(self) -> tuple[Field, ...]:
        """Return what says what a person allows."""
        return tuple(one for one in self.mapping if one.is_choice)

    @cached_property
    def facts(self) -> tuple[Field, ...]:
        """Return the facts that they tell us."""
        return tuple(
            one for one in self.mapping if one.is_in and not one.is_choice and not one.is_key
        )

    @cached_property
    def version(self) -> str:
        """Return the expression for the version of a row; empty: it has none."""
        return self.dialect.version_of(self.place, tuple(self.columns.values()))

    @cached_property
    def read(self) -> tuple[str, ...]:
        """Return the names of the columns that are read, in the order in which they are."""
        names = [one.there for one in (*self.keys, *self.choices, *self.facts)]
        names += [name for one in self.choices if (name := self.chosen_at(one.there))]
        if self.place.changed_column:
            names.append(self.place.changed_column)
        return tuple(dict.fromkeys(names))

    def chosen_at(self, choice: str) -> str:
        """Return the column with the time of a choice; empty: there is none."""
        suffix = self.place.chosen_suffix
        name = f"{choice}{suffix}"
        return name if suffix and name in self.columns else ""

    def selected(self, names: Sequence[str]) -> str:
        """Return the list of a SELECT that gives id, version and these columns, as text."""
        id_text = self.dialect.text_of(self.id_column)
        texts = [self.dialect.text_of(self.columns[name]) for name in names]
        # By names of ours: PostgreSQL would sort by the text of a column that bears its own.
        every = [id_text, self.version or "NULL", *texts]
        return ", ".join(f"{one} AS candor_{n}" for n, one in enumerate(every))


@dataclass(frozen=True, slots=True)
class Found:
    """One row of theirs, as text."""

    row_id: str
    version: str | None
    texts: dict[str, str | None]

    @classmethod
    def of(cls, names: Sequence[str], row: Row) -> "Found":
        """Take a row of `Table.selected`."""
        return cls(row[0], row[1], dict(zip(names, row[2:], strict=True)))

    def choice(self, table: Table, name: str) -> bool | None:
        """Return what it says of a choice; None: nothing."""
        said = answer(self.texts[name])
        return None if said is None else said != (name in table.place.inverted)

    def fact(self, table: Table, name: str) -> Value:
        """Return what it holds in a column."""
        return heard(table.columns[name], self.texts[name])


def described(
    session: Session, dialect: Dialect, place: Place, mapping: Sequence[Field]
) -> Table:
    """Look the table up.

    Raises:
        SqlFailed.
        BadConnection: there is no such table, or it lacks a column that is counted on; says which.
    """
    columns = {one.name: one for one in dialect.columns(session, place)}
    if not columns:
        message = f"There is no table {place.table!r}, or it may not be seen."
        raise BadConnection(message, hint="Look at its name and at the grants of the user.")
    wanted = [place.id_column, *(one.there for one in mapping)]
    wanted += [name for name in (place.version_column, place.changed_column) if name]
    missing = next((name for name in wanted if name not in columns), None)
    if missing is not None:
        message = f"The table has no column {missing!r}, or it may not be seen."
        raise BadConnection(message)
    return Table(dialect, place, columns, tuple(mapping))


def checked(session: Session, table: Table) -> None:
    """Hold a table against what is counted on.

    Raises:
        SqlFailed.
        BadConnection: says what is missing, and what to do.
    """
    place = table.place
    unique = table.dialect.unique(session, place)
    if place.id_column not in unique or table.id_column.is_nullable:
        message = f"Column {place.id_column!r} must be unique and never empty."
        raise BadConnection(message)
    if table.keys and not any(one.there in unique for one in table.keys):
        names = ", ".join(one.there for one in table.keys)
        message = f"None of the columns by which a person is found is unique: {names}."
        hint = "Without it a delivery that is sent twice makes two rows."
        raise BadConnection(message, hint=hint)
    _check_times(table)
    _check_blank(table)
    if place.reading is Reading.CHANGE_TABLE:
        _check_changes(session, table)


def _check_times(table: Table) -> None:
    place = table.place
    version = table.columns.get(place.version_column)
    if version is None:
        return
    if version.family is Family.TIME and (version.precision or 0) < _FRACTION:
        message = f"Column {version.name!r} has no fractions of a second."
        raise BadConnection(message, hint="Two changes in one second look like one there.")
    if version.family not in {Family.TIME, Family.INTEGER}:
        message = f"Column {version.name!r} is neither a number nor a time."
        raise BadConnection(message)


def _check_blank(table: Table) -> None:
    if table.place.removing is not Removing.BLANK:
        return
    for one in table.mapping:
        column = table.columns[one.there]
        if not one.is_choice and not column.is_nullable:
            message = f"Column {column.name!r} must be filled: it cannot be blanked."
            raise BadConnection(message)


def _check_changes(session: Session, table: Table) -> None:
    session.rows(f"SELECT change_id FROM {table.changes} LIMIT 1")
    if not table.dialect.has_triggers(session, table.place):
        message = "The triggers that write changes down are not there."
        raise BadConnection(message, hint="Run what `candor connection sql` prints.")


def heard_of(table: Table, row: Found) -> Heard:
    """Return what a row says: keys, facts that they tell us, and choices."""
    place = table.place
    choices = {one.there: row.choice(table, one.there) for one in table.choices}
    return Heard(
        remote_id=Pii(row.row_id),
        keys={one.there: Pii(text) for one in table.keys if (text := row.texts[one.there])},
        facts={one.there: Pii(row.fact(table, one.there)) for one in table.facts},
        choices={name: said for name, said in choices.items() if said is not None},
        chosen_at=times_of(table, row),
        changed_at=instant_of(row.texts.get(place.changed_column)),
        version=row.version,
    )


def times_of(table: Table, row: Found) -> dict[str, datetime]:
    """Return when choices were made, where the table keeps it."""
    return {
        one.there: said
        for one in table.choices
        if (name := table.chosen_at(one.there)) and (said := instant_of(row.texts[name]))
    }
