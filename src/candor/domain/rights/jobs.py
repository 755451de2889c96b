"""The jobs of rights: doing what one request asks for, and the watchdog over all."""

from uuid import UUID

from candor.domain.rights.service import carrying
from candor.domain.rights.service.office import Office


async def carry(office: Office, request_id: str) -> None:
    """Do what can be done now for one request."""
    await carrying.carry(office, UUID(request_id))


async def watch(office: Office) -> int:
    """Go on with whatever waits in any request; return how many."""
    return await carrying.carry_due(office)
