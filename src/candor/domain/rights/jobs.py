"""The jobs of rights: doing what one request asks for, and the watchdog over all."""

import asyncio
from typing import Final
from uuid import UUID

from candor.domain.audit.model import Actor, ActorKind
from candor.domain.rights.model.sweep import Sweep
from candor.domain.rights.service import calling_back, carrying, following, sweeping
from candor.domain.rights.service.calling_back import Caller
from candor.domain.rights.service.erasure import deep
from candor.domain.rights.service.erasure.means import Means
from candor.domain.rights.service.office import Office
from candor.domain.rights.service.sweeping import Broom
from candor.infra import log
from candor.kernel.errors import Refused, Unavailable

_log: Final = log.logger("rights")
_LOOK_SECONDS: Final = 1.0
_AWAY_SECONDS: Final = 2.0


async def carry(office: Office, request_id: str) -> None:
    """Do what can be done now for one request."""
    await carrying.carry(office, UUID(request_id))


async def watch(office: Office) -> int:
    """Go on with whatever waits in any request; return how many."""
    return await carrying.carry_due(office)


async def wake_for_ever(office: Office) -> None:
    """Go on with requests as soon as connections have answered them, until cancelled."""
    while True:
        pause = _LOOK_SECONDS
        try:
            await following.wake(office)
        except (Unavailable, Refused) as error:
            _log.warning("following waits", code=error.code)
            pause = _AWAY_SECONDS
        except Exception as error:  # noqa: BLE001 - the other jobs of the worker go on
            _log.error("following failed", exc_info=error)
            pause = _AWAY_SECONDS
        await asyncio.sleep(pause)


async def sweep(broom: Broom) -> None:
    """Sweep away what is over. Idempotent: a second run finds nothing."""
    _said(await sweeping.run(broom))


async def sweep_asked(broom: Broom, sweep_id: str) -> None:
    """Do a sweep that somebody asked for, or foresee it; once, however often the job comes."""
    async with broom.database.read("rights.sweep") as tx:
        asked = await sweeping.find(tx, UUID(sweep_id))
    kind, _, name = asked.asked_by.partition(":")
    actor = Actor(ActorKind(kind), name)
    _said(await sweeping.run(broom, sweep_id=asked.sweep_id, actor=actor))


def _said(done: Sweep) -> None:
    """Log how a sweep ended."""
    _log.info("swept", rows=done.rows, is_dry=done.is_dry, problem=done.problem or "none")


async def call_back(office: Office, caller: Caller) -> int:
    """Tell machines outside how their requests stand; return how many heard it."""
    return await calling_back.call_back(office, caller)


async def search(office: Office, means: Means) -> None:
    """Look through every row and file for people who were erased."""
    await deep.search(office, means)
