"""Recovery codes: each stands in once for a lost second factor. Shown once, kept as hashes."""

from uuid import UUID

from candor.domain.access.model.factors import make_recovery_codes, recovery_text
from candor.domain.access.model.keys import hash_of
from candor.domain.access.queries import factors as stored
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock


async def issue(tx: Tx, staff_id: UUID, clock: Clock) -> list[str]:
    """Make fresh codes and return them, once; former ones no longer count."""
    made = make_recovery_codes()
    await stored.delete_recovery_codes(tx, staff_id=staff_id)
    await stored.insert_recovery_codes(
        tx,
        staff_id=staff_id,
        code_hashes=[hash_of(recovery_text(code)) for code in made],
        at=clock.now(),
    )
    return made


async def accept(tx: Tx, staff_id: UUID, code: str, clock: Clock) -> bool:
    """Tell whether a recovery code is right and was not used before; it is used up then."""
    code_hash = hash_of(recovery_text(code))
    return (
        await stored.use_recovery_code(
            tx, staff_id=staff_id, code_hash=code_hash, at=clock.now()
        )
        == 1
    )
