"""One-time links that let somebody in."""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import (
    LinkSpent,
)
from candor.domain.access.model.keys import (
    hash_of,
)
from candor.domain.access.model.sign_in import (
    LINK_LASTS,
    NOWHERE,
    Audience,
    Link,
    Method,
    Origin,
)
from candor.domain.access.queries import sign_in_links as stored
from candor.domain.access.service import sessions
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_SECRET_BYTES: Final = 32


async def make(
    tx: Tx, *, audience: Audience, bearer_id: UUID, clock: Clock, lasts: timedelta = LINK_LASTS
) -> str:
    """Make a one-time sign-in link's token; it is kept as a hash only."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    await stored.insert_link(
        tx,
        token_hash=hash_of(token),
        audience=audience,
        bearer_id=bearer_id,
        at=now,
        expires_at=now + lasts,
    )
    return token


async def look_at(tx: ReadTx, token: str, *, audience: Audience, clock: Clock) -> Link:
    """Return whose a link is without using it up, for the page that asks "is that you?".

    Raises:
        LinkSpent: used, run out, or never made.
    """
    link = await stored.find_link(
        tx, token_hash=hash_of(token), audience=audience, at=clock.now()
    )
    if link is None:
        raise LinkSpent
    return link


async def use_up(tx: Tx, token: str, *, audience: Audience, clock: Clock) -> Link:
    """Use a link up; whoever calls begins the session.

    Raises:
        LinkSpent: used, run out, or never made.
    """
    link = await stored.use_link(
        tx, token_hash=hash_of(token), audience=audience, at=clock.now()
    )
    if link is None:
        raise LinkSpent
    return link


async def use(
    tx: Tx, token: str, *, audience: Audience, clock: Clock, origin: Origin = NOWHERE
) -> tuple[str, Link]:
    """Use a link up and begin a session; return the secret for the cookie.

    Raises:
        LinkSpent: used, run out, or never made.
    """
    link = await use_up(tx, token, audience=audience, clock=clock)
    secret = await sessions.begin(
        tx,
        audience=audience,
        bearer_id=link.bearer_id,
        methods=[Method.LINK],
        is_strong=False,
        origin=origin,
        clock=clock,
    )
    return secret, link
