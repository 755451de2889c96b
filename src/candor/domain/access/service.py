"""Signing in and out, keys of sources, members of staff."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access import queries
from candor.domain.access.errors import (
    KeyLastsTooLong,
    LinkSpent,
    NoSuchAPIKey,
    NotPermitted,
    NotSignedIn,
    WrongAPIKey,
    WrongKey,
)
from candor.domain.access.model import (
    API_KEY_GRACE,
    API_KEY_LASTS,
    API_KEY_LASTS_AT_MOST,
    CUSTOMER_SESSION_LASTS,
    LINK_LASTS,
    STAFF_IDLE,
    STAFF_SESSION_LASTS,
    APIKey,
    Audience,
    Link,
    Permission,
    Role,
    Scope,
    Session,
    SignIn,
    Staff,
    may,
)
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId, new_id

_SECRET_BYTES: Final = 32
_API_KEY_PREFIX: Final = "cdr_"  # lets scanners for leaked secrets recognise it
_A_DAY: Final = timedelta(days=1)
_TOUCH_AFTER: Final = timedelta(minutes=1)
_KEPT_AFTER_END: Final = timedelta(days=30)


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret that we made: it has 256 bits of entropy."""
    return hashlib.sha256(secret.encode()).digest()


async def put_staff(
    tx: Tx, *, handle: str, display_name: str, role: Role, clock: Clock
) -> Staff:
    """Make a member of staff, or bring name and role up to date."""
    staff = await queries.put_staff(
        tx,
        staff_id=new_id(),
        handle=handle,
        display_name=display_name,
        role=role,
        at=clock.now(),
    )
    await audit.record(
        tx,
        actor=Actor.machine("cli"),
        action="access.staff_put",
        clock=clock,
        detail={"staff": str(staff.staff_id), "role": role.value},
    )
    return staff


async def staff(tx: ReadTx) -> list[Staff]:
    """Return all members of staff, by handle."""
    return await queries.all_staff(tx)


async def issue_write_key(tx: Tx, *, source_code: str, actor: Actor, clock: Clock) -> str:
    """Make a write key for a source; it is returned once and kept as a hash only."""
    key = secrets.token_urlsafe(_SECRET_BYTES)
    await keep_write_key(tx, key, source_code=source_code, actor=actor, clock=clock)
    return key


async def keep_write_key(
    tx: Tx, key: str, *, source_code: str, actor: Actor, clock: Clock
) -> None:
    """Keep the hash of a write key that somebody made."""
    await queries.insert_write_key(
        tx, key_hash=hash_of(key), source_code=source_code, hint=key[:4], at=clock.now()
    )
    await audit.record(
        tx,
        actor=actor,
        action="access.write_key_issued",
        clock=clock,
        detail={"source": source_code},
    )


async def source_of(tx: ReadTx, key: str) -> str:
    """Return the source that a write key opens the door for.

    Raises:
        WrongKey: unknown or revoked; the two look the same.
    """
    source_code = await queries.source_of_key(tx, key_hash=hash_of(key))
    if source_code is None:
        raise WrongKey
    return source_code


async def issue_api_key(
    tx: Tx,
    *,
    name: str,
    scopes: Collection[Scope],
    source_code: str | None,
    actor: Actor,
    clock: Clock,
    lasts: timedelta = API_KEY_LASTS,
) -> tuple[str, APIKey]:
    """Make a key of the API; its secret is returned once and kept as a hash only.

    Raises:
        KeyLastsTooLong: longer than two years, shorter than a day, or without any scope.
    """
    if not _A_DAY <= lasts <= API_KEY_LASTS_AT_MOST or not scopes:
        raise KeyLastsTooLong
    secret = _API_KEY_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    key = APIKey(
        key_id=new_id(),
        name=name,
        scopes=sorted(scope.value for scope in scopes),
        source_code=source_code,
        hint=secret[: len(_API_KEY_PREFIX) + 4],
        created_at=now,
        expires_at=now + lasts,
        last_used_at=None,
        revoked_at=None,
    )
    await queries.insert_api_key(tx, key_hash=hash_of(secret), key=key)
    await _about_key(tx, "access.api_key_issued", key, actor, clock)
    return secret, key


async def api_key(tx: ReadTx, secret: str, clock: Clock) -> APIKey:
    """Return the key that a secret stands for.

    Raises:
        WrongAPIKey: unknown, ended or taken back; they look the same.
    """
    found = await queries.find_api_key(tx, key_hash=hash_of(secret), at=clock.now())
    if found is None:
        raise WrongAPIKey
    return found


async def api_keys(tx: ReadTx) -> list[APIKey]:
    """Return all keys of the API, newest first, those that have ended too."""
    return await queries.api_keys(tx)


async def revoke_api_key(tx: Tx, key_id: UUID, *, actor: Actor, clock: Clock) -> APIKey:
    """Take back a key; it opens nothing from the commit on.

    Raises:
        NoSuchAPIKey: unknown, or ended already.
    """
    key = await queries.revoke_api_key(tx, key_id=key_id, at=clock.now())
    if key is None:
        raise NoSuchAPIKey
    await _about_key(tx, "access.api_key_revoked", key, actor, clock)
    return key


async def rotate_api_key(
    tx: Tx, key_id: UUID, *, actor: Actor, clock: Clock
) -> tuple[str, APIKey]:
    """Make a successor with the same rights and span; the old one works for another day.

    Raises:
        NoSuchAPIKey: unknown, or ended already.
    """
    now = clock.now()
    old = next((key for key in await queries.api_keys(tx) if key.key_id == key_id), None)
    ended = await queries.end_api_key(tx, key_id=key_id, at=now, expires_at=now + API_KEY_GRACE)
    if old is None or ended is None:
        raise NoSuchAPIKey
    await _about_key(tx, "access.api_key_rotated", ended, actor, clock)
    return await issue_api_key(
        tx,
        name=old.name,
        scopes=[Scope(scope) for scope in old.scopes],
        source_code=old.source_code,
        actor=actor,
        clock=clock,
        lasts=max(_A_DAY, old.expires_at - old.created_at),
    )


async def touch_api_keys(tx: Tx, key_ids: Collection[UUID], clock: Clock) -> int:
    """Note that keys are in use, to the minute; return how many had not been this minute."""
    return await queries.touch_api_keys(tx, key_ids=sorted(key_ids), at=clock.now())


async def _about_key(tx: Tx, action: str, key: APIKey, actor: Actor, clock: Clock) -> None:
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        detail={"key": str(key.key_id), "scopes": " ".join(key.scopes)},
    )


async def make_link(
    tx: Tx, *, audience: Audience, bearer_id: UUID, clock: Clock, lasts: timedelta = LINK_LASTS
) -> str:
    """Make a one-time sign-in link's token; it is kept as a hash only."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    await queries.insert_link(
        tx,
        token_hash=hash_of(token),
        audience=audience,
        bearer_id=bearer_id,
        at=now,
        expires_at=now + lasts,
    )
    return token


async def look_at_link(tx: ReadTx, token: str, *, audience: Audience, clock: Clock) -> Link:
    """Return whose a link is without using it up, for the page that asks "is that you?".

    Raises:
        LinkSpent: used, run out, or never made.
    """
    link = await queries.find_link(
        tx, token_hash=hash_of(token), audience=audience, at=clock.now()
    )
    if link is None:
        raise LinkSpent
    return link


async def sign_in(tx: Tx, token: str, *, audience: Audience, clock: Clock) -> tuple[str, Link]:
    """Use a link up and begin a session; return the secret for the cookie.

    Raises:
        LinkSpent: used, run out, or never made.
    """
    now = clock.now()
    link = await queries.use_link(tx, token_hash=hash_of(token), audience=audience, at=now)
    if link is None:
        raise LinkSpent
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    lasts = STAFF_SESSION_LASTS if audience is Audience.STAFF else CUSTOMER_SESSION_LASTS
    await queries.insert_session(
        tx,
        session_hash=hash_of(secret),
        audience=audience,
        bearer_id=link.bearer_id,
        at=now,
        expires_at=now + lasts,
    )
    actor = (
        Actor.staff(link.bearer_id)
        if audience is Audience.STAFF
        else Actor.customer(link.bearer_id)
    )
    await audit.record(tx, actor=actor, action="access.signed_in", clock=clock)
    return secret, link


async def session_of(
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
    session = await queries.find_session(
        tx, session_hash=hash_of(secret), audience=audience, at=now, idle_since=now - idle
    )
    if session is None:
        raise NotSignedIn
    if is_used and now - session.last_seen_at > _TOUCH_AFTER:
        await queries.touch_session(tx, session_hash=session.session_hash, at=now)
    return session


async def staff_of(tx: ReadTx, session: Session) -> Staff:
    """Return the member of staff behind a session.

    Raises:
        NotSignedIn: the account is gone.
    """
    found = await queries.find_staff(tx, staff_id=StaffId(session.bearer_id))
    if found is None:
        raise NotSignedIn
    return found


def require(member: Staff, permission: Permission) -> None:
    """Let a member of staff pass, or not.

    Raises:
        NotPermitted: the role does not include it.
    """
    if not may(member.role, permission):
        raise NotPermitted


async def sign_out(tx: Tx, session: Session, clock: Clock) -> None:
    """End a session."""
    await queries.revoke_session(tx, session_hash=session.session_hash, at=clock.now())


async def sign_out_everywhere(
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
    ended = await queries.revoke_sessions_of(
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


async def sign_ins(tx: ReadTx, bearer_ids: Sequence[UUID]) -> list[SignIn]:
    """Return the last sign-ins of somebody, newest first, those that ended too."""
    return await queries.sessions_of(tx, bearer_ids=bearer_ids)


async def sweep(tx: Tx, clock: Clock) -> int:
    """Forget sessions and links that ended more than thirty days ago; return how many."""
    before = clock.now() - _KEPT_AFTER_END
    return await queries.sweep_sessions(tx, before=before) + await queries.sweep_links(
        tx, before=before
    )
