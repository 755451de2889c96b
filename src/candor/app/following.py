"""Connections as requests of people see them: the one place where the two slices meet."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from typing_extensions import override

from candor.domain.connections.service import requests
from candor.domain.rights.model.following import Followed, Stand
from candor.domain.rights.service.followers import Followers
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId


class Connected(Followers):
    """Every connection that is told what stands about people."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    @override
    async def holding(self, tx: ReadTx, members: Sequence[ProfileId]) -> Sequence[str]:
        return await requests.holding(tx, members)

    @override
    async def ask(
        self, tx: Tx, members: Sequence[ProfileId], *, code: str, task_id: UUID
    ) -> Sequence[UUID]:
        return await requests.ask(tx, members, code=code, task_id=task_id, clock=self._clock)

    @override
    async def stand(
        self, tx: ReadTx, members: Sequence[ProfileId], *, code: str, asked: Sequence[UUID]
    ) -> Stand:
        found = await requests.stand(tx, members, code=code, asked=asked)
        return Stand(Followed(found.standing), found.name, found.at, found.acts, found.problem)

    @override
    async def ended(self, tx: ReadTx, task_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        return await requests.ended(tx, task_ids)

    @override
    async def let_go(self, tx: Tx, members: Sequence[ProfileId]) -> Mapping[str, int]:
        return await requests.let_go(tx, members)
