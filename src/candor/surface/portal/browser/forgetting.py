"""What signing out does to messages: they end where one signs out.

The browser is told to forget what pages kept (`Clear-Site-Data`), and its service worker with it;
so we forget it too, rather than to go on sending to it until its push service says that it is gone.
"""

from collections.abc import Sequence
from contextlib import suppress

from candor.domain.audit.model import Actor
from candor.domain.connections.errors import NoSuchBrowser
from candor.domain.connections.service import subscribing
from candor.domain.consent.service import gate
from candor.infra.db.pool import Tx
from candor.kernel.ids import ProfileId
from candor.surface.plain.answers import AnyRequest
from candor.surface.plain.services import Services
from candor.surface.portal.browser.marking import marked


async def forget_this(
    tx: Tx, services: Services, request: AnyRequest, profile_id: ProfileId
) -> None:
    """Forget the browser that signs out, if messages of this person come to it."""
    which = marked(services, request)
    if which is None:
        return
    with suppress(NoSuchBrowser):
        await subscribing.remove(
            tx,
            await gate.members(tx, profile_id),
            which,
            actor=await services.vault.customer(tx, profile_id),
            exchange=services.exchange,
        )


async def forget_others(
    tx: Tx,
    services: Services,
    request: AnyRequest,
    members: Sequence[ProfileId],
    *,
    this_too: bool,
    actor: Actor,
) -> int:
    """Forget all browsers of a person who signs out everywhere; return how many."""
    return await subscribing.remove_all(
        tx,
        members,
        but=None if this_too else marked(services, request),
        actor=actor,
        exchange=services.exchange,
    )
