"""What the protocols beside the API share: reading a body, sending an answer, finding a person."""

from collections.abc import Awaitable, Callable, Collection, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from candor.domain.catalogue.model import InForce
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import gate
from candor.domain.profiles.service import addresses, read
from candor.domain.vault.service import Vault
from candor.infra.db.pool import ReadTx
from candor.kernel.errors import Refused
from candor.kernel.ids import ProfileId

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

LARGEST: Final = 64 * 1024
JSON: Final = "application/json"
SAFE: Final[Sequence[Header]] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class TooLong(Refused):
    """The body is too large, or did not come whole."""

    code: ClassVar[str] = "api.body_too_long"
    default_hint: ClassVar[str] = "64 KiB at most."


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: Sequence[Header] = field(default=())


async def body_of(receive: Receive, at_most: int = LARGEST) -> bytes:
    """Return the body of a request.

    Raises:
        TooLong: larger than `at_most` bytes, or the connection was closed before it was whole.
    """
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if message["type"] == "http.disconnect" or size > at_most:
            raise TooLong
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


async def answer(send: Send, reply: Reply) -> None:
    """Send an answer that nobody keeps."""
    media = ((b"content-type", reply.media_type.encode()),) if reply.body else ()
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-length", str(len(reply.body)).encode()),
                *media,
                *SAFE,
                *reply.headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})


def bearer_of(headers: Collection[Header]) -> str:
    """Return the token that a request carries; empty without one."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() == b"bearer" and token.isascii():
                return token.decode().strip()
    return ""


async def person_of(
    tx: ReadTx,
    *,
    emails: Sequence[str],
    others: Sequence[tuple[str, str]],
    in_force: InForce,
    vault: Vault,
) -> ProfileId | None:
    """Return the one person whom all of these identifiers name, as far as they name anybody.

    An address counts when it was verified and one person alone has it. None: nobody, several
    people, or somebody who was erased.

    Args:
        tx: to read with.
        emails: addresses.
        others: kinds of identifiers and their values.
        in_force: the catalogue.
        vault: to look up with.
    """
    found: set[ProfileId] = set()
    for email in emails:
        marks = addresses.marks_of(email, in_force=in_force, vault=vault)
        holder = await addresses.holder_of(tx, marks)
        if holder is not None:
            found.add(holder)
    if others:
        owners = await read.find_all(tx, others, in_force=in_force, vault=vault)
        found |= set(owners.values())
    heads = {await read.head(tx, one) for one in found}
    if len(heads) != 1:
        return None
    (head,) = heads
    state = (await gate.states(tx, [head])).get(head)
    return None if state is None or state.standing == Standing.ERASED else head


def kinds_normalised(in_force: InForce, rule: str) -> list[str]:
    """Return the kinds of identifiers that the catalogue normalises by a rule."""
    return [k for k, one in sorted(in_force.identifiers.items()) if one.normalise == rule]
