"""Authorised agents: who may ask, and how they show that it is them.

An agent is known by its public key, which somebody let in. With it it asks once for a token, and
sends both from then on: the token says who it is, the signature that it said this.
"""

import hashlib
import secrets
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Collection
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.rights.errors import AgentRefused, BadDirectory, NoSuchAgent
from candor.domain.rights.model.agent import CODE, KEY_BYTES, Agent
from candor.domain.rights.model.drp import Envelope
from candor.domain.rights.queries import agents as stored
from candor.infra import combined
from candor.infra.combined import NotSigned
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import new_id

_TOKEN_BYTES: Final = 32
_LONGEST_NAME: Final = 120
_Key = Annotated[str, Meta(max_length=120)]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as the service directory of the protocol lists it; other members are not needed."""

    id: str
    name: str
    verify_key: _Key
    web_url: str = ""


def read_directory(text: bytes) -> list[Listed]:
    """Return the agents of a directory: one JSON document, or a list of them.

    Raises:
        BadDirectory: it is neither, or an agent has no usable id or key.
    """
    try:
        if text.lstrip().startswith(b"["):
            listed = msgspec.json.decode(text, type=list[Listed])
        else:
            listed = [msgspec.json.decode(text, type=Listed)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadDirectory from None
    for one in listed:
        if not CODE.fullmatch(one.id) or not one.name.strip():
            raise BadDirectory
        key_of(one.verify_key)
    return listed


def key_of(text: str) -> bytes:
    """Return a public key, written in base64 or in hexadecimal digits.

    Raises:
        BadDirectory: it is neither, or not of 32 bytes.
    """
    text = text.strip()
    try:
        is_hex = len(text) == 2 * KEY_BYTES
        key = bytes.fromhex(text) if is_hex else b64decode(text, validate=True)
    except (ValueError, NotBase64):
        key = b""
    if len(key) != KEY_BYTES:
        message = "A key is not an Ed25519 public key of 32 bytes."
        raise BadDirectory(message)
    return key


async def let_in(
    tx: Tx, listed: Listed, *, is_trusted: bool, actor: Actor, clock: Clock
) -> None:
    """Let an agent ask, or change what is known of it; another key ends its token; audited."""
    agent = Agent(
        agent_id=new_id(),
        code=listed.id,
        name=listed.name.strip()[:_LONGEST_NAME],
        web_url=listed.web_url if listed.web_url.startswith("https://") else "",
        verify_key=key_of(listed.verify_key),
        token_hash=None,
        token_at=None,
        is_trusted=is_trusted,
        added_by=actor.label,
        added_at=clock.now(),
        ended_at=None,
    )
    await stored.insert_agent(tx, agent)
    detail = {"agent": agent.code, "trusted": int(is_trusted)}
    await audit.record(
        tx, actor=actor, action="rights.agent_let_in", clock=clock, detail=detail
    )


async def read_in(
    tx: Tx, text: bytes, *, trusted: Collection[str], actor: Actor, clock: Clock
) -> list[str]:
    """Let in every agent of a directory; return their codes.

    Raises:
        BadDirectory: it is none; nobody was let in.
    """
    listed = read_directory(text)
    for one in listed:
        await let_in(tx, one, is_trusted=one.id in trusted, actor=actor, clock=clock)
    return [one.id for one in listed]


async def every(tx: ReadTx) -> list[Agent]:
    """Return all agents by name, those that were ended last."""
    return await stored.agents(tx)


async def end(tx: Tx, code: str, *, actor: Actor, clock: Clock) -> None:
    """Let an agent ask no more; what it asked for goes on; audited.

    Raises:
        NoSuchAgent: unknown, or ended before.
    """
    if not await stored.end_agent(tx, code=code, at=clock.now()):
        raise NoSuchAgent
    await audit.record(
        tx, actor=actor, action="rights.agent_ended", clock=clock, detail={"agent": code}
    )


async def by_token(tx: ReadTx, token: str) -> Agent:
    """Return the agent to whom a token was given.

    Raises:
        AgentRefused: to nobody who may still ask.
    """
    agent = await stored.agent_by_token(tx, token_hash=_hash(token))
    if agent is None:
        raise AgentRefused
    return agent


def read_signed(agent: Agent, body: bytes) -> bytes:
    """Return what an agent signed.

    Raises:
        AgentRefused: it did not sign this.
    """
    try:
        return combined.opened(agent.verify_key, body)
    except NotSigned:
        raise AgentRefused from None


async def pair(tx: Tx, code: str, body: bytes, *, business: str, clock: Clock) -> str:
    """Give an agent the token of the pair of it and us; the one before ends; audited.

    A message that was used already gives none, so that one which was overheard is worth nothing.

    Raises:
        AgentRefused: unknown, not signed by it, not for us, not in its time, or used before.
    """
    agent = await stored.agent_by_code(tx, code=code)
    if agent is None or not agent.is_welcome:
        raise AgentRefused
    said = read_signed(agent, body)
    now = clock.now()
    try:
        envelope = msgspec.json.decode(said, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AgentRefused from None
    if not envelope.is_for(code, business, now):
        raise AgentRefused
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    is_fresh = await stored.give_token(
        tx,
        agent_id=agent.agent_id,
        token_hash=_hash(token),
        at=now,
        issued_at=envelope.issued,
    )
    if not is_fresh:
        raise AgentRefused
    await audit.record(
        tx,
        actor=Actor.machine(f"agent:{code}"),
        action="rights.agent_paired",
        clock=clock,
        detail={"agent": code},
    )
    return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
