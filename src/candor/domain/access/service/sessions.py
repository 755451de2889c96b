"""Sign-ins that stand: found by their cookie, listed, ended."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import (
    NotSignedIn,
    ProofNeeded,
)
from candor.domain.access.model.keys import hash_of
from candor.domain.access.model.sign_in import (
    CUSTOMER_SESSION_LASTS,
    NOWHERE,
    STAFF_IDLE,
    STAFF_SESSION_LASTS,
    Audience,
    Method,
    Origin,
    Session,
    SignIn,
)
from candor.domain.access.queries import sessions as stored_sessions
from candor.domain.access.queries import sign_in_links as stored_links
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_SECRET_BYTES: Final = 32
_TOUCH_AFTER: Final = timedelta(minutes=1)
_KEPT_AFTER_END: Final = timedelta(days=30)


async def begin(
    tx: Tx,
    *,
    audience: Audience,
    bearer_id: UUID,
    methods: Sequence[Method],
    is_strong: bool,
    origin: Origin = NOWHERE,
    pseudonym: bytes | None = None,
    clock: Clock,
) -> str:
    """Begin a session of somebody who proved who they are; audited; return the cookie's secret.

    Args:
        tx: the transaction of the sign-in.
        audience: staff or customer.
        bearer_id: staff id or profile id.
        methods: how they proved it.
        is_strong: whether that is enough for what is risky, for a while (`Session.is_proved`).
        origin: where they come from.
        pseudonym: the name of a customer in the log.
        clock: the present.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    is_staff = audience is Audience.STAFF
    await stored_sessions.insert_session(
        tx,
        session_hash=hash_of(secret),
        audience=audience,
        bearer_id=bearer_id,
        at=now,
        expires_at=now + (STAFF_SESSION_LASTS if is_staff else CUSTOMER_SESSION_LASTS),
        methods=sorted(methods),
        proved_at=now if is_strong else None,
        device=origin.device,
        network=origin.network,
    )
    await audit.record(
        tx,
        actor=Actor.staff(bearer_id) if is_staff else Actor.customer(bearer_id, pseudonym),
        action="access.signed_in",
        clock=clock,
        detail={"methods": " ".join(sorted(methods)), **_network(is_staff, origin)},
    )
    return secret


async def prove(
    tx: Tx, session: Session, *, methods: Sequence[Method], actor: Actor, clock: Clock
) -> str:
    """Note that the bearer of a session proved again who they are; audited.

    Returns:
        the session's new secret, for the cookie: a proof is a new sign-in (ASVS 5.0 V7.2.4).

    Raises:
        NotSignedIn: the session ended meanwhile.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    proved = await stored_sessions.prove_session(
        tx,
        session_hash=session.session_hash,
        new_hash=hash_of(secret),
        methods=sorted(methods),
        at=clock.now(),
    )
    if not proved:
        raise NotSignedIn
    await audit.record(
        tx,
        actor=actor,
        action="access.proved_again",
        clock=clock,
        detail={"methods": " ".join(sorted(methods))},
    )
    return secret


def require_proof(session: Session, clock: Clock) -> None:
    """Let pass whoever proved lately who they are: the guard of what is risky (step-up).

    Raises:
        ProofNeeded: too long ago, or not strongly enough.
    """
    if not session.is_proved(clock.now()):
        raise ProofNeeded


async def of_cookie(
    tx: Tx, secret: str, *, audience: Audience, clock: Clock, is_used: bool = True
) -> Session:
    """Return the session that a cookie stands for, and note that it is in use.

    Args:
        tx: the transaction of the request, or of its guard.
        secret: what the cookie holds.
        audience: whose session it must be.
        clock: the present.
        is_used: a person acts; a page that refreshes itself must not keep a session alive.

    Raises:
        NotSignedIn: no such session, ended, or idle for too long.
    """
    now = clock.now()
    idle = STAFF_IDLE if audience is Audience.STAFF else CUSTOMER_SESSION_LASTS
    session = await stored_sessions.find_session(
        tx, session_hash=hash_of(secret), audience=audience, at=now, idle_since=now - idle
    )
    if session is None:
        raise NotSignedIn
    if is_used and now - session.last_seen_at > _TOUCH_AFTER:
        await stored_sessions.touch_session(tx, session_hash=session.session_hash, at=now)
    return session


async def end(tx: Tx, session: Session, clock: Clock) -> None:
    """End a session."""
    await stored_sessions.revoke_session(tx, session_hash=session.session_hash, at=clock.now())


async def end_everywhere(
    tx: Tx,
    bearer_ids: Sequence[UUID],
    *,
    but: Session | None,
    actor: Actor,
    subjects: Sequence[bytes],
    clock: Clock,
) -> int:
    """End a customer's sign-ins on all devices, or on all but one; audited.

    Args:
        tx: the transaction of the act.
        bearer_ids: all profiles of the person.
        but: the sign-in that stays, or None.
        actor: the customer.
        subjects: the customer's pseudonyms in the audit log.
        clock: the present.

    Returns:
        how many ended.
    """
    ended = await stored_sessions.revoke_sessions_of(
        tx,
        bearer_ids=bearer_ids,
        audience=Audience.CUSTOMER,
        but=but.session_hash if but else b"",
        at=clock.now(),
    )
    await audit.record(
        tx,
        actor=actor,
        action="access.signed_out_everywhere",
        clock=clock,
        subjects=subjects,
        detail={"sign_ins": ended},
    )
    return ended


async def end_all_of_staff(tx: Tx, staff_id: UUID, *, clock: Clock) -> int:
    """End every sign-in of a member of staff; return how many. The caller writes down why."""
    return await stored_sessions.revoke_sessions_of(
        tx, bearer_ids=[staff_id], audience=Audience.STAFF, but=b"", at=clock.now()
    )


async def take_proof_back(tx: Tx, staff_id: UUID) -> int:
    """Let a member of staff prove again who they are before anything risky.

    Returns:
        how many sign-ins had a proof. The caller writes down why.
    """
    return await stored_sessions.unprove_sessions(tx, staff_id=staff_id)


async def end_one(
    tx: Tx,
    session_hash: bytes,
    bearer_ids: Sequence[UUID],
    *,
    actor: Actor,
    subjects: Sequence[bytes],
    clock: Clock,
) -> int:
    """End one sign-in of a customer, on another device for instance; audited.

    Returns:
        how many ended: 0 when it stood no more, or is somebody else's.
    """
    ended = await stored_sessions.revoke_session_of(
        tx,
        session_hash=session_hash,
        bearer_ids=bearer_ids,
        audience=Audience.CUSTOMER,
        at=clock.now(),
    )
    if ended:
        await audit.record(
            tx,
            actor=actor,
            action="access.signed_out_elsewhere",
            clock=clock,
            subjects=subjects,
            detail={"sign_ins": ended},
        )
    return ended


async def of_bearer(tx: ReadTx, bearer_ids: Sequence[UUID]) -> list[SignIn]:
    """Return the last sign-ins of somebody, newest first, those that ended too."""
    return await stored_sessions.sessions_of(tx, bearer_ids=bearer_ids)


async def sweep(tx: Tx, clock: Clock) -> int:
    """Forget sessions and links that ended more than thirty days ago; return how many."""
    before = clock.now() - _KEPT_AFTER_END
    return await stored_sessions.sweep_sessions(
        tx, before=before
    ) + await stored_links.sweep_links(tx, before=before)


def _network(is_staff: bool, origin: Origin) -> dict[str, str]:  # noqa: FBT001 - of `begin` alone
    """Return what the log keeps of where staff sign in from: the shield knows them by it."""
    return {"network": origin.network.hex()} if is_staff and origin.network else {}
