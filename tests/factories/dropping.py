"""Encrypted files for tests: a connection that gets them, two members of staff, a recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from candor.app import Candor
from candor.app.exchanging import exchange_of
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Method, Staff
from candor.domain.access.service import members, proposals, sessions
from candor.domain.connections.model.connection import (
    Connection,
    Direction,
    Field,
    State,
    What,
)
from candor.domain.connections.model.file import File
from candor.domain.connections.service import connecting, filing, making, recalling
from candor.domain.connections.service.connecting import Wanted
from candor.domain.connections.service.exchange import Exchange
from candor.infra import age
from candor.infra.http import Outbound
from tests.factories.house import TEST, fresh

WHY = "The agency sends the letters of this week"
MAPPING = (
    Field("mail", What.IDENTIFIER, "email", direction=Direction.BOTH, is_key=True),
    Field("hobby", What.ATTRIBUTE, "hobby", direction=Direction.BOTH),
    Field("news", What.PURPOSE, "news", direction=Direction.BOTH),
)


@dataclass(frozen=True, slots=True)
class Agency:
    """Whoever gets the files: where they lie, and the key that opens them."""

    folder: Path
    inbox: Path
    key: str

    @property
    def public(self) -> str:
        """Return what files are sealed to."""
        return age.public_of(self.key)

    def files(self) -> list[Path]:
        """Return the files that lie there, hidden ones too."""
        return sorted(one for one in self.folder.iterdir() if one.is_file())

    async def read(self, path: Path) -> str:
        """Return what stands in a file."""
        some = [part async for part in age.opened(path, self.key)]
        return b"".join(some).decode()

    async def lay_down(self, name: str, text: str, recipient: str) -> Path:
        """Lay a file down for Candor."""

        async def write(sealing: age.Sealing) -> None:
            await sealing.write(text.encode())

        path = self.inbox / name
        await age.seal(path, [recipient], write)
        return path


def agency(root: Path) -> Agency:
    """Make one with folders of its own."""
    folder, inbox = root / "theirs", root / "ours"
    folder.mkdir()
    inbox.mkdir()
    return Agency(folder, inbox, age.new_identity())


def exchange_for(candor: Candor, root: Path, hosts: Sequence[str] = ()) -> Exchange:
    """Return what connections are worked with, with a folder that files may be put in."""
    outbound = Outbound(allowed_private=hosts, folders=[root])
    return replace(exchange_of(candor), outbound=outbound)


async def connected(
    exchange: Exchange,
    to: Agency,
    *,
    settings: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    mapping: Sequence[Field] = MAPPING,
    is_heard: bool = True,
) -> Connection:
    """Connect an agency, by a folder of this machine if nothing else is said, and start it."""
    local = {"place": "local", "folder": str(to.folder), "inbox": str(to.inbox)}
    ways = {Direction.OUT, Direction.IN} if is_heard else {Direction.OUT}
    wanted = Wanted(
        name="Agency",
        adapter="drop",
        directions=frozenset(ways),
        purposes=("news",),
        mapping=tuple(mapping),
        settings={"recipients": to.public, **(local if settings is None else settings)},
        secrets=secrets or {},
        source="crm" if is_heard else None,
    )
    async with exchange.database.tx() as tx:
        which = await connecting.add(tx, fresh("agency"), wanted, actor=TEST, exchange=exchange)
        return await connecting.move(tx, which, State.ACTIVE, actor=TEST, clock=exchange.clock)


async def hire(exchange: Exchange, role: Role) -> Staff:
    """Make a member of staff."""
    handle = fresh("clerk")
    async with exchange.database.tx() as tx:
        return await members.put(
            tx, handle=handle, display_name=handle.title(), role=role, clock=exchange.clock
        )


async def ask(exchange: Exchange, connection: Connection, by: Staff | None = None) -> UUID:
    """Ask for a file."""
    member = by or await hire(exchange, Role.INTEGRATION)
    async with exchange.database.tx() as tx:
        return await filing.ask(
            tx, connection.connection_id, WHY, member=member, exchange=exchange
        )


async def approve(exchange: Exchange, file_id: UUID, by: Staff | None = None) -> None:
    """Approve it, as somebody with a fresh proof of who they are."""
    member = by or await hire(exchange, Role.PRIVACY)
    async with exchange.database.tx() as tx:
        secret = await sessions.begin(
            tx,
            audience=Audience.STAFF,
            bearer_id=member.staff_id,
            methods=[Method.PASSKEY],
            is_strong=True,
            clock=exchange.clock,
        )
        session = await sessions.of_cookie(
            tx, secret, audience=Audience.STAFF, clock=exchange.clock
        )
    proposal_id = (await file_of(exchange, file_id)).proposal_id
    assert proposal_id is not None
    async with exchange.database.tx() as tx:
        await proposals.approve(
            tx,
            proposal_id,
            deeds=filing.deeds(exchange),
            member=member,
            session=session,
            clock=exchange.clock,
        )


async def handed_over(exchange: Exchange, connection: Connection) -> File:
    """Have a file asked for, approved and made; return it."""
    await recalling.follow(exchange)
    file_id = await ask(exchange, connection)
    await approve(exchange, file_id)
    await making.make_due(exchange)
    return await file_of(exchange, file_id)


async def file_of(exchange: Exchange, file_id: UUID) -> File:
    """Return a file as it is now."""
    async with exchange.database.read() as tx:
        return await filing.find(tx, file_id)


def public_of(exchange: Exchange, connection: Connection) -> str:
    """Return the key to which files for us are sealed."""
    return age.public_of(exchange.line(connection).secrets["identity"])
