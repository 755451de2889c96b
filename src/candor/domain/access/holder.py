"""How access answers rights: sign-ins and passkeys of customers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from typing_extensions import override

from candor.domain.access.model.sign_in import Audience
from candor.domain.access.queries import ceremonies, over, passkeys, sessions, sign_in_links
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.holder import (
    Batch,
    Column,
    Erased,
    Expired,
    Exported,
    Holder,
    Kind,
    Opener,
    Origin,
    Round,
    Section,
    instant,
)
from candor.infra.web.reading import message
from candor.kernel.ids import ProfileId

_ALL: Final = 100_000
_SIGN_INS: Final = Exported(
    "access.session",
    Section.ACCOUNT,
    Origin.OURS,
    message("Sign-ins"),
    (
        Column("created_at", Kind.INSTANT, message("Signed in")),
        Column("last_seen_at", Kind.INSTANT, message("Last seen")),
        Column("device", Kind.TEXT, message("Device")),
        Column("methods", Kind.CODES, message("How")),
        Column("expires_at", Kind.INSTANT),
        Column("revoked_at", Kind.INSTANT, message("Signed out")),
    ),
)
_PASSKEYS: Final = Exported(
    "access.passkey",
    Section.ACCOUNT,
    Origin.OURS,
    message("Passkeys"),
    (
        Column("name", Kind.TEXT, message("Name")),
        Column("created_at", Kind.INSTANT, message("Added")),
        Column("last_used_at", Kind.INSTANT, message("Last used")),
        Column("is_synchronised", Kind.BOOLEAN),
        Column("transports", Kind.CODES),
    ),
)

# How long what ended stays, for whoever asks when they signed in.
_SESSIONS_FOR: Final = timedelta(days=30)  # P30D
_SECRETS_FOR: Final = timedelta(days=1)  # P1D


class AccessHolder(Holder):
    """The holder of sign-ins and passkeys."""

    name: ClassVar[str] = "access"
    exported: ClassVar[Sequence[Exported]] = (_SIGN_INS, _PASSKEYS)

    @override
    async def export_person(
        self, tx: ReadTx, members: Sequence[ProfileId], opener: Opener
    ) -> AsyncIterator[Batch]:
        """Give when somebody signed in, and their passkeys without the keys."""
        del opener
        rows = await sessions.sessions_of(tx, bearer_ids=members, at_most=_ALL)
        yield Batch(
            "access.session",
            [
                {
                    "created_at": instant(row.created_at),
                    "last_seen_at": instant(row.last_seen_at),
                    "device": row.device,
                    "methods": list(row.methods),
                    "expires_at": instant(row.expires_at),
                    "revoked_at": instant(row.revoked_at),
                }
                for row in rows
            ],
        )
        keys = await passkeys.passkeys_of(tx, bearer_ids=members, audience=Audience.CUSTOMER)
        yield Batch(
            "access.passkey",
            [
                {
                    "name": key.name,
                    "created_at": instant(key.created_at),
                    "last_used_at": instant(key.last_used_at),
                    "is_synchronised": key.is_backed_up,
                    "transports": list(key.transports),
                }
                for key in keys
            ],
        )

    @override
    async def cut_off(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """End sessions, and the links and codes that would begin another."""
        return {
            "access.session": await sessions.delete_sign_ins(tx, bearer_ids=members),
            "access.sign_in_link": await sign_in_links.delete_links(tx, bearer_ids=members),
            "access.ceremony": await ceremonies.delete_ceremonies(tx, bearer_ids=members),
        }

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

    @override
    async def sweep(self, tx: Tx, round_: Round) -> Sequence[Expired]:
        """Remove sessions that ended a month ago, and secrets that ran out a day ago."""
        ended, ran_out = round_.now - _SESSIONS_FOR, round_.now - _SECRETS_FOR
        return (
            round_.found(
                "access.session", "P30D", await over.sessions(tx, round_, before=ended)
            ),
            round_.found(
                "access.sign_in_link", "P1D", await over.links(tx, round_, before=ran_out)
            ),
            round_.found(
                "access.ceremony", "P1D", await over.ceremonies(tx, round_, before=ran_out)
            ),
        )
