"""Members of staff with a password and an app of their own."""

from dataclasses import dataclass

from candor.app import Candor
from candor.domain.access.model.roles import Role
from candor.domain.access.model.sign_in import Staff
from candor.domain.access.model.totp import code_at, step_of
from candor.domain.access.queries import factors as stored
from candor.domain.access.service import invitations, recovery, totp
from tests.factories.house import TEST, fresh

PASSWORD = "four unrelated harbour spoons"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody, and what they prove themselves with."""

    candor: Candor
    member: Staff
    seed: bytes
    recovery_codes: tuple[str, ...]
    password: str = PASSWORD

    def code(self, after: int = 0) -> str:
        """Return the code that their app shows now, or so many steps later."""
        return code_at(self.seed, step_of(self.candor.clock.now()) + after)


async def add_staff(
    candor: Candor, role: Role = Role.SECURITY, handle: str = "", address: str = ""
) -> Staff:
    """Make a member of staff who cannot sign in yet."""
    handle = handle or fresh("clerk")
    async with candor.database.tx() as tx:
        return await invitations.enrol(
            tx,
            handle=handle,
            name=f"Robin {handle.title()}",
            address=address or f"{handle}@example.org",
            role=role,
            actor=TEST,
            clock=candor.clock,
        )


async def equip(candor: Candor, member: Staff) -> Holder:
    """Give a member of staff password, app and recovery codes."""
    verifier = await candor.passwords.verifier(PASSWORD)
    seed = totp.make_seed()
    sealed = totp.seal(candor.keyring, member.staff_id, seed)
    async with candor.database.tx() as tx:
        await stored.put_password(
            tx, staff_id=member.staff_id, verifier=verifier, at=candor.clock.now()
        )
        await totp.keep(tx, member.staff_id, sealed, step=0, clock=candor.clock)
        codes = await recovery.issue(tx, member.staff_id, candor.clock)
    return Holder(candor, member, seed, tuple(codes))


async def make_holder(candor: Candor, role: Role = Role.SECURITY, handle: str = "") -> Holder:
    """Make somebody who can sign in."""
    return await equip(candor, await add_staff(candor, role, handle))
