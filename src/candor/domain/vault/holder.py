"""How the vault answers rights: it keeps keys, and destroying them is the erasure.

It alone knows under which names people stand in the audit log; so it gives out who looked.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar, Final

from typing_extensions import override

from candor.domain.access.service import members as staff
from candor.domain.audit import service as audit
from candor.domain.audit.model import ActorKind, Entry
from candor.domain.vault.service import Vault, forgotten
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import (
    Batch,
    Column,
    Erased,
    Exported,
    Holder,
    Kind,
    Opener,
    Origin,
    Row,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId

_AT_ONCE: Final = 1_000
_NEWEST: Final = (1 << 63) - 1
_LOOKS: Final = Exported(
    "audit.entry",
    Section.LOOKS,
    Origin.OURS,
    message("Who looked, and what was done"),
    (
        Column("recorded_at", Kind.INSTANT, message("When")),
        Column("who", Kind.CODE, message("Who")),
        Column("action", Kind.CODE, message("What")),
        Column("purpose", Kind.PURPOSES, message("What for")),
        Column("fields", Kind.CODES, message("Data")),
        Column("outcome", Kind.CODE, message("Outcome")),
        Column("reason", Kind.CODE),
        Column("entry_id", Kind.NUMBER),
        Column("request_id", Kind.TEXT),
    ),
)


class VaultHolder(Holder):
    """The holder of subject keys."""

    name: ClassVar[str] = "vault"
    exported: ClassVar[Sequence[Exported]] = (_LOOKS,)

    def __init__(self, vault: Vault) -> None:
        """Take the vault of this process."""
        self._vault = vault

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give who looked, by their roles. A key says nothing about a person: none is given."""
        del opener
        subjects = await self._vault.pseudonyms(tx, members)
        roles = {str(one.staff_id): one.role for one in await staff.everybody(tx)}
        before = _NEWEST
        while found := await audit.about(tx, subjects, before=before, at_most=_AT_ONCE):
            before = found[-1].entry_id
            yield Batch("audit.entry", [_look(entry, roles) for entry in found])

    @override
    async def cut_off(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Destroy the keys: what they sealed is unreadable from the commit on."""
        return {"vault.subject_key": await self._vault.destroy(tx, members)}

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Destroy the keys, and note it outside the database, once."""
        if await forgotten.erased(tx, members) == {*members}:
            return Erased({"vault.subject_key": 0})
        return Erased({"vault.subject_key": await self._vault.destroy(tx, members)})


def _look(entry: Entry, roles: Mapping[str, str]) -> Row:
    """Return one entry as the person may read it: staff by role, machines by name."""
    match entry.actor_kind:
        case ActorKind.STAFF:
            who = roles.get(entry.actor_id, "former_staff")
        case ActorKind.CUSTOMER:
            who = "you"
        case _:
            who = f"machine:{entry.actor_id}"
    return {
        "recorded_at": instant(entry.recorded_at),
        "who": who,
        "action": entry.action,
        "purpose": [] if entry.purpose is None else [entry.purpose],
        "fields": list(entry.fields),
        "outcome": entry.outcome,
        "reason": entry.reason,
        "entry_id": entry.entry_id,
        "request_id": entry.request_id,
    }
