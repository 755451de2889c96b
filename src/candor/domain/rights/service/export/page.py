"""The readable page of an archive: everything in the person's language, grouped as on their pages.

It stands alone: no script, nothing loaded from anywhere. Of long tables it shows the first rows and
says where the rest is; columns without a title are too technical for it and in the files only.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from candor.domain.catalogue.model import InForce
from candor.domain.rights.service.export.rows import Opened, Plain, Subject
from candor.domain.rights.service.export.wording import CHAPTERS, basis, code
from candor.infra.holder import Column, Exported, Kind, Section
from candor.infra.web.pages import render_part
from candor.infra.web.reading import (
    Reader,
    declared,
    reading,
    show_date,
    show_datetime,
    show_duration,
    show_number,
)
from candor.infra.web.reading import say as _
from candor.kernel.units import MINOR_PER_MAJOR

SHOWN: Final = 100  # rows of a table
_PARTS: Final = "components/archive.html"
_DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the page."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that must be told, and what is told of it."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of what must be told besides the data."""

    title: str
    text: str = ""
    lines: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the tables."""

    title: str
    lede: str
    language: str
    direction: str
    made_at: datetime
    chapters: tuple[Chapter, ...]
    information: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The head of a table."""

    code: str
    title: str
    columns: tuple[str, ...]
    is_empty: bool


@dataclass(frozen=True, slots=True)
class TableEnd:
    """The foot of a table: how many rows it does not show, and where they are."""

    left_out: int
    file: str


class Page:
    """Writes the page, part by part, for one reader."""

    def __init__(self, subject: Subject, reader: Reader, file_of: Mapping[str, str]) -> None:
        """Take whose it is, who reads, and the file of each table."""
        self._subject = subject
        self._reader = reader
        self._file_of = file_of
        self._table: Exported | None = None
        self._section: Section | None = None
        self._shown = 0
        self._left_out = 0

    async def write(
        self,
        information: Mapping[str, Any],
        not_given: Sequence[str],
        tables: Sequence[Exported],
        source: AsyncGenerator[Opened, None],
    ) -> AsyncGenerator[bytes, None]:
        """Give the page, some at a time."""
        yield self._part("begin", self._head(information, not_given, tables))
        async for opened in source:
            yield self._opened(opened)
        yield self._end_table() + self._end_section()
        yield self._part("end", None)

    def _part(self, macro: str, view: object) -> bytes:
        return render_part(_PARTS, macro, view, reader=self._reader).encode()

    def _opened(self, opened: Opened) -> bytes:
        made = b""
        if opened.is_first:
            made += self._end_table()
            if opened.table.section is not self._section:
                made += self._end_section() + self._begin_section(opened.table.section)
            self._table, self._shown, self._left_out = opened.table, 0, 0
        columns = [c for c in opened.table.columns if c.title]
        if not columns:
            return made  # for machines only
        some = opened.rows[: SHOWN - self._shown]
        if some and not self._shown:
            made += self._begin_table(opened.table, columns, is_empty=False)
        with reading(self._reader):
            cells = [[said(row, c, self._subject.in_force) for c in columns] for row in some]
        self._shown += len(some)
        self._left_out += len(opened.rows) - len(some)
        return made + (self._part("rows", cells) if cells else b"")

    def _begin_section(self, section: Section) -> bytes:
        self._section = section
        with reading(self._reader):
            chapter = Chapter(section.value, _(CHAPTERS[section]))
        return self._part("chapter", chapter)

    def _end_section(self) -> bytes:
        return self._part("chapter_end", None) if self._section is not None else b""

    def _begin_table(
        self, table: Exported, columns: Sequence[Column], *, is_empty: bool
    ) -> bytes:
        with reading(self._reader):
            view = Table(
                table.table.replace(".", "-"),
                _(table.title),
                tuple(_(column.title) for column in columns),
                is_empty,
            )
        return self._part("table", view)

    def _end_table(self) -> bytes:
        table = self._table
        if table is None or not any(column.title for column in table.columns):
            return b""
        if not self._shown:
            return self._begin_table(table, (), is_empty=True)
        return self._part("table_end", TableEnd(self._left_out, self._file_of[table.table]))

    def _head(
        self, told: Mapping[str, Any], not_given: Sequence[str], tables: Sequence[Exported]
    ) -> Head:
        company = self._subject.in_force.document.company
        sections = dict.fromkeys(t.section for t in tables if any(c.title for c in t.columns))
        with reading(self._reader):
            if self._subject.is_to_take:
                title = _("Your data from %(company)s, to take along", company=company)
                lede = _(
                    "What you gave us and what you did here, under your consent or a contract."
                )
            else:
                title = _("Everything that %(company)s keeps about you", company=company)
                lede = _("Each fact with where it came from, and what it is used for.")
            return Head(
                title=title,
                lede=lede,
                language=self._reader.language_tag,
                direction=self._reader.direction,
                made_at=self._reader.now,
                chapters=tuple(Chapter(s.value, _(CHAPTERS[s])) for s in sections),
                information=_blocks(told, not_given),
            )


def _blocks(told: Mapping[str, Any], not_given: Sequence[str]) -> tuple[Block, ...]:
    """Return what must be told, in words. For use inside `reading`."""
    controller = told["controller"]
    who = tuple(str(controller[k]) for k in ("name", "address", "contact") if controller[k])
    decisions = tuple(
        Fact(str(d["title"]), (str(d["logic"]), str(d["meaning"]), str(d["contest"])))
        for d in told["automated_decisions"]
    )
    blocks = [
        Block(_("Who answers for it"), lines=who),
        Block(_("What it is used for"), facts=tuple(_purpose(p) for p in told["purposes"])),
        Block(
            _("How long it is kept"),
            lines=tuple(
                f"{declared(c['title'])}: {show_duration(c['retention']) or c['retention']}"
                for c in told["categories"]
            ),
        ),
        Block(
            _("Where it comes from"), lines=tuple(declared(s["place"]) for s in told["sources"])
        ),
        Block(
            _("What you can ask for"),
            text=_("Complaints go to: %(authority)s.", authority=told["complain_to"])
            if told["complain_to"]
            else "",
            lines=tuple(_(right) for right in told["rights"]),
        ),
        Block(
            _("What machines decide alone"),
            text="" if decisions else _("Nothing."),
            facts=decisions,
        ),
        Block(_("What is kept and not in here"), lines=tuple(_(line) for line in not_given)),
    ]
    return tuple(blocks)


def _purpose(told: Mapping[str, Any]) -> Fact:
    lines = [str(told["plain"])]
    if told["basis"]:
        lines.append(_("Why we may: %(basis)s.", basis=basis(told["basis"])))
    who = ", ".join(declared(one) for one in told["recipients"]) or _("nobody outside")
    lines.append(_("Who gets it: %(who)s.", who=who))
    lasts = show_duration(told["retention"]) or told["retention"]
    lines.append(_("Kept for: %(time)s.", time=lasts))
    return Fact(str(told["title"]), tuple(lines))


def said(row: Plain, column: Column, in_force: InForce) -> str:
    """Return a value as the person reads it. For use inside `reading`."""
    value = row.get(column.name)
    if value is None or value in ("", [], {}):
        return _DASH
    match column.kind:
        case Kind.INSTANT:
            return show_datetime(datetime.fromisoformat(value))
        case Kind.DAY:
            return show_date(date.fromisoformat(value))
        case Kind.MINOR:
            return show_number(round(value / MINOR_PER_MAJOR, 2))
        case Kind.WORDS:
            return declared(value)
        case Kind.CODE:
            return code(value, in_force)
        case Kind.CODES | Kind.PURPOSES:
            return ", ".join(code(one, in_force) for one in value)
        case _:
            return said_value(value)


def said_value(value: Any) -> str:  # noqa: ANN401 - whatever JSON has
    """Return any value in words, as far as it has some."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case int() | float():
            return show_number(value)
        case list():
            return "; ".join(said_value(one) for one in cast("list[Any]", value))
        case dict():
            pairs = cast("dict[str, Any]", value)
            return ", ".join(f"{key}: {said_value(one)}" for key, one in pairs.items())
        case None:
            return _DASH
        case _:
            return str(value)
