"""Who a request is about, as the other slices know them, and asking every one of those."""

from collections.abc import Awaitable, Callable
from typing import Final

from candor.domain.audit.model import Actor
from candor.domain.consent.service import gate
from candor.domain.rights.model.request import Request
from candor.domain.rights.service.office import Office, Work
from candor.infra.db.pool import ReadTx
from candor.infra.holder import Holder
from candor.kernel.errors import Bug
from candor.kernel.ids import ProfileId

WORKER: Final = Actor.machine("rights")


async def members_of(tx: ReadTx, request: Request) -> list[ProfileId]:
    """Return all profiles of the person, the one that asked first.

    Raises:
        Bug: nobody knows whose request it is, so it cannot have begun.
    """
    person = person_of(request)
    others = await gate.members(tx, person)
    return [person, *(one for one in others if one != person)]


def person_of(request: Request) -> ProfileId:
    """Return the profile that a request is about.

    Raises:
        Bug: nobody knows whose request it is, so it cannot have begun.
    """
    if request.person is None:
        message = "a request without a person has begun"
        raise Bug(message)
    return request.person


async def ask_all(
    office: Office, question: Callable[[Holder], Awaitable[bool]]
) -> dict[str, str]:
    """Ask every holder in turn; return, as evidence, which were concerned."""
    concerned = [name for name, holder in office.holders.items() if await question(holder)]
    return {"holders": " ".join(concerned) or "none"}


def surface_of(work: Work) -> str:
    """Return where the person said it, as a choice keeps it."""
    return work.request.channel.value
