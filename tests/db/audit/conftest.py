"""A log with entries, taken into the tree and signed, and what signs it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.audit.model.checkpoint import Checkpoint
from candor.domain.audit.service import checkpoints, integrating
from candor.domain.audit.service.notary import Notary, notary_of
from candor.infra.db.pool import Database
from candor.infra.keyring import LocalKeyring
from candor.infra.notebook import Notebook
from candor.kernel.clock import FixedClock

DORA = Actor.staff("dora")
MACHINE = Actor.machine("tests")


class Log:
    """The audit log of a test."""

    def __init__(
        self, db: Database, clock: FixedClock, notary: Notary, notebook: Notebook
    ) -> None:
        self.db, self.clock, self.notary, self.notebook = db, clock, notary, notebook

    async def write(self, times: int = 1, subjects: Sequence[bytes | None] = (None,)) -> None:
        """Write entries, each in a transaction of its own when there are few."""
        async with self.db.tx("request") as tx:
            for number in range(times):
                await audit.record(
                    tx,
                    actor=DORA,
                    action="tests.looked",
                    clock=self.clock,
                    subjects=subjects,
                    fields=["name"],
                    detail={"number": number, "word": "a"},
                )

    async def integrate(self) -> int:
        """Take in what is new; return how many."""
        async with self.db.tx() as tx:
            done = await integrating.integrate(tx)
        assert done is not None
        return done.taken

    async def sign(self) -> Checkpoint | None:
        """Sign the head, and copy it into the file."""
        async with self.db.tx() as tx:
            signed = await checkpoints.sign(tx, self.notary, self.notebook, self.clock)
        async with self.db.read() as tx:
            await checkpoints.copy(tx, self.notary, self.notebook)
        return signed

    async def grow(self, times: int) -> Checkpoint:
        """Write entries, take them in and sign the head."""
        await self.write(times)
        await self.integrate()
        signed = await self.sign()
        assert signed is not None
        return signed


@pytest.fixture
def log(db: Database, clock: FixedClock, keyring: LocalKeyring, tmp_path: Path) -> Log:
    """Return an empty log."""
    notary = notary_of(keyring, number=1, public_url="https://shop.example")
    return Log(db, clock, notary, Notebook(tmp_path / "checkpoints"))
