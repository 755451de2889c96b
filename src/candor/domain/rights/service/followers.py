"""What follows the living profile by itself, as requests see it: handed in by `candor.app`."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from typing_extensions import override

from candor.domain.rights.model.following import Followed, Stand
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.ids import ProfileId


class Followers(Protocol):
    """Systems that are told what stands about a person, each by its code."""

    async def holding(self, tx: ReadTx, members: Sequence[ProfileId]) -> Sequence[str]:
        """Return which of them hold something about a person, or are about to."""
        ...

    async def ask(
        self, tx: Tx, members: Sequence[ProfileId], *, code: str, task_id: UUID
    ) -> Sequence[UUID]:
        """Have one of them told what stands now, before everything else; harmless twice.

        Returns what to ask about later; empty when it holds nothing.
        """
        ...

    async def stand(
        self, tx: ReadTx, members: Sequence[ProfileId], *, code: str, asked: Sequence[UUID]
    ) -> Stand:
        """Return how far that has come."""
        ...

    async def ended(self, tx: ReadTx, task_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        """Return those of these tasks that nobody is being told for any more, and whether well."""
        ...

    async def let_go(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        """Forget that they ever knew a person who was erased; return the rows that went."""
        ...


class Nobody(Followers):
    """No system follows."""

    @override
    async def holding(self, tx: ReadTx, members: Sequence[ProfileId]) -> Sequence[str]:
        del tx, members
        return ()

    @override
    async def ask(
        self, tx: Tx, members: Sequence[ProfileId], *, code: str, task_id: UUID
    ) -> Sequence[UUID]:
        del tx, members, code, task_id
        return ()

    @override
    async def stand(
        self, tx: ReadTx, members: Sequence[ProfileId], *, code: str, asked: Sequence[UUID]
    ) -> Stand:
        del tx, members, asked
        return Stand(Followed.NOTHING, code)

    @override
    async def ended(self, tx: ReadTx, task_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        del tx, task_ids
        return {}

    @override
    async def let_go(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        del tx, members
        return {}
