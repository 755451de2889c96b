"""Ceremonies: what one browser has under way, from the first step of a sign-in to its last.

The browser holds a random secret in a short-lived cookie, the row its SHA-256: an answer counts
only in the browser that began, once, while it lasts, and after five wrong ones not at all. Each
step of a sign-in begins a ceremony anew, so that a secret planted in a browser opens nothing.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from candor.domain.access.errors import CeremonyOver
from candor.domain.access.model.ceremony import CEREMONY_LASTS, WRONG_ANSWERS, Ceremony
from candor.domain.access.model.keys import hash_of
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.queries import ceremonies as stored
from candor.infra.db.pool import ReadTx, Tx
from candor.kernel.clock import Clock

_SECRET_BYTES: Final = 32


async def begin(
    tx: Tx,
    *,
    kind: str,
    audience: Audience,
    clock: Clock,
    bearer_id: UUID | None = None,
    secret: bytes = b"",
    detail: Mapping[str, str | int] | None = None,
    lasts: timedelta = CEREMONY_LASTS,
) -> str:
    """Begin a ceremony; return what the browser's cookie holds.

    Args:
        tx: the transaction of the step.
        kind: what is under way: second_factor, passkey.add, passkey.sign_in, oidc, code, …
        audience: staff or customer.
        clock: the present.
        bearer_id: whose it is, once somebody is known.
        secret: what the answer is held against (a challenge, a keyed hash of a code).
        detail: codes and short values; nothing personal.
        lasts: how long it counts.
    """
    browser = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    await stored.insert_ceremony(
        tx,
        ceremony_hash=hash_of(browser),
        kind=kind,
        audience=audience,
        bearer_id=bearer_id,
        secret=secret,
        detail=detail or {},
        at=now,
        expires_at=now + lasts,
    )
    return browser


async def look(
    tx: ReadTx,
    browser: str,
    *,
    kind: str,
    audience: Audience,
    clock: Clock,
    at_most: int = WRONG_ANSWERS,
) -> Ceremony:
    """Return what a browser has under way, without answering it.

    Raises:
        CeremonyOver: nothing of that kind; ended, run out, or answered wrongly too often.
    """
    found = await stored.find_ceremony(
        tx,
        ceremony_hash=hash_of(browser),
        kind=kind,
        audience=audience,
        at=clock.now(),
        at_most=at_most,
    )
    if found is None:
        raise CeremonyOver
    return found


async def attempt(
    tx: Tx,
    browser: str,
    *,
    kind: str,
    audience: Audience,
    clock: Clock,
    at_most: int = WRONG_ANSWERS,
) -> Ceremony:
    """Count an answer before it is judged, and return what it is held against; the row is locked.

    Commit also when the answer is wrong, or it is not counted.

    Raises:
        CeremonyOver: as `look`.
    """
    found = await stored.try_ceremony(
        tx,
        ceremony_hash=hash_of(browser),
        kind=kind,
        audience=audience,
        at=clock.now(),
        at_most=at_most,
    )
    if found is None:
        raise CeremonyOver
    return found


async def use(tx: Tx, browser: str, *, kind: str, audience: Audience, clock: Clock) -> Ceremony:
    """End a ceremony by its right answer, once.

    Raises:
        CeremonyOver: ended before, by another answer or by itself.
    """
    found = await stored.use_ceremony(
        tx, ceremony_hash=hash_of(browser), kind=kind, audience=audience, at=clock.now()
    )
    if found is None:
        raise CeremonyOver
    return found


async def sweep(tx: Tx, clock: Clock) -> int:
    """Forget ceremonies that ran out more than a day ago; return how many."""
    return await stored.sweep_ceremonies(tx, before=clock.now() - timedelta(days=1))
