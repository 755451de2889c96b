"""Changing one's own factors. Each change needs a fresh proof, ends what it must, and is mailed."""

from base64 import b64decode, b64encode
from typing import Final
from uuid import UUID

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model import totp as codes
from candor.domain.access.model.factors import Change
from candor.domain.access.model.sign_in import Audience, Session
from candor.domain.access.queries import ceremonies as stored_ceremonies
from candor.domain.access.queries import factors as stored
from candor.domain.access.queries import sessions as stored_sessions
from candor.domain.access.service import ceremonies, recovery, sessions, staff_notices, totp
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock

_KIND: Final = "totp.change"
_ANSWERS: Final = 20

__all__ = ["begin_app", "change_password", "confirm_app", "look_at_app", "renew_recovery_codes"]


async def change_password(tx: Tx, session: Session, verifier: str, clock: Clock) -> int:
    """Keep another password; all other sign-ins of theirs end; return how many.

    What is under way elsewhere ends too: a second step that the former password led to.

    Raises:
        ProofNeeded: no fresh proof. The current password is part of it (ASVS 5.0 6.2.3).
    """
    sessions.require_proof(session, clock)
    staff_id = session.bearer_id
    await stored.put_password(tx, staff_id=staff_id, verifier=verifier, at=clock.now())
    ended = await stored_sessions.revoke_sessions_of(
        tx,
        bearer_ids=[staff_id],
        audience=Audience.STAFF,
        but=session.session_hash,
        at=clock.now(),
    )
    await stored_ceremonies.delete_ceremonies(tx, bearer_ids=[staff_id])
    await _changed(tx, staff_id, Change.PASSWORD, clock, sign_ins=ended)
    return ended


async def begin_app(tx: Tx, session: Session, *, keyring: KeyProvider, clock: Clock) -> str:
    """Begin to change to another app; the present one counts until then. Browser's secret.

    Raises:
        ProofNeeded: no fresh proof.
    """
    sessions.require_proof(session, clock)
    return await ceremonies.begin(
        tx,
        kind=_KIND,
        audience=Audience.STAFF,
        bearer_id=session.bearer_id,
        secret=totp.seal(keyring, session.bearer_id, totp.make_seed()),
        detail={"session": b64encode(session.session_hash).decode()},
        clock=clock,
    )


async def look_at_app(
    tx: ReadTx, session: Session, browser: str, *, keyring: KeyProvider, clock: Clock
) -> bytes:
    """Return the seed of the app that is being added.

    Raises:
        CeremonyOver: none is, in this sign-in.
    """
    found = await ceremonies.look(
        tx, browser, kind=_KIND, audience=Audience.STAFF, clock=clock, at_most=_ANSWERS
    )
    if b64decode(found.detail["session"]) != session.session_hash:
        raise CeremonyOver
    return totp.unseal(keyring, session.bearer_id, found.secret)


async def confirm_app(
    tx: Tx, session: Session, browser: str, code: str, *, keyring: KeyProvider, clock: Clock
) -> bool:
    """Change to another app by its first code; tell whether that was right. Commit in any case.

    Raises:
        ProofNeeded: no fresh proof.
        CeremonyOver: none is being added, in this sign-in.
    """
    sessions.require_proof(session, clock)
    await look_at_app(tx, session, browser, keyring=keyring, clock=clock)
    found = await ceremonies.attempt(
        tx, browser, kind=_KIND, audience=Audience.STAFF, clock=clock, at_most=_ANSWERS
    )
    seed = totp.unseal(keyring, session.bearer_id, found.secret)
    step = codes.matching_step(seed, codes.digits_of(code), clock.now())
    if step is None:
        return False
    await ceremonies.use(tx, browser, kind=_KIND, audience=Audience.STAFF, clock=clock)
    await totp.keep(tx, session.bearer_id, found.secret, step=step, clock=clock)
    ended = await stored_sessions.revoke_sessions_of(
        tx,
        bearer_ids=[session.bearer_id],
        audience=Audience.STAFF,
        but=session.session_hash,
        at=clock.now(),
    )
    await _changed(tx, session.bearer_id, Change.TOTP, clock, sign_ins=ended)
    return True


async def renew_recovery_codes(tx: Tx, session: Session, clock: Clock) -> list[str]:
    """Make fresh recovery codes and return them, once; former ones no longer count.

    Raises:
        ProofNeeded: no fresh proof.
    """
    sessions.require_proof(session, clock)
    made = await recovery.issue(tx, session.bearer_id, clock)
    await _changed(tx, session.bearer_id, Change.RECOVERY, clock)
    return made


async def _changed(tx: Tx, staff_id: UUID, change: Change, clock: Clock, **counts: int) -> None:
    await audit.record(
        tx,
        actor=Actor.staff(staff_id),
        action="access.factor_changed",
        clock=clock,
        detail={"factor": change.value, **counts},
    )
    await staff_notices.tell(tx, staff_id, change, clock)
