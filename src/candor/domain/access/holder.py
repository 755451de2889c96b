"""How access answers rights: sign-ins of customers."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from candor.domain.access.queries import ceremonies, sessions, sign_in_links
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import Exported
from candor.kernel.ids import ProfileId


class AccessHolder:
    """The holder of sign-ins."""

    name: ClassVar[str] = "access"

    async def export_person(self, tx: ReadTx, members: Sequence[ProfileId]) -> Exported:
        """Return when somebody signed in and was last seen."""
        rows = await sessions.sessions_of(tx, bearer_ids=members)
        return {
            "access.session": [
                {
                    "created_at": row.created_at.isoformat(),
                    "last_seen_at": row.last_seen_at.isoformat(),
                }
                for row in rows
            ]
        }

    async def erase_person(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Erase sessions, links, and what is under way."""
        return {
            "access.ceremony": await ceremonies.delete_ceremonies(tx, bearer_ids=members),
            "access.session": await sessions.delete_sign_ins(tx, bearer_ids=members),
            "access.sign_in_link": await sign_in_links.delete_links(tx, bearer_ids=members),
        }
