"""A server of SFTP, by the client of OpenSSH (infra/sftp.py)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from candor.domain.connections.adapters.drop.places.place import Waiting
from candor.domain.connections.errors import (
    BadConnection,
    BadMessage,
    NotLetIn,
    Unreached,
)
from candor.infra import sftp
from candor.infra.http import Outbound, OutboundFailed

_SECONDS: Final = 30.0  # for what moves no file
_LONG_SECONDS: Final = 600.0  # for what does


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """Folders on one server."""

    outbound: Outbound
    host: str
    port: int
    user: str
    host_key: str
    identity: str = field(repr=False)
    folder: str  # empty: that way nothing goes
    inbox: str

    async def check(self) -> None:
        """Find out whether it is the server that was named, lets us in, and has the folders."""
        for folder in filter(None, (self.folder, self.inbox)):
            async with self._there(folder) as server:
                await sftp.listed(server, folder, timeout_seconds=_SECONDS)

    async def put(self, name: str, source: Path) -> None:
        """Put a file there under another name, and rename it."""
        part, whole = f"{self.folder}/{name}.part", f"{self.folder}/{name}"
        await self._run(
            self.folder,
            [f"put {_quoted(source)} {part}", f"rename {part} {whole}"],
            _LONG_SECONDS,
        )

    async def take_away(self, name: str) -> None:
        """Take a file away, and look whether it is gone."""
        parts = [f"-rm {self.folder}/{name}", f"-rm {self.folder}/{name}.part"]
        await self._run(self.folder, parts, _SECONDS)
        async with self._there(self.folder) as server:
            left = await sftp.listed(server, self.folder, timeout_seconds=_SECONDS)
        if any(one.name in {name, f"{name}.part"} for one in left):
            problem = "not_removed"
            raise Unreached(problem)

    async def waiting(self) -> list[Waiting]:
        """Return the files that lie there for us."""
        async with self._there(self.inbox) as server:
            found = await sftp.listed(server, self.inbox, timeout_seconds=_SECONDS)
        return [Waiting(one.name, one.size) for one in found]

    async def fetch(self, name: str, target: Path, at_most_bytes: int) -> None:
        """Fetch a file.

        Raises:
            BadMessage: it is too large.
        """
        async with self._there(self.inbox) as server:
            try:
                await sftp.run(
                    server,
                    [f"get {self.inbox}/{name} {_quoted(target)}"],
                    timeout_seconds=_LONG_SECONDS,
                    growing=target,
                    at_most_bytes=at_most_bytes,
                )
            except sftp.TooLarge:
                raise BadMessage from None

    async def set_aside(self, name: str, folder: str) -> None:
        """Move a file into a folder beside it; over what lies there under its name."""
        to = f"{self.inbox}/{folder}"
        commands = [
            f"-mkdir {to}",
            f"-rename {self.inbox}/{name} {to}/{name}",
        ]
        await self._run(self.inbox, commands, _SECONDS)

    async def _run(self, folder: str, commands: Sequence[str], seconds: float) -> None:
        async with self._there(folder) as server:
            await sftp.run(server, commands, timeout_seconds=seconds)

    @asynccontextmanager
    async def _there(self, folder: str) -> AsyncGenerator[sftp.Server]:
        """Give the server, where its name is found now; say what fails in our words."""
        try:
            sftp.check_server(self.user, self.host_key, folder or "-")
            address = await self.outbound.address_of(self.host, self.port)
            yield sftp.Server(
                self.host, self.port, address, self.user, self.host_key, self.identity
            )
        except sftp.BadServer as bad:
            raise BadConnection(bad.message, hint=bad.hint) from None
        except sftp.WrongKey:
            raise NotLetIn from None
        except sftp.NoClient:
            problem = "no_client"
            raise Unreached(problem) from None
        except (sftp.Failed, OutboundFailed):
            problem = "no_answer"
            raise Unreached(problem) from None


def _quoted(path: Path) -> str:
    """Return a path of ours as sftp(1) reads it."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
