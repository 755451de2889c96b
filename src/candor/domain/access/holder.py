"""How access answers rights: sign-ins and passkeys of customers."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from typing_extensions import override

from candor.domain.access.model.sign_in import Audience
from candor.domain.access.queries import ceremonies, passkeys, sessions, sign_in_links
from candor.infra.db.pool import Tx
from candor.infra.holder import Batch, Erased, Holder
from candor.kernel.ids import ProfileId


class AccessHolder(Holder):
    """The holder of sign-ins and passkeys."""

    name: ClassVar[str] = "access"

    @override
    async def export_person(self, tx: Tx, members: Sequence[ProfileId]) -> AsyncIterator[Batch]:
        """Return when somebody signed in and was last seen, and their passkeys without the keys."""
        rows = await sessions.sessions_of(tx, bearer_ids=members)
        keys = await passkeys.passkeys_of(tx, bearer_ids=members, audience=Audience.CUSTOMER)
        found = {
            "access.session": [
                {
                    "created_at": row.created_at.isoformat(),
                    "last_seen_at": row.last_seen_at.isoformat(),
                }
                for row in rows
            ],
            "access.passkey": [
                {
                    "name": key.name,
                    "created_at": key.created_at.isoformat(),
                    "last_used_at": key.last_used_at and key.last_used_at.isoformat(),
                    "is_synchronised": key.is_backed_up,
                }
                for key in keys
            ],
        }
        for table, rows in found.items():
            yield Batch(table, rows)

    @override
    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Erased:
        """Erase sessions, links, passkeys, and what is under way."""
        return Erased(
            {
                "access.passkey": await passkeys.delete_passkeys(
                    tx, bearer_ids=members, audience=Audience.CUSTOMER
                ),
                "access.ceremony": await ceremonies.delete_ceremonies(tx, bearer_ids=members),
                "access.session": await sessions.delete_sign_ins(tx, bearer_ids=members),
                "access.sign_in_link": await sign_in_links.delete_links(tx, bearer_ids=members),
            }
        )
