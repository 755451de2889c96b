"""Bringing one row to what a parcel says, in one transaction.

The row is locked, read and only then written: what it says now is held against what was agreed on,
so that nothing that somebody said there is written over unheard. A row that has a version and still
has the one that was agreed on is not looked at twice.
"""

from collections.abc import Mapping
from typing import Final

from candor.domain.connections.adapters.guarding import overrules
from candor.domain.connections.adapters.sql.settings import Removing
from candor.domain.connections.adapters.sql.table import Found, Table, heard_of, times_of
from candor.domain.connections.adapters.sql.values import (
    Column,
    DoesNotFit,
    Family,
    answered,
    bound,
    is_same,
)
from candor.domain.connections.adapters.trying import parts
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.delivery import Act
from candor.domain.connections.model.talk import (
    Acknowledged,
    Changed,
    Heard,
    Later,
    Never,
    Parcel,
    Reply,
)
from candor.infra.sql import Session, SqlFailed, Trouble
from candor.kernel.pii import Pii

# What concerns one person; everything else concerns the whole call.
_ABOUT_ONE: Final = frozenset({Trouble.LATER, Trouble.TAKEN, Trouble.IN_USE, Trouble.REFUSED})
_TRIES: Final = 2  # somebody may add the same person at the same time


def write(session: Session, table: Table, parcel: Parcel) -> Reply:
    """Bring a row to what a parcel says.

    Raises:
        SqlFailed: the call as a whole cannot be done now.
    """
    for last in range(1, _TRIES + 1):
        try:
            with session.transaction():
                return _written(session, table, parcel)
        except DoesNotFit:
            return Never("does_not_fit")
        except SqlFailed as failed:
            if failed.trouble is Trouble.TAKEN and last < _TRIES:
                continue
            if failed.trouble not in _ABOUT_ONE:
                raise
            problem = failed.problem
            return Later(problem) if failed.trouble is Trouble.LATER else Never(problem)
    return Later("taken")  # not reached: the last try returns


def _written(session: Session, table: Table, parcel: Parcel) -> Reply:
    if parcel.act is Act.REMOVE:
        for one in parts(parcel)[:-1]:
            _removed(session, table, one, _locked(session, table, one))
        parcel = parts(parcel)[-1]
        return _removed(session, table, parcel, _locked(session, table, parcel))
    row = _locked(session, table, parcel)
    if row is None and parcel.remote_id is not None:
        return Changed(Heard(remote_id=parcel.remote_id, is_removed=True))
    wanted = _wanted(table, parcel)
    if row is None:
        return _inserted(session, table, parcel, wanted)
    if _is_news(table, parcel, row):
        return Changed(heard_of(table, row))
    different = {
        name: value
        for name, value in wanted.items()
        if not is_same(table.columns[name], row.texts[name], value)
    }
    if not different:
        return Acknowledged(Pii(row.row_id), row.version)
    _update(session, table, row.row_id, {**_times(table, different, parcel), **different})
    return _acknowledged(session, table, row.row_id)


# ------------------------------------------------------------------ finding
def _locked(session: Session, table: Table, parcel: Parcel) -> Found | None:
    """Return the row of a person, locked; None: there is none."""
    if parcel.remote_id is not None:
        row_id = bound(table.id_column, parcel.remote_id.reveal())
        found = _row(session, table, parcel, table.place.id_column, row_id)
        if found is not None:
            return found
    for one in table.keys:
        key = parcel.keys.get(one.there)
        if key is None:
            continue
        value = bound(table.columns[one.there], key.reveal())
        found = _row(session, table, parcel, one.there, value)
        if found is not None:
            return found
    return None


def _row(
    session: Session, table: Table, parcel: Parcel, by: str, value: object
) -> Found | None:
    names = tuple(dict.fromkeys((*table.read, *parcel.facts, *parcel.choices)))
    _known(table, names)
    rows = session.rows(
        f"SELECT {table.selected(names)} FROM {table.name}"
        f" WHERE {table.dialect.quoted(by)} = %s LIMIT 1 FOR UPDATE",
        (value,),
    )
    return Found.of(names, rows[0]) if rows else None


def _known(table: Table, names: tuple[str, ...]) -> None:
    """Refuse a name that the table does not have: nothing else ever stands in a statement."""
    if any(name not in table.columns for name in names):
        raise SqlFailed(Trouble.LACKING, "column")


# ------------------------------------------------------------------ judging
def _is_news(table: Table, parcel: Parcel, row: Found) -> bool:
    """Tell whether a row says something that was not heard yet and would be written over."""
    if parcel.version is not None and row.version == parcel.version:
        return False
    said = {name: row.choice(table, name) for name in parcel.choices}
    held = {name: answer for name, answer in said.items() if answer is not None}
    if overrules(parcel, held, times_of(table, row)):
        return True
    is_unheard = parcel.remote_id is None or (
        parcel.version is not None and row.version is not None
    )
    return is_unheard and any(_differs(table, parcel, row, one) for one in table.facts)


def _differs(table: Table, parcel: Parcel, row: Found, one: Field) -> bool:
    """Tell whether a fact that they may tell us stands there, and would be written over."""
    if one.there not in parcel.facts or row.texts[one.there] in {None, ""}:
        return False
    column = table.columns[one.there]
    wanted = bound(column, parcel.facts[one.there].reveal())
    return not is_same(column, row.texts[one.there], wanted)


# ------------------------------------------------------------------ writing
def _wanted(table: Table, parcel: Parcel) -> dict[str, object]:
    """Return what is to stand in which column."""
    _known(table, (*parcel.facts, *parcel.choices))
    found = {
        name: bound(table.columns[name], value.reveal()) for name, value in parcel.facts.items()
    }
    found.update(
        {
            one.there: bound(table.columns[one.there], parcel.keys[one.there].reveal())
            for one in table.keys
            if one.there in parcel.keys
        }
    )
    for name, answer in parcel.choices.items():
        said = answer != (name in table.place.inverted)
        found[name] = answered(table.columns[name], answer=said)
    return found


def _times(table: Table, different: Mapping[str, object], parcel: Parcel) -> dict[str, object]:
    """Return the times of the choices that change."""
    return {
        name: bound(
            table.columns[name], parcel.chosen_at.get(choice, parcel.changed_at).isoformat()
        )
        for choice in parcel.choices
        if choice in different and (name := table.chosen_at(choice))
    }


def _inserted(
    session: Session, table: Table, parcel: Parcel, wanted: Mapping[str, object]
) -> Reply:
    if not any(one.there in parcel.keys for one in table.keys):
        return Never("no_key")
    values = {**_times(table, wanted, parcel), **wanted}
    values = {name: value for name, value in values.items() if value is not None}
    names = ", ".join(table.dialect.quoted(name) for name in values)
    places = ", ".join("%s" for _ in values)
    session.change(
        f"INSERT INTO {table.name} ({names}) VALUES ({places})", tuple(values.values())
    )
    row = _locked(session, table, parcel)
    if row is None:
        return Never("not_kept")  # something there changed what we wrote at once
    return Acknowledged(Pii(row.row_id), row.version)


def _update(session: Session, table: Table, row_id: str, values: Mapping[str, object]) -> None:
    quoted = table.dialect.quoted
    sets = [f"{quoted(name)} = %s" for name in values]
    version = table.columns.get(table.place.version_column)
    if version is not None:
        sets.append(f"{quoted(version.name)} = {_next_version(table, version)}")
    session.change(
        f"UPDATE {table.name} SET {', '.join(sets)} WHERE {table.id} = %s",
        (*values.values(), bound(table.id_column, row_id)),
    )


def _next_version(table: Table, version: Column) -> str:
    if version.family is Family.TIME:
        return table.dialect.now
    return f"COALESCE({table.dialect.quoted(version.name)}, 0) + 1"


def _acknowledged(session: Session, table: Table, row_id: str) -> Reply:
    """Return an acknowledgement with the version as it is after writing."""
    rows = session.rows(
        f"SELECT {table.selected(())} FROM {table.name} WHERE {table.id} = %s",
        (bound(table.id_column, row_id),),
    )
    return Acknowledged(Pii(row_id), rows[0][1] if rows else None)


# ------------------------------------------------------------------ removing
def _removed(session: Session, table: Table, parcel: Parcel, row: Found | None) -> Reply:
    """Remove a row, or blank it; that there is none is as good."""
    if row is None:
        return Acknowledged(parcel.remote_id)
    if table.place.removing is Removing.BLANK:
        _update(session, table, row.row_id, _blank(table))
    else:
        session.change(
            f"DELETE FROM {table.name} WHERE {table.id} = %s",
            (bound(table.id_column, row.row_id),),
        )
    return Acknowledged(Pii(row.row_id))


def _blank(table: Table) -> dict[str, object]:
    """Return every mapped column emptied, and every choice no."""
    no = {
        one.there: answered(table.columns[one.there], answer=one.there in table.place.inverted)
        for one in table.choices
    }
    return {one.there: None for one in table.mapping} | no
