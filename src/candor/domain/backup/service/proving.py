"""Proving that a restored database is one that people could go on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import randbelow

from candor.domain.audit import service as audit
from candor.domain.audit.model.verdict import Flaw
from candor.domain.audit.service import verifying
from candor.domain.backup.errors import LogFlawed
from candor.domain.backup.service.replaying import Opened
from candor.domain.catalogue.errors import NoCatalogue
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.profiles.service import read as people
from candor.infra.backup.server import Draw
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and is well; but for flaws of the log, which whoever asked judges."""

    opened_keys: int
    newest_entry: int
    opened_values: int = 0  # of one living person; read in memory, and thrown away
    log_entries: int = 0  # whose place in the tree of the log was worked out anew
    log_flaws: tuple[str, ...] = ()  # what `candor audit verify` would name, as sentences

    def require_whole_log(self) -> None:
        """Make sure that the log had no flaw.

        Raises:
            LogFlawed: it has; the message names the first.
        """
        if self.log_flaws:
            first, more = self.log_flaws[0], len(self.log_flaws) - 1
            raise LogFlawed(
                f"In the audit log, {first}" + (f", and {more} more." if more else ".")
            )


async def verify_log(opened: Opened) -> tuple[int, tuple[str, ...]]:
    """Verify the audit log of a copy; return how many entries were worked out, and the flaws.

    Before anything is written into it: its entries would count in transactions of another server.
    It has no file of heads beside it, so that what only this file could tell is not asked.
    """
    async with opened.database.read("drill") as tx:
        notary = await opened.notary(tx)
    verdict = await verifying.verify(opened.database, notary, file="")
    flaws = [str(one) for one in verdict.findings if one.flaw is not Flaw.NOT_IN_FILE]
    return verdict.checked, tuple(flaws)


async def prove(
    opened: Opened,
    sample: Sequence[ProfileId],
    log: tuple[int, tuple[str, ...]],
    draw: Draw = randbelow,
) -> Proof:
    """Open the keys of some profiles and all values of one, whom the lot decides.

    A key that opens is the right one: it is sealed with the profile's id. Profiles whose keys
    were destroyed by the replay are no fault. `log` is what `verify_log` found.

    Raises:
        WrongKey, MissingEpoch: the keyring does not open what is in the database.
        SealBroken: a value does not open with the key of its person.
    """
    async with opened.database.read("drill") as tx:
        keys = await opened.vault.keys(tx, sample)
        entries = await audit.newest(tx, at_most=1)
    living = sorted(keys)
    values = await _values_of(opened, living[draw(len(living))]) if living else 0
    newest = entries[0].entry_id if entries else 0
    return Proof(len(keys), newest, values, *log)


async def _values_of(opened: Opened, profile_id: ProfileId) -> int:
    """Open everything of a living person, as for themselves; return how much it was."""
    async with opened.database.tx("drill") as tx:
        try:
            rules = await opened.rulebook.rules(tx)
        except NoCatalogue:
            return 0
        person = await people.open_person(
            tx,
            profile_id,
            purpose=OWN_DATA,
            actor=await opened.vault.customer(tx, profile_id),
            in_force=rules.in_force,
            vault=opened.vault,
        )
    return len(person.facts) + len(person.contacts)
