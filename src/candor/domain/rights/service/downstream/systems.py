"""Which systems outside are told: adding, listing, ending them; what we prove ourselves with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.rights.errors import BadDownstream, NoSuchDownstream
from candor.domain.rights.model.downstream import Downstream, Protocol
from candor.domain.rights.queries import downstreams as stored
from candor.domain.vault.model import Place, SubjectKey
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.http import Outbound, OutboundRefused
from candor.infra.keyring import KeyProvider
from candor.infra.x509 import BadCertificate, check_certificate
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

CALLBACKS: Final = "/opendsr/v2/callbacks"
_TOKEN: Final = Place("rights.downstream", "token")
_USE: Final = "rights/downstreams"
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class NewSystem:
    """What is said of a system that is to be told."""

    name: str
    protocol: Protocol
    base_url: str = ""
    domain: str = ""
    identities: Sequence[str] = ()
    certificate: str | None = None
    token: str | None = field(default=None, repr=False)


async def add(
    tx: Tx,
    new: NewSystem,
    *,
    outbound: Outbound,
    keyring: KeyProvider,
    actor: Actor,
    clock: Clock,
) -> UUID:
    """Tell a system of requests from now on; audited.

    Raises:
        BadDownstream: its name is taken, or what the protocol needs is missing or not good.
    """
    name = " ".join(new.name.split())
    every_one = await stored.downstreams(tx)
    is_taken = any(one.name == name and one.ended_at is None for one in every_one)
    if not 1 <= len(name) <= _LONGEST_NAME or is_taken:
        raise BadDownstream
    if new.protocol is Protocol.OPENDSR:
        _check(new, outbound, clock)
    downstream_id = new_id()
    one = Downstream(
        downstream_id=downstream_id,
        name=name,
        protocol=new.protocol,
        base_url=new.base_url,
        domain=new.domain.lower(),
        identities=sorted(set(new.identities)),
        certificate=new.certificate,
        token=_key(downstream_id, keyring).seal(_TOKEN.prefix(), new.token.encode())
        if new.token
        else None,
        added_by=actor.label,
        added_at=clock.now(),
        answered_at=None,
        problem=None,
        ended_at=None,
    )
    await stored.insert_downstream(tx, one)
    await _written(tx, "rights.system_added", downstream_id, actor, clock)
    return downstream_id


def _check(new: NewSystem, outbound: Outbound, clock: Clock) -> None:
    if not (new.domain and new.certificate and new.identities):
        raise BadDownstream
    try:
        outbound.check(new.base_url)
        check_certificate(new.certificate, new.domain, clock.now())
    except (OutboundRefused, BadCertificate):
        raise BadDownstream from None


async def every(tx: ReadTx) -> list[Downstream]:
    """Return all systems by name, those that are told no more at the end."""
    return await stored.downstreams(tx)


async def end(tx: Tx, downstream_id: UUID, *, actor: Actor, clock: Clock) -> None:
    """Tell a system no more; audited. Tasks that wait for it end when they are next tried.

    Raises:
        NoSuchDownstream: unknown, or ended before.
    """
    if not await stored.end_downstream(tx, downstream_id=downstream_id, at=clock.now()):
        raise NoSuchDownstream
    await _written(tx, "rights.system_ended", downstream_id, actor, clock)


async def find(tx: ReadTx, downstream_id: UUID) -> Downstream:
    """Return a system.

    Raises:
        NoSuchDownstream: there is none.
    """
    found = await stored.downstream(tx, downstream_id=downstream_id)
    if found is None:
        raise NoSuchDownstream
    return found


def token_of(system: Downstream, keyring: KeyProvider) -> str | None:
    """Return what we prove ourselves with at a system."""
    if system.token is None:
        return None
    key = _key(system.downstream_id, keyring)
    return key.unseal(_TOKEN.prefix(), system.token).decode()


def callback_of(public_url: str, system: Downstream) -> str:
    """Return the address at which a system may tell us that something changed."""
    return f"{public_url}{CALLBACKS}/{system.downstream_id}"


def _key(downstream_id: UUID, keyring: KeyProvider) -> SubjectKey:
    return SubjectKey(downstream_id, keyring.fixed_key(_USE))


async def _written(
    tx: Tx, action: str, downstream_id: UUID, actor: Actor, clock: Clock
) -> None:
    detail = {"system": str(downstream_id)}
    await audit.record(tx, actor=actor, action=action, clock=clock, detail=detail)
