"""What connections are worked with in one process, and the key that each connection has.

Secrets and what the other side calls people are sealed with a key of the connection, derived from
the keyring: it outlives the keys of people, so that somebody who was erased here can be removed
there. Marks are keyed hashes under the same key: they tell whether two values are equal, to nobody
else anything.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from candor.domain.connections.adapters.line import (
    Adapter,
    Filer,
    Keeper,
    Line,
    Mirror,
    Registry,
)
from candor.domain.connections.errors import NoSuchAdapter
from candor.domain.connections.model.connection import Connection
from candor.domain.connections.model.talk import Heard, Value
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.vault.model import Place, SubjectKey
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Database
from candor.infra.http import Outbound
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.pii import Pii

HOOKS: Final = "/hooks"
_USE: Final = "connections"
_SECRETS: Final = Place("connections.connection", "secrets")
_REMOTE: Final = Place("connections.link", "remote_id")
_TRIED: Final = Place("connections.delivery", "tried")
_MARK_BYTES: Final = 8
_INDEX_BYTES: Final = 16

# Calls at the one door, as a source: identities, facts and their purposes are judged there.
Knock = Callable[[str, Sequence[Mapping[str, Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What connections are worked with; made once per process by `candor.app`."""

    database: Database
    vault: Vault
    rulebook: Rulebook
    clock: Clock
    keyring: KeyProvider
    outbound: Outbound
    adapters: Registry
    public_url: str
    knock: Knock
    node: str  # names this process among all that work

    def adapter(self, kind: str) -> Adapter:
        """Return what speaks with systems of a kind.

        Raises:
            NoSuchAdapter: nothing does.
        """
        found = self.adapters.get(kind)
        if found is None:
            raise NoSuchAdapter
        return found

    def follows(self, connection: Connection) -> bool:
        """Tell whether a system is told of changes as they come: not one that gets files."""
        return not isinstance(self.adapters.get(connection.adapter), Filer)

    def keeps_people(self, connection: Connection) -> bool:
        """Tell whether a system keeps people, and is told of them: not who carries messages."""
        adapter = self.adapters.get(connection.adapter)
        return adapter is None or isinstance(adapter, Mirror)

    def line(self, connection: Connection) -> Line:
        """Return a connection as its adapter sees it, with its secrets open.

        What an adapter must know and nobody said is as its specification has it.
        """
        return Line(
            connection_id=connection.connection_id,
            code=connection.code,
            settings={**self._defaults(connection), **connection.settings},
            secrets=Lock(connection.connection_id, self.keyring).open_secrets(
                connection.secrets
            ),
            mapping=connection.mapping,
            outbound=self.outbound,
            clock=self.clock,
            callback_url=f"{self.public_url}{HOOKS}/{connection.code}",
        )

    def _defaults(self, connection: Connection) -> dict[str, str]:
        known = self.adapter(connection.adapter).spec.settings
        return {
            one.name: one.default
            for one in known
            if one.is_required and one.default and not one.is_secret
        }

    async def close(self) -> None:
        """Close what adapters keep open, when the process ends."""
        for adapter in self.adapters.values():
            if isinstance(adapter, Keeper):
                await adapter.close()

    def lock(self, connection: Connection) -> "Lock":
        """Return the key of a connection."""
        return Lock(connection.connection_id, self.keyring)


class Lock:
    """The key of one connection."""

    def __init__(self, connection_id: UUID, keyring: KeyProvider) -> None:
        """Derive it from the keyring."""
        self._key = SubjectKey(connection_id, keyring.fixed_key(_USE))
        fixed = keyring.fixed_key(f"{_USE}/marks")
        self._marks = hashlib.blake2b(connection_id.bytes, key=fixed, digest_size=32).digest()

    def seal_secrets(self, secrets: Mapping[str, str]) -> bytes:
        """Seal what a connection proves itself with."""
        return self._key.seal(_SECRETS.prefix(), msgspec.json.encode(dict(secrets)))

    def open_secrets(self, sealed: bytes | None) -> dict[str, str]:
        """Open what a connection proves itself with; None: there is nothing."""
        if sealed is None:
            return {}
        plain = self._key.unseal(_SECRETS.prefix(), sealed)
        return msgspec.json.decode(plain, type=dict[str, str])

    def seal_remote(self, remote_id: Pii[str]) -> bytes:
        """Seal how the other side calls a person."""
        return self._key.seal(_REMOTE.prefix(), remote_id.reveal().encode())

    def open_remote(self, sealed: bytes) -> Pii[str]:
        """Open how the other side calls a person."""
        return Pii(self._key.unseal(_REMOTE.prefix(), sealed).decode())

    def seal_keys(self, tries: Sequence[Mapping[str, Pii[str]]]) -> bytes:
        """Seal by what a person was told of without an answer, one try after the other."""
        plain = [{there: value.reveal() for there, value in one.items()} for one in tries]
        return self._key.seal(_TRIED.prefix(), msgspec.json.encode(plain))

    def open_keys(self, sealed: bytes) -> list[dict[str, Pii[str]]]:
        """Open by what a person was told of without an answer."""
        plain = msgspec.json.decode(
            self._key.unseal(_TRIED.prefix(), sealed), type=list[dict[str, str]]
        )
        return [{there: Pii(value) for there, value in one.items()} for one in plain]

    def words(self, *parts: bytes) -> bytes:
        """Return a keyed hash of some parts; 16 bytes."""
        framed = b"".join(len(part).to_bytes(4) + part for part in parts)
        return self._hash(b"words", framed, _INDEX_BYTES)

    def index(self, remote_id: Pii[str]) -> bytes:
        """Return what a person is found by whom the other side calls so; 16 bytes."""
        return self._hash(b"remote", remote_id.reveal().encode(), _INDEX_BYTES)

    def endpoint_index(self, endpoint: str) -> bytes:
        """Return what a browser is found by that takes messages at an address; 16 bytes."""
        return self._hash(b"endpoint", endpoint.encode(), _INDEX_BYTES)

    def message_key(self, message_id: str) -> bytes:
        """Return what a message is remembered by; 16 bytes."""
        return self._hash(b"message", message_id.encode(), _INDEX_BYTES)

    def mark(self, field: str, value: "Pii[Value] | Pii[str] | Value") -> str:
        """Return the mark of a value in a field of the other side, in hex.

        A number and the text that spells it are equal: systems differ in what they keep.
        """
        plain = value.reveal() if isinstance(value, Pii) else value
        return self._hash(field.encode(), _spelt(plain).encode(), _MARK_BYTES).hex()

    def record(self, heard: Heard, edition: int) -> bytes:
        """Return a keyed hash of all that another system says of somebody; 16 bytes.

        `edition`: of the connection, so that another mapping makes every record new.
        """
        said = [f"edition:{edition}", f"removed:{heard.is_removed}", f"note:{heard.note}"]
        said += [f"version:{heard.version}", f"message:{heard.message_id}"]
        said += [f"changed:{heard.changed_at}", f"signalled:{heard.signalled_at}"]
        said += [f"name:{self.index(heard.remote_id).hex() if heard.remote_id else None}"]
        said += [f"{kind}>{channel}" for kind, channel in heard.signals]
        for what, values in (("key", heard.keys), ("fact", heard.facts), ("is", heard.choices)):
            said += [f"{what}:{there}={self.mark(there, values[there])}" for there in values]
        said += [f"at:{there}={at}" for there, at in heard.chosen_at.items()]
        return self.words(*(one.encode() for one in sorted(said)))

    def _hash(self, what: bytes, content: bytes, size: int) -> bytes:
        framed = len(what).to_bytes(2) + what + content
        return hashlib.blake2b(framed, key=self._marks, digest_size=size).digest()


def _spelt(value: Value) -> str:
    """Return the one spelling of a value: empty text and nothing are the same."""
    match value:
        case None | "":
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).strip()
