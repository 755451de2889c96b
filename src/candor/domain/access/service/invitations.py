"""Invitations: how somebody becomes staff, and how they begin anew when all factors are lost.

The link in the mail is an HMAC of the invitation's id under a key that the database never sees;
the row is a ceremony and holds its hash. It works for 72 hours and once: it is used up by the end
of the set-up (password, app, recovery codes), not by its beginning.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import InvitationSpent, NoSuchStaff, StaffTaken
from candor.domain.access.model.ceremony import Ceremony
from candor.domain.access.model.factors import Change
from candor.domain.access.model.keys import hash_of
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Audience, Staff
from candor.domain.access.model.staff import read_address, read_handle, read_name
from candor.domain.access.queries import ceremonies as stored_ceremonies
from candor.domain.access.queries import factors as stored_factors
from candor.domain.access.queries import members as stored
from candor.domain.access.queries import proposals as stored_proposals
from candor.domain.access.queries import sessions as stored_sessions
from candor.domain.access.queries import sign_in_links as stored_links
from candor.domain.access.service import staff_notices
from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor, ActorKind
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.keyring import KeyProvider
from candor.kernel.clock import Clock
from candor.kernel.ids import StaffId, new_id

INVITATION_LASTS: Final = timedelta(hours=72)
_KIND: Final = "invitation"
_KEY: Final = "invitations/1"


def token_of(keyring: KeyProvider, invitation_id: UUID) -> str:
    """Return the token of an invitation: 43 signs that only this keyring can make."""
    made = hmac.digest(keyring.fixed_key(_KEY), invitation_id.bytes, "sha256")
    return urlsafe_b64encode(made).rstrip(b"=").decode()


async def enrol(
    tx: Tx, *, handle: str, name: str, address: str, role: Role, actor: Actor, clock: Clock
) -> Staff:
    """Make a member of staff who cannot sign in yet: `invite` lets them; audited.

    Raises:
        BadStaff: handle, name or address cannot be right.
        StaffTaken: somebody has the handle or the address, also if they left.
    """
    member = Staff(
        staff_id=new_id(),
        handle=read_handle(handle),
        display_name=read_name(name),
        role=role.value,
        email=read_address(address) if address else None,
    )
    if not await stored.insert_staff(tx, member=member, at=clock.now()):
        raise StaffTaken
    await audit.record(
        tx,
        actor=actor,
        action="access.staff_added",
        clock=clock,
        detail={"staff": str(member.staff_id), "role": role.value},
    )
    return member


async def invite(
    tx: Tx, staff_id: UUID, *, keyring: KeyProvider, actor: Actor, clock: Clock
) -> str:
    """Invite a member of staff who has no way in; former invitations end; audited, mailed.

    Returns:
        the token of the link, for a command to print. A page never shows it.

    Raises:
        NoSuchStaff: unknown, or left.
    """
    member = await stored.lock_staff(tx, staff_id=staff_id)
    if member is None:
        raise NoSuchStaff
    now, invitation_id = clock.now(), new_id()
    token = token_of(keyring, invitation_id)
    await stored_ceremonies.delete_ceremonies(tx, bearer_ids=[staff_id])
    await stored_ceremonies.insert_ceremony(
        tx,
        ceremony_hash=hash_of(token),
        kind=_KIND,
        audience=Audience.STAFF,
        bearer_id=staff_id,
        secret=b"",
        detail={},
        at=now,
        expires_at=now + INVITATION_LASTS,
    )
    inviter = UUID(actor.id) if actor.kind is ActorKind.STAFF else None
    await stored_proposals.note_inviter(tx, staff_id=staff_id, invited_by=inviter)
    await _about(tx, "access.invited", staff_id, actor, clock, {})
    if member.email:
        await staff_notices.send_invitation(tx, staff_id, invitation_id)
    return token


async def begin_anew(
    tx: Tx, staff_id: UUID, *, keyring: KeyProvider, actor: Actor, clock: Clock
) -> str:
    """Take factors, sign-ins and links from somebody who lost theirs, and invite them; audited.

    Raises:
        NoSuchStaff: unknown, or left.
    """
    if await stored.lock_staff(tx, staff_id=staff_id) is None:
        raise NoSuchStaff
    passkeys = await stored_factors.delete_factors(tx, staff_id=staff_id)
    # Of an account without factors a link alone could set up others.
    await stored_links.delete_links(tx, bearer_ids=[staff_id])
    ended = await stored_sessions.revoke_sessions_of(
        tx, bearer_ids=[staff_id], audience=Audience.STAFF, but=b"", at=clock.now()
    )
    detail = {"passkeys": passkeys, "sign_ins": ended}
    await _about(tx, "access.factors_reset", staff_id, actor, clock, detail)
    await staff_notices.tell(tx, staff_id, Change.RESET, clock)
    return await invite(tx, staff_id, keyring=keyring, actor=actor, clock=clock)


async def look_at(tx: ReadTx, token: str, clock: Clock) -> tuple[Ceremony, Staff]:
    """Return whose an invitation is, without using it up.

    Raises:
        InvitationSpent: used, run out, or never made; or who it is for has left.
    """
    found = await stored_ceremonies.find_ceremony(
        tx,
        ceremony_hash=hash_of(token),
        kind=_KIND,
        audience=Audience.STAFF,
        at=clock.now(),
        at_most=1,
    )
    if found is None or found.bearer_id is None:
        raise InvitationSpent
    member = await stored.find_staff(tx, staff_id=StaffId(found.bearer_id))
    if member is None:
        raise InvitationSpent
    return found, member


async def standing(
    tx: ReadTx, invitation_id: UUID, *, keyring: KeyProvider, clock: Clock
) -> Ceremony | None:
    """Return an invitation that can still be used, by its id."""
    return await stored_ceremonies.find_ceremony(
        tx,
        ceremony_hash=hash_of(token_of(keyring, invitation_id)),
        kind=_KIND,
        audience=Audience.STAFF,
        at=clock.now(),
        at_most=1,
    )


async def use(tx: Tx, ceremony_hash: bytes, clock: Clock) -> None:
    """Use an invitation up, at the end of the set-up.

    Raises:
        InvitationSpent: somebody was quicker, or it has run out.
    """
    found = await stored_ceremonies.use_ceremony(
        tx,
        ceremony_hash=ceremony_hash,
        kind=_KIND,
        audience=Audience.STAFF,
        at=clock.now(),
    )
    if found is None:
        raise InvitationSpent


async def _about(
    tx: Tx, action: str, staff_id: UUID, actor: Actor, clock: Clock, detail: Mapping[str, int]
) -> None:
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        detail={"staff": str(staff_id), **detail},
    )
