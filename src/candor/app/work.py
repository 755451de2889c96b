"""What a worker does: the one table of jobs and schedules, and what runs all the time."""

from collections.abc import Callable, Coroutine
from functools import partial
from uuid import UUID

from procrastinate import App

from candor.app.entitling import broom_of, caller_of, office_of
from candor.app.exchanging import exchange_of
from candor.app.forgetting import means_of
from candor.app.guarding import registry_of, watch_of
from candor.app.letters import AGAIN, alarm, letters, post_of
from candor.app.process import Candor, workshop
from candor.app.rights_letters import letters_of_rights
from candor.domain.access import jobs as access_jobs
from candor.domain.audit import jobs as audit_jobs
from candor.domain.audit.model import Actor
from candor.domain.backup import jobs as backup_jobs
from candor.domain.backup.service import asking
from candor.domain.collect import jobs as collect_jobs
from candor.domain.connections import file_jobs
from candor.domain.connections import jobs as connections_jobs
from candor.domain.connections.service import subscribing
from candor.domain.consent import jobs as consent_jobs
from candor.domain.consent.service import confirmations
from candor.domain.profiles import jobs as profiles_jobs
from candor.domain.rights import jobs as rights_jobs
from candor.domain.rights.service import sweeping
from candor.domain.rights.service.office import CARRY
from candor.domain.shield import alert_jobs
from candor.domain.shield import jobs as shield_jobs
from candor.domain.shield.service.attempts import Attempts
from candor.domain.vault import jobs as vault_jobs
from candor.infra import jobs
from candor.kernel.ids import ProfileId


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

    attempts = Attempts(candor.keyring.fixed_key("altcha"), candor.throttles, clock)

    async def shield_sweep(timestamp: int) -> None:
        del timestamp
        await shield_jobs.sweep(database, attempts)

    async def access_sweep(timestamp: int) -> None:
        del timestamp
        await access_jobs.sweep(database, clock)

    async def consent_renew(timestamp: int) -> None:
        del timestamp
        await consent_jobs.renew_run_out(database, rulebook, clock)

    async def consent_sweep(timestamp: int) -> None:
        del timestamp
        await consent_jobs.sweep(database, clock)

    async def vault_rotate(timestamp: int) -> None:
        del timestamp
        await vault_jobs.rotate(database, vault, clock)
        await profiles_jobs.reindex_all(database, vault, clock)

    for cron, name, job in (
        ("*/10 * * * *", "collect.sweep", door_sweep),
        ("17 3 * * *", "access.sweep", access_sweep),
        ("*/15 * * * *", "shield.sweep", shield_sweep),
        ("* * * * *", "consent.renew", consent_renew),
        ("37 3 * * *", "consent.sweep", consent_sweep),
        ("7 2 * * *", "vault.rotate", vault_rotate),
    ):
        task = app.task(name=name, queue=jobs.QUEUE, queueing_lock=name, pass_context=False)(
            job
        )
        app.periodic(cron=cron)(task)
    _every_night(app, candor)
    _backups(app, candor)
    _on_demand(app, candor)
    _rights(app, candor)
    return app


def _every_night(app: App, candor: Candor) -> None:
    """Add the job that works the audit log out anew."""
    registry = registry_of(candor)

    async def verify(timestamp: int) -> None:
        del timestamp
        await audit_jobs.verify(registry)

    name = "audit.verify"
    task = app.task(name=name, queue=jobs.QUEUE, queueing_lock=name, pass_context=False)(verify)
    app.periodic(cron="23 4 * * *")(task)


def _backups(app: App, candor: Candor) -> None:
    """Add the jobs of backups, which take long and have a queue of their own."""
    shop, database = workshop(candor.settings, candor.clock), candor.database

    async def nightly(timestamp: int) -> None:
        del timestamp
        await backup_jobs.nightly(database, shop)

    async def create(staff_id: str) -> None:
        await backup_jobs.create(database, shop, Actor.staff(staff_id))

    async def drill(staff_id: str) -> None:
        await backup_jobs.drill(database, shop, Actor.staff(staff_id))

    name = "backup.nightly"
    task = app.task(name=name, queue=jobs.SLOW, queueing_lock=name, pass_context=False)(nightly)
    app.periodic(cron="41 1 * * *")(task)
    for name, job in ((asking.CREATE, create), (asking.DRILL, drill)):
        app.task(name=name, queue=jobs.SLOW, pass_context=False)(job)


def _rights(app: App, candor: Candor) -> None:
    """Add the jobs that carry out the rights of people."""
    office = office_of(candor)

    async def carry(request_id: str) -> None:
        await rights_jobs.carry(office, request_id)

    async def watch(timestamp: int) -> None:
        del timestamp
        await rights_jobs.watch(office)

    async def call_back(timestamp: int) -> None:
        del timestamp
        await rights_jobs.call_back(office, caller_of(candor))

    app.task(name=CARRY, queue=jobs.QUEUE, pass_context=False)(carry)
    for name, job in (("rights.watch", watch), ("rights.call_back", call_back)):
        task = app.task(name=name, queue=jobs.QUEUE, queueing_lock=name, pass_context=False)(
            job
        )
        app.periodic(cron="* * * * *")(task)
    _sweeps(app, candor)


def _sweeps(app: App, candor: Candor) -> None:
    """Add what is done every night: look for people who were erased, sweep away what is over."""
    broom = broom_of(candor)

    async def nightly(timestamp: int) -> None:
        del timestamp
        await rights_jobs.sweep(broom)

    async def asked(sweep_id: str) -> None:
        await rights_jobs.sweep_asked(broom, sweep_id)

    async def search(timestamp: int) -> None:
        del timestamp
        await rights_jobs.search(office_of(candor), means_of(candor))

    name = "rights.search"
    task = app.task(name=name, queue=jobs.SLOW, queueing_lock=name, pass_context=False)(search)
    app.periodic(cron="51 2 * * *")(task)
    name = "rights.sweep"
    task = app.task(name=name, queue=jobs.SLOW, queueing_lock=name, pass_context=False)(nightly)
    app.periodic(cron="11 3 * * *")(task)
    app.task(name=sweeping.JOB, queue=jobs.SLOW, pass_context=False)(asked)


def _on_demand(app: App, candor: Candor) -> None:
    """Add the jobs that verbs ask for by their name."""
    post = post_of(candor)

    async def send_confirmation(profile_id: str, confirmation_id: str) -> None:
        await consent_jobs.send_confirmation(
            candor.database,
            candor.rulebook,
            post,
            candor.clock,
            ProfileId(UUID(profile_id)),
            UUID(confirmation_id),
        )

    app.task(name=confirmations.JOB, queue=jobs.QUEUE, retry=AGAIN, pass_context=False)(
        send_confirmation
    )
    letters(app, candor)
    letters_of_rights(app, candor)
    alarm(app, candor)


def loops(candor: Candor) -> list[Callable[[], Coroutine[None, None, None]]]:
    """Return what a worker does all the time, beside its jobs; each runs until cancelled."""
    exchange = exchange_of(candor)
    return [
        partial(alert_jobs.watch_for_ever, watch_of(candor)),
        partial(audit_jobs.prove_for_ever, registry_of(candor)),
        partial(backup_jobs.keep_log_for_ever, workshop(candor.settings, candor.clock)),
        partial(connections_jobs.follow_for_ever, exchange),
        partial(connections_jobs.read_for_ever, exchange),
        partial(file_jobs.file_for_ever, exchange),
        partial(collect_jobs.fold_for_ever, candor.database, candor.rulebook),
        partial(consent_jobs.follow_catalogue, candor.database, candor.rulebook, candor.clock),
        partial(
            profiles_jobs.follow_catalogue,
            candor.database,
            candor.rulebook,
            subscribing.reached,
        ),
        partial(rights_jobs.wake_for_ever, office_of(candor)),
    ]


async def change_epoch(candor: Candor, *, actor: Actor, tell: Callable[[int], None]) -> int:
    """Open an epoch now and wrap every key in it; return how many. Tells how many are done."""
    return await vault_jobs.rotate(
        candor.database, candor.vault, candor.clock, is_forced=True, actor=actor, tell=tell
    )


async def move_index(candor: Candor, *, actor: Actor, tell: Callable[[int], None]) -> int:
    """Move every identifier to the version of the index in use; return how many."""
    return await profiles_jobs.reindex_all(
        candor.database, candor.vault, candor.clock, actor=actor, tell=tell
    )
