"""Coming back: somebody who was erased wants to be known again, and says so themselves."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.profiles import queries
from candor.domain.profiles.service.lookup import Normalised
from candor.domain.vault.service import Vault, normalise
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.pii import Pii

LIFTED: Final = "profiles.tombstone_lifted"
_MAIL: Final = "email"  # how identifiers are normalised that mail can be sent to


class Ground(StrEnum):
    """Why a tombstone is lifted: a code for the log."""

    BY_THEMSELVES = "by_themselves"  # they proved that the address is theirs
    NEW_CONTRACT = "new_contract"  # they became a customer again, on paper or by phone
    SOMEBODY_ELSE = "somebody_else"  # the number or address belongs to another person now
    MISTAKE = "mistake"  # erased by mistake; what was erased does not come back


def named(address: Pii[str], in_force: InForce) -> tuple[Normalised, ...]:
    """Return what an e-mail address may have named, in its one spelling; nothing if it is none."""
    value = normalise(_MAIL, address.reveal())
    if value is None:
        return ()
    return tuple(
        (kind, value)
        for kind, declared in sorted(in_force.identifiers.items())
        if declared.normalise == _MAIL
    )


async def lift(
    tx: Tx,
    gone: Iterable[Normalised],
    *,
    ground: Ground,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> int:
    """Take away the tombstones of identifiers, normalised; return how many stood; audited.

    From the commit on, whatever names them begins a new profile, which knows nothing of the old
    one. The entry says how many and why, and not whose: nobody can tell any more.
    """
    rows = sorted({(kind, vault.mark(kind, value)) for kind, value in gone})
    lifted = await queries.lift_tombstones(
        tx, kinds=[kind for kind, _ in rows], marks=[mark for _, mark in rows]
    )
    if lifted:
        await audit.record(
            tx,
            actor=actor,
            action=LIFTED,
            clock=clock,
            reason=ground.value,
            detail={"tombstones": lifted},
        )
    return lifted
