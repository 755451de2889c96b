"""How staff come in: handle or address and password, then a second factor, then a session.

    password right → ceremony `second_factor` in this browser → code of the app, or a recovery
    code → session that is proved. Each step has a secret of its own; the cookie that a browser
    brought to the first opens nothing after it.

Whoever has no second factor gets no ceremony: an account is set up whole or not at all
(`enrolments`). What is wrong is said in one way, whatever it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from candor.domain.access.errors import CeremonyOver, NotSignedIn
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.factors import Change, Factors
from candor.domain.access.model.sign_in import NOWHERE, Audience, Method, Origin, Session, Staff
from candor.domain.access.model.totp import digits_of, is_code
from candor.domain.access.queries import factors as stored_factors
from candor.domain.access.queries import members as stored_members
from candor.domain.access.service import ceremonies, recovery, sessions, staff_notices, totp
from candor.domain.audit.model import Actor
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId

KIND: Final = "second_factor"
_LONGEST_NAME: Final = 254  # an address (RFC 5321, 4.5.3.1.3)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who a name may stand for. Nobody, or somebody without a password, looks the same outside."""

    member: Staff | None
    verifier: str | None
    has_app: bool

    @property
    def can_go_on(self) -> bool:
        """Tell whether a right password leads on: there is a second factor to ask for."""
        return self.member is not None and self.has_app


async def look_up(tx: ReadTx, name: str) -> Candidate:
    """Return who a handle or an address stands for."""
    text = name.strip().lower()
    if len(text) > _LONGEST_NAME or "\x00" in text:
        return Candidate(None, None, has_app=False)
    member = await stored_members.staff_by_name(tx, name=text)
    if member is None:
        return Candidate(None, None, has_app=False)
    return await candidate_of(tx, member)


async def candidate_of(tx: ReadTx, member: Staff) -> Candidate:
    """Return what a member of staff can be held against."""
    kept = await stored_factors.find_password(tx, staff_id=member.staff_id)
    app = await stored_factors.find_totp(tx, staff_id=member.staff_id)
    return Candidate(member, kept.verifier if kept else None, has_app=app is not None)


async def begin(
    tx: Tx, member: Staff, fresh: str | None = None, *, former: str | None = None, clock: Clock
) -> str:
    """Begin the second step for somebody whose password was right; return the browser's secret.

    `fresh` takes the place of the `former` verifier, which was made at another cost.
    """
    if fresh is not None and former is not None:
        await stored_factors.renew_verifier(
            tx, staff_id=member.staff_id, former=former, verifier=fresh
        )
    return await ceremonies.begin(
        tx, kind=KIND, audience=Audience.STAFF, bearer_id=member.staff_id, clock=clock
    )


async def look(tx: ReadTx, browser: str, clock: Clock) -> Staff:
    """Return whose second step a browser has under way.

    Raises:
        CeremonyOver: none is, or its bearer left.
    """
    found = await ceremonies.look(tx, browser, kind=KIND, audience=Audience.STAFF, clock=clock)
    return await _bearer(tx, found)


async def answer(
    tx: Tx,
    browser: str,
    code: str,
    *,
    keyring: KeyProvider,
    origin: Origin = NOWHERE,
    clock: Clock,
) -> str | None:
    """Judge the code of the second step; return the session's secret, or None when it is wrong.

    Commit in either case: a wrong answer counts, and after five the password is asked again.

    Raises:
        CeremonyOver: no second step is under way in this browser.
    """
    found = await ceremonies.attempt(
        tx, browser, kind=KIND, audience=Audience.STAFF, clock=clock
    )
    member = await _bearer(tx, found)
    method = await accept_second(tx, member.staff_id, code, keyring=keyring, clock=clock)
    if method is None:
        return None
    await ceremonies.use(tx, browser, kind=KIND, audience=Audience.STAFF, clock=clock)
    return await sessions.begin(
        tx,
        audience=Audience.STAFF,
        bearer_id=member.staff_id,
        methods=[Method.PASSWORD, method],
        is_strong=True,
        origin=origin,
        clock=clock,
    )


async def prove(
    tx: Tx, session: Session, code: str, *, keyring: KeyProvider, clock: Clock
) -> str | None:
    """Judge the second factor of somebody who proves again, the password being right.

    Returns:
        the session's new secret; None when the code is wrong.

    Raises:
        NotSignedIn: the session ended meanwhile.
    """
    staff_id = session.bearer_id
    method = await accept_second(tx, staff_id, code, keyring=keyring, clock=clock)
    if method is None:
        return None
    return await sessions.prove(
        tx,
        session,
        methods=[Method.PASSWORD, method],
        actor=Actor.staff(staff_id),
        clock=clock,
    )


async def accept_second(
    tx: Tx, staff_id: UUID, code: str, *, keyring: KeyProvider, clock: Clock
) -> Method | None:
    """Use a second factor up and say which it was; None: it is wrong or was used.

    Six digits are a code of the app, anything else a recovery code, whose use is told by mail.
    """
    if is_code(digits_of(code)):
        is_right = await totp.accept(tx, staff_id, code, keyring=keyring, clock=clock)
        return Method.TOTP if is_right else None
    if not await recovery.accept(tx, staff_id, code, clock):
        return None
    await staff_notices.tell(tx, staff_id, Change.RECOVERY_USED, clock)
    return Method.RECOVERY


async def factors_of(tx: ReadTx, staff_id: UUID) -> Factors:
    """Return what somebody can sign in with.

    Raises:
        NotSignedIn: there is no such account.
    """
    found = await stored_factors.factors_of(tx, staff_ids=[staff_id])
    if not found:
        raise NotSignedIn
    return found[0]


async def factors_of_all(tx: ReadTx, staff_ids: Sequence[UUID]) -> dict[UUID, Factors]:
    """Return what each of these can sign in with."""
    found = await stored_factors.factors_of(tx, staff_ids=staff_ids)
    return {one.staff_id: one for one in found}


async def _bearer(tx: ReadTx, ceremony: Ceremony) -> Staff:
    member = (
        await stored_members.find_staff(tx, staff_id=StaffId(ceremony.bearer_id))
        if ceremony.bearer_id
        else None
    )
    if member is None:
        raise CeremonyOver
    return member
