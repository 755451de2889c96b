"""The archive itself, made as it is sent: a ZIP of a page, JSON, CSV, their schema and a list.

Everything is read in one transaction that sees one moment (REPEATABLE READ, read only: it stops
nothing that others do). A few batches are in memory at any time. A failure on the way cuts the
stream: a ZIP without its end is no ZIP, so nobody takes half of their data for all of it.

The work is done by a task of its own, which feeds a short queue: when whoever downloads goes away,
it is ended at a place where no statement is under way.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from stat import S_IFREG
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from stream_zip import ZIP_32, async_stream_zip

from candor.domain.rights.model.request import Request
from candor.domain.rights.service.export import tabular
from candor.domain.rights.service.export.informing import NOT_GIVEN, information
from candor.domain.rights.service.export.page import Page
from candor.domain.rights.service.export.rows import Opened, Subject, rows, tables_of
from candor.domain.rights.service.export.schema import FORMAT, schema_of
from candor.domain.rights.service.office import Office
from candor.infra.db.pool import ReadTx
from candor.infra.holder import Exported, instant
from candor.infra.jws import Signer
from candor.infra.web.reading import Reader
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId

SIGNED: Final = "candor-archive+jws"  # `typ` of the signed list
LONGEST: Final = timedelta(minutes=15)
AT_ONCE: Final = 3  # archives of a process under way; each holds a connection to the database
_WAITING_CHUNKS: Final = 4
_CHUNK_BYTES: Final = 65_536
_MODE: Final = S_IFREG | 0o600
_TYPES: Final = {
    "html": "text/html", "json": "application/json", "csv": "text/csv", "txt": "text/plain",
}  # fmt: skip
_README: Final = """\
{company} made this archive on {made_at} for the person whom it is about.

index.html    everything, to read and to print, in a browser; needs no connection
data.json     the same for machines; schema.json says what is where (JSON Schema 2020-12)
csv/          the same for spreadsheets, one file per table (UTF-8). An apostrophe before a text
              that begins like a formula, also behind a semicolon or an end of a line within one,
              keeps spreadsheets from running it; take it away to read the text itself
manifest.json all files with their sizes and SHA-256 sums, and what is not in here, and why
manifest.jws  the same, signed (JWS, Ed25519); the key is at {keys_at}

Keep it somewhere safe: whoever has it knows what is in it.
"""

Chunks = AsyncGenerator[bytes, None]
Member = tuple[str, datetime, int, Any, AsyncIterable[bytes]]


@dataclass(frozen=True, slots=True)
class Order:
    """An archive that may be made now: for whom, in which words, by whom it is signed."""

    request: Request
    subject: Subject
    reader: Reader
    signer: Signer
    keys_at: str  # the address of the public keys


class Busy(Unavailable):
    """Other archives are being made."""

    default_hint = "Try again in a few minutes."


class Cut(Exception):
    """The archive is not wanted any more."""


@dataclass(slots=True)
class _File:
    """What the signed list says of one file."""

    name: str
    schema: str | None = None
    rows: int | None = None
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


_Item = TypeVar("_Item")


class _Gate:
    """Lets one step of the work through at a time, and none after it was closed."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._is_open = True

    async def through(self, source: AsyncGenerator[_Item, None]) -> AsyncGenerator[_Item, None]:
        """Give what a source gives, step by step."""
        async with aclosing(source):
            while True:
                async with self._lock:
                    if not self._is_open:
                        raise Cut
                    item = await anext(source, None)
                if item is None:
                    return
                yield item

    async def close(self) -> None:
        async with self._lock:
            self._is_open = False


_under_way: Final[dict[asyncio.Task[None], frozenset[ProfileId]]] = {}


def _compressor() -> Any:  # noqa: ANN401 - zlib names no type for it
    """Return what packs a file: the best level costs three times as much, for a hundredth less."""
    return zlib.compressobj(6, wbits=-zlib.MAX_WBITS)


def under_way() -> int:
    """Return how many archives this process is making."""
    return len(_under_way)


def check_free(members: Collection[ProfileId]) -> None:
    """Refuse a second archive of a person at once, so that nobody keeps others from theirs.

    Raises:
        Busy: this process is making one about one of these profiles.
    """
    if any(not one.isdisjoint(members) for one in _under_way.values()):
        raise Busy


async def stream(order: Order, office: Office) -> Chunks:
    """Give the ZIP, some at a time.

    Raises:
        Busy: too many are being made in this process, or one about the same person.
        ErasedMeanwhile: the person was erased; what was given is no ZIP.
        Unavailable: the database went away, or it took too long.
    """
    if len(_under_way) >= AT_ONCE:
        raise Busy
    check_free(order.subject.members)
    queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(_WAITING_CHUNKS)
    task = asyncio.create_task(_make(order, office, queue))
    _under_way[task] = frozenset(order.subject.members)
    task.add_done_callback(_under_way.pop)
    try:
        while (chunk := await queue.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk
    finally:
        task.cancel()


async def _make(
    order: Order, office: Office, queue: asyncio.Queue[bytes | Exception | None]
) -> None:
    """Put the ZIP into a queue, then None; or what went wrong."""
    try:
        async with (
            asyncio.timeout(LONGEST.total_seconds()),
            office.database.read("rights") as tx,
        ):
            gate = _Gate()
            try:
                archive = Archive(order, office, tx, gate.through)
                members = gate.through(archive.members())
                packed = async_stream_zip(
                    members, chunk_size=_CHUNK_BYTES, get_compressobj=_compressor
                )
                async for chunk in packed:
                    await queue.put(chunk)
            finally:
                await gate.close()
    except TimeoutError as error:
        await queue.put(Unavailable("The archive took too long."))
        raise Cut from error
    except Exception as error:  # noqa: BLE001 - it is raised where the stream is read
        await queue.put(error)
    else:
        await queue.put(None)


class Archive:
    """The files of one archive, each made as it is asked for."""

    def __init__(
        self, order: Order, office: Office, tx: ReadTx, through: Callable[[Chunks], Chunks]
    ) -> None:
        """Take what it is made from, and the gate through which each piece goes."""
        self._order = order
        self._office = office
        self._tx = tx
        self._through = through
        subject = order.subject
        self._tables = tables_of(office.holders, is_to_take=subject.is_to_take)
        self._files: list[_File] = []
        document = subject.in_force.document
        self._information = information(document, subject.regime, order.reader.language)
        self._made_at = instant(order.reader.now) or ""

    async def members(self) -> AsyncGenerator[Member, None]:
        """Give the files in their order; each must be read to its end before the next."""
        yield self._member("index.html", self._page())
        yield self._member("data.json", self._data(), schema="schema.json")
        async with aclosing(self._csv()) as files:
            async for member in files:
                yield member
        yield self._member("schema.json", _whole(_pretty(schema_of(self._tables))))
        yield self._member("README.txt", _whole(self._readme()))
        manifest = _pretty(self._manifest())
        yield self._member("manifest.json", _whole(manifest))
        signed = self._order.signer.sign(manifest, kind=SIGNED)
        yield self._member("manifest.jws", _whole(signed.encode()))

    def _member(
        self,
        name: str,
        content: Chunks,
        *,
        schema: str | None = None,
        file: _File | None = None,
    ) -> Member:
        file = file or _File(name, schema)
        self._files.append(file)
        made = self._through(_counted(content, file))
        return name, self._order.reader.now, _MODE, ZIP_32, made

    def _rows(self) -> AsyncGenerator[Opened, None]:
        return rows(self._tx, self._order.subject, self._office)

    async def _page(self) -> Chunks:
        page = Page(self._order.subject, self._order.reader, _file_names(self._tables))
        async with aclosing(self._rows()) as source:
            async for chunk in page.write(self._information, NOT_GIVEN, self._tables, source):
                yield chunk

    async def _data(self) -> Chunks:
        subject = self._order.subject
        head = {
            "format": FORMAT,
            "right": self._order.request.kind.value,
            "request_id": str(self._order.request.request_id),
            "made_at": self._made_at,
            "company": subject.in_force.document.company,
            "language": self._order.reader.language_tag,
            "held_but_not_given": list(NOT_GIVEN),
            "information": self._information,
        }
        yield msgspec.json.encode(head)[:-1] + b',"tables":{'
        is_first_table, is_first_row = True, True
        async with aclosing(self._rows()) as source:
            async for opened in source:
                made = bytearray()
                if opened.is_first:
                    made += b"" if is_first_table else b"\n],"
                    made += b"\n" + msgspec.json.encode(opened.table.table) + b":["
                    is_first_table, is_first_row = False, True
                for row in opened.rows:
                    made += b"\n" if is_first_row else b",\n"
                    made += msgspec.json.encode(row)
                    is_first_row = False
                yield bytes(made)
        yield b"]}}\n" if is_first_table else b"\n]}}\n"

    async def _csv(self) -> AsyncGenerator[Member, None]:
        names = _file_names(self._tables)
        async with aclosing(self._rows()) as source:
            reader = _Reader(source)
            while (table := await reader.next_table()) is not None:
                file = _File(names[table.table], rows=0)
                content = _csv_of(table, reader, file)
                yield self._member(file.name, content, file=file)

    def _readme(self) -> bytes:
        company = self._order.subject.in_force.document.company
        text = _README.format(
            company=company, made_at=self._made_at, keys_at=self._order.keys_at
        )
        return text.encode()

    def _manifest(self) -> Mapping[str, object]:
        request, subject = self._order.request, self._order.subject
        document = subject.in_force.document
        return {
            "format": FORMAT,
            "right": request.kind.value,
            "law": subject.regime.value,
            "request_id": str(request.request_id),
            "subject": None if request.subject is None else request.subject.hex(),
            "made_at": self._made_at,
            "controller": document.controller.legal_name or document.company,
            "excluded": list(NOT_GIVEN),
            "files": [_listed(file) for file in self._files],
        }


class _Reader:
    """Reads batches, table by table."""

    def __init__(self, source: AsyncGenerator[Opened, None]) -> None:
        self._source = source
        self._next: Opened | None = None
        self._is_begun = False

    async def next_table(self) -> Exported | None:
        """Return the table that comes next; None at the end."""
        if not self._is_begun:
            self._is_begun = True
            self._next = await anext(self._source, None)
        return None if self._next is None else self._next.table

    async def batches(self) -> AsyncGenerator[Opened, None]:
        """Give the batches of the table that comes next."""
        current = self._next
        while current is not None:
            yield current
            self._next = current = await anext(self._source, None)
            if current is not None and current.is_first:
                return


async def _csv_of(table: Exported, reader: _Reader, file: _File) -> Chunks:
    yield tabular.header(table)
    async for opened in reader.batches():
        file.rows = (file.rows or 0) + len(opened.rows)
        yield tabular.lines(table, opened.rows)


async def _counted(content: Chunks, file: _File) -> Chunks:
    """Give the content, and note its size and sum for the list."""
    async with aclosing(content):
        async for chunk in content:
            file.size += len(chunk)
            file.digest.update(chunk)
            yield chunk


async def _whole(body: bytes) -> Chunks:
    yield body


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _file_names(tables: list[Exported]) -> dict[str, str]:
    return {table.table: f"csv/{table.table}.csv" for table in tables}


def _listed(file: _File) -> Mapping[str, object]:
    listed: dict[str, object] = {
        "path": file.name,
        "media_type": _TYPES[file.name.rpartition(".")[2]],
        "size_bytes": file.size,
        "sha256": file.digest.hexdigest(),
    }
    if file.rows is not None:
        listed["rows"] = file.rows
    if file.schema is not None:
        listed["schema"] = file.schema
    return listed


def name_of(request_id: UUID, made_at: datetime) -> str:
    """Return the name of the file that somebody downloads; it says nothing about them."""
    return f"archive-{made_at:%Y-%m-%d}-{request_id.hex[-8:]}.zip"
