"""What adapters are: the interfaces that a kind of system fills, and what it is handed.

A system that keeps people is a `Mirror`. One that can be asked what changed is also a `Reader`, one
that calls us is a `Listener`, one that can list its refusals is a `Comparer`; one that brings
messages to people is a `Carrier`, one that gets files on demand a `Filer`. All of them are made
once per process and keep nothing about anybody; connections to servers may be pooled by
`Line.connection_id` and closed in `close`.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import UUID

from candor.domain.connections.model.composing import Desired
from candor.domain.connections.model.connection import Field
from candor.domain.connections.model.file import Read
from candor.domain.connections.model.talk import (
    Heard,
    Message,
    Outcome,
    Page,
    Parcel,
    Received,
    Reply,
    Returned,
    Shown,
    Spec,
)
from candor.infra.http import Outbound
from candor.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Line:
    """One connection as its adapter sees it."""

    connection_id: UUID
    code: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    mapping: Sequence[Field]
    outbound: Outbound
    clock: Clock
    callback_url: str  # where the other system calls us: `{public_url}/hooks/{code}`


@runtime_checkable
class Adapter(Protocol):
    """Whatever speaks with one kind of system."""

    @property
    def spec(self) -> Spec:
        """Say what it is and what it wants to know."""
        ...

    async def check(self, line: Line) -> None:
        """Find out whether the system answers and lets us in, without changing anything.

        Raises:
            Unreached, NotLetIn, OutboundRefused.
            BadConnection: it lacks something that the mapping or settings count on; says what.
        """
        ...


@runtime_checkable
class Mirror(Adapter, Protocol):
    """A system that keeps people."""

    async def send(self, line: Line, parcels: Sequence[Parcel]) -> Sequence[Reply]:
        """Bring its records to what parcels say; return one answer for each, in their order.

        Harmless twice. At most `spec.at_once` parcels, each of another person. Never writes a yes
        over a no that is not the one which was agreed on (`Parcel.agreed`, `Parcel.version`).

        Raises:
            Unreached, NotLetIn.
        """
        ...


@runtime_checkable
class Reader(Adapter, Protocol):
    """A system that can be asked what changed."""

    async def poll(self, line: Line, cursor: str | None) -> Page:
        """Return what changed since a cursor; None: from the beginning.

        A change may be seen twice and is never skipped, also when two happen in one instant.

        Raises:
            Unreached, NotLetIn.
        """
        ...


@runtime_checkable
class Listener(Adapter, Protocol):
    """A system that calls us."""

    async def hear(self, line: Line, request: Received) -> tuple[Sequence[Heard], Returned]:
        """Return what a request says, and what it is answered with.

        Nothing is read before it is known who sent it.

        Raises:
            BadSignature, TooOld, BadMessage.
        """
        ...


@runtime_checkable
class Comparer(Adapter, Protocol):
    """A system that can list whom it holds."""

    async def compare(self, line: Line, after: str | None) -> Page:
        """Return some of those it holds, with their choices as they stand there.

        Raises:
            Unreached, NotLetIn.
        """
        ...


@runtime_checkable
class Preparer(Adapter, Protocol):
    """A system whose owner prepares it for us: a database."""

    def setup(self, line: Line) -> Sequence[str]:
        """Return the statements that its owner runs once, with `%%` for a percent.

        Raises:
            BadConnection: the settings make no sense.
        """
        ...

    def setup_sql(self, line: Line) -> str:
        """Return the same as a script for the system's own client program.

        Raises:
            BadConnection: the settings make no sense.
        """
        ...


@runtime_checkable
class Carrier(Adapter, Protocol):
    """A system that brings messages to people."""

    async def carry(self, line: Line, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Hand messages over; return what became of each, in their order.

        Raises:
            Unreached, NotLetIn.
        """
        ...


@runtime_checkable
class Maker(Adapter, Protocol):
    """A kind of system for which we make secrets ourselves: keys that nobody types."""

    def make(self, known: Mapping[str, str]) -> Mapping[str, str]:
        """Make those secrets that a connection lacks, and return them by their names."""
        ...

    def shown(self, line: Line) -> Sequence[Shown]:
        """Return what must be put elsewhere, to copy: DNS records, public keys. No secret."""
        ...


@runtime_checkable
class Filer(Adapter, Protocol):
    """A system that gets files on demand and follows nothing; and may lay files down for us.

    Nothing plain is written to a disk. Unreached, NotLetIn, OutboundRefused and BadConnection may
    come of whatever touches the place.
    """

    def ending(self, line: Line) -> str:
        """Return how the name of a file ends.

        Raises:
            BadConnection: no file can be made: nobody could read it, or it has no place.
        """
        ...

    async def write(
        self, line: Line, target: Path, people: AsyncIterable[Sequence[Desired]]
    ) -> None:
        """Write people into a file of this machine, sealed to whoever may read it."""
        ...

    async def put(self, line: Line, name: str, source: Path) -> None:
        """Put a file at its place: whole under its name, or not at all; harmless twice."""
        ...

    async def take_away(self, line: Line, name: str) -> None:
        """Take a file away, and make sure that it is gone; harmless twice."""
        ...

    async def waiting(self, line: Line) -> Sequence[str]:
        """Return the names of files that lie there for us; some at a time."""
        ...

    async def fetch(self, line: Line, name: str, target: Path) -> None:
        """Fetch a file for us, still sealed; BadMessage: it is too large, or gone."""
        ...

    async def check_file(self, line: Line, source: Path) -> None:
        """Read a fetched file to its end, before anything of it is believed; BadMessage."""
        ...

    def read(self, line: Line, name: str, source: Path) -> AsyncGenerator[Read]:
        """Yield what the rows of a checked file say; BadMessage: it is no such file."""
        ...

    async def set_aside(self, line: Line, name: str, *, is_taken: bool) -> None:
        """Move a file for us to those that were taken, or were refused; harmless twice."""
        ...


@runtime_checkable
class Keeper(Adapter, Protocol):
    """An adapter that keeps sessions open between calls."""

    async def close(self) -> None:
        """Close all of them; one that is wanted again is opened again."""
        ...


Registry = Mapping[str, Adapter]
