"""Carrying erasures out again in a database that was restored from before them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import chain

from candor.domain.audit.model import Actor
from candor.domain.audit.service.notary import Notary
from candor.domain.backup.errors import NotReplayed, StillThere
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.rights.service.erasing import erase
from candor.domain.vault.service import Vault, forgotten
from candor.infra.backup.ledger import Erasure, Ledger
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.infra.holder import Holder
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId

_ACTOR = Actor.machine("backup")
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Opened:
    """The services of Candor on a database that is not open to anybody yet."""

    database: Database
    vault: Vault
    holders: Mapping[str, Holder]
    clock: Clock
    rulebook: Rulebook
    notary: Callable[[ReadTx], Awaitable[Notary]]  # who signed the log


Opener = Callable[[str], AbstractAsyncContextManager[Opened]]


async def missing(tx: ReadTx, ledger: Ledger) -> list[Erasure]:
    """Return the erasures of the ledger that this database does not know, oldest first.

    Raises:
        LedgerBroken: the ledger was changed.
    """
    noted = ledger.erasures()
    known: set[ProfileId] = set()
    ids = list(chain.from_iterable(erasure.profiles for erasure in noted))
    for start in range(0, len(ids), _AT_ONCE):
        known |= await forgotten.erased(tx, ids[start : start + _AT_ONCE])
    return [erasure for erasure in noted if not known.issuperset(erasure.profiles)]


async def require_replayed(tx: ReadTx, ledger: Ledger, clock: Clock) -> None:
    """Refuse a database in which people live on who were erased.

    An erasure whose transaction this very server undid is crossed out of the ledger: whoever
    asked for it was told that it failed.

    Raises:
        NotReplayed: some were erased after what is in this database.
        LedgerBroken: the ledger was changed.
    """
    open_ones = await missing(tx, ledger)
    if not open_ones:
        return
    fates = await forgotten.fates(tx, [erasure.transaction for erasure in open_ones])
    undone = [e for e in open_ones if fates.get(e.transaction) == "aborted"]
    ledger.void(undone, clock.now())
    left = [e for e in open_ones if fates.get(e.transaction) not in {"aborted", "in progress"}]
    people = sum(len(erasure.profiles) for erasure in left)
    if people:
        message = (
            f"This database comes from before the erasure of {people} profile(s), "
            f"the first on {left[0].at:%Y-%m-%d %H:%M} UTC."
        )
        raise NotReplayed(message)


async def replay(opened: Opened, ledger: Ledger) -> int:
    """Carry out every erasure that the database does not know; return how many profiles.

    One transaction each; whoever is interrupted begins again where it stopped.

    Raises:
        StillThere: something of an erased person is left.
        LedgerBroken: the ledger was changed.
    """
    async with opened.database.read("replay") as tx:
        open_ones = await missing(tx, ledger)
    for erasure in open_ones:
        async with opened.database.tx("replay") as tx:
            await _erase(tx, opened, erasure.profiles)
    everybody = list(chain.from_iterable(erasure.profiles for erasure in ledger.erasures()))
    for start in range(0, len(everybody), _AT_ONCE):
        async with opened.database.read("replay") as tx:
            some = everybody[start : start + _AT_ONCE]
            if await opened.vault.keys(tx, some) or await forgotten.erased(tx, some) < {*some}:
                raise StillThere
    return sum(len(erasure.profiles) for erasure in open_ones)


async def _erase(tx: Tx, opened: Opened, profiles: Sequence[ProfileId]) -> None:
    """Erase, and make sure that a second time finds nothing more to take away.

    Raises:
        StillThere: it did.
    """
    await erase(
        tx,
        profiles,
        holders=opened.holders,
        vault=opened.vault,
        actor=_ACTOR,
        clock=opened.clock,
    )
    for holder in opened.holders.values():
        if any((await holder.erase_person(tx, profiles)).gone.values()):
            raise StillThere
