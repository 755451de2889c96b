"""The ASGI application of the Data Rights Protocol: `/drp/v1/…`, for authorised agents.

In the order that section 3.07 gives: who sent it (the token), whether they signed it, whether it is
of them, for us and in its time; only then what it asks. An agent's word that somebody is who they
are is not enough to hand out or destroy anything, unless the company trusts that agent; else the
person confirms it by the letter to the address that we had before. So known and unknown people are
answered alike.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Final, TypeVar
from uuid import UUID

import msgspec

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce, Regime
from candor.domain.rights.errors import AgentRefused
from candor.domain.rights.model.agent import Agent
from candor.domain.rights.model.drp import (
    EXERCISES,
    OPT_INS,
    VERSIONS,
    Envelope,
    Exercise,
    Problem,
    Revocation,
    status_of,
)
from candor.domain.rights.model.request import Channel, Ground, Proof, Requester, Right
from candor.domain.rights.service import agents, deciding, exchanging
from candor.domain.rights.service.asking import Asked
from candor.domain.rights.service.exchanging import NAMELESS, Sent, Taken
from candor.domain.shield.errors import TooMany
from candor.infra import metrics
from candor.infra.db.pool import ReadTx
from candor.infra.http import OutboundRefused
from candor.infra.log import logger
from candor.kernel.errors import Kind, Refused, Unavailable
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from candor.surface.api.wire import (
    Receive,
    Reply,
    Scope,
    Send,
    TooLong,
    answer,
    bearer_of,
    body_of,
    kinds_normalised,
    person_of,
)
from candor.surface.plain.services import Services

PREFIX: Final = "/drp/v1"
_log: Final = logger("drp")
_encode: Final = msgspec.json.encode
_Message = TypeVar("_Message", bound=msgspec.Struct)
_AGENT: Final = re.compile(r"/agent/(?P<code>[A-Z][A-Z0-9_]{0,39})/?")
_REQUESTS: Final = re.compile(r"/data-rights-request/?")
_REQUEST: Final = re.compile(
    r"/data-rights-request/(?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/?"
)
_STATUS: Final[Mapping[Kind, int]] = {
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.LIMITED: 429,
}


class WrongMessage(Refused):
    """The message is not one that the protocol knows."""

    code: ClassVar[str] = "drp.wrong_message"
    default_hint: ClassVar[str] = "See docs/howto/drp.md for what is understood."


class DRP:
    """The protocol, as the web sees it. One per process."""

    def __init__(self, services: Services) -> None:
        """Take what it works with."""
        self._services = services
        self._business = services.settings.drp_business_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            reply = await self._answer(scope, receive)
        except Refused as error:
            reply = _problem(_STATUS.get(error.kind, 400), error)
        except Unavailable as error:
            reply = _problem(503, error, is_fatal=False)
        except Exception as error:  # noqa: BLE001 - whatever broke, the agent reads a problem
            _log.error("a request broke", exc_info=error)
            reply = _problem(500, WrongMessage("Something broke here."), is_fatal=False)
        if reply.status >= 400:
            metrics.REQUESTS.labels("drp", str(reply.status)).inc()
        await answer(send, reply)

    async def _answer(self, scope: Scope, receive: Receive) -> Reply:
        path, method = scope["path"].removeprefix(PREFIX), scope["method"]
        if (found := _AGENT.fullmatch(path)) and method == "POST":
            return await self._pair(found["code"], scope, await body_of(receive))
        if found and method == "GET":
            agent = await self._agent(scope)
            return Reply(200, b"{}") if agent.code == found["code"] else Reply(403)
        if _REQUESTS.fullmatch(path) and method == "POST":
            return await self._exercise(await self._agent(scope), await body_of(receive))
        if (found := _REQUEST.fullmatch(path)) and method == "GET":
            return await self._status(await self._agent(scope), UUID(found["id"]))
        if found and method == "DELETE":
            agent = await self._agent(scope)
            return await self._revoke(agent, UUID(found["id"]), await body_of(receive))
        known = _AGENT.fullmatch(path) or _REQUESTS.fullmatch(path) or _REQUEST.fullmatch(path)
        return Reply(405 if known else 404)

    async def _agent(self, scope: Scope) -> Agent:
        """Return the agent whose token a request carries.

        Raises:
            AgentRefused: of nobody. TooFast: it calls too fast, or guesses.
        """
        pace = self._services.pace
        pace.before_key(scope)
        try:
            async with self._services.database.read() as tx:
                agent = await agents.by_token(tx, bearer_of(scope["headers"]))
        except AgentRefused:
            pace.wrong_key(scope)
            raise
        pace.call(agent.agent_id.hex, is_decision=False)
        return agent

    async def _pair(self, code: str, scope: Scope, body: bytes) -> Reply:
        """Give an agent its token (2.05); whoever is refused learns nothing: 403, no body."""
        pace = self._services.pace
        pace.before_key(scope)
        try:
            async with self._services.database.tx(new_id().hex) as tx:
                token = await agents.pair(
                    tx, code, body, business=self._business, clock=self._services.clock
                )
        except AgentRefused:
            pace.wrong_key(scope)
            return Reply(403)
        return Reply(200, _encode({"agent-id": code, "token": token}))

    async def _exercise(self, agent: Agent, body: bytes) -> Reply:
        """Take a request (2.01)."""
        message = self._read(agent, body)
        kind = _kind(message)
        if message.status_callback is not None:
            try:
                self._services.outbound.check_of_others(message.status_callback)
            except OutboundRefused:
                said = "status_callback is no address that can be called."
                raise WrongMessage(said) from None
        services = self._services
        async with services.database.tx(new_id().hex) as tx:
            in_force = (await services.rulebook.rules(tx)).in_force
            who = await self._who(tx, message, in_force)
            taken = await exchanging.take(
                tx,
                _asked(message, agent, kind, who),
                Sent(
                    party=_party(agent),
                    ref=message.agent_request_id or None,
                    word=message.exercise,
                    content=_content(message),
                    moment=_encode(message.issued_at),
                    callbacks=[message.status_callback] if message.status_callback else [],
                ),
                actor=_actor(agent),
                office=services.office,
            )
            if who is None and taken.is_new and kind is Right.SALE_OPT_OUT:
                await deciding.refuse(
                    tx,
                    taken.request.request_id,
                    Ground.NO_DATA,  # nothing of theirs can be sold
                    actor=_actor(agent),
                    office=services.office,
                )
        return Reply(200, self._told(taken))

    async def _status(self, agent: Agent, request_id: UUID) -> Reply:
        """Tell how a request stands (2.02); of another agent's: 403."""
        async with self._services.database.read() as tx:
            taken = await exchanging.about(tx, party=_party(agent), request_id=request_id)
        return Reply(200, self._told(taken))

    async def _revoke(self, agent: Agent, request_id: UUID, body: bytes) -> Reply:
        """Take a request back (2.04). The reason in words is not kept."""
        _decoded(agents.read_signed(agent, body), Revocation)
        services = self._services
        async with services.database.tx(new_id().hex) as tx:
            taken = await exchanging.about(tx, party=_party(agent), request_id=request_id)
            taken = await exchanging.take_back(
                tx, taken, actor=_actor(agent), office=services.office
            )
        return Reply(200, self._told(taken))

    def _read(self, agent: Agent, body: bytes) -> Exercise:
        """Return what an agent says, after all of section 3.07.

        Raises:
            AgentRefused: not signed by it, not of it, not for us, not in its time.
            WrongMessage: not one that the protocol knows.
        """
        said = agents.read_signed(agent, body)
        envelope = _decoded(said, Envelope)
        if not envelope.is_for(agent.code, self._business, self._services.clock.now()):
            raise AgentRefused
        message = _decoded(said, Exercise)
        if not message.version.startswith(VERSIONS):
            raise WrongMessage("This version of the protocol is not understood.")
        return message

    async def _who(self, tx: ReadTx, message: Exercise, in_force: InForce) -> ProfileId | None:
        phones = kinds_normalised(in_force, "phone") if message.phone_number else []
        return await person_of(
            tx,
            emails=[message.email] if message.email else [],
            others=[(kind, message.phone_number or "") for kind in phones],
            in_force=in_force,
            vault=self._services.vault,
        )

    def _told(self, taken: Taken) -> bytes:
        ref = taken.exchange.ref
        return _encode(
            status_of(
                taken.request,
                agent_request_id=None if ref.startswith(NAMELESS) else ref,
                is_own=taken.exchange.is_own,
                page=f"{self._services.settings.public_url}/me/rights",
            )
        )


def _kind(message: Exercise) -> Right:
    """Return which right is exercised.

    Raises:
        WrongMessage: none that an agent can use.
    """
    if message.exercise in OPT_INS:
        said = "A yes to a sale is said by the person, on their own page: not by an agent."
        raise WrongMessage(said)
    kind = EXERCISES.get(message.exercise)
    if kind is None:
        raise WrongMessage("This exercise is not known.")
    if message.regime not in {None, "", "ccpa"}:
        raise WrongMessage("The protocol knows the regime ccpa, or none.")
    if not message.email and not message.phone_number:
        raise WrongMessage("Nobody is named: send email or phone_number.")
    return kind


def _asked(message: Exercise, agent: Agent, kind: Right, who: ProfileId | None) -> Asked:
    is_verified = (not message.email or message.email_verified) and (
        not message.phone_number or message.phone_number_verified
    )
    is_sale = kind is Right.SALE_OPT_OUT
    return Asked(
        kind=kind,
        channel=Channel.DRP,
        profile_id=who,
        requester=Requester.AGENT,
        agent_id=agent.agent_id,
        # Kept as one of California wherever they live: else the answer would tell where that is.
        regime=Regime.CCPA if is_sale or who is None else None,
        scope={"part": "categories"} if message.exercise == "access:categories" else {},
        proof=Proof.AUTHORITY if agent.is_trusted and is_verified else Proof.NONE,
        reply_to=Pii(message.email) if who is None and message.email else None,
    )


def _content(message: Exercise) -> bytes:
    """Return what makes two messages the same, whenever signed."""
    return _encode([message.exercise, message.regime, message.email, message.phone_number])


def _decoded(said: bytes, of: type[_Message]) -> _Message:
    """Return a message.

    Raises:
        WrongMessage: it is not of this form; what was sent is not repeated.
    """
    try:
        return msgspec.json.decode(said, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongMessage from None


def _party(agent: Agent) -> str:
    return f"drp:{agent.code}"


def _actor(agent: Agent) -> Actor:
    return Actor.machine(f"agent:{agent.code}")


def _problem(status: int, error: Refused | Unavailable, *, is_fatal: bool = True) -> Reply:
    told = Problem(
        code=str(status),
        message=error.message,
        fatal=is_fatal and not isinstance(error, TooMany),
    )
    again = (
        ((b"retry-after", str(error.wait_seconds).encode()),)
        if isinstance(error, TooMany)
        else ()
    )
    return Reply(413 if isinstance(error, TooLong) else status, _encode(told), headers=again)
