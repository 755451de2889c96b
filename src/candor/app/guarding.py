"""What guards: the watcher of the log, what measures do, deeds of four eyes, the doors."""

from contextlib import suppress
from uuid import UUID

from candor.app.process import Candor
from candor.domain.access.errors import NoSuchAPIKey
from candor.domain.access.service import (
    api_keys,
    members,
    sessions,
)
from candor.domain.audit.model import Actor
from candor.domain.audit.service.keeping import Registry
from candor.domain.audit.service.notary import Notary
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.service.measures import Deeds as MeasureDeeds
from candor.domain.shield.service.watch import Surroundings, Watch
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.notebook import Notebook
from candor.kernel.clock import Clock
from candor.surface.plain.doors import Doors
from candor.surface.plain.signing import notary


def measures_of(clock: Clock) -> MeasureDeeds:
    """Return what measures of the shield do to keys and sign-ins, and how it is undone."""

    async def suspend(tx: Tx, key_id: UUID, actor: Actor) -> None:
        await api_keys.suspend(tx, key_id, actor=actor, clock=clock)

    async def resume(tx: Tx, key_id: UUID, actor: Actor) -> None:
        with suppress(NoSuchAPIKey):  # ended meanwhile: there is nothing to let work again
            await api_keys.resume(tx, key_id, actor=actor, clock=clock)

    async def end_sessions(tx: Tx, staff_id: UUID, actor: Actor) -> None:
        del actor
        await sessions.end_all_of_staff(tx, staff_id, clock=clock)

    async def step_up(tx: Tx, staff_id: UUID, actor: Actor) -> None:
        del actor
        await sessions.take_proof_back(tx, staff_id)

    return MeasureDeeds(
        take={
            MeasureKind.SUSPEND: suspend,
            MeasureKind.END_SESSIONS: end_sessions,
            MeasureKind.STEP_UP: step_up,
        },
        lift={MeasureKind.SUSPEND: resume},
    )


def watch_of(candor: Candor) -> Watch:
    """Make the watcher of the audit log of one process."""

    async def peers(tx: ReadTx, staff_id: UUID) -> list[UUID]:
        everybody = await members.everybody(tx)
        roles = {member.role for member in everybody if member.staff_id == staff_id}
        return [member.staff_id for member in everybody if member.role in roles]

    async def zone(tx: ReadTx) -> str:
        return (await candor.rulebook.rules(tx)).in_force.document.controller.time_zone

    surroundings = Surroundings(measures_of(candor.clock), peers, zone)
    return Watch(candor.database, surroundings, candor.clock)


def doors_of(candor: Candor) -> Doors:
    """Make the shield in front of the forms of one process."""
    return Doors(
        candor.settings, candor.clock, candor.database, candor.keyring, candor.throttles
    )


def registry_of(candor: Candor) -> Registry:
    """Return what the audit log is kept and proved with."""

    async def notary_now(tx: ReadTx) -> Notary:
        return await notary(tx, candor.keyring, candor.settings.public_url)

    notebook = Notebook(candor.settings.home / "checkpoints")
    return Registry(candor.database, notary_now, notebook, candor.clock)
