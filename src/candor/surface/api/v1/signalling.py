"""Signals that other systems pass on, and messages that they sent."""

from typing import Final

from candor.domain.access.model.keys import Scope
from candor.domain.catalogue.model import InForce
from candor.domain.consent.model.signal import ABOUT_PURPOSES, SignalKind
from candor.domain.consent.service import preferences, signals
from candor.domain.consent.service.signals import Heard, Signal
from candor.infra.db.pool import ReadTx
from candor.kernel.ids import ProfileId
from candor.surface.api.v1.call import Call
from candor.surface.api.v1.operation import Operation
from candor.surface.api.v1.problems import IdTaken, NotAsDescribed, NotDeclared
from candor.surface.api.v1.shapes import ContactIn, Counted, SignalHeard, SignalIn

_STRINGS: Final = frozenset({SignalKind.TCF, SignalKind.GPP})


async def hear(call: Call, given: SignalIn) -> SignalHeard:
    """Hear a signal; what follows from it holds at once."""
    decided_at = call.instant(given.decided_at)
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        signal = Signal(
            signal_id=given.id,
            via=await call.person(tx, given.profile),
            kind=given.kind,
            decided_at=decided_at,
            surface=given.surface,
            source_id=call.source_id(rules.in_force),
            channel_id=_channel(given, rules.in_force),
            value=_string(given),
        )
        await _hold(call, tx, signal)
        await signals.hear(
            tx,
            [signal],
            actor=call.actor,
            vault=call.services.vault,
            policy=rules.policy,
            clock=call.services.clock,
        )
    return SignalHeard(id=given.id)


async def contacted(call: Call, given: ContactIn) -> Counted:
    """Count a message that left; it counts for how often messages may come."""
    at = call.instant(given.at)
    async with call.services.database.tx(call.request_id) as tx:
        rules = await call.rules(tx)
        if given.channel not in rules.policy.channels or given.topic not in rules.policy.topics:
            message = "The catalogue declares no such channel or topic."
            raise NotDeclared(message)
        profile_id = await call.person(tx, given.profile)
        await preferences.contacted(
            tx, [profile_id], given.channel, given.topic, at=at, policy=rules.policy
        )
        await call.write_down(
            tx,
            "consent.contacted",
            [profile_id],
            purpose=rules.in_force.topics[given.topic].purpose,
            detail={"channel": given.channel, "topic": given.topic},
        )
    return Counted(id=given.id)


def _channel(given: SignalIn, in_force: InForce) -> int | None:
    """Return the channel of a signal that is about one.

    Raises:
        NotAsDescribed: one is missing, or stands where none belongs.
        NotDeclared: the catalogue has none of this name.
    """
    if (given.kind in ABOUT_PURPOSES) is not (given.channel is None):
        message = "A signal names a channel; one about purposes (gpc, tcf, gpp) names none."
        raise NotAsDescribed(message)
    if given.channel is None:
        return None
    if given.channel not in in_force.channels:
        message = "The catalogue declares no such channel."
        raise NotDeclared(message)
    return in_force.numbers.channels[given.channel]


def _string(given: SignalIn) -> str | None:
    """Return the string of a signal that brings one: without it, one that cannot be read.

    Raises:
        NotAsDescribed: a string where none belongs.
    """
    if given.kind in _STRINGS:
        return given.value or ""
    if given.value is not None:
        message = "Only tcf and gpp bring a `value`."
        raise NotAsDescribed(message)
    return None


async def _hold(call: Call, tx: ReadTx, signal: Signal) -> None:
    """Hold a signal against what stands under its id.

    Raises:
        IdTaken: another one.
    """
    members: list[ProfileId] = await call.members(tx, signal.via)
    known = await signals.heard(tx, members)
    if any(one.signal_id == signal.signal_id and not _same(one, signal) for one in known):
        raise IdTaken


def _same(known: Heard, signal: Signal) -> bool:
    return (known.kind, known.channel_id, known.surface) == (
        signal.kind,
        signal.channel_id,
        signal.surface,
    )


_WHO: Final = {"id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e00"}

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/signals",
        name="pass_signal_on",
        tag="signals",
        summary="Pass on what a machine said for a person",
        about=(
            "`gpc`, `tcf` and `gpp` are about purposes; a string that cannot be read means no. "
            "`stop`, `unsubscribe`, `complaint` and `bounce` close a channel, `start` and "
            "`reachable` open it again. What a signal says again changes nothing."
        ),
        scope=Scope.SIGNALS_WRITE,
        takes=SignalIn,
        gives=SignalHeard,
        run=hear,
        errors=(404, 409),
        example={
            "id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e03",
            "profile": _WHO,
            "kind": "bounce",
            "channel": "email",
            "decided_at": "2026-11-21T12:00:00Z",
            "surface": "mail_server",
        },
        answer={"id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e03", "status": "heard"},
    ),
    Operation(
        method="POST",
        path="/contacts",
        name="count_contact",
        tag="signals",
        summary="Tell that a message left",
        about="It counts for how often the person wants such messages. Harmless to repeat.",
        scope=Scope.CONTACTS_WRITE,
        takes=ContactIn,
        gives=Counted,
        run=contacted,
        errors=(404,),
        example={
            "id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e04",
            "profile": _WHO,
            "channel": "email",
            "topic": "recipes",
            "at": "2026-11-21T12:00:00Z",
        },
        answer={"id": "0193f1a2-7c1e-7d43-8a55-2f6f0c9d1e04", "status": "counted"},
    ),
)
