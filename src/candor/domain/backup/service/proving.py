"""Proving that a restored database is one that people could go on with."""

from collections.abc import Sequence
from dataclasses import dataclass

from candor.domain.audit import service as audit
from candor.domain.backup.service.replaying import Opened
from candor.kernel.ids import ProfileId


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and is well."""

    opened_keys: int
    newest_entry: int


async def prove(opened: Opened, sample: Sequence[ProfileId]) -> Proof:
    """Open the keys of some profiles, and read the end of the audit log.

    A key that opens is the right one: it is sealed with the profile's id. Profiles whose keys
    were destroyed by the replay are no fault.

    Raises:
        WrongKey, MissingEpoch: the keyring does not open what is in the database.
    """
    async with opened.database.read("drill") as tx:
        keys = await opened.vault.keys(tx, sample)
        entries = await audit.newest(tx, at_most=1)
    return Proof(len(keys), entries[0].entry_id if entries else 0)
