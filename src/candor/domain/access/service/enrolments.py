"""Setting up a sign-in: password, app and recovery codes, whole or not at all.

The password's verifier and the app's seed wait in a ceremony of this browser until a first code
shows that the app was set up. Only then all three are kept, the invitation is used up, and a
session begins: nobody ever stands with a password alone.
"""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from candor.domain.access.errors import CeremonyOver, NotPermitted
from candor.domain.access.model import totp as codes
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.factors import Change
from candor.domain.access.model.sign_in import NOWHERE, Audience, Method, Origin, Staff
from candor.domain.access.queries import factors as stored
from candor.domain.access.queries import members as stored_members
from candor.domain.access.queries import sessions as stored_sessions
from candor.domain.access.service import (
    ceremonies,
    invitations,
    recovery,
    sessions,
    staff_notices,
    staff_sign_in,
    totp,
)
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId

_KIND: Final = "enrolment"
_ANSWERS: Final = 20  # nobody guesses here: the seed is on the page


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A set-up under way: whose, and the seed that their app must take in."""

    member: Staff
    seed: bytes


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A set-up that is done: the cookie's secret, and the recovery codes, shown once."""

    member: Staff
    secret: str
    recovery_codes: tuple[str, ...]


async def begin(
    tx: Tx,
    member: Staff,
    *,
    verifier: str,
    invitation: bytes | None,
    keyring: KeyProvider,
    clock: Clock,
) -> str:
    """Begin the set-up with a password that was chosen; return the browser's secret.

    Args:
        tx: the transaction of the request.
        member: who sets up.
        verifier: what is kept of the password.
        invitation: hash of the invitation; None for somebody who came in by a one-time link and
            has no factor yet (`NotPermitted` for anybody else).
        keyring: seals the seed.
        clock: the present.
    """
    if invitation is None:
        await _require_empty(tx, member)
    seed = totp.seal(keyring, member.staff_id, totp.make_seed())
    return await ceremonies.begin(
        tx,
        kind=_KIND,
        audience=Audience.STAFF,
        bearer_id=member.staff_id,
        secret=seed,
        detail={
            "verifier": verifier,
            "invitation": b64encode(invitation).decode() if invitation else "",
        },
        clock=clock,
    )


async def look(tx: ReadTx, browser: str, *, keyring: KeyProvider, clock: Clock) -> Enrolment:
    """Return the set-up that a browser has under way.

    Raises:
        CeremonyOver: none is, or who sets up has left.
    """
    found = await ceremonies.look(
        tx, browser, kind=_KIND, audience=Audience.STAFF, clock=clock, at_most=_ANSWERS
    )
    member = await _bearer(tx, found)
    return Enrolment(member, totp.unseal(keyring, member.staff_id, found.secret))


async def finish(
    tx: Tx,
    browser: str,
    code: str,
    *,
    keyring: KeyProvider,
    origin: Origin = NOWHERE,
    clock: Clock,
) -> Enrolled | None:
    """Hold the first code against the app; when it is right, keep everything and begin a session.

    Returns None when the code is wrong; commit all the same. Sign-ins that stood before end.

    Raises:
        CeremonyOver: no set-up is under way in this browser.
        InvitationSpent: the invitation was used or ran out meanwhile.
        NotPermitted: somebody set the account up meanwhile.
    """
    found = await ceremonies.attempt(
        tx, browser, kind=_KIND, audience=Audience.STAFF, clock=clock, at_most=_ANSWERS
    )
    member = await _bearer(tx, found)
    staff_id = member.staff_id
    seed = totp.unseal(keyring, staff_id, found.secret)
    step = codes.matching_step(seed, codes.digits_of(code), clock.now())
    if step is None:
        return None
    await ceremonies.use(tx, browser, kind=_KIND, audience=Audience.STAFF, clock=clock)
    # Two browsers at once: the second waits here, and finds the account set up.
    await stored_members.lock_staff(tx, staff_id=staff_id)
    if found.detail["invitation"]:
        await invitations.use(tx, b64decode(found.detail["invitation"]), clock)
    else:
        await _require_empty(tx, member)
    await stored_sessions.revoke_sessions_of(
        tx, bearer_ids=[staff_id], audience=Audience.STAFF, but=b"", at=clock.now()
    )
    await stored.put_password(
        tx, staff_id=staff_id, verifier=found.detail["verifier"], at=clock.now()
    )
    await totp.keep(tx, staff_id, found.secret, step=step, clock=clock)
    made = await recovery.issue(tx, staff_id, clock)
    await audit.record(
        tx,
        actor=Actor.staff(staff_id),
        action="access.sign_in_set_up",
        clock=clock,
        detail={"factors": "password totp recovery"},
    )
    await staff_notices.tell(tx, staff_id, Change.JOINED, clock)
    secret = await sessions.begin(
        tx,
        audience=Audience.STAFF,
        bearer_id=staff_id,
        methods=[Method.PASSWORD, Method.TOTP],
        is_strong=True,
        origin=origin,
        clock=clock,
    )
    return Enrolled(member, secret, tuple(made))


def made_up_password() -> str:
    """Return a password of 96 random bits, as people can type it: for the demo alone."""
    text = secrets.token_hex(12)
    return "-".join(text[at : at + 6] for at in range(0, len(text), 6))


async def equip(
    tx: Tx,
    member: Staff,
    *,
    verifier: str,
    seed: bytes,
    keyring: KeyProvider,
    actor: Actor,
    clock: Clock,
) -> None:
    """Give somebody of the demo a password and an app; their former factors and sign-ins end.

    Audited. Never for real people: nobody else knows a password (ASVS 5.0 6.4.6).
    """
    staff_id = member.staff_id
    await stored.delete_factors(tx, staff_id=staff_id)
    await stored_sessions.revoke_sessions_of(
        tx, bearer_ids=[staff_id], audience=Audience.STAFF, but=b"", at=clock.now()
    )
    await stored.put_password(tx, staff_id=staff_id, verifier=verifier, at=clock.now())
    sealed = totp.seal(keyring, staff_id, seed)
    await totp.keep(tx, staff_id, sealed, step=0, clock=clock)
    await audit.record(
        tx,
        actor=actor,
        action="access.demo_factors_made",
        clock=clock,
        detail={"staff": str(staff_id)},
    )


async def _require_empty(tx: ReadTx, member: Staff) -> None:
    """Let a link alone set up only an account that has nothing to sign in with.

    Raises:
        NotPermitted: a password, an app or a passkey is there: that proves who somebody is.
    """
    if not (await staff_sign_in.factors_of(tx, member.staff_id)).is_empty:
        raise NotPermitted


async def _bearer(tx: ReadTx, ceremony: Ceremony) -> Staff:
    member = (
        await stored_members.find_staff(tx, staff_id=StaffId(ceremony.bearer_id))
        if ceremony.bearer_id
        else None
    )
    if member is None:
        raise CeremonyOver
    return member
