"""The composition root: nothing else wires things together.

`Candor` holds the services of one process; `web` makes the application that the server runs.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from litestar import Litestar, asgi
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send
from procrastinate import App

from candor.demo import known
from candor.domain.access import jobs as access_jobs
from candor.domain.access.holder import AccessHolder
from candor.domain.audit.model import Actor
from candor.domain.collect import jobs as collect_jobs
from candor.domain.collect.holder import CollectHolder
from candor.domain.collect.service.take import Door
from candor.domain.consent import jobs as consent_jobs
from candor.domain.consent.holder import ConsentHolder
from candor.domain.consent.service import gate
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.profiles import jobs as profiles_jobs
from candor.domain.profiles.holder import ProfilesHolder
from candor.domain.vault import jobs as vault_jobs
from candor.domain.vault.holder import VaultHolder
from candor.domain.vault.service import Vault, Verdict
from candor.infra import jobs
from candor.infra.db.pool import Database, ReadTx
from candor.infra.holder import Holder
from candor.infra.keyring import KeyProvider, LocalKeyring
from candor.infra.settings import Settings
from candor.kernel.clock import Clock, SystemClock
from candor.kernel.ids import ProfileId
from candor.surface.api import operations
from candor.surface.console import routes as console
from candor.surface.intake.app import Application, Front, Intake
from candor.surface.intake.auth import KeyRing
from candor.surface.plain import answers
from candor.surface.plain.answers import Errors
from candor.surface.plain.services import Services
from candor.surface.plain.visits import Visits
from candor.surface.portal import routes as portal
from candor.surface.sdk import routes as sdk
from candor.surface.sdk.shop import Shop

_POOL: Final = 12
_LARGEST_FORM: Final = 64 * 1024  # the door reads its own, larger requests


@dataclass(frozen=True, slots=True)
class Candor:
    """The services of one process."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: KeyProvider
    rulebook: Rulebook
    vault: Vault
    door: Door
    holders: Mapping[str, Holder]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Candor"]:
        """Open the database for the time of the block."""
        await self.database.open()
        try:
            yield self
        finally:
            await self.database.close()


def compose(
    settings: Settings, database_url: str, *, clock: Clock | None = None, pool: int = _POOL
) -> Candor:
    """Make the services of one process; nothing is connected yet."""
    clock = clock or SystemClock()
    database = Database(database_url, max_size=pool)
    keyring = LocalKeyring(settings.keyring)
    rulebook = Rulebook()

    async def ask_gate(
        tx: ReadTx, profile_ids: Sequence[ProfileId], purpose: str, actor: Actor
    ) -> Mapping[ProfileId, Verdict]:
        rules = await rulebook.rules(tx)
        return await gate.verdicts(
            tx, profile_ids, purpose, actor, policy=rules.policy, now=clock.now()
        )

    vault = Vault(keyring, clock, ask_gate)
    holders: list[Holder] = [
        AccessHolder(),
        VaultHolder(vault),
        ConsentHolder(clock),
        ProfilesHolder(),
        CollectHolder(),
    ]
    return Candor(
        settings=settings,
        clock=clock,
        database=database,
        keyring=keyring,
        rulebook=rulebook,
        vault=vault,
        door=Door(database, vault, rulebook, clock),
        holders={holder.name: holder for holder in holders},
    )


def _shop(services: Services, visits: Visits) -> list[HTTPRouteHandler]:
    """Make the demo company's shop, where the demo is shown."""
    if not services.is_demo:
        return []
    home = services.settings.home
    return Shop(services, visits, partial(known.shop_key, home), known.CUSTOMER).routes()


def worker(candor: Candor) -> App:
    """Make the job queue of one process, with every job and its schedule: the one table of them.

    Schedules are cron lines in UTC. Each job may run twice without harm.
    """
    app = jobs.queue(candor.database.url)
    database, clock, rulebook, vault = (
        candor.database,
        candor.clock,
        candor.rulebook,
        candor.vault,
    )

    async def door_sweep(timestamp: int) -> None:
        del timestamp  # given by the scheduler
        await collect_jobs.sweep(database, clock)

    async def access_sweep(timestamp: int) -> None:
        del timestamp
        await access_jobs.sweep(database, clock)

    async def consent_renew(timestamp: int) -> None:
        del timestamp
        await consent_jobs.renew_run_out(database, rulebook, clock)

    async def vault_rotate(timestamp: int) -> None:
        del timestamp
        await vault_jobs.rotate(database, vault)

    for cron, name, job in (
        ("*/10 * * * *", "collect.sweep", door_sweep),
        ("17 3 * * *", "access.sweep", access_sweep),
        ("* * * * *", "consent.renew", consent_renew),
        ("7 2 * * 0", "vault.rotate", vault_rotate),
    ):
        task = app.task(name=name, queue=jobs.QUEUE, queueing_lock=name, pass_context=False)(
            job
        )
        app.periodic(cron=cron)(task)
    return app


def loops(candor: Candor) -> list[Callable[[], Coroutine[None, None, None]]]:
    """Return what a worker does all the time, beside its jobs; each runs until cancelled."""
    return [
        partial(collect_jobs.fold_for_ever, candor.database, candor.rulebook),
        partial(consent_jobs.follow_catalogue, candor.database, candor.rulebook, candor.clock),
        partial(profiles_jobs.follow_catalogue, candor.database, candor.rulebook),
    ]


def served(candor: Candor) -> Front:
    """Make what the server of one process calls: the door in front, all surfaces behind."""
    return Front(_intake(candor), cast("Application", web(candor)))


def _intake(candor: Candor) -> Intake:
    return Intake(candor.door, KeyRing(candor.database, candor.clock), candor.clock)


def web(candor: Candor) -> Litestar:
    """Make the web application of one process: all surfaces under one roof."""
    intake = _intake(candor)

    @asgi("/v1", is_mount=True, copy_scope=False)
    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        """Hand requests to the door."""
        await intake(scope, receive, send)  # pyright: ignore[reportArgumentType] - the same protocol under other names

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncGenerator[None]:
        async with candor.running():
            await candor.door.open()
            try:
                yield
            finally:
                await candor.door.close()

    services = Services(
        candor.settings,
        candor.clock,
        candor.database,
        candor.keyring,
        candor.rulebook,
        candor.vault,
    )
    visits = Visits(services)
    errors = Errors(candor.clock, is_demo=services.is_demo)
    return Litestar(
        route_handlers=[
            door,
            *operations.routes(candor.database),
            *answers.routes(),
            console.routes(services, visits),
            portal.routes(services, visits),
            *sdk.routes(services),
            *_shop(services, visits),
        ],
        exception_handlers={Exception: errors.handle},
        request_max_body_size=_LARGEST_FORM,
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
