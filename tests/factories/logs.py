"""The audit log of a running process: taken into the tree and signed, at once."""

from candor.app import Candor, registry_of
from candor.domain.audit.model.checkpoint import Checkpoint
from candor.domain.audit.service import checkpoints, integrating, keeping


async def seal(candor: Candor) -> Checkpoint:
    """Take in every entry and sign the head."""
    registry = registry_of(candor)
    async with candor.database.tx() as tx:
        await integrating.integrate(tx)
    await keeping.sign(registry)
    async with candor.database.read() as tx:
        head = await checkpoints.latest(tx)
    assert head is not None
    return head
