"""The composition root: nothing else wires things together.

`Candor` holds the services of one process; `web` makes the application that the server runs.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, cast
from uuid import UUID

from litestar import Litestar, asgi
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send
from procrastinate import App, RetryStrategy

from candor.demo import known
from candor.domain.access import jobs as access_jobs
from candor.domain.access import staff_jobs
from candor.domain.access.errors import NoSuchAPIKey
from candor.domain.access.holder import AccessHolder
from candor.domain.access.model.factors import Change
from candor.domain.access.model.letters import Addressee, Sender
from candor.domain.access.model.roles import Role
from candor.domain.access.service import (
    api_keys,
    codes,
    members,
    new_devices,
    passkey_notices,
    proposals,
    sessions,
    staff_deeds,
    staff_notices,
)
from candor.domain.access.service.passwords import STRONG, Cost, Passwords
from candor.domain.audit import jobs as audit_jobs
from candor.domain.audit.model import Actor, ActorKind
from candor.domain.audit.service.keeping import Registry
from candor.domain.audit.service.notary import Notary
from candor.domain.backup import jobs as backup_jobs
from candor.domain.backup.service import asking
from candor.domain.backup.service.place import Workshop
from candor.domain.backup.service.replaying import Opened
from candor.domain.collect import jobs as collect_jobs
from candor.domain.collect.holder import CollectHolder
from candor.domain.collect.service.take import Door
from candor.domain.consent import jobs as consent_jobs
from candor.domain.consent.holder import ConsentHolder
from candor.domain.consent.jobs import Post
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service import confirmations, gate
from candor.domain.consent.service.rulebook import Rulebook
from candor.domain.profiles import jobs as profiles_jobs
from candor.domain.profiles.holder import ProfilesHolder
from candor.domain.profiles.service import addresses
from candor.domain.profiles.service import read as people
from candor.domain.shield import alert_jobs
from candor.domain.shield import jobs as shield_jobs
from candor.domain.shield.model.measure import MeasureKind
from candor.domain.shield.service import alerts
from candor.domain.shield.service.attempts import Attempts
from candor.domain.shield.service.measures import Deeds as MeasureDeeds
from candor.domain.shield.service.meters import Meters
from candor.domain.shield.service.throttles import Throttles
from candor.domain.shield.service.watch import Surroundings, Watch
from candor.domain.vault import jobs as vault_jobs
from candor.domain.vault.errors import NoKey, NotAllowed
from candor.domain.vault.holder import VaultHolder
from candor.domain.vault.service import Note, Vault, Verdict, keys
from candor.infra import jobs, mail
from candor.infra.backup.ledger import Ledger
from candor.infra.backup.manifest import Seal
from candor.infra.db.pool import Database, ReadTx, Tx
from candor.infra.holder import Holder
from candor.infra.http import Outbound
from candor.infra.keyring import KeyProvider, open_keyring
from candor.infra.mail import Mailer
from candor.infra.notebook import Notebook
from candor.infra.settings import Settings
from candor.kernel.clock import Clock, SystemClock
from candor.kernel.errors import Unavailable
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.surface.api import operations
from candor.surface.api.v1.app import API, PREFIX
from candor.surface.console import routes as console
from candor.surface.intake.app import Application, Front, Intake
from candor.surface.intake.auth import KeyRing
from candor.surface.plain import answers, gpc, language, security_txt
from candor.surface.plain.answers import Errors
from candor.surface.plain.doors import Doors
from candor.surface.plain.pace import Pace
from candor.surface.plain.services import Services
from candor.surface.plain.signing import notary
from candor.surface.plain.transport import OverTLS
from candor.surface.plain.traps import Traps
from candor.surface.plain.visits import Visits
from candor.surface.portal import routes as portal
from candor.surface.sdk import routes as sdk
from candor.surface.sdk.shop import Shop
from candor.surface.trust import log as trust_log
from candor.surface.trust import routes as trust

_POOL: Final = 12
# A job whose server is away is tried again after 4, 16, 64 … seconds, for about a day in all.
_AGAIN: Final = RetryStrategy(
    max_attempts=8, exponential_wait=4, retry_exceptions={Unavailable}
)
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
    mailer: Mailer
    throttles: Throttles
    meters: Meters
    outbound: Outbound
    passwords: Passwords

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Candor"]:
        """Open the database for the time of the block.

        Raises:
            ForeignKeyring: it belongs to another keyring.
        """
        await self.database.open()
        try:
            async with self.database.tx("bind") as tx:
                await keys.bind(tx, self.keyring.fingerprint, clock=self.clock)
            yield self
        finally:
            await self.database.close()


def workshop(settings: Settings, clock: Clock | None = None) -> Workshop:
    """Return what backups of this installation are made and brought back with."""
    clock = clock or SystemClock()
    keyring = open_keyring(settings, Outbound(allowed_private=settings.outbound_hosts))

    @asynccontextmanager
    async def opener(url: str) -> AsyncGenerator[Opened]:
        # A replay reads the ledger of erasures and must not write what it reads.
        async with compose(settings, url, clock=clock, pool=2, note=_nowhere).running() as it:
            yield Opened(it.database, it.vault, it.holders, it.clock)

    return Workshop(settings, keyring, ledger_of(settings, keyring), clock, opener)


def _nowhere(_profile_ids: Sequence[ProfileId], _at: datetime, _transaction: str) -> None:
    """Note an erasure nowhere: it stands in the ledger already."""


def ledger_of(settings: Settings, keyring: KeyProvider) -> Ledger:
    """Return the ledger of erasures of this installation."""
    folders = [settings.home, *([settings.backup_folder] if settings.backup_folder else [])]
    return Ledger(Seal(keyring.fixed_key("backup")).ledger_key, folders)


def compose(
    settings: Settings,
    database_url: str,
    *,
    clock: Clock | None = None,
    pool: int = _POOL,
    note: Note | None = None,
    password_cost: Cost = STRONG,
) -> Candor:
    """Make the services of one process; nothing is connected yet.

    `password_cost` is less in tests alone.
    `note` takes the place of the ledger of erasures: for a replay, which reads from it.
    """
    clock = clock or SystemClock()
    database = Database(database_url, max_size=pool)
    outbound = Outbound(allowed_private=settings.outbound_hosts)
    keyring = open_keyring(settings, outbound)
    rulebook = Rulebook()

    async def ask_gate(
        tx: ReadTx, profile_ids: Sequence[ProfileId], purpose: str, actor: Actor
    ) -> Mapping[ProfileId, Verdict]:
        rules = await rulebook.rules(tx)
        if actor.kind is ActorKind.STAFF and not await _is_work_of(tx, actor, purpose, rules):
            return dict.fromkeys(profile_ids, Verdict(allowed=False, reason="not_your_work"))
        return await gate.verdicts(
            tx, profile_ids, purpose, actor, policy=rules.policy, now=clock.now()
        )

    vault = Vault(
        keyring,
        clock,
        ask_gate,
        note or ledger_of(settings, keyring).note,
        epoch_lasts=timedelta(days=settings.epoch_days),
    )
    holders: list[Holder] = [
        AccessHolder(),
        VaultHolder(vault),
        ConsentHolder(clock),
        ProfilesHolder(),
        CollectHolder(),
    ]
    throttles = Throttles(keyring.fixed_key("throttles"), clock)
    return Candor(
        settings=settings,
        clock=clock,
        database=database,
        keyring=keyring,
        rulebook=rulebook,
        vault=vault,
        door=Door(database, vault, rulebook, clock),
        holders={holder.name: holder for holder in holders},
        mailer=mail.mailer(settings, clock),
        throttles=throttles,
        meters=Meters(database, throttles, clock),
        outbound=outbound,
        passwords=Passwords(keyring.fixed_key("passwords"), password_cost),
    )


async def _is_work_of(tx: ReadTx, actor: Actor, purpose: str, rules: Rules) -> bool:
    """Tell whether a purpose is one of the role of a member of staff; nobody unknown has one."""
    declared = rules.in_force.purposes.get(purpose)
    role = await members.role_of(tx, actor.id)
    return declared is not None and role is not None and declared.is_work_of(role)


def _shop(services: Services, visits: Visits) -> list[HTTPRouteHandler]:
    """Make the demo company's shop, where the demo is shown."""
    if not services.is_demo:
        return []
    home = services.settings.home
    return Shop(services, visits, partial(known.page_key, home), known.CUSTOMER).routes()


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


def _on_demand(app: App, candor: Candor) -> None:
    """Add the jobs that verbs ask for by their name."""
    post = _post(candor)

    async def send_confirmation(profile_id: str, confirmation_id: str) -> None:
        await consent_jobs.send_confirmation(
            candor.database,
            candor.rulebook,
            post,
            candor.clock,
            ProfileId(UUID(profile_id)),
            UUID(confirmation_id),
        )

    app.task(name=confirmations.JOB, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False)(
        send_confirmation
    )
    _letters(app, candor)
    _alarm(app, candor)


def _letters(app: App, candor: Candor) -> None:
    """Add the jobs that write to customers and staff about signing in."""
    settings = candor.settings
    post = access_jobs.Post(
        candor.mailer,
        partial(_addressee, candor),
        partial(_sender, candor),
        candor.keyring,
        settings.public_url,
    )

    async def send_code(ceremony: str) -> None:
        await access_jobs.send_code(
            candor.database, post, candor.clock, bytes.fromhex(ceremony)
        )

    async def tell_of_new_device(bearer_id: str, began: int) -> None:
        await access_jobs.tell_of_new_device(
            candor.database, post, candor.clock, ProfileId(UUID(bearer_id)), began
        )

    async def tell_of_passkey(bearer_id: str, change: str, at: str) -> None:
        await access_jobs.tell_of_passkey(
            candor.database,
            post,
            candor.clock,
            ProfileId(UUID(bearer_id)),
            Change(change),
            datetime.fromisoformat(at),
        )

    async def send_invitation(staff_id: str, invitation_id: str) -> None:
        await staff_jobs.send_invitation(
            candor.database, post, candor.clock, UUID(staff_id), UUID(invitation_id)
        )

    async def tell_change(staff_id: str, change: str, at: str) -> None:
        await staff_jobs.tell_change(
            candor.database,
            post,
            candor.clock,
            UUID(staff_id),
            Change(change),
            datetime.fromisoformat(at),
        )

    app.task(name=codes.JOB, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False)(send_code)
    app.task(name=new_devices.JOB, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False)(
        tell_of_new_device
    )
    app.task(name=passkey_notices.JOB, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False)(
        tell_of_passkey
    )
    app.task(
        name=staff_notices.INVITATION_JOB, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False
    )(send_invitation)
    app.task(name=staff_notices.CHANGE_JOB, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False)(
        tell_change
    )


async def _addressee(
    candor: Candor, tx: Tx, found_by: str, bearer_id: ProfileId | None
) -> Addressee | None:
    """Open the address that somebody typed, or the newest one of a person, to write to it."""
    in_force = (await candor.rulebook.rules(tx)).in_force
    marks = addresses.read(found_by)
    if not marks and bearer_id is not None:
        marks = await addresses.marks_of_person(tx, bearer_id, in_force=in_force)
    profile_id = await addresses.holder_of(tx, marks)
    if profile_id is None:
        return None
    try:
        opened = await addresses.open_address(
            tx,
            profile_id,
            marks,
            actor=gate.DOORKEEPER,
            in_force=in_force,
            vault=candor.vault,
        )
    except (NotAllowed, NoKey):  # erased: nobody comes in any more; the entry about it stays
        return None
    if opened is None:
        return None
    subjects = await candor.vault.pseudonyms(tx, [profile_id])
    return Addressee(
        bearer_id or profile_id,
        next(iter(subjects), None),
        opened.address,
        language.locale_of(opened.language) if opened.language else None,
    )


async def _sender(candor: Candor, tx: ReadTx) -> Sender:
    """Return how letters name the company."""
    document = (await candor.rulebook.rules(tx)).in_force.document
    controller = document.controller
    return Sender(
        company=document.company,
        legal_name=controller.legal_name or document.company,
        address=controller.address,
        contact=controller.contact or candor.settings.contact,
        time_zone=controller.time_zone,
    )


def _post(candor: Candor) -> Post:
    """Return what the jobs that send mail work with."""

    async def open_address(
        tx: Tx, profile_id: ProfileId, purpose: str, actor: Actor
    ) -> Pii[str] | None:
        rules = await candor.rulebook.rules(tx)
        return await people.mail_address(
            tx,
            profile_id,
            purpose=purpose,
            actor=actor,
            in_force=rules.in_force,
            vault=candor.vault,
        )

    settings = candor.settings
    return Post(
        candor.mailer, open_address, candor.keyring, settings.public_url, settings.contact
    )


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


def _alarm(app: App, candor: Candor) -> None:
    """Add the jobs that tell people of alerts."""
    database, clock, settings = candor.database, candor.clock, candor.settings

    async def recipients(tx: ReadTx) -> list[alert_jobs.Recipient]:
        return [
            alert_jobs.Recipient(member.staff_id, Pii(member.email))
            for member in await members.everybody(tx)
            if member.email
            and member.left_at is None
            and member.role in {Role.ADMIN, Role.SECURITY}
        ]

    async def company(tx: ReadTx) -> str:
        return (await candor.rulebook.rules(tx)).in_force.document.company

    alarm = alert_jobs.Alarm(
        candor.mailer,
        recipients,
        candor.outbound,
        settings.public_url,
        company,
        settings.alert_webhook_url,
        settings.alert_webhook_secret,
    )

    async def tell() -> None:
        await alert_jobs.tell(database, alarm, clock)

    async def send_mail(staff_id: str, told_at: str) -> None:
        at = datetime.fromisoformat(told_at)
        await alert_jobs.send_mail(database, alarm, clock, UUID(staff_id), at)

    async def call_webhook(told_at: str) -> None:
        at = datetime.fromisoformat(told_at)
        await alert_jobs.call_webhook(database, alarm, clock, at)

    async def tell_the_rest(timestamp: int) -> None:
        del timestamp
        await alert_jobs.tell(database, alarm, clock)

    again = partial(app.task, queue=jobs.QUEUE, retry=_AGAIN, pass_context=False)
    again(name=alerts.TELL)(tell)
    again(name=alert_jobs.MAIL)(send_mail)
    again(name=alert_jobs.WEBHOOK)(call_webhook)
    task = app.task(
        name="shield.tell_the_rest",
        queue=jobs.QUEUE,
        queueing_lock="shield.tell_the_rest",
        pass_context=False,
    )(tell_the_rest)
    app.periodic(cron="* * * * *")(task)


def registry_of(candor: Candor) -> Registry:
    """Return what the audit log is kept and proved with."""

    async def notary_now(tx: ReadTx) -> Notary:
        return await notary(tx, candor.keyring, candor.settings.public_url)

    notebook = Notebook(candor.settings.home / "checkpoints")
    return Registry(candor.database, notary_now, notebook, candor.clock)


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


def loops(candor: Candor) -> list[Callable[[], Coroutine[None, None, None]]]:
    """Return what a worker does all the time, beside its jobs; each runs until cancelled."""
    return [
        partial(alert_jobs.watch_for_ever, watch_of(candor)),
        partial(audit_jobs.prove_for_ever, registry_of(candor)),
        partial(backup_jobs.keep_log_for_ever, workshop(candor.settings, candor.clock)),
        partial(collect_jobs.fold_for_ever, candor.database, candor.rulebook),
        partial(consent_jobs.follow_catalogue, candor.database, candor.rulebook, candor.clock),
        partial(profiles_jobs.follow_catalogue, candor.database, candor.rulebook),
    ]


def served(candor: Candor) -> Application:
    """Make what the server of one process calls: door and API in front, all surfaces behind."""
    services = services_of(candor)
    api = API(services)
    front = Front(
        {"/v1/": _intake(candor), f"{PREFIX}/": api}, cast("Application", web(candor, api))
    )
    return OverTLS(front) if services.is_secure else front


def _intake(candor: Candor) -> Intake:
    pace = Pace(candor.settings, candor.meters)
    traps = Traps(candor.database, candor.clock, doors_of(candor))
    keys = KeyRing(candor.database, candor.clock, pace, traps)
    return Intake(candor.door, keys, candor.clock)


def doors_of(candor: Candor) -> Doors:
    """Make the shield in front of the forms of one process."""
    return Doors(
        candor.settings, candor.clock, candor.database, candor.keyring, candor.throttles
    )


def services_of(candor: Candor) -> Services:
    """Return what the surfaces of one process are given to work with."""
    return Services(
        candor.settings,
        candor.clock,
        candor.database,
        candor.keyring,
        candor.rulebook,
        candor.vault,
        candor.throttles,
        candor.outbound,
        {
            **proposals.own_deeds(candor.clock),
            **staff_deeds.deeds(candor.keyring, candor.clock),
        },
        doors_of(candor),
        Pace(candor.settings, candor.meters),
        measures_of(candor.clock),
        candor.passwords,
    )


def web(candor: Candor, api: API | None = None) -> Litestar:
    """Make the web application of one process: all surfaces under one roof but the API.

    The API stands before it; here it is only closed when the process ends.
    """
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
                if api is not None:
                    await api.close()
                await candor.meters.close()

    services = services_of(candor)
    visits = Visits(services)
    errors = Errors(candor.clock, is_demo=services.is_demo)
    return Litestar(
        route_handlers=[
            door,
            *operations.routes(candor.database),
            *answers.routes(),
            *gpc.routes(),
            *security_txt.routes(candor.settings, candor.clock),
            console.routes(services, visits),
            portal.routes(services, visits),
            *trust.routes(services),
            *trust_log.routes(services),
            *portal.beside(services, visits),
            *console.beside(),
            *sdk.routes(services),
            *_shop(services, visits),
        ],
        guards=[services.pace.guard],
        exception_handlers={Exception: errors.handle},
        before_send=[visits.give_cookies],
        request_max_body_size=_LARGEST_FORM,
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
